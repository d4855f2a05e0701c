//! All areas of the API, and all features that add dependencies.

use launchdarkly_api::{Client, Error, operations};

/// All operations, as `method path`.
pub fn operations() -> Vec<String> {
    operations::ALL
        .iter()
        .map(|operation| format!("{} {}", operation.method(), operation.path()))
        .collect()
}

/// The names of the teams.
pub async fn teams(client: &Client) -> Result<Vec<String>, Error> {
    let teams = client.get_teams().send().await?.into_inner();
    Ok(teams
        .items
        .into_iter()
        .filter_map(|team| team.name)
        .collect())
}

#[cfg(test)]
#[path = "../../server.rs"]
mod server;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_of_default_and_other_areas_are_listed() {
        for operation in ["GET /api/v2/teams", "GET /api/v2/metrics/{projectKey}"] {
            assert!(operations().contains(&operation.to_owned()), "{operation}");
        }
    }

    #[tokio::test]
    async fn a_list_returns_the_items_of_the_response() {
        let (url, _) = server::respond(r#"{"items": [{"key": "a", "name": "Team A"}]}"#).await;
        let client = Client::builder()
            .access_token("api-1")
            .base_url(url)
            .build()
            .unwrap();
        assert_eq!(teams(&client).await.unwrap(), ["Team A"]);
    }
}
