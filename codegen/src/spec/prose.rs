//! Prose: what a document says to its readers. It must not change a Rust name
//! or type.

use serde_json::Value;

use super::visit::{self, Object};

/// The keywords of a schema that describe a value without limiting it
/// (OpenAPI 3.0.3, "Schema Object").
pub(crate) const ANNOTATIONS: [&str; 10] = [
    "deprecated",
    "description",
    "example",
    "examples",
    "externalDocs",
    "readOnly",
    "summary",
    "title",
    "writeOnly",
    "xml",
];

/// A schema without annotations, also inside it.
pub(crate) fn without(schema: &Value) -> Value {
    let mut schema = schema.clone();
    visit::each_schema_mut(&mut schema, &mut |schema| {
        if let Value::Object(schema) = schema {
            schema.retain(|key, _| !is_annotation(key));
        }
    });
    schema
}

/// Whether a keyword of a schema is an annotation; vendor extensions are.
pub(crate) fn is_annotation(key: &str) -> bool {
    ANNOTATIONS.contains(&key) || key.starts_with("x-")
}

/// Whether a schema allows every value.
pub(crate) fn allows_everything(schema: &Object) -> bool {
    schema.keys().all(|key| is_annotation(key))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn annotations_are_removed_at_every_depth_and_properties_of_their_names_are_kept() {
        let schema = json!({
            "title": "T", "example": {"properties": 1}, "type": "object", "properties": {
                "description": {"type": "string", "description": "d", "x-a": 1},
                "example": {"allOf": [{"title": "t", "type": "string"}]},
            },
            "additionalProperties": {"items": {"readOnly": true}},
        });
        assert_eq!(
            without(&schema),
            json!({
                "type": "object", "properties": {
                    "description": {"type": "string"},
                    "example": {"allOf": [{"type": "string"}]},
                },
                "additionalProperties": {"items": {}},
            })
        );
    }
}
