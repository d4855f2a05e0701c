//! A JSON Patch (RFC 6902) inside a body is a list of JSON, not of the type in
//! the document: LaunchDarkly's schema lacks `from`, so that type could not move
//! or copy.
//!
//! A schema is recognised by its shape ([`is_patch_operation`]).

use std::collections::BTreeSet;

use serde_json::Value;

use super::{TypeOverride, TypeOverrides};
use crate::{error::Fault, model::is_patch_operation, spec::visit};

const JSON_PATCH: TypeOverride = TypeOverride {
    rust: "::std::vec::Vec<::serde_json::Value>",
    schema: "array",
};

pub(super) fn apply(root: &mut Value, overrides: &mut TypeOverrides) -> Result<(), Fault> {
    let schemas = root["components"]["schemas"].as_object();
    let operations: BTreeSet<String> = schemas
        .into_iter()
        .flatten()
        .filter(|(_, schema)| is_patch_operation(visit::resolved(root, schema)))
        .map(|(name, _)| name.clone())
        .collect();
    let is_json_patch = |schema: &Value| {
        let items = &schema["items"];
        schema["type"] == "array"
            && match items["$ref"].as_str().and_then(visit::schema_name) {
                Some(name) => operations.contains(&name),
                None => is_patch_operation(items),
            }
    };
    let schemas = root.pointer_mut("/components/schemas");
    for (name, schema) in schemas.and_then(Value::as_object_mut).into_iter().flatten() {
        if is_json_patch(schema) {
            *schema = JSON_PATCH.schema();
            overrides.insert(name, JSON_PATCH);
        }
    }
    visit::schemas_mut(root, &mut |_, schema| {
        if is_json_patch(schema) {
            *schema = overrides.reference(JSON_PATCH);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_is_known_by_its_shape() {
        let mut root = json!({"components": {"schemas": {
            "anyJSONPatch": {"type": "array", "items": {"$ref": "#/components/schemas/Operation"}},
            "Operation": {"required": ["op", "path"]},
            "Strings": {"type": "array", "items": {"type": "string"}},
            "WithComment": {"properties": {"patch": {"type": "array", "items": {"$ref": "#/components/schemas/Operation"}}}},
        }}});
        let mut overrides = TypeOverrides::of(&root);
        apply(&mut root, &mut overrides).unwrap();
        let found: Vec<_> = overrides.iter().collect();
        assert_eq!(found, [("anyJSONPatch", JSON_PATCH)]);
        assert_eq!(
            root["components"]["schemas"]["WithComment"]["properties"]["patch"]["$ref"],
            "#/components/schemas/anyJSONPatch"
        );
    }
}
