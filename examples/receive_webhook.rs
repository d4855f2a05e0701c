//! Receives webhooks with axum: verifies the signature, then reads the entry of
//! the audit log.
//!
//! Without an account: the program also sends requests to itself, signed as
//! LaunchDarkly signs them: `cargo run --example receive_webhook`.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use launchdarkly_api::{WebhookError, WebhookSecret, reqwest};
use tokio::net::TcpListener;

/// The body is taken as bytes: the signature is of exactly these.
async fn receive(
    State(secret): State<Arc<WebhookSecret>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    match secret.decode_strict(&headers, &body) {
        Ok(entry) => {
            println!("{} {}: {}", entry.kind, entry.name, entry.description);
            StatusCode::NO_CONTENT
        }
        // Not from LaunchDarkly, or the secret is another one.
        Err(WebhookError::Signature(reason)) => {
            eprintln!("rejected: {reason}");
            StatusCode::UNAUTHORIZED
        }
        // From LaunchDarkly, but not an audit log entry, or one without a required
        // property, such as its date. A second delivery would be the same.
        Err(error) => {
            eprintln!("ignored: {error}");
            StatusCode::NO_CONTENT
        }
    }
}

fn app(secret: WebhookSecret) -> Router {
    Router::new()
        .route("/launchdarkly", post(receive))
        .with_state(Arc::new(secret))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    // A real program reads the secret that the webhook was created with.
    let secret = WebhookSecret::new("webhook-secret-0123456789")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/launchdarkly", listener.local_addr()?);
    let app = app(WebhookSecret::new("webhook-secret-0123456789")?);
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let entry = r#"{
        "_id": "57c0a8e29969090743529965", "_accountId": "57c0a8e29969090743529960",
        "_links": {}, "accesses": [], "date": 1472243938774, "kind": "flag",
        "name": "New checkout", "description": "Turned on in production",
        "shortDescription": "Turned on"
    }"#;
    let without_date = entry.replace("\"date\": 1472243938774,", "");
    let http = reqwest::Client::builder().no_proxy().build()?;
    for (signed, body, expected) in [
        (entry, entry, 204),
        (&without_date, &without_date, 204),
        ("another body", entry, 401),
        ("not JSON", "not JSON", 204),
    ] {
        let delivery = http.post(&url).body(body.to_owned());
        let delivery = delivery.header(WebhookSecret::HEADER, secret.sign(signed.as_bytes()));
        let status = delivery.send().await?.status();
        println!("{status}");
        assert_eq!(status, expected);
    }
    server.abort();
    Ok(())
}
