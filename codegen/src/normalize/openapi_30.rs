//! OpenAPI 3.1 becomes 3.0.3, the version progenitor reads.
//!
//! The two differ in their Schema Objects: 3.1 takes JSON Schema 2020-12 as it
//! is, 3.0 a subset with its own `nullable`. What has no form in 3.0 and only
//! constrains values (`if`, `contains`, …) is dropped; it would not change the
//! Rust types.

use jsonptr::Pointer;
use serde_json::{Value, json};

use crate::{
    error::Fault,
    spec::{
        secret_signs::{self, SECRET_SIGN},
        visit::{self, At, Object},
    },
};

/// Keywords of JSON Schema 2020-12 that 3.0 lacks and no Rust type depends on.
const CONSTRAINTS: [&str; 17] = [
    "$anchor",
    "$comment",
    "$id",
    "$schema",
    "contains",
    "contentSchema",
    "dependentRequired",
    "dependentSchemas",
    "else",
    "examples",
    "if",
    "maxContains",
    "minContains",
    "propertyNames",
    "then",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// Keywords of JSON Schema 2020-12 that 3.0 lacks and Rust types depend on. They
/// stay until the corrections had an occasion to replace them.
const WITHOUT_COUNTERPART: [&str; 4] = ["$defs", "$dynamicRef", "patternProperties", "prefixItems"];

/// Fails with the first keyword that has no form in 3.0.
pub(super) fn check(root: &mut Value) -> Result<(), Fault> {
    visit::schemas_mut(root, &mut |at, schema| {
        let mut keys = WITHOUT_COUNTERPART.iter();
        match keys.find(|key| schema.get(**key).is_some()) {
            Some(key) => Err(Fault::at(
                at.join(key).pointer(),
                "has no counterpart in OpenAPI 3.0, which the code generator reads: replace it \
                 with a `patch` in corrections.yaml",
            )),
            None => Ok(()),
        }
    })
}

pub(super) fn apply(root: &mut Value) -> Result<(), Fault> {
    document(root);
    schemas(root)
}

/// Brings the document around the schemas to 3.0.
pub(super) fn document(root: &mut Value) {
    if let Some(document) = root.as_object_mut() {
        document.insert("openapi".into(), json!("3.0.3"));
        for key in ["webhooks", "jsonSchemaDialect"] {
            document.remove(key);
        }
        document.entry("paths").or_insert_with(|| json!({}));
        if let Some(Value::Object(info)) = document.get_mut("info") {
            info.remove("summary");
            // OpenAPI requires it, and no Rust depends on it.
            info.entry("title").or_insert_with(|| json!(""));
        }
    }
}

fn schemas(root: &mut Value) -> Result<(), Fault> {
    visit::schemas_mut(root, &mut |at, schema| {
        if schema.is_boolean() {
            *schema = json!({});
        }
        match schema {
            Value::Object(schema) => downgrade(at, schema),
            _ => Err(Fault::at(at.pointer(), "is not a schema")),
        }
    })
}

/// Brings the schemas in what the pointer refers to, if there is anything, to 3.0.
pub(super) fn schemas_at(root: &mut Value, pointer: &Pointer) -> Result<(), Fault> {
    let Ok(place) = pointer.resolve_mut(root) else {
        return Ok(());
    };
    // A document with nothing else, so that the schemas are in their places.
    let mut part = Value::Null;
    let mut inside = &mut part;
    for token in pointer.tokens() {
        inside = &mut inside[&*token.decoded()];
    }
    std::mem::swap(inside, place);
    schemas(&mut part)?;
    if let (Ok(place), Ok(done)) = (pointer.resolve_mut(root), pointer.resolve_mut(&mut part)) {
        std::mem::swap(done, place);
    }
    Ok(())
}

fn downgrade(at: &At<'_>, schema: &mut Object) -> Result<(), Fault> {
    // A reference, and nothing beside it.
    if schema.len() == 1 && schema.contains_key("$ref") {
        return Ok(());
    }
    secret_signs::mark(schema);
    // 3.0 has nothing beside a reference; 3.1 lets a description stand there.
    if let Some(reference) = schema.get("$ref").filter(|r| r.is_string()).cloned() {
        let sign = schema.remove(SECRET_SIGN);
        schema.clear();
        match sign.filter(|_| is_value(at)) {
            Some(sign) => {
                schema.insert("allOf".into(), json!([{"$ref": reference}]));
                schema.insert(SECRET_SIGN.into(), sign);
            }
            None => {
                schema.insert("$ref".into(), reference);
            }
        }
        return Ok(());
    }
    // Vendor extensions (OpenAPI 3.0.3, "Specification Extensions") change no type.
    schema.retain(|key, _| {
        let is_extension = key.starts_with("x-") && key != SECRET_SIGN;
        !is_extension && !CONSTRAINTS.contains(&key.as_str())
    });
    content_encoding(schema);
    type_list(at, schema)?;
    if null_alternative(schema) {
        return downgrade(at, schema);
    }
    constant(schema);
    for (exclusive, bound) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        if let Some(limit) = schema.get(exclusive).filter(|v| v.is_number()).cloned() {
            schema.insert(bound.into(), limit);
            schema.insert(exclusive.into(), json!(true));
        }
    }
    Ok(())
}

/// Whether the schema is of a property, or of the values of an array or map.
fn is_value(at: &At<'_>) -> bool {
    matches!(
        at.tokens().as_slice(),
        [.., "properties", _] | [.., "items" | "additionalProperties"]
    )
}

/// `contentEncoding` and `contentMediaType` are 3.1's `format: binary`.
fn content_encoding(schema: &mut Object) {
    let encoding = schema.remove("contentEncoding");
    let media_type = schema.remove("contentMediaType");
    if (encoding.is_some() || media_type.is_some()) && schema.get("type") == Some(&json!("string"))
    {
        schema.insert("format".into(), json!("binary"));
    }
}

/// `type: [string, "null"]` is 3.0's `type: string, nullable: true`.
fn type_list(at: &At<'_>, schema: &mut Object) -> Result<(), Fault> {
    let types = match schema.get("type") {
        Some(Value::Array(types)) => types.clone(),
        Some(Value::String(one)) if one == "null" => vec![json!("null")],
        Some(Value::String(_)) | None => return Ok(()),
        Some(_) => {
            return Err(Fault::at(
                at.join("type").pointer(),
                "is neither a type nor a list of types",
            ));
        }
    };
    let (nulls, others): (Vec<_>, Vec<_>) = types.into_iter().partition(|t| t == "null");
    if !nulls.is_empty() {
        schema.insert("nullable".into(), json!(true));
    }
    match others.as_slice() {
        [] => {
            schema.remove("type");
        }
        [one] => {
            schema.insert("type".into(), one.clone());
        }
        // A value of several types: any of them, each by itself.
        _ => {
            schema.remove("type");
            let alternatives = others.into_iter().map(|t| json!({"type": t})).collect();
            schema.insert("anyOf".into(), Value::Array(alternatives));
        }
    }
    Ok(())
}

/// `anyOf: [X, {type: "null"}]` is a nullable X. Returns whether the schema now has
/// the members of X.
fn null_alternative(schema: &mut Object) -> bool {
    let mut is_merged = false;
    for key in ["anyOf", "oneOf"] {
        let Some(Value::Array(alternatives)) = schema.get_mut(key) else {
            continue;
        };
        let before = alternatives.len();
        alternatives.retain(|alternative| alternative.get("type") != Some(&json!("null")));
        if alternatives.len() == before {
            continue;
        }
        if let [only] = alternatives.as_slice() {
            let only = only.clone();
            schema.remove(key);
            match only {
                // 3.0 can say nothing beside a reference, but beside `allOf`.
                Value::Object(inner) if !inner.contains_key("$ref") => {
                    schema.extend(inner);
                    is_merged = true;
                }
                reference => {
                    schema.insert("allOf".into(), json!([reference]));
                }
            }
        }
        schema.insert("nullable".into(), json!(true));
    }
    is_merged
}

/// `const: x` is `enum: [x]`.
fn constant(schema: &mut Object) {
    if let Some(value) = schema.remove("const") {
        if value.is_string() && !schema.contains_key("type") {
            schema.insert("type".into(), json!("string"));
        }
        schema.insert("enum".into(), json!([value]));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn downgraded(schema: Value) -> Value {
        let mut root = json!({"openapi": "3.1.0", "components": {"schemas": {"S": schema}}});
        apply(&mut root).unwrap();
        assert_eq!(root["openapi"], "3.0.3");
        root["components"]["schemas"]["S"].clone()
    }

    #[test]
    fn what_3_1_says_about_null_becomes_nullable() {
        for schema in [
            json!({"type": ["string", "null"]}),
            json!({"anyOf": [{"type": "string"}, {"type": "null"}]}),
            json!({"oneOf": [{"type": "null"}, {"type": "string"}]}),
        ] {
            assert_eq!(
                downgraded(schema),
                json!({"type": "string", "nullable": true})
            );
        }
        assert_eq!(
            downgraded(json!({"anyOf": [{"$ref": "#/components/schemas/S"}, {"type": "null"}]})),
            json!({"allOf": [{"$ref": "#/components/schemas/S"}], "nullable": true})
        );
        assert_eq!(
            downgraded(json!({"type": "null"})),
            json!({"nullable": true})
        );
    }

    #[test]
    fn what_is_beside_null_is_brought_to_3_0_and_marked_too() {
        for (schema, expected) in [
            (
                json!({"type": ["string", "integer"]}),
                json!({"anyOf": [{"type": "string"}, {"type": "integer"}], "nullable": true}),
            ),
            (
                json!({"type": ["string", "null"], "x-a": 1}),
                json!({"type": "string", "nullable": true}),
            ),
            (
                json!({"anyOf": [{"type": "null"}, {"type": "string"}]}),
                json!({"type": "string", "nullable": true}),
            ),
            (
                json!({"type": "string", "format": "password"}),
                json!({"type": "string", "format": "password", "nullable": true, SECRET_SIGN: "its format"}),
            ),
            (
                json!({"type": "string", "writeOnly": true}),
                json!({"type": "string", "writeOnly": true, "nullable": true, SECRET_SIGN: "`writeOnly`"}),
            ),
        ] {
            for key in ["anyOf", "oneOf"] {
                let nullable = json!({key: [schema, {"type": "null"}]});
                assert_eq!(downgraded(nullable), expected);
            }
        }
    }

    #[test]
    fn constants_bounds_and_several_types_have_their_3_0_form() {
        assert_eq!(
            downgraded(json!({"const": "beta"})),
            json!({"type": "string", "enum": ["beta"]})
        );
        assert_eq!(
            downgraded(json!({"type": "integer", "exclusiveMinimum": 0})),
            json!({"type": "integer", "minimum": 0, "exclusiveMinimum": true})
        );
        assert_eq!(
            downgraded(json!({"type": ["string", "integer"]})),
            json!({"anyOf": [{"type": "string"}, {"type": "integer"}]})
        );
        assert_eq!(
            downgraded(json!({"type": "string", "contentMediaType": "text/csv"})),
            json!({"type": "string", "format": "binary"})
        );
    }

    #[test]
    fn a_description_beside_a_reference_is_dropped() {
        let reference = json!({"$ref": "#/components/schemas/S", "description": "d"});
        assert_eq!(
            downgraded(json!({"properties": {"p": reference}})),
            json!({"properties": {"p": {"$ref": "#/components/schemas/S"}}})
        );
    }

    #[test]
    fn vendor_extensions_are_dropped_and_properties_of_such_names_stay() {
        assert_eq!(
            downgraded(json!({"x-rust-type": {}, "properties": {"x-a": {"x-drafts": []}}})),
            json!({"properties": {"x-a": {}}})
        );
    }

    #[test]
    fn what_3_0_cannot_say_is_refused_with_its_place_and_the_fix() {
        for key in WITHOUT_COUNTERPART {
            let mut root = json!({"components": {"schemas": {"S": {"items": {key: {}}}}}});
            apply(&mut root).unwrap();
            let fault = check(&mut root).unwrap_err();
            assert_eq!(
                fault.pointer.as_str(),
                format!("/components/schemas/S/items/{key}")
            );
            assert!(fault.reason.contains("`patch` in corrections.yaml"));
        }
    }
}
