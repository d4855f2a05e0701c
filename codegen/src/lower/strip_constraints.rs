//! What the server enforces is left to the server.
//!
//! A length or a range makes a type of its own in Rust, that refuses values
//! which a later server takes, or has answered. A default is what the server
//! does without the property, not what a client sends. Annotations go too, except
//! the description, which is documentation: typify names types by `title`.

use serde_json::Value;

use crate::spec::{prose, visit::Object};

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

pub(super) fn apply(schema: &mut Object) {
    schema.retain(|key, _| {
        key == "description" || !(LIMITS.contains(&key.as_str()) || prose::is_annotation(key))
    });
    if schema.get("additionalProperties") == Some(&Value::Bool(false)) {
        schema.remove("additionalProperties");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn limits_go_and_properties_of_the_same_names_stay() {
        for (mut schema, expected) in [
            (
                json!({"type": "string", "maxLength": 3, "pattern": "a"}),
                json!({"type": "string"}),
            ),
            (
                json!({"properties": {"default": {}}, "additionalProperties": false, "minimum": 1}),
                json!({"properties": {"default": {}}}),
            ),
        ] {
            apply(schema.as_object_mut().unwrap());
            assert_eq!(schema, expected);
        }
    }
}
