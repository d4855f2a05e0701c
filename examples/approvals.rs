//! Proposes a change of a flag, reviews it as somebody else, and applies it
//! once it is approved.
//!
//! Without an account, against a mock server in this process:
//! `cargo run --example approvals --features approvals`.

use std::time::Duration;

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use launchdarkly_api::{
    Client, Error,
    instructions::flags,
    types::{PostApprovalRequestReviewRequestKind as Review, ReviewStatus},
};
use serde_json::json;
use tokio::time::sleep;

const PROJECT: &str = "shop";
const FLAG: &str = "new-checkout";
const ENVIRONMENT: &str = "production";

/// Asks for the flag to be turned on, and returns the ID of the approval request.
async fn propose(client: &Client, reviewer: &str) -> Result<String, Error> {
    let request = client
        .post_approval_request_for_flag()
        .project_key(PROJECT)
        .feature_flag_key(FLAG)
        .environment_key(ENVIRONMENT)
        .body_map(|body| {
            body.description("Turn the new checkout on")
                .comment("The load test passed")
                .instructions([flags::turn_flag_on()])
                .notify_member_ids([reviewer])
        })
        .send()
        .await?;
    Ok(request.into_inner().id)
}

async fn review(client: &Client, id: &str, kind: Review) -> Result<(), Error> {
    client
        .post_approval_request_review_for_flag()
        .project_key(PROJECT)
        .feature_flag_key(FLAG)
        .environment_key(ENVIRONMENT)
        .id(id)
        .body_map(|body| body.kind(kind).comment("Looks good"))
        .send()
        .await?;
    Ok(())
}

/// Waits for the decision, and applies the change if it is approved. Returns
/// whether it is.
async fn apply(client: &Client, id: &str) -> Result<bool, Error> {
    loop {
        let read = client.get_approval_for_flag().project_key(PROJECT);
        let read = read
            .feature_flag_key(FLAG)
            .environment_key(ENVIRONMENT)
            .id(id);
        match read.send().await?.review_status {
            ReviewStatus::Approved => break,
            ReviewStatus::Declined => return Ok(false),
            // Pending, or a status that LaunchDarkly added.
            _ => sleep(Duration::from_millis(100)).await,
        }
    }
    client
        .post_approval_request_apply_for_flag()
        .project_key(PROJECT)
        .feature_flag_key(FLAG)
        .environment_key(ENVIRONMENT)
        .id(id)
        .body_map(|body| body.comment("Launch day"))
        .send()
        .await?;
    Ok(true)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let server = launchdarkly().await;
    let client = |token| {
        let client = Client::builder().access_token(token);
        client.base_url(server.base_url()).build()
    };
    let (author, reviewer) = (client("api-author")?, client("api-reviewer")?);

    let id = propose(&author, "57be1db38b75bf0772d11384").await?;
    println!("{id} is proposed");
    let (applied, reviewed) =
        tokio::join!(apply(&author, &id), review(&reviewer, &id, Review::Approve));
    reviewed?;
    assert!(applied?);
    println!("{id} is approved and applied");
    Ok(())
}

/// A mock of one approval request, which is approved when a review with another
/// token says so, and applied only then.
async fn launchdarkly() -> MockServer {
    let status = std::sync::Mutex::new(("pending", "pending"));
    let respond = move |request: &HttpMockRequest| {
        let response = HttpMockResponse::builder().header("content-type", "application/json");
        let mut status = status
            .lock()
            .expect("no thread panics while it holds the lock");
        let uri = request.uri();
        let token = request.headers().get("authorization").cloned();
        let reviewer = token.is_some_and(|token| token == "api-reviewer");
        match uri.path().rsplit('/').next() {
            Some("approval-requests") if !request.body_string().contains("turnFlagOn") => {
                return response.status(400).body("{}").build();
            }
            Some("reviews") if reviewer => status.0 = "approved",
            Some("reviews") => return response.status(403).body("{}").build(),
            Some("apply") if status.0 == "approved" => status.1 = "completed",
            Some("apply") => return response.status(405).body("{}").build(),
            _ => {}
        }
        let body = json!({"_id": "12ab3c45de678910abc12345", "reviewStatus": status.0, "status": status.1});
        response.status(200).body(body.to_string()).build()
    };
    let server = MockServer::start_async().await;
    server
        .mock_async(|_, then| drop(then.respond_with(respond)))
        .await;
    server
}
