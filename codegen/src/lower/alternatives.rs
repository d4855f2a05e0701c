//! What stands beside alternatives is put into each of them.
//!
//! A union is an enum in Rust, which has no place for properties of its own:
//! they would be lost from what is answered.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{error::Fault, spec::visit};

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    let mut shared: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    visit::schemas_mut(root, &mut |_, schema| {
        let Value::Object(union) = schema else {
            return Ok(());
        };
        if !union.contains_key("oneOf") && !union.contains_key("anyOf") {
            return Ok(());
        }
        // That they are required is not moved with them: an alternative is
        // told by what it requires itself.
        let properties = match union.remove("properties") {
            Some(Value::Object(properties)) => properties,
            _ => Map::new(),
        };
        union.retain(|key, _| !matches!(key.as_str(), "required" | "type"));
        for alternatives in ["oneOf", "anyOf"] {
            let alternatives = union.get_mut(alternatives).and_then(Value::as_array_mut);
            for alternative in alternatives.into_iter().flatten() {
                match alternative["$ref"].as_str().and_then(visit::schema_name) {
                    Some(name) => shared.entry(name).or_default().extend(properties.clone()),
                    None => add(alternative, &properties),
                }
            }
        }
        Ok(())
    })?;
    for (name, properties) in shared {
        add(&mut root["components"]["schemas"][name], &properties);
    }
    Ok(())
}

/// Adds properties to an object that has others.
fn add(schema: &mut Value, properties: &Map<String, Value>) {
    if let Some(Value::Object(own)) = schema.get_mut("properties") {
        for (name, property) in properties {
            own.entry(name).or_insert_with(|| property.clone());
        }
    } else if schema["type"] == "object" && !properties.is_empty() {
        schema["properties"] = json!(properties);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_beside_alternatives_is_in_each_that_is_an_object() {
        let mut root = json!({"components": {"schemas": {
            "Maintainer": {
                "type": "object", "required": ["kind"],
                "properties": {"kind": {"type": "string"}},
                "oneOf": [
                    {"$ref": "#/components/schemas/Member"},
                    {"type": "object", "properties": {"kind": {"type": "boolean"}}},
                    {"type": "string"},
                ]
            },
            "Member": {"type": "object", "properties": {"email": {"type": "string"}}},
        }}});
        apply(&mut root).unwrap();
        assert_eq!(
            root["components"]["schemas"],
            json!({
                "Maintainer": {"oneOf": [
                    {"$ref": "#/components/schemas/Member"},
                    {"type": "object", "properties": {"kind": {"type": "boolean"}}},
                    {"type": "string"},
                ]},
                "Member": {"type": "object", "properties":
                    {"email": {"type": "string"}, "kind": {"type": "string"}}},
            })
        );
    }
}
