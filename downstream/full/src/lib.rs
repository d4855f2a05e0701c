//! All areas of the API, and all features that bring more with them.

use launchdarkly_api::{Client, Error, operations};

/// The operations that the crate has, as `method path`.
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
    fn every_operation_is_there() {
        assert!(operations().len() > 300, "{}", operations().len());
        assert!(operations().contains(&"GET /api/v2/teams".to_owned()));
    }

    #[tokio::test]
    async fn a_call_is_answered() {
        let (url, _) = server::answer(r#"{"items": [{"key": "a", "name": "Team A"}]}"#).await;
        let client = Client::builder()
            .access_token("api-1")
            .base_url(url)
            .build()
            .unwrap();
        assert_eq!(teams(&client).await.unwrap(), ["Team A"]);
    }
}
