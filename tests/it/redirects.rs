//! Redirects never carry the token to another origin.

use launchdarkly_api::Error;

use crate::support::{self, TOKEN, Wire, answer, bare};

fn redirect(status: &str, to: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn a_redirect_to_another_origin_is_not_followed() {
    let other = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let wire = Wire::answering(redirect(status, &format!("{}/x?q=s3cret", other.url()))).await;
        let client = support::client(wire.url());
        let error = client
            .get_subscriptions()
            .integration_key("k")
            .send()
            .await
            .unwrap_err();
        assert_eq!(error.status().unwrap().as_str(), &status[..3]);
        let line = error.to_string();
        assert!(
            line.contains(&format!("redirect to {}", other.url())),
            "{line}"
        );
        assert!(!line.contains("s3cret"), "{line}");
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_redirect_within_the_origin_keeps_token_and_body() {
    use launchdarkly_api::JsonPatch;
    let wire = Wire::start(|request| {
        if request.line().ends_with("/moved") {
            answer("200 OK", "application/json", r#"{"on": true}"#)
        } else {
            redirect("307 Temporary Redirect", "/moved")
        }
    })
    .await;
    let client = support::client(wire.url());
    client
        .get_subscriptions()
        .integration_key("k")
        .send()
        .await
        .unwrap();
    let patched = client
        .update_subscription()
        .integration_key("k")
        .id("1")
        .body(JsonPatch::new().replace("/on", true))
        .send()
        .await
        .unwrap();
    assert_eq!(patched.on, Some(true));
    let requests = wire.requests();
    let lines: Vec<_> = requests
        .iter()
        .map(|request| request.line().to_owned())
        .collect();
    assert_eq!(lines[1], "GET /moved");
    assert_eq!(lines[3], "PATCH /moved");
    assert_eq!(requests[3].body, requests[2].body);
    assert!(
        requests
            .iter()
            .all(|request| request.header("authorization") == [TOKEN])
    );
}

#[tokio::test]
async fn a_redirect_does_not_turn_a_change_into_a_get() {
    let wire = Wire::answering(redirect("302 Found", "/elsewhere")).await;
    let client = support::client(wire.url());
    let error = client
        .delete_subscription()
        .integration_key("k")
        .id("1")
        .send()
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("would change DELETE to GET"),
        "{error}"
    );
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_circle_ends() {
    let wire = Wire::answering(redirect("302 Found", "/again")).await;
    let client = support::client(wire.url());
    let error = client
        .get_subscriptions()
        .integration_key("k")
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.status().unwrap(), 302);
    assert!(
        error.to_string().contains("redirect limit exceeded"),
        "{error}"
    );
    assert_eq!(wire.requests().len(), 11);
}

async fn calls(wire: &Wire) -> [(&'static str, Error); 5] {
    use launchdarkly_api::{JsonPatch, types::UpsertFlagDefaultsPayload};
    let client = support::client(wire.url());
    let subscription = client.get_subscription_by_id().integration_key("k").id("1");
    let created = client
        .create_subscription()
        .integration_key("k")
        .body_map(|body| body.name("n").config(serde_json::Map::new()));
    let updated = client
        .update_subscription()
        .integration_key("k")
        .id("1")
        .body(JsonPatch::new().replace("/on", true));
    let deleted = client.delete_subscription().integration_key("k").id("1");
    let defaults: UpsertFlagDefaultsPayload = serde_json::from_str("{}").unwrap();
    let put = client
        .put_flag_defaults_by_project()
        .project_key("p")
        .body(defaults);
    [
        ("GET", subscription.send().await.unwrap_err()),
        ("POST", created.send().await.unwrap_err()),
        ("PATCH", updated.send().await.unwrap_err()),
        ("DELETE", deleted.send().await.unwrap_err()),
        ("PUT", put.send().await.unwrap_err()),
    ]
}

#[tokio::test]
async fn the_outcome_of_a_change_redirected_as_a_get_is_unknown() {
    for status in ["300", "301", "302", "303", "304", "305", "307", "308"] {
        let locations = [Some("/elsewhere"), Some("https://other.example/"), None];
        for location in locations {
            // After 307 and 308, the server has not processed the change.
            let keeps_method = matches!(status, "307" | "308");
            let headers = location.map(|location| ("location", location));
            let status_line = format!("{status} Redirect");
            let wire = Wire::answering(bare(&status_line, headers.as_slice())).await;
            for (method, error) in calls(&wire).await {
                let what = format!("{method} {location:?}: {error}");
                assert_eq!(error.status().unwrap().as_str(), status, "{what}");
                let unknown = method != "GET" && !keeps_method;
                assert_eq!(error.outcome_unknown(), unknown, "{what}");
                let says = error.to_string().ends_with("; it may have been applied");
                assert_eq!(says, unknown, "{what}");
            }
        }
    }
}
