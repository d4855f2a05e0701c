//! Every reference leads somewhere.
//!
//! References to parameters, request bodies, responses and headers are
//! replaced by what they refer to, so that later passes find an operation
//! whole. References to schemas stay: they are the types.

use jsonptr::Pointer;
use serde_json::Value;

use crate::{
    error::Fault,
    spec::visit::{self, At, Object},
};

/// How many references may lead to one another before they count as a cycle.
const LONGEST_CHAIN: usize = 32;

/// Returns whether anything was put in the place of a reference.
pub(crate) fn apply(root: &mut Value) -> Result<bool, Fault> {
    let schemas = root["components"]["schemas"].as_object();
    let others = check(&At::ROOT, root, root, schemas)?;
    if others {
        let whole = root.clone();
        inline(&At::ROOT, root, &whole, 0)?;
    }
    Ok(others)
}

/// Checks that every reference leads somewhere. Returns whether one is not of a
/// schema.
fn check(
    at: &At<'_>,
    node: &Value,
    whole: &Value,
    schemas: Option<&Object>,
) -> Result<bool, Fault> {
    let mut others = false;
    match node {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                let name = visit::schema_name(reference);
                // Most references name a component, and resolving a pointer is slow.
                let is_component = name.as_ref().is_some_and(|name| {
                    !name.contains('/')
                        && !name.contains('~')
                        && schemas.is_some_and(|schemas| schemas.contains_key(name))
                });
                if !is_component {
                    resolve(&at.join("$ref"), reference, whole)?;
                }
                return Ok(name.is_none());
            }
            for (key, value) in object {
                if (value.is_object() || value.is_array()) && !is_example(key) {
                    others |= check(&at.join(key), value, whole, schemas)?;
                }
            }
        }
        Value::Array(values) => {
            for (index, value) in values.iter().enumerate() {
                if value.is_object() || value.is_array() {
                    others |= check(&at.join(&index.to_string()), value, whole, schemas)?;
                }
            }
        }
        _ => {}
    }
    Ok(others)
}

/// Whether a member is an example. It is data: what looks like a reference in one
/// is none.
fn is_example(key: &str) -> bool {
    matches!(key, "example" | "examples")
}

/// Walks all of the document: a reference may stand anywhere.
fn inline(at: &At<'_>, node: &mut Value, whole: &Value, chain: usize) -> Result<(), Fault> {
    match node {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                let reference_at = at.join("$ref");
                let target = resolve(&reference_at, reference, whole)?;
                if visit::schema_name(reference).is_some() {
                    return Ok(());
                }
                if chain == LONGEST_CHAIN {
                    let reason = format!("{reference} leads back to itself");
                    return Err(Fault::at(reference_at.pointer(), reason));
                }
                *node = target.clone();
                return inline(at, node, whole, chain + 1);
            }
            for (key, value) in object {
                if !is_example(key) {
                    inline(&at.join(key), value, whole, chain)?;
                }
            }
            Ok(())
        }
        Value::Array(values) => {
            for (index, value) in values.iter_mut().enumerate() {
                inline(&at.join(&index.to_string()), value, whole, chain)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn resolve<'a>(at: &At<'_>, reference: &str, whole: &'a Value) -> Result<&'a Value, Fault> {
    let fault = |reason: &str| Fault::at(at.pointer(), format!("{reference:?} {reason}"));
    let fragment = reference
        .strip_prefix('#')
        .ok_or_else(|| fault("refers to another document; references within this one are read"))?;
    let target = Pointer::parse(fragment).map_err(|_| fault("is not a JSON pointer (RFC 6901)"))?;
    target
        .resolve(whole)
        .map_err(|_| fault("refers to nothing in this document"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_body_is_put_in_the_place_of_its_reference() {
        let mut root = json!({
            "paths": {"/p": {"post": {"requestBody": {"$ref": "#/components/requestBodies/B"}}}},
            "components": {
                "schemas": {"S": {}},
                "requestBodies": {"B": {"content": {"schema": {"$ref": "#/components/schemas/S"}}}}
            }
        });
        apply(&mut root).unwrap();
        assert_eq!(
            root["paths"]["/p"]["post"]["requestBody"],
            json!({"content": {"schema": {"$ref": "#/components/schemas/S"}}})
        );
    }

    #[test]
    fn references_that_lead_nowhere_or_round_are_refused_with_their_place() {
        let at_a = |reference: &str| json!({"components": {"schemas": {"A": {"$ref": reference}}}});
        for (mut root, place) in [
            (at_a("#/components/schemas/B"), "/components/schemas/A/$ref"),
            (at_a("other.yaml#/A"), "/components/schemas/A/$ref"),
            (
                json!({"a": {"$ref": "#/b"}, "b": {"$ref": "#/a"}}),
                "/a/$ref",
            ),
        ] {
            assert_eq!(apply(&mut root).unwrap_err().pointer.as_str(), place);
        }
    }

    #[test]
    fn a_name_that_is_not_escaped_in_a_reference_is_refused() {
        for (name, token, is_valid) in [
            ("A/B", "A~1B", true),
            ("A~B", "A~0B", true),
            ("A/B", "A/B", false),
            ("A~2B", "A~2B", false),
        ] {
            let reference = format!("#/components/schemas/{token}");
            let mut root = json!({"components": {"schemas": {
                name: {"type": "object"}, "C": {"allOf": [{"$ref": reference}]},
            }}});
            assert_eq!(apply(&mut root).is_ok(), is_valid, "{reference}");
        }
    }

    #[test]
    fn an_example_that_looks_like_a_reference_is_data() {
        let mut root = json!({"example": {"$ref": "#/nowhere"}});
        assert!(apply(&mut root).is_ok());
    }
}
