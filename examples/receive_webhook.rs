//! Receives what a webhook sends: verifies the signature, then reads the
//! entry of the audit log.
//!
//! Without an account; the request is signed here as LaunchDarkly would:
//!
//! ```sh
//! cargo run --example receive_webhook
//! ```

use launchdarkly_api::{Error, WebhookError, WebhookSecret, reqwest::header::HeaderMap};

/// What a handler of any web framework does with a request's headers and the
/// bytes of its body. Returns the status to answer with.
fn receive(secret: &WebhookSecret, headers: &HeaderMap, body: &[u8]) -> u16 {
    match secret.decode(headers, body) {
        Ok(entry) => {
            println!("{} {}: {}", entry.kind, entry.name, entry.description);
            200
        }
        // Not LaunchDarkly's.
        Err(WebhookError::Signature(reason)) => {
            println!("refused: {reason}");
            401
        }
        // LaunchDarkly's, and trying again does not help.
        Err(error) => {
            println!("not read: {error}");
            200
        }
    }
}

fn main() -> Result<(), Error> {
    // The secret the webhook was created with.
    let secret = WebhookSecret::new("webhook-secret-0123456789")?;
    let body = br#"{
        "_id": "57c0a8e29969090743529965",
        "date": 1472243938774,
        "kind": "flag",
        "name": "New checkout",
        "description": "Turned on in production"
    }"#;
    let mut headers = HeaderMap::new();
    if let Ok(signature) = secret.sign(body).parse() {
        headers.insert(WebhookSecret::HEADER, signature);
    }
    println!("{}", receive(&secret, &headers, body));
    println!("{}", receive(&secret, &headers, b"{}"));
    println!("{}", receive(&secret, &HeaderMap::new(), body));
    Ok(())
}
