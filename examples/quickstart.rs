//! Turns a flag on in one environment: the program on the README's first page.
//!
//! Without an account, against a mock server in this process:
//! `cargo run --example quickstart`.

use httpmock::{Method::PATCH, MockServer};
use launchdarkly_api::{Client, Error, SemanticPatch, instructions::flags};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = launchdarkly().await;
    // With an account: `let client = Client::from_env()?;` reads LD_ACCESS_TOKEN.
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;

    let flag = client
        .patch_feature_flag()
        .project_key("my-project")
        .feature_flag_key("new-checkout")
        .body(
            SemanticPatch::new()
                .environment_key("production")
                .comment("Launch day")
                .instruction(flags::turn_flag_on()),
        )
        .send()
        .await?;
    let production = flag.environments.get("production");
    let is_on = production.is_some_and(|production| production.on);
    println!("{} is on: {is_on}", flag.name);
    Ok(())
}

/// A mock of one flag, which can be turned on.
async fn launchdarkly() -> MockServer {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(PATCH)
                .path("/api/v2/flags/my-project/new-checkout")
                .body_includes("turnFlagOn");
            then.status(200).json_body(serde_json::json!({
                "key": "new-checkout", "name": "New checkout", "kind": "boolean", "_version": 2,
                "environments": {"production": {"on": true}},
            }));
        })
        .await;
    server
}
