//! Where null in a request says "clear this", it can be sent.
//!
//! A property that is optional and nullable can be left out, null or a value.
//! One level of `Option` distinguishes two of them; requests have two
//! levels. In responses, null and an absent property mean the same.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{TypeOverride, TypeOverrides, reached};
use crate::{error::Fault, spec::visit};

/// The types of scalars that can be null too.
const NULLABLE: [TypeOverride; 4] = [
    TypeOverride {
        rust: "::std::option::Option<::std::string::String>",
        schema: "string",
    },
    TypeOverride {
        rust: "::std::option::Option<bool>",
        schema: "boolean",
    },
    TypeOverride {
        rust: "::std::option::Option<i64>",
        schema: "integer",
    },
    TypeOverride {
        rust: "::std::option::Option<f64>",
        schema: "number",
    },
];

pub(super) fn apply(root: &mut Value, overrides: &mut TypeOverrides) -> Result<(), Fault> {
    let bodies = visit::operations(root).filter_map(|(_, operation)| operation.get("requestBody"));
    let sent = reached(root, bodies);
    let Some(Value::Object(schemas)) = root.pointer_mut("/components/schemas") else {
        return Ok(());
    };
    for (_, schema) in schemas.iter_mut().filter(|(name, _)| sent.contains(*name)) {
        let required: BTreeSet<String> = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect();
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        for (name, property) in properties.into_iter().flatten() {
            let kind = property.get("type").and_then(Value::as_str);
            if let Some(nullable) = NULLABLE.iter().find(|ty| Some(ty.schema) == kind)
                && property.get("nullable") == Some(&json!(true))
                && property.get("enum").is_none()
                && !required.contains(name)
            {
                *property = json!({
                    "description": property.get("description").cloned().unwrap_or_else(|| json!("")),
                    "allOf": [overrides.reference(*nullable)],
                });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_can_be_sent_and_is_nothing_special_in_answers() {
        let schema = json!({"properties": {"a": {"type": "boolean", "nullable": true}}});
        let mut root = json!({
            "paths": {"/p": {"patch": {"requestBody": {"$ref": "#/components/schemas/Patch"}}}},
            "components": {"schemas": {"Patch": schema, "Rep": schema}}
        });
        let mut overrides = TypeOverrides::of(&root);
        apply(&mut root, &mut overrides).unwrap();
        let boolean = NULLABLE[1];
        assert_eq!(
            overrides.iter().map(|(_, ty)| ty).collect::<Vec<_>>(),
            [boolean]
        );
        let schemas = &root["components"]["schemas"];
        assert_eq!(
            schemas["Patch"]["properties"]["a"]["allOf"][0],
            overrides.reference(boolean)
        );
        assert_eq!(schemas["Rep"], schema);
    }
}
