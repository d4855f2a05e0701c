//! Reads the access token from a file that another program rotates.
//!
//! Without an account, against a mock server in this process:
//! `cargo run --example rotate_token`.

use std::{fs, path::Path};

use httpmock::{Mock, MockServer};
use launchdarkly_api::{Client, credentials};
use serde_json::json;

/// Accepts this token, and no other.
async fn accept<'a>(server: &'a MockServer, token: &str) -> Mock<'a> {
    server.reset_async().await;
    server
        .mock_async(|when, then| {
            when.path("/api/v2/tags").header("authorization", token);
            then.status(200).json_body(json!({"items": ["shop"]}));
        })
        .await;
    server
        .mock_async(|when, then| {
            when.path("/api/v2/tags");
            then.status(401).json_body(json!({"code": "unauthorized"}));
        })
        .await
}

/// Replaces the file in one step, so that no reader sees a part of it.
fn rotate(path: &Path, token: &str) -> std::io::Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, format!("{token}\n"))?;
    fs::rename(new, path)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let server = MockServer::start_async().await;
    let secrets = tempfile::tempdir()?;
    let path = secrets.path().join("ld-token");
    // No token is needed before the first call.
    let client = Client::builder()
        .credentials(credentials::file(&path))
        .base_url(server.base_url())
        .build()?;
    let error = client
        .get_tags()
        .send()
        .await
        .expect_err("no token is valid");
    assert!(error.is_credentials());
    println!("without a file: {error}");

    rotate(&path, "api-monday")?;
    let rejections = accept(&server, "api-monday").await;
    client.get_tags().send().await?;
    rejections.assert_calls_async(0).await;
    println!("monday: the token in the file works");

    // The next call uses the new token.
    rotate(&path, "api-tuesday")?;
    let rejections = accept(&server, "api-tuesday").await;
    client.get_tags().send().await?;
    rejections.assert_calls_async(0).await;
    println!("tuesday: the new token works, without a rejection");

    // The server revoked the token before the file changed.
    let rejections = accept(&server, "api-wednesday").await;
    let error = client
        .get_tags()
        .send()
        .await
        .expect_err("no token is valid");
    assert!(error.is_unauthorized());
    rejections.assert_calls_async(1).await;
    println!("wednesday: {error}");
    rotate(&path, "api-wednesday")?;
    client.get_tags().send().await?;
    println!("wednesday: the new token works");
    Ok(())
}
