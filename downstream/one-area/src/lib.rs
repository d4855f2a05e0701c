//! The README's first example, with one area of the API.

use launchdarkly_api::{Client, Error, SemanticPatch, instructions::flags};

/// Turns a flag on in an environment. Returns whether it is on now.
pub async fn turn_on(client: &Client, flag: &str, environment: &str) -> Result<bool, Error> {
    let flag = client
        .patch_feature_flag()
        .project_key("shop")
        .feature_flag_key(flag)
        .body(
            SemanticPatch::new()
                .environment_key(environment)
                .instruction(flags::turn_flag_on()),
        )
        .send()
        .await?;
    Ok(flag.environments[environment].on)
}

#[cfg(test)]
#[path = "../../server.rs"]
mod server;

#[cfg(test)]
mod tests {
    use launchdarkly_api::RetryPolicy;

    use super::*;

    #[tokio::test]
    async fn the_request_is_the_documented_one_and_the_response_is_decoded() {
        let (url, served) = server::respond(
            r#"{"key": "new-checkout", "name": "New checkout", "kind": "boolean",
                "environments": {"production": {"on": true}}}"#,
        )
        .await;
        let client = Client::builder()
            .access_token("api-1")
            .base_url(url)
            .build()
            .unwrap();
        assert!(
            turn_on(&client, "new-checkout", "production")
                .await
                .unwrap()
        );

        let request = served.await.unwrap();
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(
            head.starts_with("PATCH /api/v2/flags/shop/new-checkout HTTP/1.1\r\n"),
            "{head}"
        );
        assert!(head.contains("authorization: api-1\r\n"), "{head}");
        assert!(
            head.contains("domain-model=launchdarkly.semanticpatch\r\n"),
            "{head}"
        );
        assert!(body.contains(r#""kind":"turnFlagOn""#), "{body}");
    }

    #[tokio::test]
    async fn an_https_url_starts_a_tls_handshake() {
        let (url, first) = server::first_byte().await;
        let client = Client::builder()
            .access_token("api-1")
            .base_url(url)
            .build()
            .unwrap();
        let client = client.with_retry_policy(RetryPolicy::none());
        let error = turn_on(&client, "new-checkout", "production")
            .await
            .unwrap_err();
        assert!(error.is_connect(), "{error}");
        assert_eq!(
            first.await.unwrap(),
            22,
            "the record type of a TLS handshake"
        );
    }
}
