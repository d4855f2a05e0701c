//! Properties of a response that this version of the crate does not know.

use launchdarkly_api::{
    JsonPatch,
    types::{FeatureFlag, Statement, SubscriptionPost},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::support::{self, Wire, answer};

fn flag(json: &Value) -> FeatureFlag {
    serde_json::from_str(&json.to_string()).unwrap()
}

/// A flag with unknown properties in itself, a variation and an environment.
fn with_unknown() -> FeatureFlag {
    flag(&json!({
        "unknown": {"a": ["s3cret", null]}, "key": "f", "name": "F", "variationJsonSchema": null,
        "variations": [{"value": 1, "weight": 2}, {"value": 2}],
        "environments": {"production": {"on": true, "_pubnub": "s3cret"}},
    }))
}

#[test]
fn a_response_has_its_unknown_properties() {
    let flag = with_unknown();
    assert_eq!(
        Value::from(flag.extra().clone()),
        json!({"unknown": {"a": ["s3cret", null]}, "variationJsonSchema": null})
    );
    let variations: Vec<_> = flag.variations.iter().map(|one| one.extra()).collect();
    assert_eq!(variations[0]["weight"], 2);
    assert_eq!(variations[1], &Map::new());
    assert_eq!(flag.environments["production"].extra()["_pubnub"], "s3cret");
}

#[test]
fn unknown_properties_are_encoded_after_the_known_ones() {
    let flag = with_unknown();
    let text = serde_json::to_string(&flag).unwrap();
    let end = r#","unknown":{"a":["s3cret",null]},"variationJsonSchema":null}"#;
    assert!(text.ends_with(end), "{text}");
    assert!(
        text.contains(r#"{"value":1,"weight":2},{"value":2}"#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<FeatureFlag>(&text).unwrap(), flag);
}

#[test]
fn values_with_different_unknown_properties_differ() {
    let [one, other, none] = [json!({"unknown": 1}), json!({"unknown": 2}), json!({})];
    assert_ne!(flag(&one), flag(&other));
    assert_ne!(flag(&one), flag(&none));
    assert_eq!(flag(&one), flag(&one));
}

#[test]
fn debug_shows_the_names_of_unknown_properties_and_not_their_values() {
    let debug = format!("{:?}", with_unknown());
    for names in [
        r#"extra: {"unknown", "variationJsonSchema"} }"#,
        r#"extra: {"weight"} }"#,
        r#"extra: {"_pubnub"} }"#,
    ] {
        assert!(debug.contains(names), "{debug}");
    }
    assert_eq!(debug.matches("extra").count(), 3, "{debug}");
    assert!(!debug.contains("s3cret"), "{debug}");
}

#[test]
fn a_known_property_that_does_not_decode_is_an_error_and_no_extra() {
    let error = serde_json::from_str::<FeatureFlag>(r#"{"key": {"a": 1}}"#).unwrap_err();
    assert!(error.to_string().contains("expected a string"), "{error}");
    let flag = flag(&json!({"key": null, "_version": "7", "creationDate": "1970-01-01T00:00:01Z"}));
    assert_eq!(flag.version, Some(7));
    assert_eq!(flag.creation_date.get(), 1000);
    assert_eq!(flag.extra(), &Map::new());
}

#[tokio::test]
async fn unknown_properties_of_a_value_that_was_read_are_sent_with_it() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let statement: Statement =
        serde_json::from_value(json!({"effect": "allow", "unknown": 1})).unwrap();
    let body: SubscriptionPost = SubscriptionPost::builder()
        .name("n")
        .config(Map::new())
        .statements([statement])
        .build()
        .unwrap();
    let client = support::client(wire.url());
    let call = client.create_subscription().integration_key("i").body(body);
    call.send().await.unwrap();
    let sent: Value = serde_json::from_slice(&wire.requests()[0].body).unwrap();
    assert_eq!(
        sent["statements"],
        json!([{"effect": "allow", "unknown": 1}])
    );
}

#[test]
fn a_difference_does_not_compare_unknown_properties() {
    let before = with_unknown();
    let mut after = before.clone();
    after.variations[0] = flag(&json!({"variations": [{"value": 9}]}))
        .variations
        .remove(0);
    let patch = JsonPatch::diff(&before, &after).unwrap();
    assert_eq!(patch, JsonPatch::new().replace("/variations/0/value", 9));
}

/// JSON objects whose properties are unknown, with any values.
fn unknown() -> impl Strategy<Value = Map<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(".{0,4}", inner, 0..4)
                .prop_map(|map| map.into_iter().collect()),
        ]
    });
    prop::collection::btree_map("~.{0,6}", value, 0..6).prop_map(|map| map.into_iter().collect())
}

fn merged(mut known: Value, unknown: Map<String, Value>) -> Value {
    known.as_object_mut().unwrap().extend(unknown);
    known
}

proptest! {
    #[test]
    fn decoding_and_encoding_keeps_every_property(
        of_flag in unknown(),
        of_variation in unknown(),
        of_environment in unknown(),
        name in ".{0,8}",
    ) {
        let known = json!({"key": "f", "name": name, "_version": 3, "temporary": true, "tags": ["t"]});
        let mut whole = merged(known, of_flag.clone());
        whole["variations"] = json!([merged(json!({"value": [1.5, null]}), of_variation)]);
        whole["environments"] = json!({"e": merged(json!({"on": true, "salt": "s"}), of_environment)});
        // Through text, as a server sends it.
        let whole: Value = serde_json::from_str(&whole.to_string()).unwrap();
        let flag = flag(&whole);
        let expected: Value = serde_json::from_str(&Value::from(of_flag).to_string()).unwrap();
        prop_assert_eq!(Value::from(flag.extra().clone()), expected);
        let encoded: Value = serde_json::from_str(&serde_json::to_string(&flag).unwrap()).unwrap();
        for pointer in ["", "/variations/0", "/environments/e"] {
            for (name, value) in whole.pointer(pointer).unwrap().as_object().unwrap() {
                if name != "variations" && name != "environments" {
                    prop_assert_eq!(encoded.pointer(pointer).unwrap().get(name), Some(value));
                }
            }
        }
    }
}
