//! The other operations on audit log subscriptions.

use httpmock::{
    Method::{DELETE, GET, POST},
    MockServer,
};
use launchdarkly_api::types::{Effect, Statement};
use serde_json::{Value, json};

use crate::support::{self, SUBSCRIPTION, Wire, answer};

fn config() -> serde_json::Map<String, Value> {
    [("apiKey".to_owned(), json!("c0nfig-secret"))]
        .into_iter()
        .collect()
}

#[tokio::test]
async fn a_list_is_decoded() {
    let server = MockServer::start_async().await;
    server
        .mock_async(|when, then| {
            when.method(GET).path("/api/v2/integrations/datadog");
            then.status(200).body(format!(
                r#"{{"key": "datadog", "items": [{SUBSCRIPTION}, {{}}], "_links": null}}"#
            ));
        })
        .await;
    let client = support::client(server.base_url());
    let list = client
        .get_subscriptions()
        .integration_key("datadog")
        .send()
        .await
        .unwrap();
    assert_eq!(list.key.as_deref(), Some("datadog"));
    assert_eq!(list.items.len(), 2);
    assert_eq!(list.items[0].name.as_deref(), Some("Flag changes"));
}

#[tokio::test]
async fn a_null_list_is_empty() {
    let wire = Wire::answering(answer("200 OK", "application/json", r#"{"items": null}"#)).await;
    let client = support::client(wire.url());
    assert!(
        client
            .get_subscriptions()
            .integration_key("k")
            .send()
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

#[tokio::test]
async fn a_subscription_is_created_from_its_properties() {
    let server = MockServer::start_async().await;
    let mock =
        server
            .mock_async(|when, then| {
                when.method(POST).path("/api/v2/integrations/datadog").json_body(json!({
                "name": "Flag changes",
                "config": {"apiKey": "c0nfig-secret"},
                "on": true,
                "statements": [{"effect": "allow", "resources": ["proj/*"], "actions": ["*"]}]
            }));
                then.status(201).body(SUBSCRIPTION);
            })
            .await;
    let statement: Statement = Statement::builder()
        .effect(Effect::Allow)
        .resources(["proj/*".to_owned()])
        .actions(["*".to_owned()])
        .try_into()
        .unwrap();
    let created = support::client(server.base_url())
        .create_subscription()
        .integration_key("datadog")
        .body_map(|body| {
            body.name("Flag changes")
                .config(config())
                .on(true)
                .statements([statement])
        })
        .send()
        .await
        .unwrap();
    mock.assert_calls_async(1).await;
    assert_eq!(created.status(), 201);
    assert_eq!(created.id.as_deref(), Some("1234"));
}

#[tokio::test]
async fn a_missing_required_property_is_an_error_before_any_io() {
    let wire = Wire::answering("").await;
    let error = support::client(wire.url())
        .create_subscription()
        .integration_key("datadog")
        .body_map(|body| body.config(config()))
        .send()
        .await
        .unwrap_err();
    assert!(error.is_invalid_input());
    assert!(error.to_string().contains("name"), "{error}");
    assert!(wire.requests().is_empty());
}

#[tokio::test]
async fn a_subscription_is_read_and_deleted() {
    let server = MockServer::start_async().await;
    let path = "/api/v2/integrations/datadog/1234";
    server
        .mock_async(|when, then| {
            when.method(GET).path(path);
            then.status(200).body(SUBSCRIPTION);
        })
        .await;
    let deleted = server
        .mock_async(|when, then| {
            when.method(DELETE).path(path);
            then.status(204);
        })
        .await;
    let client = support::client(server.base_url());
    let one = client
        .get_subscription_by_id()
        .integration_key("datadog")
        .id("1234")
        .send()
        .await;
    assert_eq!(one.unwrap().on, Some(true));
    let gone = client
        .delete_subscription()
        .integration_key("datadog")
        .id("1234")
        .send()
        .await;
    assert_eq!(gone.unwrap().status(), 204);
    deleted.assert_calls_async(1).await;
}

/// Each documented status of each operation, with the documented body.
#[tokio::test]
async fn every_documented_error_has_status_code_and_message() {
    for status in [400_u16, 401, 403, 404, 429] {
        let server = MockServer::start_async().await;
        server
            .mock_async(|_, then| {
                then.status(status)
                    .json_body(json!({"code": format!("code_{status}"), "message": "Why."}));
            })
            .await;
        let client = support::client(server.base_url());
        let errors = [
            client
                .get_subscriptions()
                .integration_key("k")
                .send()
                .await
                .map(drop),
            client
                .create_subscription()
                .integration_key("k")
                .body_map(|body| body.name("n").config(config()))
                .send()
                .await
                .map(drop),
            client
                .get_subscription_by_id()
                .integration_key("k")
                .id("1")
                .send()
                .await
                .map(drop),
            client
                .delete_subscription()
                .integration_key("k")
                .id("1")
                .send()
                .await
                .map(drop),
        ];
        for error in errors.map(Result::unwrap_err) {
            assert_eq!(error.status().unwrap(), status);
            assert_eq!(error.code(), Some(format!("code_{status}").as_str()));
            assert_eq!(error.message(), Some("Why."));
            assert_eq!(error.is_unauthorized(), status == 401);
        }
    }
}

#[test]
fn a_configuration_encodes_as_documented_and_hides_secrets() {
    use launchdarkly_api::integrations::{Datadog, DatadogHostUrl, Splunk};

    let datadog = Datadog::new("c0nfig-secret")
        .host_url(DatadogHostUrl::HttpsApiDatadoghqEu)
        .hide_member_details(false);
    assert!(!format!("{datadog:?}").contains("c0nfig-secret"));
    let map: serde_json::Map<String, Value> = datadog.clone().into();
    assert_eq!(
        Value::Object(map.clone()),
        json!({
            "apiKey": "c0nfig-secret",
            "hideMemberDetails": false,
            "hostURL": "https://api.datadoghq.eu",
        })
    );
    let read: Datadog = serde_json::from_value(Value::Object(map)).unwrap();
    assert_eq!(read, datadog);
    assert_eq!((Datadog::KEY, Splunk::KEY), ("datadog", "splunk"));
}
