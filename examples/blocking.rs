//! A program without async code: `cargo run --example blocking --features blocking`.
//!
//! With an account: `LD_ACCESS_TOKEN=… cargo run --example blocking --features blocking -- my-project`.
//! Its `Cargo.toml` needs `launchdarkly-api` with the feature `blocking`, and no tokio.

use launchdarkly_api::{Client, Error, JsonPatch, blocking::block_on, types::FeatureFlagBody};

/// Gives all flags of a project a tag, and returns how many had it not.
fn tag_all(client: &Client, project: &str, tag: &str) -> Result<usize, Error> {
    let mut tagged = 0;
    for flag in client
        .get_feature_flags()
        .project_key(project)
        .items()
        .blocking()
    {
        let flag = flag?;
        if flag.tags.iter().any(|known| known == tag) {
            continue;
        }
        client
            .patch_feature_flag()
            .project_key(project)
            .feature_flag_key(&flag.key)
            .body(JsonPatch::new().add("/tags/-", tag))
            .send_blocking()?;
        println!("tagged {}", flag.key);
        tagged += 1;
    }
    Ok(tagged)
}

fn main() -> Result<(), Error> {
    match std::env::args().nth(1) {
        Some(project) => tag_all(&Client::from_env()?, &project, "reviewed").map(drop),
        None => without_account(),
    }
}

/// The same against a mock server, which has threads of its own.
fn without_account() -> Result<(), Error> {
    let server = httpmock::MockServer::start();
    server.mock(|when, then| {
        when.method("GET").path("/api/v2/flags/shop");
        then.status(200).body(
            r#"{"totalCount": 2, "items": [{"key": "new", "tags": ["reviewed"]}, {"key": "old"}]}"#,
        );
    });
    let change = server.mock(|when, then| {
        when.method("PATCH").path("/api/v2/flags/shop/old");
        then.status(200).body("{}");
    });
    server.mock(|when, then| {
        when.method("POST").path("/api/v2/flags/shop");
        then.status(201).body(r#"{"key": "next"}"#);
    });
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;
    assert_eq!(tag_all(&client, "shop", "reviewed")?, 1);
    change.assert();

    // Calls that have no blocking form run in `block_on`.
    let body = FeatureFlagBody::builder().key("next").name("Next");
    let call = client.post_feature_flag().project_key("shop").body(body);
    let bytes = block_on(call.send_bytes())?;
    assert_eq!(&**bytes, br#"{"key": "next"}"#);

    // In async code, a blocking call is an error and not a panic.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    let error = runtime.block_on(async { client.get_tags().send_blocking() });
    println!("{}", error.expect_err("it would block the runtime"));
    Ok(())
}
