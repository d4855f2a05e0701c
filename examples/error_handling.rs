//! Tells apart what can go wrong when a flag is turned on.
//!
//! Without an account, against a mock server in this process:
//! `cargo run --example error_handling`.

use httpmock::MockServer;
use launchdarkly_api::{Client, Conflict, Error, RetryPolicy, SemanticPatch, instructions::flags};
use serde_json::json;

/// What a program would do about each.
fn advice(error: &Error) -> &'static str {
    match error {
        error if error.is_invalid_input() => "nothing was sent: mend the argument it names",
        error if error.is_not_found() => "there is no such flag or environment",
        error if error.is_approval_required() => "ask for approval of the change",
        error if error.conflict() == Some(Conflict::Version) => "read it again, and try again",
        error if error.is_unauthorized() || error.is_forbidden() => "look at the token's role",
        error if error.is_rate_limited() => "too many calls, after all the waits: try later",
        error if error.outcome_unknown() => "it may be on or not: read it before you do it again",
        _ => "tell somebody",
    }
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = MockServer::start_async().await;
    for (flag, status, code) in [
        ("gone", 404, "not_found"),
        ("stale", 409, "optimistic_locking_error"),
        ("guarded", 405, "approval_required"),
        ("busy", 429, "rate_limited"),
        ("broken", 503, "internal_service_error"),
    ] {
        server
            .mock_async(|when, then| {
                when.path(format!("/api/v2/flags/shop/{flag}"));
                then.status(status).json_body(json!({"code": code}));
            })
            .await;
    }
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        // Of this server nothing better is to come.
        .retry_policy(RetryPolicy::none())
        .build()?;

    for key in ["", "gone", "stale", "guarded", "busy", "broken"] {
        let patch = SemanticPatch::new().environment_key("production");
        let call = client.patch_feature_flag().project_key("shop");
        let call = call.feature_flag_key(key);
        let result = call.body(patch.instruction(flags::turn_flag_on())).send();
        match result.await {
            Ok(flag) => println!("{} is on", flag.key),
            Err(error) => println!("{error}\n  -> {}", advice(&error)),
        }
    }
    Ok(())
}
