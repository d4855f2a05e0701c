//! A header on all requests, the latency of each attempt, a proxy, and a
//! company's own certificate authority.
//!
//! Without an account, against a server and a proxy in this process:
//! `cargo run --example middleware`.

mod network;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use launchdarkly_api::{
    Attempt, AttemptHook, Client, Outcome, default_http_client,
    reqwest::{self, Certificate, Proxy, redirect::Policy},
};

/// Measures each attempt. A real program feeds a histogram of its metrics.
#[derive(Clone, Default)]
struct Latency(Arc<Mutex<Vec<Duration>>>);

impl AttemptHook for Latency {
    fn after(&self, attempt: &Attempt<'_>, outcome: &Outcome<'_>) {
        let result = match outcome {
            Outcome::Response(status, _) => status.to_string(),
            Outcome::Failure(error) => error.to_string(),
        };
        let (operation, number) = (attempt.operation, attempt.number);
        println!(
            "{operation}, attempt {number}: {result} after {:.1?}",
            attempt.elapsed
        );
        if let Ok(mut latencies) = self.0.lock() {
            latencies.push(attempt.elapsed);
        }
    }
}

/// An HTTP client that the rest of the program can use too.
fn http_client(proxy: &str, ca: Certificate) -> reqwest::Result<reqwest::Client> {
    default_http_client()
        .proxy(Proxy::https(proxy)?)
        // In addition to the platform's roots.
        .tls_certs_merge([ca])
        .connect_timeout(Duration::from_secs(2))
        // The client follows redirects itself, and not to another origin.
        .redirect(Policy::none())
        .build()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let network = network::start("launchdarkly.internal").await?;
    // `Certificate::from_pem` reads the usual file.
    let ca = Certificate::from_der(&network.ca_der)?;
    let latency = Latency::default();
    let client = Client::builder()
        .access_token("api-example")
        .base_url("https://launchdarkly.internal/relay")
        .reqwest_client(http_client(&network.proxy, ca)?)
        .attempt_hook(latency.clone())
        .build()?
        .with_header("x-team", "checkout");

    // The server responds with 503 to the first request.
    let tags = client.get_tags().send().await?;
    println!("{:?}", tags.items);

    let attempts = latency.0.lock().map_or(0, |latencies| latencies.len());
    assert_eq!(attempts, 2);
    let heads = network.heads();
    assert!(heads[0].starts_with("CONNECT launchdarkly.internal:443 "));
    let requests = heads
        .iter()
        .filter(|head| head.starts_with("GET /relay/api/v2/tags "));
    assert_eq!(
        requests
            .filter(|head| head.contains("x-team: checkout"))
            .count(),
        2
    );
    // The proxy does not see the token.
    assert!(!heads[0].contains("api-example"));
    Ok(())
}
