//! Creates an audit log subscription that sends the changes in production to
//! Datadog.
//!
//! Without an account, against a mock server in this process:
//! `cargo run --example create_subscription`.

use httpmock::{Method::POST, MockServer};
use launchdarkly_api::{
    Client, Error,
    integrations::Datadog,
    types::{Effect, Statement},
};
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(POST).path("/api/v2/integrations/datadog");
            then.status(201).json_body(json!({
                "_id": "1234a56b7c89d012345e678f", "kind": "datadog", "on": true,
                "name": "Flag changes in production", "config": {"apiKey": "0123456789abcdef"},
            }));
        })
        .await;
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;

    let changes = Statement::builder()
        .effect(Effect::Allow)
        .resources(["proj/*:env/production:flag/*"])
        .actions(["*"]);
    let created = client
        .create_subscription()
        .integration_key("datadog")
        .body_map(|body| {
            body.name("Flag changes in production")
                .config(Datadog::new("0123456789abcdef"))
                .statements([changes])
                .on(true)
        })
        .send()
        .await?;
    // Debug shows no secrets: `config` is redacted.
    println!("{}: {created:#?}", created.status());
    Ok(())
}
