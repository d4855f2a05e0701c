//! A schema that says nothing about the value is `{}`, whatever it says about
//! itself: one dialect writes `additionalProperties: {}`, the other
//! `additionalProperties: {description: …}`, and progenitor reads them as
//! different types.

use serde_json::{Value, json};

use crate::spec::{prose, visit::Object};

pub(super) fn apply(schema: &mut Object) {
    for key in ["additionalProperties", "items"] {
        if let Some(Value::Object(inner)) = schema.get(key)
            && prose::allows_everything(inner)
        {
            schema.insert(key.into(), json!({}));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_described_anything_is_the_same_as_an_undescribed_one() {
        for (mut schema, expected) in [
            (
                json!({"additionalProperties": {"description": "Any type"}}),
                json!({"additionalProperties": {}}),
            ),
            (
                json!({"items": {"description": "kept", "type": "string"}}),
                json!({"items": {"description": "kept", "type": "string"}}),
            ),
        ] {
            apply(schema.as_object_mut().unwrap());
            assert_eq!(schema, expected);
        }
    }
}
