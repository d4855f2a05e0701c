//! Shows the attempts and waits of a call in the terminal.
//!
//! Without an account, against a mock server in this process that has too much
//! to do at first: `cargo run --example trace_to_terminal`.

use std::sync::atomic::{AtomicU32, Ordering};

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use launchdarkly_api::Client;
use tracing_subscriber::fmt::format::FmtSpan;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Any subscriber will do, one that exports to OpenTelemetry too: the names
    // are those of its conventions for HTTP clients.
    tracing_subscriber::fmt()
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(std::io::stdout)
        .init();

    let server = busy_at_first().await;
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;
    let tags = client.get_tags().send().await?;
    println!("{:?}", tags.items);
    Ok(())
}

/// Responds with 429, then 503, then the tags.
async fn busy_at_first() -> MockServer {
    let calls = AtomicU32::new(0);
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.path("/api/v2/tags");
            then.respond_with(move |_: &HttpMockRequest| {
                let answer = HttpMockResponse::builder().header("content-type", "application/json");
                match calls.fetch_add(1, Ordering::Relaxed) {
                    0 => answer.status(429).header("retry-after", "1").body("{}"),
                    1 => answer.status(503).body("{}"),
                    _ => answer.status(200).body(r#"{"items": ["shop", "search"]}"#),
                }
                .build()
            });
        })
        .await;
    server
}
