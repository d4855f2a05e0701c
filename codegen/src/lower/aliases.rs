//! Components that only name a scalar, an array or a map are written where
//! they are used.
//!
//! A type of its own for each would stand between its users and the string,
//! `Vec` or map inside it. What has properties or known values of its own
//! stays.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::TypeOverrides;
use crate::{
    error::Fault,
    spec::visit::{self, Object},
};

pub(super) fn apply(root: &mut Value, overrides: &TypeOverrides) -> Result<(), Fault> {
    let Some(Value::Object(schemas)) = root.pointer_mut("/components/schemas") else {
        return Ok(());
    };
    let mut plain: BTreeMap<String, Object> = schemas
        .iter()
        .filter_map(|(name, schema)| {
            if overrides.contains(name) {
                return None;
            }
            Some((name.clone(), plain(schema)?))
        })
        .collect();
    // What is made of itself needs a name.
    for name in circular(&plain) {
        plain.remove(&name);
    }
    schemas.retain(|name, _| !plain.contains_key(name));

    // An outer schema is visited before those inside it, so that what is put
    // in the place of a reference is visited too.
    visit::schemas_mut(root, &mut |_, schema| {
        while let Some(target) = schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(visit::schema_name)
            .and_then(|name| plain.get(&name))
        {
            *schema = Value::Object(target.clone());
        }
        Ok(())
    })
}

/// A component that is no more than a scalar, an array, a map or a name for
/// another, without what does not change its type.
fn plain(schema: &Value) -> Option<Object> {
    let object = schema.as_object()?;
    if object.contains_key("enum") {
        return None;
    }
    if let Some([only]) = object
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    {
        return only
            .as_object()
            .filter(|only| only.contains_key("$ref"))
            .cloned();
    }
    if object.contains_key("$ref") || object.keys().all(|key| key == "description") {
        return Some(object.clone());
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

/// The ones that lead back to themselves.
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
    fn what_only_has_a_name_is_written_where_it_is_used_and_the_rest_is_not() {
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
        apply(&mut root, &TypeOverrides::default()).unwrap();
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
