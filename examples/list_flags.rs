//! Lists the flags of a project, however many pages they take.
//!
//! Without an account, against a mock server in this process:
//! `cargo run --example list_flags`.

use httpmock::{Method::GET, MockServer};
use launchdarkly_api::{Client, Error};
use serde_json::json;

/// Two pages of flags. The client requests the second from the last flag of the
/// first, to detect a change of the list.
async fn pages(server: &MockServer) {
    server
        .mock_async(|when, then| {
            when.method(GET)
                .path("/api/v2/flags/my-project")
                .query_param_missing("offset");
            then.status(200).json_body(json!({
                "totalCount": 3,
                "items": [
                    {"key": "new-checkout", "name": "New checkout", "tags": ["shop"]},
                    {"key": "dark-mode", "name": "Dark mode", "tags": null},
                ],
                "_links": {"next": {"href": "/api/v2/flags/my-project?limit=2&offset=2"}},
            }));
        })
        .await;
    server
        .mock_async(|when, then| {
            when.method(GET)
                .path("/api/v2/flags/my-project")
                .query_param("offset", "1");
            then.status(200).json_body(json!({
                "totalCount": 3,
                "items": [
                    {"key": "dark-mode", "name": "Dark mode", "tags": null},
                    {"key": "beta-search", "name": "Beta search"},
                ],
            }));
        })
        .await;
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = MockServer::start_async().await;
    pages(&server).await;
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;

    let mut flags = client
        .get_feature_flags()
        .project_key("my-project")
        .limit(2)
        .items();
    while let Some(flag) = flags.try_next().await? {
        println!("{:<14} {} {:?}", flag.key, flag.name, flag.tags);
    }
    Ok(())
}
