//! Turns a flag on or off, for scripts: the exit code says what happened.
//!
//! With an account: `LD_ACCESS_TOKEN=… cargo run --example toggle_flag -- on my-project my-flag production`.
//! Without one, against a mock server in this process: `cargo run --example toggle_flag`.

use std::process::ExitCode;

use httpmock::MockServer;
use launchdarkly_api::{Client, Error, RetryPolicy, SemanticPatch, instructions::flags};
use serde_json::json;

const USAGE: &str = "usage: toggle_flag on|off PROJECT FLAG ENVIRONMENT";

/// Returns the exit code of an error.
fn exit_code(error: &Error) -> u8 {
    match error {
        _ if error.is_invalid_input() => 2,
        _ if error.is_not_found() || error.is_unknown_environment() => 3,
        _ if error.is_approval_required() => 4,
        _ if error.is_unauthorized() || error.is_forbidden() => 5,
        // The flag may be on or off: read it before the next attempt.
        _ if error.outcome_unknown() => 6,
        // EX_TEMPFAIL: nothing was changed, and a later call may succeed.
        _ if error.is_rate_limited() || error.is_connect() || error.is_timeout() => 75,
        _ => 1,
    }
}

async fn toggle(client: &Client, arguments: &[String]) -> u8 {
    let [state, project, flag, environment] = arguments else {
        eprintln!("{USAGE}");
        return 2;
    };
    let instruction = match state.as_str() {
        "on" => flags::turn_flag_on(),
        "off" => flags::turn_flag_off(),
        _ => {
            eprintln!("{USAGE}");
            return 2;
        }
    };
    let patch = SemanticPatch::new().environment_key(environment);
    let call = client.patch_feature_flag().project_key(project);
    let call = call.feature_flag_key(flag);
    match call.body(patch.instruction(instruction)).send().await {
        Ok(flag) => {
            println!("{} is {state} in {environment}", flag.key);
            0
        }
        Err(error) => {
            eprintln!("{error}");
            exit_code(&error)
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        return without_account().await;
    }
    match Client::from_env() {
        Ok(client) => toggle(&client, &arguments).await.into(),
        Err(error) => {
            eprintln!("{error}");
            exit_code(&error).into()
        }
    }
}

/// Shows each exit code, against a mock server.
async fn without_account() -> ExitCode {
    let server = MockServer::start_async().await;
    for (flag, status, code) in [
        ("new", 200, ""),
        ("gone", 404, "not_found"),
        ("guarded", 405, "approval_required"),
        ("private", 403, "forbidden"),
        ("broken", 503, "internal_service_error"),
        ("busy", 429, "rate_limited"),
        ("stale", 409, "optimistic_locking_error"),
    ] {
        server
            .mock_async(|when, then| {
                when.method("PATCH")
                    .path(format!("/api/v2/flags/shop/{flag}"));
                then.status(status)
                    .json_body(json!({"key": flag, "code": code}));
            })
            .await;
    }
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .retry_policy(RetryPolicy::none())
        .build()
        .expect("the token and the URL are valid");
    for (line, expected) in [
        ("on shop new production", 0),
        ("off shop new production", 0),
        ("of shop new production", 2),
        ("on shop gone production", 3),
        ("on shop guarded production", 4),
        ("on shop private production", 5),
        ("on shop broken production", 6),
        ("on shop busy production", 75),
        ("on shop stale production", 1),
    ] {
        let arguments: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let code = toggle(&client, &arguments).await;
        println!("toggle_flag {line}: exit code {code}");
        assert_eq!(code, expected);
    }
    ExitCode::SUCCESS
}
