//! A JSON Patch is a JSON Patch (RFC 6902), not a list of whatever the
//! document happens to say about one: LaunchDarkly's schema lacks `from`, so
//! the type made from it could not move or copy.
//!
//! A schema is recognised by its shape: an array of objects that require `op`
//! and `path`. It is emptied here and marked with [`MARK`];
//! [`super::replaced`] tells progenitor to use the json-patch crate's type in
//! its place.

use serde_json::{Value, json};

use crate::{error::Fault, spec::visit};

/// The mark on a component schema that is a JSON Patch.
pub(crate) const MARK: &str = "x-launchdarkly-json-patch";

/// The component that stands for JSON Patches inside other schemas.
const INSIDE: &str = "JsonPatchDocument";

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    let whole = root.clone();
    let patch = json!({"type": "array", "items": {}, MARK: true});
    let Some(Value::Object(schemas)) = root.pointer_mut("/components/schemas") else {
        return Ok(());
    };
    for schema in schemas
        .values_mut()
        .filter(|schema| is_patch(schema, &whole))
    {
        *schema = patch.clone();
    }
    let mut found = false;
    visit::schemas_mut(root, &mut |_, schema| {
        if is_patch(schema, &whole) {
            *schema = json!({"$ref": format!("#/components/schemas/{INSIDE}")});
            found = true;
        }
        Ok(())
    })?;
    if found {
        root["components"]["schemas"][INSIDE] = patch;
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
        .and_then(visit::schema_name)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patch_is_known_by_its_shape() {
        let mut root = json!({"components": {"schemas": {
            "anyJSONPatch": {"type": "array", "items": {"$ref": "#/components/schemas/Operation"}},
            "Operation": {"required": ["op", "path"]},
            "Strings": {"type": "array", "items": {"type": "string"}},
            "WithComment": {"properties": {"patch": {"type": "array", "items": {"$ref": "#/components/schemas/Operation"}}}},
        }}});
        apply(&mut root).unwrap();
        let schemas = &root["components"]["schemas"];
        assert_eq!(schemas["anyJSONPatch"][MARK], true);
        assert!(schemas["Strings"].get(MARK).is_none());
        assert_eq!(
            schemas["WithComment"]["properties"]["patch"]["$ref"],
            "#/components/schemas/JsonPatchDocument"
        );
    }
}
