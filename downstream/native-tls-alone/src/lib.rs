//! The native TLS backend alone, and one area of the API.

use launchdarkly_api::{Client, Error};

/// The number of audit log entries, at most `limit`.
pub async fn entries(client: &Client, limit: i64) -> Result<usize, Error> {
    Ok(client
        .get_audit_log_entries()
        .limit(limit)
        .send()
        .await?
        .items
        .len())
}

#[cfg(test)]
#[path = "../../server.rs"]
mod server;

#[cfg(test)]
mod tests {
    use launchdarkly_api::RetryPolicy;

    use super::*;

    #[tokio::test]
    async fn a_list_returns_the_items_of_the_response() {
        let (url, _) = server::respond(r#"{"items": [{"_id": "1"}], "_links": {}}"#).await;
        let client = Client::builder()
            .access_token("api-1")
            .base_url(url)
            .build()
            .unwrap();
        assert_eq!(entries(&client, 20).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn an_https_url_starts_a_tls_handshake() {
        let (url, first) = server::first_byte().await;
        let client = Client::builder()
            .access_token("api-1")
            .base_url(url)
            .retry_policy(RetryPolicy::none())
            .build()
            .unwrap();
        let error = entries(&client, 20).await.unwrap_err();
        assert!(error.is_connect(), "{error}");
        assert_eq!(
            first.await.unwrap(),
            22,
            "the record type of a TLS handshake"
        );
    }
}
