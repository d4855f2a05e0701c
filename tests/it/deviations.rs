//! Where a body deviates from the document.

use launchdarkly_api::{
    Deviation, DeviationKind, deviations,
    types::{AuditLogEntryListingRepCollection, FeatureFlag, FeatureFlags, Integration},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::SUBSCRIPTION;

fn found<T: launchdarkly_api::DocumentType>(body: &Value) -> Vec<String> {
    let found = deviations::<T>(body.to_string().as_bytes()).unwrap();
    found.iter().map(Deviation::to_string).collect()
}

/// A flag with every required property.
fn flag() -> Value {
    json!({
        "_links": {}, "_version": 1, "archived": false, "creationDate": 1, "environments": {},
        "experiments": {"baselineIdx": 0, "items": []}, "key": "f", "kind": "boolean", "name": "F",
        "tags": [], "temporary": false, "customProperties": {}, "variations": [{"value": null}],
    })
}

#[test]
fn a_body_that_follows_the_document_has_no_deviations() {
    assert_eq!(found::<FeatureFlag>(&flag()), [""; 0]);
    assert_eq!(
        deviations::<Integration>(SUBSCRIPTION.as_bytes()).unwrap(),
        []
    );
    assert_eq!(deviations::<Value>(b"[null, {\"a\": null}]").unwrap(), []);
}

#[test]
fn each_deviation_has_its_pointer_and_kind() {
    let mut first = flag();
    first["kind"] = "s3cret".into();
    first["_version"] = "7".into();
    first["creationDate"] = "2023-11-14T22:13:20Z".into();
    first["tags"] = json!({});
    first["experiments"] = json!([]);
    first["customProperties"] = Value::Null;
    first["a/b~c"] = json!({"s3cret": [1]});
    let mut second = flag();
    second["key"] = Value::Null;
    second["tags"] = json!(["t", null]);
    second["description"] = Value::Null;
    second["customProperties"] = json!({"c/d": {"name": "n", "value": null}, "e": null});
    second.as_object_mut().unwrap().remove("name");
    let page = json!({"items": [first, second, {}, null], "_links": {}, "unknown": 1});
    let found = found::<FeatureFlags>(&page);
    assert!(!found.join("\n").contains("s3cret"), "{found:?}");
    insta::assert_snapshot!(found.join("\n"));
}

#[test]
fn lists_and_maps_of_types_have_pointers_too() {
    let list = json!([flag(), {"key": "f"}]);
    let found = found::<Vec<FeatureFlag>>(&list);
    assert!(found.contains(&"/1/name: the required property is missing".to_owned()));
    assert!(found.iter().all(|one| one.starts_with("/1/")), "{found:?}");
}

#[test]
fn a_body_that_does_not_decode_is_an_error_that_locates_the_value() {
    let body = br#"{"items": [{"_id": "1"}, {"_id": "2", "member": {"email": ["s3cret"]}}]}"#;
    let error = deviations::<AuditLogEntryListingRepCollection>(body).unwrap_err();
    assert!(error.is_decode());
    assert_eq!(error.decode_path(), Some("items[1].member.email"));
    assert!(!format!("{error} {error:?}").contains("s3cret"));
    // There was no call.
    assert!(!error.outcome_unknown());
    assert!(error.to_string().starts_with("the body does not decode at"));
    for body in [&b""[..], b"null", b"{", b"{} {}"] {
        let error = deviations::<FeatureFlag>(body).unwrap_err();
        assert_eq!(error.decode_path(), Some(""), "{error}");
    }
}

proptest! {
    #[test]
    fn every_required_property_that_is_removed_or_null_is_listed(
        removed in prop::collection::btree_set(0..7_usize, 0..5),
        nulled in prop::collection::btree_set(0..7_usize, 0..5),
    ) {
        const REQUIRED: [&str; 7] = [
            "_links", "creationDate", "key", "kind", "name", "tags", "temporary",
        ];
        let mut body = flag();
        for index in &nulled {
            body[REQUIRED[*index]] = Value::Null;
        }
        for index in &removed {
            body.as_object_mut().unwrap().remove(REQUIRED[*index]);
        }
        let text = body.to_string();
        let found = deviations::<FeatureFlag>(text.as_bytes()).unwrap();
        for deviation in &found {
            let value = body.pointer(deviation.pointer());
            match deviation.kind() {
                DeviationKind::Missing => prop_assert_eq!(value, None),
                DeviationKind::Null => prop_assert_eq!(value, Some(&Value::Null)),
                kind => prop_assert!(false, "{:?}", kind),
            }
            prop_assert!(deviation.is_absent());
        }
        prop_assert_eq!(found.len(), nulled.union(&removed).count());
    }
}
