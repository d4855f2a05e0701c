//! What does not change the interface in Rust: prose, and how the dialects of the
//! document write the same schemas.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::path::Path;

use launchdarkly_api_codegen::{
    Document, Settings,
    api::{Api, Shape},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use support::{document, read};

/// The files beside the document that has prose and aliases added.
fn settings() -> Settings {
    Settings::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/settings")).unwrap()
}

/// The generated code without documentation and redaction: prose may decide
/// both.
fn interface(document: &Document, settings: &Settings) -> String {
    let mut api = Api::read(document, settings).unwrap();
    for definition in api.types.values_mut() {
        if let Shape::Struct(fields) = &mut definition.shape {
            fields.iter_mut().for_each(|field| field.secret = false);
        }
    }
    let code = api.code(settings);
    let redaction = ["pub(crate) static PROPERTIES", "pub(crate) static HOLDERS"];
    code.lines()
        .map(str::trim_start)
        .filter(|line| {
            !line.starts_with("///") && !redaction.iter().any(|name| line.starts_with(name))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// The first line that differs.
fn assert_same(left: &str, right: &str) -> Result<(), TestCaseError> {
    let different = left
        .lines()
        .zip(right.lines())
        .find(|(left, right)| left != right);
    prop_assert_eq!(different, None);
    prop_assert_eq!(left.len(), right.len());
    Ok(())
}

/// Where prose may stand: calls `visit` with each such object. A schema tells so.
fn described(root: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
    fn schema(value: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
        let Value::Object(object) = value else { return };
        for (key, inner) in object.iter_mut() {
            match (key.as_str(), inner) {
                ("properties", Value::Object(properties)) => {
                    properties
                        .values_mut()
                        .for_each(|inner| schema(inner, visit));
                }
                ("allOf" | "anyOf" | "oneOf", Value::Array(members)) => {
                    members.iter_mut().for_each(|inner| schema(inner, visit));
                }
                ("items" | "additionalProperties", inner) => schema(inner, visit),
                _ => {}
            }
        }
        visit(object);
    }
    /// A parameter, a header, a body or a response.
    fn holder(value: &mut Value, visit: &mut dyn FnMut(&mut Map<String, Value>)) {
        let Value::Object(object) = value else { return };
        if let Some(inner) = object.get_mut("schema") {
            schema(inner, visit);
        }
        for key in ["content", "headers"] {
            let inner = object.get_mut(key).and_then(Value::as_object_mut);
            inner
                .into_iter()
                .flat_map(|inner| inner.values_mut())
                .for_each(|inner| holder(inner, visit));
        }
        visit(object);
    }
    fn each(holder: &mut Value, at: &str, visit: &mut dyn FnMut(&mut Value)) {
        match holder.pointer_mut(at) {
            Some(Value::Object(object)) => object.values_mut().for_each(visit),
            Some(Value::Array(values)) => values.iter_mut().for_each(visit),
            _ => {}
        }
    }
    each(root, "/components/schemas", &mut |value| {
        schema(value, visit)
    });
    each(root, "/components/responses", &mut |value| {
        holder(value, visit)
    });
    each(root, "/paths", &mut |item| {
        each(item, "/parameters", &mut |value| holder(value, visit));
        for method in ["get", "put", "post", "patch", "delete"] {
            if let Some(operation) = item.get_mut(method) {
                each(operation, "/parameters", &mut |value| holder(value, visit));
                each(operation, "/responses", &mut |value| holder(value, visit));
                if let Some(body) = operation.get_mut("requestBody") {
                    holder(body, visit);
                }
                visit(operation.as_object_mut().unwrap());
            }
        }
    });
    visit(root["info"].as_object_mut().unwrap());
}

const PROSE: [&str; 5] = ["description", "title", "summary", "example", "externalDocs"];

/// A document where merging, inlining and naming have much to decide.
fn intricate() -> Value {
    let mut root = document();
    let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    let effect = json!({"type": "string", "enum": ["allow", "deny"]});
    let schemas = &mut root["components"]["schemas"];
    schemas["Key"] = json!({"type": "string"});
    schemas["Keys"] = json!({"type": "array", "items": to("Key")});
    schemas["KeysByName"] = json!({"type": "object", "additionalProperties": to("Keys")});
    schemas["AlsoKey"] = json!({"allOf": [to("Key")]});
    schemas["Anything"] = json!({});
    schemas["UnixMillis"] = json!({"type": "integer", "format": "int64"});
    schemas["Effect"] = effect.clone();
    // Equal but for what they call a scalar or an enumeration.
    schemas["HallRule"] = json!({"type": "object", "required": ["effect"], "properties": {
        "effect": effect, "keys": to("Keys"), "at": to("UnixMillis"), "error": to("Error"),
        "title": {"type": "string"}, "example": {"type": "object"}
    }});
    schemas["AtticRule"] = json!({"type": "object", "required": ["effect"], "properties": {
        "effect": to("Effect"), "keys": to("Keys"), "at": to("UnixMillis"), "error": {"allOf": [to("Error")]},
        "title": to("AlsoKey"), "example": {"type": "object"}
    }});
    let lamp = &mut schemas["Lamp"]["properties"];
    lamp["rules"] =
        json!({"type": "array", "items": {"oneOf": [to("HallRule"), to("AtticRule"), to("Key")]}});
    lamp["hall"] = to("HallRule");
    lamp["attic"] = to("AtticRule");
    lamp["byName"] = to("KeysByName");
    lamp["same"] = to("AlsoKey");
    lamp["anything"] = to("Anything");
    lamp["inline"] = json!({"type": "object", "properties": {
        "kind": {"type": "string", "enum": ["a"]}, "list": {"type": "array", "items": {"type": "object", "properties": {"b": to("Key")}}}
    }});
    schemas["LampPost"]["properties"]["rule"] = to("AtticRule");
    schemas["LampPost"]["properties"]["key"] = json!({"type": "string", "nullable": true});
    let responses = &mut root["paths"]["/lamps"]["post"]["responses"];
    responses["207"] = json!({"description": "", "content": {"application/json": {"schema": {"allOf": [to("Lamp")]}}}});
    responses["201"] = responses["207"].clone();
    root
}

/// The equal rules have become one type, in `interface`.
fn assert_one_rule(interface: &str) {
    for field in ["hall", "attic"] {
        let line = format!("pub {field}: ::std::option::Option<Rule>,");
        assert!(interface.contains(&line), "{line}");
    }
}

/// Prose of all kinds; a title may be the name of a schema.
fn prose() -> impl Strategy<Value = Vec<(&'static str, Value)>> {
    let text = prop_oneof![
        Just(json!("Lamp")),
        Just(json!("A word.")),
        Just(json!("")),
        Just(
            json!({"$ref": "#/nowhere", "type": "object", "properties": {"a": {"type": "string"}}})
        ),
        Just(json!(["a", 1])),
    ];
    let entry = (proptest::sample::select(&PROSE[..4]), text).prop_map(|(key, value)| {
        // Only an example may be other than text.
        let is_text = key == "example" || value.is_string();
        (key, if is_text { value } else { json!("Text") })
    });
    proptest::collection::vec(entry, 0..3)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn prose_changes_no_name_and_no_type(texts in proptest::collection::vec(prose(), 40)) {
        let settings = settings();
        let mut root = intricate();
        described(&mut root, &mut |object| object.retain(|key, _| !PROSE.contains(&key.as_str())));
        let without = interface(&read(&root).unwrap(), &settings);
        assert_one_rule(&without);
        let mut number = 0;
        described(&mut root, &mut |object| {
            for (key, value) in &texts[number % texts.len()] {
                object.insert((*key).to_owned(), value.clone());
            }
            number += 1;
        });
        assert_same(&interface(&read(&root).unwrap(), &settings), &without)?;
    }
}

#[test]
fn names_and_types_of_the_vendored_document_depend_on_no_prose() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
    let settings = Settings::read(&folder).unwrap();
    let document = Document::read(&folder.join("openapi.yaml")).unwrap();
    let with = interface(&document, &settings);
    // Without all of it, and without a third of it.
    for every in [1, 3] {
        let mut root = document.root().clone();
        let mut number = 0;
        described(&mut root, &mut |object| {
            number += 1;
            if number % every == 0 {
                object.retain(|key, _| !PROSE.contains(&key.as_str()));
            }
        });
        let without = interface(&read(&root).unwrap(), &settings);
        assert_same(&with, &without).unwrap();
    }
}

/// Writes the components that only name a scalar, a list or a map where they are
/// used.
fn inlined(root: &Value, schemas: &Value) -> Value {
    let is_alias = |schema: &Value| {
        let kind = schema["type"].as_str().unwrap_or_default();
        matches!(kind, "string" | "integer" | "number" | "boolean" | "array")
            && schema["enum"].is_null()
            || kind == "object"
                && schema["additionalProperties"].is_object()
                && schema["properties"].is_null()
    };
    match root {
        Value::Object(object) => {
            let name = object.get("$ref").and_then(Value::as_str);
            let target =
                name.and_then(|name| schemas.get(name.strip_prefix("#/components/schemas/")?));
            match target.filter(|target| is_alias(target)) {
                Some(target) => inlined(target, schemas),
                None => object
                    .iter()
                    .map(|(key, value)| (key.clone(), inlined(value, schemas)))
                    .collect(),
            }
        }
        Value::Array(values) => values.iter().map(|value| inlined(value, schemas)).collect(),
        scalar => scalar.clone(),
    }
}

#[test]
fn a_scalar_behind_a_reference_and_the_same_scalar_inline_give_the_same_rust() {
    let settings = settings();
    let root = intricate();
    let inline = inlined(&root, &root["components"]["schemas"]);
    assert!(inline != root);
    let referring = interface(&read(&root).unwrap(), &settings);
    assert_one_rule(&referring);
    assert_same(&referring, &interface(&read(&inline).unwrap(), &settings)).unwrap();
}
