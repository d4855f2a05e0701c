//! The default features, and a list as a stream.

use futures_util::TryStreamExt;
use launchdarkly_api::{Client, Error};

/// The keys of all projects.
pub async fn project_keys(client: &Client) -> Result<Vec<String>, Error> {
    client
        .get_projects()
        .items()
        .map_ok(|project| project.key)
        .try_collect()
        .await
}

#[cfg(test)]
#[path = "../../server.rs"]
mod server;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stream_returns_all_items_of_a_list() {
        let (url, _) = server::respond(
            r#"{"totalCount": 2, "items": [{"key": "shop"}, {"key": "app"}], "_links": {}}"#,
        )
        .await;
        let client = Client::builder()
            .access_token("api-1")
            .base_url(url)
            .build()
            .unwrap();
        assert_eq!(project_keys(&client).await.unwrap(), ["shop", "app"]);
    }
}
