//! Brings its own HTTP client: a proxy, timeouts, a name for the logs.
//!
//! Without an account, where a mock server in this process is the proxy:
//! `cargo run --example http_client`.

use std::time::Duration;

use httpmock::{Method::GET, MockServer};
use launchdarkly_api::{Client, RetryPolicy, default_http_client, reqwest};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let proxy = MockServer::start_async().await;
    let through = proxy
        .mock_async(|when, then| {
            when.method(GET)
                .host("launchdarkly.internal")
                .path("/relay/api/v2/tags")
                .header_prefix("user-agent", "inventory/2.1");
            then.status(200)
                .json_body(json!({"items": ["shop", "search"]}));
        })
        .await;

    let client = Client::builder()
        .access_token("api-example")
        // A path before `/api/v2` is kept. Plain HTTP, which shows the token to
        // whoever is on the way, has to be allowed.
        .base_url("http://launchdarkly.internal/relay")
        .allow_plain_http(true)
        .user_agent("inventory/2.1")
        // Beginning with the crate's own settings; `reqwest` is re-exported, so
        // that its version is the one the client takes.
        .http_client(
            default_http_client()
                .proxy(reqwest::Proxy::http(proxy.base_url())?)
                .connect_timeout(Duration::from_secs(2))
                .pool_idle_timeout(Duration::from_secs(30)),
        )
        // One request may take as long as the HTTP client says, a call with its
        // retries as long as this.
        .retry_policy(RetryPolicy::default().deadline(Duration::from_secs(15)))
        .build()?;

    let tags = client.get_tags().send().await?;
    println!("{:?}, by way of {}", tags.items, proxy.base_url());
    through.assert_async().await;
    Ok(())
}
