//! A function that turns a flag on, tested with typed mocks.

use launchdarkly_api::{Client, Conflict, Error, SemanticPatch, instructions::flags};

/// The outcome of a launch.
#[derive(Debug, PartialEq)]
pub enum Launch {
    On,
    NoSuchFlag,
    ChangedConcurrently,
    RateLimited,
}

/// Turns a flag on in production.
///
/// # Errors
///
/// Any error that the program cannot handle.
pub async fn launch(client: &Client, key: &str) -> Result<Launch, Error> {
    let patch = SemanticPatch::new()
        .environment_key("production")
        .instruction(flags::turn_flag_on());
    let call = client.patch_feature_flag().project_key("shop");
    match call.feature_flag_key(key).body(patch).send().await {
        Ok(_) => Ok(Launch::On),
        Err(error) if error.is_not_found() => Ok(Launch::NoSuchFlag),
        Err(error) if error.conflict() == Some(Conflict::Version) => {
            Ok(Launch::ChangedConcurrently)
        }
        Err(error) if error.is_rate_limited() => Ok(Launch::RateLimited),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use launchdarkly_api::{
        RetryPolicy,
        httpmock::MockServer,
        mock::{Examples, MockServerExt},
    };

    use super::*;

    #[tokio::test]
    async fn each_response_has_its_outcome() {
        let server = MockServer::start_async().await;
        let on = server.patch_feature_flag(|when, then| {
            when.project_key("shop").feature_flag_key("new").body(
                SemanticPatch::new()
                    .environment_key("production")
                    .instruction(flags::turn_flag_on()),
            );
            then.ok(&Examples::new().make())
        });
        server.patch_feature_flag(|when, then| {
            when.feature_flag_key("stale");
            then.conflict(Conflict::Version)
        });
        server.patch_feature_flag(|when, then| {
            when.feature_flag_key("busy");
            then.rate_limited(Duration::from_secs(1))
        });
        server.patch_feature_flag(|_, then| then.not_found());

        let client = Client::builder()
            .access_token("api-1")
            .base_url(server.base_url())
            .retry_policy(RetryPolicy::none())
            .build()
            .unwrap();
        assert_eq!(launch(&client, "new").await.unwrap(), Launch::On);
        assert_eq!(launch(&client, "old").await.unwrap(), Launch::NoSuchFlag);
        assert_eq!(
            launch(&client, "stale").await.unwrap(),
            Launch::ChangedConcurrently
        );
        assert_eq!(launch(&client, "busy").await.unwrap(), Launch::RateLimited);
        on.assert();
    }
}
