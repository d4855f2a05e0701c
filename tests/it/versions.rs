//! The `LD-API-Version` header, and method override for proxies that block methods.

use launchdarkly_api::{Client, ClientBuilder, JsonPatch};

use crate::support::{Request, TOKEN, Wire, answer};

async fn requests(configure: impl Fn(ClientBuilder) -> ClientBuilder) -> Vec<Request> {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let client = configure(Client::builder().access_token(TOKEN).base_url(wire.url()))
        .build()
        .unwrap();
    client
        .get_subscriptions()
        .integration_key("k")
        .send()
        .await
        .unwrap();
    let patch = JsonPatch::new().replace("/on", true);
    client
        .update_subscription()
        .integration_key("k")
        .id("1")
        .body(patch)
        .send()
        .await
        .unwrap();
    client
        .delete_subscription()
        .integration_key("k")
        .id("1")
        .send()
        .await
        .unwrap();
    wire.requests()
}

#[tokio::test]
async fn each_request_has_one_api_version_that_the_caller_can_change() {
    for request in requests(|builder| builder).await {
        assert_eq!(request.header("ld-api-version"), ["20240415"]);
    }
    for request in requests(|builder| builder.api_version("20220603")).await {
        assert_eq!(request.header("ld-api-version"), ["20220603"]);
    }
    let error = Client::builder()
        .access_token(TOKEN)
        .api_version("a\n")
        .build()
        .unwrap_err();
    assert!(
        error.is_invalid_input() && error.to_string().contains("API version"),
        "{error}"
    );
}

#[tokio::test]
async fn method_override_sends_patch_and_delete_as_post() {
    let sent = |requests: Vec<Request>| -> Vec<_> {
        requests
            .iter()
            .map(|r| {
                (
                    r.line().split(' ').next().unwrap().to_owned(),
                    r.header("x-http-method-override").join(","),
                )
            })
            .collect()
    };
    let pair = |method: &str, over: &str| (method.to_owned(), over.to_owned());
    assert_eq!(
        sent(requests(|builder| builder).await),
        [pair("GET", ""), pair("PATCH", ""), pair("DELETE", "")]
    );
    assert_eq!(
        sent(requests(|builder| builder.method_override(true)).await),
        [
            pair("GET", ""),
            pair("POST", "PATCH"),
            pair("POST", "DELETE")
        ]
    );
}

#[tokio::test]
async fn a_delete_sent_as_post_is_retried_as_an_idempotent_request() {
    use launchdarkly_api::RetryPolicy;
    let wire = Wire::script([Vec::new(), answer("204 No Content", "text/plain", "")]).await;
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(wire.url())
        .method_override(true)
        .retry_policy(RetryPolicy::default().base_delay(std::time::Duration::ZERO))
        .build()
        .unwrap();
    client
        .delete_subscription()
        .integration_key("k")
        .id("1")
        .send()
        .await
        .unwrap();
    assert_eq!(wire.requests().len(), 2);
}
