//! A JSON Patch is a JSON Patch (RFC 6902), not a list of whatever the
//! document happens to say about one: LaunchDarkly's schema lacks `from`, so
//! the type made from it could not move or copy.
//!
//! A schema is recognised by its shape: an array of objects that require `op`
//! and `path`. It is emptied here and marked with [`MARK`];
//! `crate::generator` tells progenitor to use the json-patch crate's type in
//! its place.

use heck::ToUpperCamelCase;
use serde_json::{Value, json};

use super::Fault;
use crate::walk;

/// The mark on a component schema that is a JSON Patch.
pub(crate) const MARK: &str = "x-launchdarkly-json-patch";

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    let whole = root.clone();
    if let Some(Value::Object(schemas)) = root.pointer_mut("/components/schemas") {
        for schema in schemas
            .values_mut()
            .filter(|schema| is_patch(schema, &whole))
        {
            *schema = json!({"type": "array", "items": {}, MARK: true});
        }
    }
    Ok(())
}

fn is_patch(schema: &Value, whole: &Value) -> bool {
    if schema.get("type") != Some(&json!("array")) {
        return false;
    }
    let Some(mut item) = schema.get("items") else {
        return false;
    };
    if let Some(name) = item
        .get("$ref")
        .and_then(Value::as_str)
        .and_then(walk::schema_name)
    {
        match whole["components"]["schemas"].get(&name) {
            Some(target) => item = target,
            None => return false,
        }
    }
    let requires = |name: &str| {
        item.get("required")
            .and_then(Value::as_array)
            .is_some_and(|required| required.iter().any(|r| r == name))
    };
    requires("op") && requires("path")
}

/// The names of the types that progenitor would make of the JSON Patches.
pub(crate) fn names(root: &Value) -> Vec<String> {
    root.pointer("/components/schemas")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(_, schema)| schema.get(MARK).is_some())
        .map(|(name, _)| name.to_upper_camel_case())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_known_by_its_shape() {
        let mut root = json!({"components": {"schemas": {
            "anyJSONPatch": {"type": "array", "items": {"$ref": "#/components/schemas/Operation"}},
            "Operation": {"required": ["op", "path"]},
            "Strings": {"type": "array", "items": {"type": "string"}},
        }}});
        apply(&mut root).unwrap();
        assert_eq!(names(&root), ["AnyJsonPatch"]);
    }
}
