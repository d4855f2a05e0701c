//! Lists the temporary flags that nobody needs any more, and archives them with `--archive`.
//!
//! With an account: `LD_ACCESS_TOKEN=… cargo run --example stale_flags -- my-project production [--archive]`.
//! Without one, against a mock server in this process: `cargo run --example stale_flags`.

use std::time::{Duration, SystemTime};

use futures_util::TryStreamExt;
use httpmock::MockServer;
use launchdarkly_api::{
    Client, Error, SemanticPatch, UnixMillis,
    filter::{FlagFilter, FlagSort, FlagState, Sort},
    instructions::flags,
    types::{FeatureFlag, FlagStatus},
};
use serde_json::json;

/// Younger flags may be in use soon.
const AGE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

struct Stale {
    flag: FeatureFlag,
    status: FlagStatus,
    last_requested: Option<String>,
}

/// Returns the temporary flags that are old, and that serve everybody the same
/// variation (launched) or are not requested (inactive).
async fn stale(client: &Client, project: &str, environment: &str) -> Result<Vec<Stale>, Error> {
    let created_before =
        UnixMillis::try_from(SystemTime::now() - AGE).unwrap_or(UnixMillis::new(0));
    let filter = FlagFilter::new().state(FlagState::Live).temporary();
    let flags = client
        .get_feature_flags()
        .project_key(project)
        .filter(filter.created_before(created_before))
        .sort(Sort::ascending(FlagSort::CreationDate))
        .items();
    // One more request for each flag: several at a time, within the rate limits.
    let statuses = flags.map_ok(|flag| async move {
        let call = client.get_feature_flag_status().project_key(project);
        let call = call
            .feature_flag_key(&flag.key)
            .environment_key(environment);
        let status = call.send().await?.into_inner();
        let is_stale = matches!(status.name, FlagStatus::Launched | FlagStatus::Inactive);
        Ok(is_stale.then_some(Stale {
            flag,
            status: status.name,
            last_requested: status.last_requested,
        }))
    });
    let found = statuses.try_buffered(8);
    found
        .try_filter_map(|stale| async { Ok(stale) })
        .try_collect()
        .await
}

fn print(found: &[Stale]) {
    println!("{:<20} {:<10} {:<12} TAGS", "FLAG", "STATUS", "REQUESTED");
    for Stale {
        flag,
        status,
        last_requested,
    } in found
    {
        let (status, tags) = (status.to_string(), flag.tags.join(","));
        // A timestamp of RFC 3339 begins with the date.
        let requested = last_requested.as_deref().and_then(|time| time.get(..10));
        println!(
            "{:<20} {status:<10} {:<12} {tags}",
            flag.key,
            requested.unwrap_or("never")
        );
    }
}

async fn run(
    client: &Client,
    project: &str,
    environment: &str,
    archive: bool,
) -> Result<usize, Error> {
    let found = stale(client, project, environment).await?;
    print(&found);
    if archive {
        for Stale { flag, .. } in &found {
            let patch = SemanticPatch::new().comment("Stale: archived by stale_flags");
            let call = client.patch_feature_flag().project_key(project);
            let call = call.feature_flag_key(&flag.key);
            match call
                .body(patch.instruction(flags::archive_flag()))
                .send()
                .await
            {
                Ok(_) => println!("archived {}", flag.key),
                // Other flags depend on it. The others can still be archived.
                Err(error) if error.is_prerequisite_in_use() => {
                    println!("kept {}: {error}", flag.key)
                }
                Err(error) => return Err(error),
            }
        }
    }
    Ok(found.len())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (project, environment, archive) = match arguments[..] {
        [] => return Ok(without_account().await?),
        [project, environment] => (project, environment, false),
        [project, environment, "--archive"] => (project, environment, true),
        _ => return Err("usage: stale_flags PROJECT ENVIRONMENT [--archive]".into()),
    };
    run(&Client::from_env()?, project, environment, archive).await?;
    Ok(())
}

/// Lists and archives flags of a mock server.
async fn without_account() -> Result<(), Error> {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method("GET")
                .path("/api/v2/flags/shop")
                .query_param_includes("filter", "state:live");
            then.status(200)
                .json_body(json!({"totalCount": 3, "items": [
                    {"key": "old-checkout", "tags": ["web"], "temporary": true},
                    {"key": "dark-mode", "tags": [], "temporary": true},
                    {"key": "banner", "tags": ["web", "ads"], "temporary": true},
                ]}));
        })
        .await;
    for (flag, status, requested) in [
        ("old-checkout", "launched", Some("2026-11-01T08:00:00Z")),
        ("dark-mode", "active", Some("2026-11-01T08:00:00Z")),
        ("banner", "inactive", None),
    ] {
        server
            .mock_async(|when, then| {
                when.path(format!("/api/v2/flag-statuses/shop/production/{flag}"));
                then.status(200)
                    .json_body(json!({"name": status, "lastRequested": requested}));
            })
            .await;
    }
    let archived = server
        .mock_async(|when, then| {
            when.method("PATCH")
                .path_prefix("/api/v2/flags/shop/")
                .body_includes("archiveFlag");
            then.status(200).json_body(json!({"archived": true}));
        })
        .await;
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;
    assert_eq!(run(&client, "shop", "production", false).await?, 2);
    archived.assert_calls_async(0).await;
    assert_eq!(run(&client, "shop", "production", true).await?, 2);
    archived.assert_calls_async(2).await;
    Ok(())
}
