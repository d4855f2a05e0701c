//! Calls a route that this version of the crate has no method for, with the
//! same token, rate limits, retries and errors as every other call.
//!
//! Without an account, against a mock server in this process:
//! `cargo run --example unknown_route`.

use httpmock::MockServer;
use launchdarkly_api::{Client, Error, reqwest::Method};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The part of the response that the program needs.
#[derive(Debug, Deserialize)]
struct Widget {
    key: String,
    #[serde(default)]
    owners: Vec<String>,
}

#[derive(Serialize)]
struct NewWidget<'a> {
    key: &'a str,
}

const WIDGETS: &str = "/api/v2/projects/{projectKey}/widgets";

/// Creates a widget, unless it exists, and returns it.
async fn ensure_widget(client: &Client, project: &str, key: &str) -> Result<Widget, Error> {
    let found = client
        .request(Method::GET, format!("{WIDGETS}/{{key}}"))
        .path("projectKey", project)
        .path("key", key)
        .header("LD-API-Version", "beta")
        .send()
        .await;
    match found {
        Ok(widget) => return widget.json(),
        Err(error) if error.is_not_found() => {}
        Err(error) => return Err(error),
    }
    let created = client
        .request(Method::POST, WIDGETS)
        .path("projectKey", project)
        .query("expand", "owners")
        .header("LD-API-Version", "beta")
        .json(&NewWidget { key })
        .send()
        .await?;
    created.json()
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = MockServer::start_async().await;
    // A key is one segment of the path, whatever characters it has.
    server
        .mock_async(|when, then| {
            when.method("POST")
                .path("/api/v2/projects/web/widgets")
                .query_param("expand", "owners")
                .header("LD-API-Version", "beta")
                .json_body(json!({"key": "a/b"}));
            then.status(201)
                .json_body(json!({"key": "a/b", "owners": ["ann"], "new": 1}));
        })
        .await;
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;

    let widget = ensure_widget(&client, "web", "a/b").await?;
    println!("{widget:?}");
    assert_eq!(
        (widget.key.as_str(), &widget.owners[..]),
        ("a/b", &["ann".to_owned()][..])
    );

    // A mistake in the template is an error before anything is sent.
    let error = client.request(Method::GET, WIDGETS).send().await;
    let error = error.expect_err("{projectKey} has no value");
    println!("{error}");
    assert!(error.is_invalid_input());
    Ok(())
}
