//! Tests a function that calls LaunchDarkly, without LaunchDarkly:
//! `cargo run --example test_with_mocks --features httpmock`.

use launchdarkly_api::{
    Client, Error, RetryPolicy, SemanticPatch,
    httpmock::MockServer,
    instructions::flags,
    mock::{Examples, MockServerExt},
    types::FeatureFlag,
};

/// A function of your program: turns a flag on, and returns whether it
/// had to.
async fn launch(client: &Client, key: &str) -> Result<bool, Error> {
    let read = client.get_feature_flag().project_key("web");
    let flag = read.feature_flag_key(key).send().await?;
    if flag.environments["production"].on {
        return Ok(false);
    }
    let change = client.patch_feature_flag().project_key("web");
    change.feature_flag_key(key).body(patch()).send().await?;
    Ok(true)
}

fn patch() -> SemanticPatch {
    let patch = SemanticPatch::new().environment_key("production");
    patch.instruction(flags::turn_flag_on())
}

/// The body of a `#[tokio::test]`.
#[tokio::main]
async fn main() -> Result<(), Error> {
    let mut flag: FeatureFlag = Examples::new().make();
    let mut production = flag.environments["environments"].clone();
    production.on = false;
    flag.environments.insert("production".into(), production);

    let server = MockServer::start();
    server.get_feature_flag(|when, then| (when.feature_flag_key("new"), then.ok(&flag)));
    server.get_feature_flag(|_, then| then.not_found());
    let change = server.patch_feature_flag(|when, then| {
        when.project_key("web")
            .feature_flag_key("new")
            .body(patch());
        then.ok(&flag);
    });

    let client = Client::builder()
        .access_token("api-test")
        .base_url(server.base_url())
        .retry_policy(RetryPolicy::none())
        .build()?;
    assert!(launch(&client, "new").await?);
    change.assert();
    let error = launch(&client, "old").await.expect_err("there is none");
    assert!(error.is_not_found());
    println!("it launches what is there");
    Ok(())
}
