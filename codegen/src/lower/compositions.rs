//! A schema that combines objects by `allOf` is one object with the properties of
//! all.
//!
//! typify combines them too, but in every place where they are used, and without
//! end if one of them contains itself. So those that are written in place have been
//! made components by now ([`super::alternatives`]).

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::spec::{
    prose,
    visit::{self, Object},
};

/// Whether a schema combines others by `allOf`.
pub(super) fn is_composed(schema: &Value) -> bool {
    schema
        .as_object()
        .is_some_and(|schema| schema.contains_key("allOf") && visit::annotated(schema).is_none())
}

/// Combines what the components are composed of.
pub(super) fn apply(root: &mut Value) {
    let schemas = root["components"]["schemas"].as_object();
    if !schemas
        .into_iter()
        .flatten()
        .any(|(_, schema)| is_composed(schema))
    {
        return;
    }
    let whole = visit::components(root);
    let schemas = root.pointer_mut("/components/schemas");
    for schema in schemas.and_then(Value::as_object_mut).into_iter().flatten() {
        if is_composed(schema.1)
            && let Some(parts) = Parts::of(&whole, schema.1)
            && let Some(schema) = schema.1.as_object_mut()
        {
            schema.retain(|key, _| key == "nullable" || prose::is_annotation(key));
            schema.insert("type".into(), json!("object"));
            schema.insert("properties".into(), Value::Object(parts.properties));
            schema.insert("required".into(), json!(parts.required));
        }
    }
}

/// What composed objects have together.
#[derive(Default)]
pub(super) struct Parts {
    properties: Object,
    required: BTreeSet<String>,
}

impl Parts {
    /// `None` if a part is no object with properties. There are no cycles:
    /// normalizing refuses them.
    pub(super) fn of(root: &Value, schema: &Value) -> Option<Self> {
        let mut parts = Self::default();
        parts.add(root, schema).then_some(parts)
    }

    /// The later of two properties of one name stays: what extends a schema comes
    /// after it.
    fn add(&mut self, root: &Value, schema: &Value) -> bool {
        let Some(schema) = visit::resolved(root, schema).as_object() else {
            return false;
        };
        let is_part = |(key, value): (&String, &Value)| match key.as_str() {
            "type" => value == "object",
            "additionalProperties" | "allOf" | "nullable" | "properties" | "required" => true,
            key => prose::is_annotation(key),
        };
        if !schema.iter().all(is_part) {
            return false;
        }
        let members = schema.get("allOf").and_then(Value::as_array);
        if !members
            .into_iter()
            .flatten()
            .all(|member| self.add(root, member))
        {
            return false;
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        self.properties
            .extend(properties.cloned().unwrap_or_else(Map::new));
        let required = schema.get("required").and_then(Value::as_array);
        let required = required.into_iter().flatten().filter_map(Value::as_str);
        self.required.extend(required.map(str::to_owned));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn composed_objects_have_the_properties_of_all_and_the_last_of_one_name() {
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let mut root = json!({"components": {"schemas": {
            "Base": {"type": "object", "required": ["id"], "properties": {
                "id": {"type": "string"}, "kind": {"type": "string"}, "next": to("More")
            }},
            "More": {"description": "More.", "allOf": [
                to("Base"), {"description": "nothing"},
                {"allOf": [to("Base"), {"required": ["kind"], "properties": {"kind": {"type": "integer"}}}]},
            ], "properties": {"own": {}}},
            "Same": {"description": "The base.", "allOf": [to("Base")]},
        }}});
        let same = root["components"]["schemas"]["Same"].clone();
        apply(&mut root);
        assert_eq!(
            root["components"]["schemas"]["More"],
            json!({"description": "More.", "type": "object", "required": ["id", "kind"], "properties": {
                "id": {"type": "string"}, "kind": {"type": "integer"}, "next": to("More"), "own": {}
            }})
        );
        assert_eq!(root["components"]["schemas"]["Same"], same);
        let text = json!({"allOf": [to("Base"), {"type": "string"}]});
        assert!(Parts::of(&root, &text).is_none());
    }
}
