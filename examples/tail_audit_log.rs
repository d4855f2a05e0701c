//! Prints audit log entries as they appear, and continues after a restart where
//! it stopped.
//!
//! Without an account, against a mock server in this process:
//! `cargo run --example tail_audit_log`.

use std::time::Duration;

use httpmock::{Method::GET, MockServer};
use launchdarkly_api::{Checkpoint, Client, Error, UnixMillis};
use serde_json::json;

/// Three audit log entries, of which two share a millisecond.
async fn audit_log(server: &MockServer) {
    server
        .mock_async(|when, then| {
            when.method(GET).path("/api/v2/auditlog");
            then.status(200).json_body(json!({
                "items": [
                    {"_id": "3", "date": 1_700_000_000_002_i64, "title": "archived the flag"},
                    {"_id": "2", "date": 1_700_000_000_001_i64, "title": "updated the flag"},
                    {"_id": "1", "date": 1_700_000_000_001_i64, "title": "created the flag"},
                ],
                "_links": {"self": {"href": "/api/v2/auditlog", "type": "application/json"}},
            }));
        })
        .await;
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = MockServer::start_async().await;
    audit_log(&server).await;
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;

    // A real program keeps the checkpoint in a file or a database.
    let mut stored: Option<String> = None;
    for run in 1..=2 {
        let from = match &stored {
            Some(json) => serde_json::from_str(json).expect("it was a checkpoint"),
            None => Checkpoint::from(UnixMillis::new(1_700_000_000_000)),
        };
        let mut entries = client
            .get_audit_log_entries()
            .tail(from)
            .poll_interval(Duration::from_secs(5))
            .window(Duration::from_secs(60));
        // The first run is killed after two entries.
        for _ in 0..3 - run {
            let Some(next) = entries.try_next().await? else {
                break;
            };
            println!("run {run}: {} {:?}", next.entry.id, next.entry.title);
            stored = serde_json::to_string(&next.checkpoint).ok();
        }
    }
    Ok(())
}
