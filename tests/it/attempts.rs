//! The hook sees every try, and may change it.

use std::sync::{Arc, Mutex};

use launchdarkly_api::{Attempt, AttemptHook, Client, Outcome, RetryPolicy, operations, reqwest};

use crate::support::{TOKEN, Wire, answer, bare};

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl AttemptHook for Recorder {
    fn before(&self, attempt: &Attempt, request: &mut reqwest::Request) {
        assert_eq!(attempt.operation, &operations::GET_SUBSCRIPTIONS);
        let value = format!("try-{}", attempt.number).parse().unwrap();
        request.headers_mut().append("traceparent", value);
    }

    fn after(&self, attempt: &Attempt, outcome: &Outcome<'_>) {
        let outcome = match outcome {
            Outcome::Answer(status, headers) => {
                format!("{} {:?}", status.as_u16(), headers.get("x-n"))
            }
            Outcome::Failure(error) => format!("failed: {}", error.status().is_none()),
        };
        self.0
            .lock()
            .unwrap()
            .push(format!("{}: {outcome}", attempt.number));
    }
}

#[tokio::test]
async fn every_try_is_told_and_can_be_changed() {
    let wire = Wire::script([
        Vec::new(),
        bare("503 Service Unavailable", &[("x-n", "2")]),
        answer("200 OK", "application/json", "{}"),
    ])
    .await;
    let recorder = Recorder::default();
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(wire.url())
        .retry_policy(RetryPolicy::default().base_delay(std::time::Duration::ZERO))
        .attempt_hook(recorder.clone())
        .build()
        .unwrap();
    client
        .get_subscriptions()
        .integration_key("k")
        .send()
        .await
        .unwrap();
    assert_eq!(
        *recorder.0.lock().unwrap(),
        ["1: failed: true", "2: 503 Some(\"2\")", "3: 200 None"]
    );
    let sent: Vec<_> = wire
        .requests()
        .iter()
        .map(|r| r.header("traceparent").join(","))
        .collect();
    assert_eq!(sent, ["try-1", "try-2", "try-3"]);
}
