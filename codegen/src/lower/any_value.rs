//! A schema that says nothing about the value is `{}`, whatever it says about
//! itself: one dialect writes `additionalProperties: {}`, the other
//! `additionalProperties: {description: …}`, and progenitor reads them as
//! different types.

use serde_json::{Value, json};

use crate::{
    error::Fault,
    spec::{prose, visit},
};

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    visit::schemas_mut(root, &mut |_, schema| {
        if let Value::Object(schema) = schema {
            for key in ["additionalProperties", "items"] {
                if let Some(Value::Object(inner)) = schema.get(key)
                    && prose::allows_everything(inner)
                {
                    schema.insert(key.into(), json!({}));
                }
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_described_anything_is_the_same_as_an_undescribed_one() {
        let mut root = json!({"components": {"schemas": {
            "A": {"additionalProperties": {"description": "Any type"}},
            "B": {"items": {"description": "kept", "type": "string"}},
        }}});
        apply(&mut root).unwrap();
        assert_eq!(
            root["components"]["schemas"],
            json!({
                "A": {"additionalProperties": {}},
                "B": {"items": {"description": "kept", "type": "string"}},
            })
        );
    }
}
