//! A JSON Patch is a JSON Patch (RFC 6902), not a list of whatever the
//! document happens to say about one: LaunchDarkly's schema lacks `from`, so
//! the type made from it could not move or copy.
//!
//! A schema is recognised by its shape ([`is_json_patch`]). It is emptied here and marked with [`MARK`];
//! [`super::replaced`] tells progenitor to use the json-patch crate's type in
//! its place.

use serde_json::{Value, json};

use crate::{api::is_json_patch, error::Fault, spec::visit};

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
        .filter(|schema| is_json_patch(&whole, schema))
    {
        *schema = patch.clone();
    }
    let mut found = false;
    visit::schemas_mut(root, &mut |_, schema| {
        if is_json_patch(&whole, schema) {
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
