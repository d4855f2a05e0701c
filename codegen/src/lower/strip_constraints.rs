//! What the server enforces is left to the server.
//!
//! A length or a range makes a type of its own in Rust, that refuses values
//! which a later server takes, or has answered. A default is what the server
//! does without the property, not what a client sends. Annotations go too, except
//! the description, which is documentation: typify names types by `title`.

use serde_json::Value;

use crate::{
    error::Fault,
    spec::{prose, visit},
};

const LIMITS: [&str; 14] = [
    "default",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "pattern",
    "uniqueItems",
];

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    visit::schemas_mut(root, &mut |_, schema| {
        if let Value::Object(schema) = schema {
            schema.retain(|key, _| {
                key == "description"
                    || !(LIMITS.contains(&key.as_str()) || prose::is_annotation(key))
            });
            if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
                schema.remove("additionalProperties");
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn limits_go_and_properties_of_the_same_names_stay() {
        let mut root = json!({"components": {"schemas": {
            "S": {"type": "string", "maxLength": 3, "pattern": "a"},
            "O": {"properties": {"default": {"type": "integer", "minimum": 1}}, "additionalProperties": false},
        }}});
        apply(&mut root).unwrap();
        assert_eq!(
            root["components"]["schemas"],
            json!({
                "S": {"type": "string"},
                "O": {"properties": {"default": {"type": "integer"}}},
            })
        );
    }
}
