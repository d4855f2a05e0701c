//! Components that only name a scalar, an array or a map are written where
//! they are used.
//!
//! One dialect of the document has such components, the other does not, so both
//! must give the same types and the same equal schemas. A type of its own for
//! each would also stand between its users and the string, `Vec` or map inside
//! it. A component with properties or known values stays.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::{
    error::Fault,
    spec::{
        prose,
        visit::{self, DEEPEST, Object},
    },
};

/// The component that LaunchDarkly's documents have, or had, for timestamps.
const TIMESTAMP: &str = "UnixMillis";

/// Marks an integer that was a reference to [`TIMESTAMP`].
const IS_TIMESTAMP: &str = "x-timestamp";

pub(super) fn apply(root: &mut Value) -> Result<(), Fault> {
    let schemas = root.pointer_mut("/components/schemas");
    let plain = schemas
        .and_then(Value::as_object_mut)
        .map(take_plain)
        .unwrap_or_default();
    // An outer schema is visited before those inside it, so that what is put
    // in the place of a reference is visited too.
    visit::schemas_mut(root, &mut |at, schema| {
        merge(schema);
        while let Some(target) = visit::target(schema).and_then(|name| plain.get(&name)) {
            if visit::depth(at) > DEEPEST {
                return Err(visit::too_deep(at));
            }
            put(target.clone(), schema);
        }
        Ok(())
    })
}

/// Takes the [`plain`] components out of the others.
fn take_plain(schemas: &mut Object) -> BTreeMap<String, Object> {
    schemas.values_mut().for_each(merge);
    if let Some(Value::Object(timestamp)) = schemas.get_mut(TIMESTAMP)
        && timestamp.get("type").is_some_and(|kind| kind == "integer")
    {
        timestamp.insert(IS_TIMESTAMP.into(), json!(true));
    }
    let mut plain: BTreeMap<String, Object> = schemas
        .iter()
        .filter_map(|(name, schema)| Some((name.clone(), plain(schema)?)))
        .collect();
    // What contains itself needs a name.
    for name in circular(&plain) {
        plain.remove(&name);
    }
    schemas.retain(|name, _| !plain.contains_key(name));
    plain
}

/// Puts the only member of a schema's `allOf` in the place of the schema, unless it
/// is a reference.
fn merge(schema: &mut Value) {
    while let Some(Value::Object(only)) = schema.as_object().and_then(visit::annotated)
        && !only.contains_key("$ref")
    {
        let only = only.clone();
        put(only, schema);
    }
}

/// Puts a definition in the place of a schema that is no more than a reference to
/// it, and keeps the annotations of the schema: they are about this place.
fn put(mut definition: Object, schema: &mut Value) {
    if let Value::Object(own) = std::mem::take(schema) {
        let own = own.into_iter();
        definition.extend(own.filter(|(key, _)| !matches!(key.as_str(), "$ref" | "allOf")));
    }
    // Nothing can stand beside a reference.
    if definition.len() > 1
        && let Some(reference) = definition.remove("$ref")
    {
        definition.insert("allOf".into(), json!([{"$ref": reference}]));
    }
    *schema = Value::Object(definition);
}

/// Whether a normalized schema was a reference to the component for timestamps.
pub(crate) fn is_timestamp(schema: &Value) -> bool {
    schema[IS_TIMESTAMP] == true
}

/// A component that is no more than a scalar, an array, a map, any value or a
/// name for another.
fn plain(schema: &Value) -> Option<Object> {
    let object = schema.as_object()?;
    if visit::target(schema).is_some() || prose::allows_everything(object) {
        return Some(object.clone());
    }
    if object.contains_key("enum") {
        return None;
    }
    let is_plain = match object.get("type")?.as_str()? {
        "string" | "integer" | "number" | "boolean" | "array" => true,
        "object" => ["properties", "allOf", "anyOf", "oneOf"]
            .iter()
            .all(|key| !object.contains_key(*key)),
        _ => false,
    };
    is_plain.then(|| object.clone())
}

/// Those that contain themselves.
fn circular(plain: &BTreeMap<String, Object>) -> BTreeSet<String> {
    let leads_to = |name: &str| {
        let mut names = Vec::new();
        if let Some(schema) = plain.get(name) {
            visit::referenced_schemas(&Value::Object(schema.clone()), &mut |name| names.push(name));
        }
        names
    };
    plain
        .keys()
        .filter(|name| {
            let mut seen = BTreeSet::new();
            let mut open = leads_to(name);
            while let Some(next) = open.pop() {
                if next == **name {
                    return true;
                }
                if seen.insert(next.clone()) {
                    open.extend(leads_to(&next));
                }
            }
            false
        })
        .cloned()
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_component_that_only_has_a_name_is_inlined_and_others_are_not() {
        let mut root = json!({"components": {"schemas": {
            "ObjectId": {"type": "string", "title": "ObjectId"},
            "Ids": {"type": "array", "items": {"$ref": "#/components/schemas/ObjectId"}},
            "ById": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Ids"}},
            "Same": {"allOf": [{"$ref": "#/components/schemas/ById"}]},
            "Effect": {"type": "string", "enum": ["allow"]},
            "Tree": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
            "S": {"properties": {
                "a": {"$ref": "#/components/schemas/Same"},
                "effect": {"$ref": "#/components/schemas/Effect"},
                "tree": {"$ref": "#/components/schemas/Tree"},
            }},
        }}});
        apply(&mut root).unwrap();
        let schemas = &root["components"]["schemas"];
        assert_eq!(
            schemas["S"]["properties"]["a"],
            json!({"type": "object", "additionalProperties":
                {"type": "array", "items": {"type": "string", "title": "ObjectId"}}})
        );
        let names: Vec<_> = schemas.as_object().unwrap().keys().collect();
        assert_eq!(names, ["Effect", "S", "Tree"]);
    }
}
