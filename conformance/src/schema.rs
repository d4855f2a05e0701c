//! Validates values against OpenAPI's schemas.

use std::collections::BTreeMap;

use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::{document::Document, table::Fault};

/// The first three reasons why a value is not valid, each with its place.
///
/// # Errors
///
/// The schema is not valid.
pub fn violations(
    document: &Document,
    schema: &Value,
    value: &Value,
) -> Result<Vec<String>, Fault> {
    Ok(validator(document, schema)?
        .iter_errors(value)
        .take(3)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect())
}

/// A validator for a schema and the schemas that it refers to.
fn validator(document: &Document, schema: &Value) -> Result<Validator, Fault> {
    let mut components = BTreeMap::new();
    let root = converted(schema);
    let mut open = vec![root.clone()];
    while let Some(schema) = open.pop() {
        references(&schema, &mut |name| {
            if !components.contains_key(name) {
                let schema = converted(&document.root()["components"]["schemas"][name]);
                components.insert(name.to_owned(), schema.clone());
                open.push(schema);
            }
        });
    }
    let mut whole = json!({"allOf": [root]});
    whole["components"]["schemas"] = components.into_iter().collect::<Map<_, _>>().into();
    Ok(jsonschema::draft7::new(&whole)?)
}

fn references(schema: &Value, found: &mut dyn FnMut(&str)) {
    match schema {
        Value::Object(object) => {
            if let Some(name) = schema["$ref"]
                .as_str()
                .and_then(|reference| reference.strip_prefix("#/components/schemas/"))
            {
                found(name);
            }
            object.values().for_each(|value| references(value, found));
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

/// Converts a schema of OpenAPI 3.0 ("Schema Object") to a JSON Schema: replaces
/// `nullable` and removes the keywords next to a reference, which have no effect.
fn converted(schema: &Value) -> Value {
    let Value::Object(object) = schema else {
        return schema.clone();
    };
    if let Some(reference) = object.get("$ref") {
        return json!({"$ref": reference});
    }
    let mut result = Map::new();
    for (key, value) in object {
        match (key.as_str(), value) {
            ("properties", Value::Object(properties)) => {
                let properties: Map<_, _> = properties
                    .iter()
                    .map(|(name, property)| (name.clone(), converted(property)))
                    .collect();
                result.insert(key.clone(), properties.into());
            }
            ("items" | "additionalProperties" | "not", value) => {
                result.insert(key.clone(), converted(value));
            }
            ("allOf" | "oneOf" | "anyOf", Value::Array(parts)) => {
                result.insert(key.clone(), parts.iter().map(converted).collect());
            }
            ("example" | "default" | "description" | "title", _) => {}
            _ => {
                result.insert(key.clone(), value.clone());
            }
        }
    }
    if object.get("nullable") == Some(&json!(true)) {
        if let Some(kind) = result.get_mut("type") {
            *kind = json!([kind, "null"]);
        }
        if let Some(Value::Array(values)) = result.get_mut("enum") {
            values.push(Value::Null);
        }
    }
    Value::Object(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nullable_allows_null_and_keywords_next_to_a_reference_are_ignored() {
        let document = Document::from(json!({"components": {"schemas": {
            "Object": {"type": "object"},
        }}}));
        let schema = json!({"properties": {
            "a": {"type": "string", "nullable": true},
            "b": {"type": "string"},
            "c": {"$ref": "#/components/schemas/Object", "type": "integer"},
        }});
        let valid = |value: Value| violations(&document, &schema, &value).unwrap().is_empty();
        assert!(valid(json!({"a": null, "b": "b", "c": {}})));
        assert!(!valid(json!({"b": null})));
    }
}
