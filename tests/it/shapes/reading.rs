//! The tests of a crate that is built with codegen/tests/shapes.yaml.
#![allow(clippy::unwrap_used, missing_docs)]

use launchdarkly_api::types::{
    Either, Lamp, LampAdjacent, LampListItem, LampNested, LampOwner, LampSingle, PostLampBody,
    PostLampBodyVariant0,
};
use serde_json::{Value, json};

/// Reads a lamp with one property, and writes it again.
fn lamp(property: &str, value: Value) -> Lamp {
    let written = json!({property: value});
    let lamp: Lamp = serde_json::from_value(written.clone()).unwrap();
    assert_eq!(serde_json::to_value(&lamp).unwrap(), written);
    lamp
}

#[test]
fn an_object_is_read_by_its_required_properties() {
    let single = lamp("single", json!({"b": "x"})).single.unwrap();
    assert!(matches!(single, LampSingle::Variant1(one) if one.b == "x"));
    let either = lamp("either", json!({"a": "x", "shared": "y"})).either;
    assert!(matches!(either, Some(Either::Variant0(one)) if one.shared.as_deref() == Some("y")));
    let either = lamp("either", json!({"code": "x"})).either;
    assert!(matches!(either, Some(Either::Fault(one)) if one.code == "x"));
}

#[test]
fn an_object_is_read_by_the_value_of_a_property() {
    let owner = lamp("owner", json!({"kind": "team", "name": "x"})).owner;
    assert!(matches!(owner, Some(LampOwner::Team(team)) if team.name.as_deref() == Some("x")));
    let owner = lamp("owner", json!({"kind": "robot"})).owner;
    assert!(matches!(owner, Some(LampOwner::Unknown(_))));
    let adjacent = lamp("adjacent", json!({"t": "y", "c": 7})).adjacent;
    assert!(matches!(adjacent, Some(LampAdjacent::Y(one)) if one.c == 7));
}

#[test]
fn an_alternative_with_unknown_values_leaves_them_to_the_next_one() {
    let list = lamp("list", json!([{"a": {}}, "none", 7, "else"])).list;
    assert!(matches!(
        list.as_slice(),
        [
            LampListItem::Variant0(_),
            LampListItem::String(_),
            LampListItem::Integer(7),
            LampListItem::Unknown(_),
        ]
    ));
    let nested = lamp("nested", json!({"code": "x"})).nested;
    assert!(matches!(nested, Some(LampNested::Fault(_))));
}

#[test]
fn a_union_is_sent_as_its_alternative() {
    let body = PostLampBodyVariant0::builder().name("x").build().unwrap();
    let body = PostLampBody::from(body);
    assert_eq!(serde_json::to_value(body).unwrap(), json!({"name": "x"}));
}
