//! Retries: conditions, waits, limits and the outcome of failed calls.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use launchdarkly_api::{
    Attempt, AttemptHook, Client, Error, JsonPatch, Outcome, ResponseValue, RetryPolicy,
    types::Integration,
};
use tokio::net::TcpListener;

use crate::support::{TOKEN, Wire, answer, bare};

/// The default policy without waits.
fn quick() -> RetryPolicy {
    RetryPolicy::default().base_delay(Duration::from_millis(1))
}

fn client(base_url: String, policy: RetryPolicy) -> Client {
    Client::builder()
        .access_token(TOKEN)
        .base_url(base_url)
        .retry_policy(policy)
        .build()
        .unwrap()
}

fn ok() -> Vec<u8> {
    answer("200 OK", "application/json", r#"{"on": true}"#)
}

/// No response: the connection closes after the request.
fn broken() -> Vec<u8> {
    Vec::new()
}

fn truncated() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"on\": tr".to_vec()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

const ALL: [Verb; 4] = [Verb::Get, Verb::Post, Verb::Patch, Verb::Delete];

impl Verb {
    async fn call(self, client: &Client) -> Result<(), Error> {
        match self {
            Self::Get => get(client).await.map(drop),
            Self::Post => client
                .create_subscription()
                .integration_key("k")
                .body_map(|body| body.name("n").config(serde_json::Map::new()))
                .send()
                .await
                .map(drop),
            Self::Patch => client
                .update_subscription()
                .integration_key("k")
                .id("1")
                .body(JsonPatch::new().replace("/on", true))
                .send()
                .await
                .map(drop),
            Self::Delete => client
                .delete_subscription()
                .integration_key("k")
                .id("1")
                .send()
                .await
                .map(drop),
        }
    }

    fn is_repeatable(self) -> bool {
        matches!(self, Self::Get | Self::Delete)
    }
}

async fn get(client: &Client) -> Result<ResponseValue<Integration>, Error> {
    client
        .get_subscription_by_id()
        .integration_key("k")
        .id("1")
        .send()
        .await
}

#[tokio::test]
async fn status_429_is_retried_for_every_method() {
    for verb in ALL {
        let wire = Wire::script([bare("429 Too Many Requests", &[]), ok()]).await;
        verb.call(&client(wire.url(), quick())).await.unwrap();
        let requests = wire.requests();
        assert_eq!(requests.len(), 2, "{verb:?}");
        assert_eq!(requests[0].head, requests[1].head);
        assert_eq!(requests[0].body, requests[1].body);
    }
}

#[tokio::test]
async fn only_idempotent_requests_are_retried_if_the_outcome_is_unknown() {
    let failures = [
        bare("408 Request Timeout", &[]),
        bare("502 Bad Gateway", &[]),
        bare("503 Service Unavailable", &[]),
        bare("504 Gateway Timeout", &[]),
        broken(),
        truncated(),
    ];
    for failure in failures {
        for verb in ALL {
            // The success of a DELETE also needs the complete body.
            let wire = Wire::script([failure.clone(), ok()]).await;
            let result = verb.call(&client(wire.url(), quick())).await;
            let what = format!("{verb:?} {}", String::from_utf8_lossy(&failure));
            if verb.is_repeatable() {
                assert!(result.is_ok(), "{what}");
                assert_eq!(wire.requests().len(), 2, "{what}");
            } else {
                let error = result.unwrap_err();
                assert!(error.outcome_unknown(), "{what}");
                assert!(
                    error.to_string().ends_with("; it may have been applied"),
                    "{error}"
                );
                assert_eq!(wire.requests().len(), 1, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn a_call_marked_idempotent_is_retried() {
    for verb in [Verb::Post, Verb::Patch] {
        let wire = Wire::script([broken(), bare("503 Service Unavailable", &[]), ok()]).await;
        verb.call(&client(wire.url(), quick()).idempotent())
            .await
            .unwrap();
        assert_eq!(wire.requests().len(), 3);
    }
}

#[tokio::test]
async fn the_outcome_of_a_read_is_never_unknown() {
    let wire = Wire::answering(broken()).await;
    let error = get(&client(wire.url(), quick())).await.unwrap_err();
    assert_eq!(error.attempts(), 5);
    assert!(!error.outcome_unknown());
}

#[tokio::test]
async fn an_unknown_outcome_of_one_attempt_survives_later_responses() {
    let wire = Wire::script([broken(), bare("409 Conflict", &[])]).await;
    let error = Verb::Delete
        .call(&client(wire.url(), quick()))
        .await
        .unwrap_err();
    assert!(error.is_conflict() && error.outcome_unknown());
    let wire = Wire::script([
        bare("429 Too Many Requests", &[]),
        bare("409 Conflict", &[]),
    ])
    .await;
    let error = Verb::Delete
        .call(&client(wire.url(), quick()))
        .await
        .unwrap_err();
    assert!(error.is_conflict() && !error.outcome_unknown());
}

#[tokio::test]
async fn a_server_error_after_a_change_leaves_its_outcome_unknown() {
    let wire = Wire::answering(bare("500 Internal Server Error", &[])).await;
    let error = Verb::Patch
        .call(&client(wire.url(), quick()))
        .await
        .unwrap_err();
    assert!(error.outcome_unknown());
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_refused_connection_is_retried_for_every_method() {
    for verb in ALL {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let error = verb
            .call(&client(url, quick().max_attempts(3)))
            .await
            .unwrap_err();
        assert!(error.is_connect());
        assert_eq!(error.attempts(), 3);
        assert!(!error.outcome_unknown());
        assert!(error.to_string().contains("after 3 attempts"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_is_final() {
    for status in [
        "400 Bad Request",
        "401 Unauthorized",
        "403 Forbidden",
        "404 Not Found",
        "409 Conflict",
        "500 Internal Server Error",
    ] {
        for verb in ALL {
            let wire = Wire::answering(bare(status, &[])).await;
            let error = verb.call(&client(wire.url(), quick())).await.unwrap_err();
            assert_eq!(error.attempts(), 1);
            assert_eq!(wire.requests().len(), 1, "{status} {verb:?}");
        }
    }
}

#[tokio::test]
async fn retry_not_found_retries_reads_only() {
    let wire = Wire::script([bare("404 Not Found", &[]), bare("404 Not Found", &[]), ok()]).await;
    let plain = client(wire.url(), quick());
    let patient = plain.with_retry_policy(quick().retry_not_found(true));
    assert_eq!(get(&patient).await.unwrap().on, Some(true));
    assert_eq!(wire.requests().len(), 3);

    let wire = Wire::answering(bare("404 Not Found", &[])).await;
    let patient = client(wire.url(), quick().retry_not_found(true));
    assert!(Verb::Patch.call(&patient).await.unwrap_err().is_not_found());
    assert_eq!(wire.requests().len(), 1);
    assert_eq!(get(&patient).await.unwrap_err().attempts(), 5);
}

#[tokio::test]
async fn a_delete_whose_retry_returns_not_found_has_succeeded() {
    let gone = || {
        answer(
            "404 Not Found",
            "application/json",
            r#"{"code": "not_found"}"#,
        )
    };
    for first in [broken(), truncated(), bare("502 Bad Gateway", &[])] {
        let wire = Wire::script([first, gone()]).await;
        let client = client(wire.url(), quick());
        let done = client
            .delete_subscription()
            .integration_key("k")
            .id("1")
            .send()
            .await
            .unwrap();
        assert_eq!(done.status(), 404);
    }
    // But not if no attempt can have deleted it.
    for script in [
        [gone(), gone()],
        [bare("429 Too Many Requests", &[]), gone()],
    ] {
        let wire = Wire::script(script).await;
        let error = Verb::Delete
            .call(&client(wire.url(), quick()))
            .await
            .unwrap_err();
        assert!(error.is_not_found());
    }
}

#[tokio::test]
async fn the_number_of_attempts_is_limited() {
    let wire = Wire::answering(bare("503 Service Unavailable", &[])).await;
    let error = get(&client(wire.url(), quick().max_attempts(3)))
        .await
        .unwrap_err();
    assert_eq!((error.attempts(), wire.requests().len()), (3, 3));
    let error = get(&client(wire.url(), RetryPolicy::none()))
        .await
        .unwrap_err();
    assert_eq!((error.attempts(), wire.requests().len()), (1, 4));
}

/// Records the waits.
#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Vec<Duration>>>);

impl AttemptHook for Waits {
    fn after(&self, attempt: &Attempt, _: &Outcome<'_>) {
        self.0.lock().unwrap().push(attempt.waited);
    }
}

async fn wait_after(headers: &[(&str, &str)], policy: RetryPolicy) -> Duration {
    let wire = Wire::script([bare("429 Too Many Requests", headers), ok()]).await;
    let waits = Waits::default();
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(wire.url())
        .retry_policy(policy)
        .rate_limiter(false)
        .attempt_hook(waits.clone())
        .build()
        .unwrap();
    Verb::Patch.call(&client).await.unwrap();
    let waits = waits.0.lock().unwrap();
    assert_eq!(waits.len(), 2);
    waits[1]
}

#[tokio::test]
async fn the_client_waits_for_the_longest_time_in_the_headers() {
    let wait = wait_after(&[("retry-after", "1")], quick()).await;
    assert!(wait >= Duration::from_secs(1), "{wait:?}");
    // The server's clock is at the epoch, so this is one second, not fifty years.
    let headers = [
        ("date", "Thu, 01 Jan 1970 00:00:10 GMT"),
        ("retry-after", "0"),
        ("x-ratelimit-reset", "11000"),
    ];
    let wait = wait_after(&headers, quick()).await;
    assert!((950..=3_000).contains(&wait.as_millis()), "{wait:?}");
}

#[tokio::test]
async fn an_impossible_reset_header_is_ignored() {
    for reset in ["9223372036854775807", "1", "1700000000000000", "-1"] {
        let wait = wait_after(&[("x-ratelimit-reset", reset)], quick()).await;
        assert!(wait < Duration::from_secs(1), "{reset}: {wait:?}");
    }
    let wait = wait_after(&[("retry-after", "1e9")], quick()).await;
    assert!(wait < Duration::from_secs(1), "{wait:?}");
}

/// A 429 with `Retry-After`, then successes.
async fn closed_for(retry_after: &str) -> Wire {
    let closed = bare("429 Too Many Requests", &[("retry-after", retry_after)]);
    Wire::script([closed, ok()]).await
}

#[tokio::test]
async fn a_retry_after_beyond_the_deadline_fails_at_once_and_holds_back_other_calls() {
    let policies = [
        ("max_wait", quick()),
        ("deadline", quick().max_wait(Duration::MAX)),
        (
            "deadline",
            quick()
                .deadline(Duration::from_secs(5))
                .max_wait(Duration::from_secs(300))
                .max_attempts(1000),
        ),
        ("", RetryPolicy::none()),
    ];
    for (why, policy) in policies {
        for verb in ALL {
            let wire = closed_for("300").await;
            let client = client(wire.url(), policy);
            let began = Instant::now();
            let error = verb.call(&client).await.unwrap_err();
            assert!(error.is_rate_limited() && !error.outcome_unknown());
            assert_eq!(error.retry_after(), Some(Duration::from_secs(300)));
            assert_eq!((error.attempts(), error.is_timeout()), (1, false));
            let text = error.to_string();
            assert!(text.contains("300s") && text.contains(why), "{text}");

            // No other call is sent either.
            for verb in ALL {
                let error = verb.call(&client).await.unwrap_err();
                assert!(error.is_rate_limited() && !error.outcome_unknown());
                let wait = error.retry_after().unwrap();
                assert!((290..=300).contains(&wait.as_secs()), "{wait:?}");
                assert_eq!((error.attempts(), error.is_timeout()), (0, false));
                let text = error.to_string();
                assert!(text.contains("not sent"), "{text}");
                assert!(text.contains(&format!("{wait:?}")), "{text}");
            }
            assert_eq!(wire.requests().len(), 1);
            assert!(began.elapsed() < Duration::from_secs(100));
        }
    }
}

#[tokio::test]
async fn the_largest_waits_and_deadlines_do_not_overflow() {
    for retry_after in [
        "1000000000",
        "18446744073709551615",
        "99999999999999999999999",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ] {
        let greatest = RetryPolicy::default()
            .base_delay(Duration::MAX)
            .max_delay(Duration::MAX)
            .max_wait(Duration::MAX);
        for policy in [
            greatest,
            greatest.deadline(Duration::MAX),
            greatest.deadline(Duration::from_secs(1)),
        ] {
            let wire = closed_for(retry_after).await;
            let call = client(wire.url(), policy);
            let call = tokio::time::timeout(Duration::from_millis(200), get(&call));
            // The call fails, or waits until its deadline.
            if let Ok(result) = call.await {
                let wait = result.unwrap_err().retry_after().unwrap();
                assert!(wait >= Duration::from_secs(1_000_000_000), "{wait:?}");
            }
            assert_eq!(wire.requests().len(), 1, "{retry_after}");
        }
    }
}

#[tokio::test]
async fn the_deadline_ends_a_call_without_a_response() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let client = client(url, quick().deadline(Duration::from_millis(100)));
    let error = Verb::Patch.call(&client).await.unwrap_err();
    assert!(error.is_timeout() && error.outcome_unknown());
    assert!(error.to_string().contains("deadline exceeded"), "{error}");
    assert!(!get(&client).await.unwrap_err().outcome_unknown());
}

#[tokio::test]
async fn all_calls_of_a_client_share_a_retry_budget() {
    let wire = Wire::answering(bare("503 Service Unavailable", &[])).await;
    let client = client(wire.url(), quick().base_delay(Duration::ZERO));
    for _ in 0..60 {
        get(&client.clone()).await.unwrap_err();
    }
    // 500 tokens, 5 per retry.
    assert_eq!(wire.requests().len(), 60 + 100);
    let error = get(&client).await.unwrap_err();
    assert!(
        error.to_string().contains("retry budget is exhausted"),
        "{error}"
    );
}

#[tokio::test]
async fn every_error_has_the_number_of_attempts() {
    let first = || bare("503 Service Unavailable", &[]);
    for second in [
        answer("200 OK", "application/json", r#"{"on": "#),
        answer("200 OK", "application/json", ""),
        answer("200 OK", "application/json", &" ".repeat(2000)),
        bare("404 Not Found", &[]),
        bare(
            "307 Temporary Redirect",
            &[("location", "https://b.example")],
        ),
    ] {
        let wire = Wire::script([first(), second]).await;
        let client = Client::builder()
            .access_token(TOKEN)
            .base_url(wire.url())
            .retry_policy(quick())
            .max_response_bytes(1000)
            .build()
            .unwrap();
        let error = get(&client).await.unwrap_err();
        assert_eq!((error.attempts(), wire.requests().len()), (2, 2), "{error}");
    }
}

#[tokio::test]
async fn an_error_about_the_next_page_counts_the_attempts_for_the_page() {
    let page = r#"{"items": [], "_links": {"next": {"href": "https://b.example/"}}}"#;
    let wire = Wire::script([
        bare("503 Service Unavailable", &[]),
        answer("200 OK", "application/json", page),
    ])
    .await;
    let client = client(wire.url(), quick());
    let mut pages = client.get_tags().pages();
    pages.try_next().await.unwrap();
    let error = pages.try_next().await.unwrap_err();
    assert_eq!((error.attempts(), wire.requests().len()), (2, 2), "{error}");
}

#[tokio::test]
async fn a_call_that_waits_for_a_permit_until_its_deadline_makes_no_attempt() {
    let headers = [("x-ratelimit-global-remaining", "0"), ("retry-after", "0")];
    let wire = Wire::answering(bare("200 OK", &headers)).await;
    let client = client(wire.url(), quick().deadline(Duration::from_millis(50)));
    Verb::Delete.call(&client).await.unwrap();
    let error = Verb::Delete.call(&client).await.unwrap_err();
    assert!(error.is_timeout() && !error.outcome_unknown(), "{error}");
    assert_eq!((error.attempts(), wire.requests().len()), (0, 1));
}
