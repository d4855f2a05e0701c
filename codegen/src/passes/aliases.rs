//! A component that is nothing but a scalar is that scalar.
//!
//! One dialect names `UnixMillis` and refers to it where the other writes
//! `integer`; progenitor would make a wrapper of the first and not of the
//! second. An `enum` is a type of its own and stays.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Fault;
use crate::walk::{self, Object};

/// Keywords that set a scalar apart from the plain one of its type.
const LIMITS: [&str; 4] = ["enum", "pattern", "minLength", "maxLength"];

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    let Some(Value::Object(schemas)) = root.pointer_mut("/components/schemas") else {
        return Ok(());
    };
    let scalars: BTreeMap<String, Object> = schemas
        .iter()
        .filter_map(|(name, schema)| Some((name.clone(), scalar(schema)?)))
        .collect();
    schemas.retain(|name, _| !scalars.contains_key(name));

    walk::schemas_mut(root, &mut |_, schema| {
        if let Value::Object(schema) = schema
            && let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && let Some(scalar) = walk::schema_name(reference).and_then(|name| scalars.get(&name))
        {
            *schema = scalar.clone();
        }
        Ok(())
    })
}

/// The scalar a component is, if it is nothing else.
fn scalar(schema: &Value) -> Option<Object> {
    let schema = schema.as_object()?;
    let kind = schema.get("type")?.as_str()?;
    if !matches!(kind, "string" | "integer" | "number" | "boolean")
        || LIMITS.iter().any(|limit| schema.contains_key(*limit))
    {
        return None;
    }
    let mut plain = schema.clone();
    plain.retain(|key, _| matches!(key.as_str(), "type" | "format" | "nullable" | "description"));
    Some(plain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_named_scalar_is_written_where_it_is_used_and_an_enum_is_not() {
        let mut root = json!({"components": {"schemas": {
            "UnixMillis": {"type": "integer", "format": "int64", "title": "UnixMillis"},
            "Effect": {"type": "string", "enum": ["allow"]},
            "S": {"properties": {
                "at": {"$ref": "#/components/schemas/UnixMillis"},
                "effect": {"$ref": "#/components/schemas/Effect"},
            }},
        }}});
        apply(&mut root).unwrap();
        assert_eq!(
            root["components"]["schemas"],
            json!({
                "Effect": {"type": "string", "enum": ["allow"]},
                "S": {"properties": {
                    "at": {"type": "integer", "format": "int64"},
                    "effect": {"$ref": "#/components/schemas/Effect"},
                }},
            })
        );
    }
}
