//! Turns a flag on in one environment, and says what may have gone wrong.
//!
//! Without an account, against a mock server in this process:
//!
//! ```sh
//! cargo run --example toggle_flag
//! ```

use httpmock::{Method::PATCH, MockServer};
use launchdarkly_api::{Client, Conflict, Error, SemanticPatch, instructions::flags};

/// The function a program would have.
async fn turn_on(client: &Client, project: &str, flag: &str) -> Result<(), Error> {
    let flag = client
        .patch_feature_flag()
        .project_key(project)
        .feature_flag_key(flag)
        .body(
            SemanticPatch::new()
                .environment_key("production")
                .comment("Launch day")
                .instruction(flags::turn_flag_on()),
        )
        .send()
        .await?;
    println!(
        "{} is on: {}",
        flag.name, flag.environments["production"].on
    );
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(PATCH)
                .path("/api/v2/flags/my-project/new-checkout")
                .header(
                    "content-type",
                    "application/json; domain-model=launchdarkly.semanticpatch",
                );
            then.status(200).json_body(serde_json::json!({
                "key": "new-checkout", "name": "New checkout", "kind": "boolean", "_version": 2,
                "environments": {"production": {"on": true}},
            }));
        })
        .await;
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;

    turn_on(&client, "my-project", "new-checkout").await?;
    match turn_on(&client, "my-project", "no-such-flag").await {
        Err(error) if error.is_not_found() => println!("there is no such flag: {error}"),
        Err(error) if error.is_approval_required() => println!("ask for approval: {error}"),
        Err(error) if error.conflict() == Some(Conflict::Version) => println!("try again: {error}"),
        other => other?,
    }
    Ok(())
}
