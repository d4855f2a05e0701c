//! `update_subscription`, from its arguments to its response. This file uses no
//! other operation: `swapped_specification` runs it with a document that has only
//! this one.

use httpmock::{Method::PATCH, MockServer};
use launchdarkly_api::{
    Error, JsonPatch, PatchOperation, ResponseValue, UnixMillis, operations, types::Integration,
};
use serde_json::json;

use crate::support::{self, SUBSCRIPTION, TOKEN, Wire, answer};

async fn update(base_url: &str) -> Result<ResponseValue<Integration>, Error> {
    support::client(base_url)
        .update_subscription()
        .integration_key("datadog")
        .id("1234")
        .body(JsonPatch::new().replace("/on", true))
        .send()
        .await
}

#[tokio::test]
async fn the_request_is_the_documented_one() {
    let wire = Wire::answering(answer("200 OK", "application/json", SUBSCRIPTION)).await;
    update(&wire.url()).await.unwrap();
    let requests = wire.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(request.line(), "PATCH /api/v2/integrations/datadog/1234");
    assert_eq!(request.header("authorization"), [TOKEN]);
    assert_eq!(request.header("ld-api-version"), ["20240415"]);
    assert_eq!(request.header("content-type"), ["application/json"]);
    assert_eq!(request.header("accept"), ["application/json"]);
    assert_eq!(request.header("accept-encoding"), ["gzip"]);
    assert_eq!(
        request.header("user-agent"),
        [concat!("launchdarkly-api-rust/", env!("CARGO_PKG_VERSION"))]
    );
    assert!(request.header("api-version").is_empty());
    assert_eq!(
        serde_json::from_slice::<serde_json::Value>(&request.body).unwrap(),
        json!([{"op": "replace", "path": "/on", "value": true}])
    );
}

#[tokio::test]
async fn the_response_is_decoded_and_keeps_status_and_headers() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(PATCH).path("/api/v2/integrations/datadog/1234");
            then.status(200)
                .header("x-ratelimit-route-remaining", "9")
                .body(SUBSCRIPTION);
        })
        .await;
    let subscription = update(&server.base_url()).await.unwrap();
    assert_eq!(subscription.status(), 200);
    assert_eq!(subscription.headers()["x-ratelimit-route-remaining"], "9");
    assert_eq!(subscription.on, Some(true));
    assert_eq!(subscription.id.as_deref(), Some("1234"));
    assert_eq!(subscription.config["apiKey"], "c0nfig-secret");
    let statement = serde_json::to_value(&subscription.statements[0]).unwrap();
    assert_eq!(statement["actions"], json!(["*"]));
    let status = subscription.into_inner().status.unwrap();
    assert_eq!(
        status.last_success,
        Some(UnixMillis::new(1_699_999_999_999))
    );
    assert_eq!(status.errors[0].status_code, Some(500));
}

#[tokio::test]
async fn the_path_of_the_base_url_is_kept() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    update(&format!("{}/proxied/ld/", wire.url()))
        .await
        .unwrap();
    assert_eq!(
        wire.requests()[0].line(),
        "PATCH /proxied/ld/api/v2/integrations/datadog/1234"
    );
}

#[tokio::test]
async fn null_in_every_optional_field_decodes() {
    let fields = [
        "_links",
        "_id",
        "kind",
        "name",
        "config",
        "statements",
        "on",
        "tags",
        "_access",
        "_status",
        "url",
        "apiKey",
    ];
    let all: serde_json::Map<_, _> = fields
        .iter()
        .map(|f| ((*f).to_owned(), json!(null)))
        .collect();
    let inner = json!({"_status": {"errors": null, "lastSuccess": null, "successCount": null},
                       "statements": [{"effect": "deny", "actions": null, "resources": null}],
                       "_links": {"self": {"href": null, "type": null}}});
    let mut bodies = vec![json!(all), inner, json!({})];
    bodies.extend(fields.iter().map(|field| json!({*field: null})));
    for body in bodies {
        let wire = Wire::answering(answer("200 OK", "application/json", &body.to_string())).await;
        let subscription = update(&wire.url())
            .await
            .unwrap_or_else(|e| panic!("{body}: {e}"));
        assert!(subscription.config.is_empty() && subscription.tags.is_empty());
        assert!(subscription.on.is_none() && subscription.access.is_none());
    }
}

#[tokio::test]
async fn every_documented_status_is_its_own_predicate() {
    for (status, code, message) in [
        (400, "invalid_request", "Invalid request body"),
        (403, "forbidden", "Not allowed"),
        (404, "not_found", "Invalid resource identifier"),
        (409, "optimistic_locking_error", "Conflict"),
        (429, "rate_limited", "Try again later"),
    ] {
        let server = MockServer::start_async().await;
        let mock = server
            .mock_async(|when, then| {
                when.method(PATCH);
                then.status(status)
                    .header("content-type", "application/json")
                    .json_body(json!({"code": code, "message": message, "id": "e-1"}));
            })
            .await;
        let error = update(&server.base_url()).await.unwrap_err();
        mock.assert_calls_async(1).await;
        assert_eq!(error.status().unwrap(), status);
        assert_eq!(error.code(), Some(code));
        assert_eq!(error.message(), Some(message));
        assert_eq!(error.id(), Some("e-1"));
        assert_eq!(error.operation(), Some(&operations::UPDATE_SUBSCRIPTION));
        let predicates = [
            (403, error.is_forbidden()),
            (404, error.is_not_found()),
            (409, error.is_conflict()),
            (429, error.is_rate_limited()),
        ];
        for (of, holds) in predicates {
            assert_eq!(holds, of == status, "{of} for {status}");
        }
        assert!(!error.is_unauthorized() && !error.is_decode() && !error.is_invalid_input());
        assert!(!error.is_timeout() && !error.is_connect());
    }
}

#[tokio::test]
async fn missing_and_invalid_arguments_are_errors_before_any_io() {
    let wire = Wire::answering("").await;
    let client = support::client(wire.url());
    let patch = JsonPatch::new;
    let errors = [
        client
            .update_subscription()
            .id("1")
            .body(patch())
            .send()
            .await,
        client
            .update_subscription()
            .integration_key("k")
            .body(patch())
            .send()
            .await,
        client
            .update_subscription()
            .integration_key("k")
            .id("1")
            .send()
            .await,
        client
            .update_subscription()
            .integration_key("k")
            .id("1")
            .body(patch().remove("on"))
            .send()
            .await,
        client
            .update_subscription()
            .integration_key("")
            .id("1")
            .body(patch())
            .send()
            .await,
        client
            .update_subscription()
            .integration_key("k")
            .id("..")
            .body(patch())
            .send()
            .await,
    ]
    .map(|result| {
        let error = result.unwrap_err();
        assert!(error.is_invalid_input() && error.status().is_none());
        error.to_string()
    });
    insta::assert_snapshot!(errors.join("\n"));
    assert!(wire.requests().is_empty());
}

#[tokio::test]
async fn the_operations_of_another_patch_are_checked_and_sent() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let moved = PatchOperation::Move {
        from: "/a".to_owned(),
        path: "/b".to_owned(),
    };
    let update = support::client(wire.url())
        .update_subscription()
        .integration_key("datadog")
        .id("1234");
    let patch: JsonPatch = [moved.clone()].into_iter().collect();
    update.clone().body(patch).send().await.unwrap();
    assert_eq!(
        wire.requests()[0].body,
        br#"[{"op":"move","from":"/a","path":"/b"}]"#
    );
    let invalid = PatchOperation::Remove {
        path: "b".to_owned(),
    };
    let patch: JsonPatch = [moved, invalid].into_iter().collect();
    let error = update.body(patch).send().await.unwrap_err();
    assert!(error.is_invalid_input());
    assert!(error.to_string().contains("operation 1"), "{error}");
    assert_eq!(wire.requests().len(), 1);
}

#[test]
fn the_operation_is_in_the_table_of_operations() {
    let operation = operations::ALL
        .iter()
        .find(|operation| operation.id() == "update_subscription")
        .unwrap();
    assert_eq!(operation.method(), "PATCH");
    assert_eq!(
        operation.path(),
        "/api/v2/integrations/{integrationKey}/{id}"
    );
    assert_eq!(operation.area(), "integration-audit-log-subscriptions");
    assert!(!operation.is_beta());
}
