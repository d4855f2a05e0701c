//! What the published document has wrong about the server is put right.

use std::collections::{BTreeMap, BTreeSet};

use jsonptr::{Pointer, PointerBuf};
use serde::Deserialize;
use serde_json::{Value, json};

/// One place where the published document is wrong about the server.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Correction {
    /// What is so.
    pub(crate) what: String,
    /// Where that is known from.
    #[allow(dead_code)]
    pub(crate) evidence: String,
    #[serde(flatten)]
    pub(crate) change: Change,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Change {
    /// Properties that need not be there, by schema.
    Optional(BTreeMap<String, Vec<String>>),
    /// Properties that are there beside those the schema has.
    Properties(BTreeMap<String, BTreeMap<String, Value>>),
    /// 64-bit integers for which the document declares no format, by schema.
    Int64(BTreeMap<String, Vec<String>>),
    /// The patch formats that operations take, by operation id.
    Patches(BTreeMap<String, Vec<String>>),
    /// Ids of operations that require `LD-API-Version: beta`, although neither
    /// their tag nor their parameters say so.
    Beta(Vec<String>),
    /// Deprecated operations by id, each with the replacement.
    Deprecated(BTreeMap<String, String>),
    /// Operations that the default API version no longer has, by id, each with
    /// the replacement.
    Removed(BTreeMap<String, String>),
    /// Whatever else: a JSON Patch (RFC 6902).
    Patch(Vec<Value>),
}

/// The key under which an operation says what patches it takes.
pub(crate) const PATCHES: &str = "x-patches";

/// The key of an operation that requires `LD-API-Version: beta`.
pub(crate) const BETA: &str = "x-beta";

/// The key of the replacement of a deprecated operation.
pub(crate) const REPLACEMENT: &str = "x-replacement";

/// Applies the corrections, and tells of those there is no occasion for.
pub(crate) fn apply(root: &mut Value, corrections: &[Correction]) -> Vec<String> {
    let mut stale = Vec::new();
    for correction in corrections {
        let mut note = |what: String| {
            stale.push(format!(
                "{}: {what}: update or remove the entry",
                correction.what
            ))
        };
        match &correction.change {
            Change::Optional(schemas) => {
                for (schema, properties) in schemas {
                    for property in properties {
                        if !make_optional(root, schema, property) {
                            note(format!("`{schema}.{property}` is not required"));
                        }
                    }
                }
            }
            Change::Properties(schemas) => {
                for (schema, properties) in schemas {
                    for (property, definition) in properties {
                        if !add(root, schema, property, definition) {
                            note(format!("`{schema}` has `{property}`, or is not there"));
                        }
                    }
                }
            }
            Change::Int64(schemas) => {
                for (schema, properties) in schemas {
                    for property in properties {
                        if !make_int64(root, schema, property) {
                            note(format!(
                                "`{schema}.{property}` is no integer without a format"
                            ));
                        }
                    }
                }
            }
            Change::Patches(operations) => {
                for (id, formats) in operations {
                    match operation(root, id) {
                        Some(operation) => operation[PATCHES] = json!(formats),
                        None => note(no_operation(id)),
                    }
                }
            }
            Change::Beta(operations) => {
                for id in operations {
                    match operation(root, id) {
                        Some(operation) => operation[BETA] = json!(true),
                        None => note(no_operation(id)),
                    }
                }
            }
            Change::Deprecated(operations) | Change::Removed(operations) => {
                for (id, replacement) in operations {
                    match operation(root, id) {
                        Some(operation) => {
                            operation["deprecated"] = json!(true);
                            operation[REPLACEMENT] = json!(replacement);
                        }
                        None => note(no_operation(id)),
                    }
                }
            }
            Change::Patch(operations) => {
                let patch = serde_json::from_value::<json_patch::Patch>(json!(operations));
                let done = patch.map_err(|error| error.to_string()).and_then(|patch| {
                    json_patch::patch(root, &patch).map_err(|error| error.to_string())
                });
                if let Err(reason) = done {
                    note(reason);
                }
            }
        }
    }
    stale
}

/// The components and operations to which corrections may add schemas.
pub(crate) fn extended(corrections: &[Correction]) -> BTreeSet<PointerBuf> {
    let mut places = BTreeSet::new();
    for correction in corrections {
        match &correction.change {
            Change::Properties(schemas) => places.extend(
                schemas
                    .keys()
                    .map(|name| PointerBuf::from_tokens(["components", "schemas", name])),
            ),
            Change::Patch(operations) => places.extend(
                operations
                    .iter()
                    .filter_map(|operation| Pointer::parse(operation["path"].as_str()?).ok())
                    .map(|path| PointerBuf::from_tokens(path.tokens().take(3))),
            ),
            _ => {}
        }
    }
    places
}

fn no_operation(id: &str) -> String {
    format!("there is no operation `{id}`")
}

fn make_optional(root: &mut Value, schema: &str, property: &str) -> bool {
    let required = root
        .pointer_mut("/components/schemas")
        .and_then(|schemas| schemas.get_mut(schema))
        .and_then(|schema| schema.get_mut("required"))
        .and_then(Value::as_array_mut);
    let Some(required) = required else {
        return false;
    };
    let before = required.len();
    required.retain(|name| name != property);
    required.len() < before
}

fn make_int64(root: &mut Value, schema: &str, property: &str) -> bool {
    let definition = root
        .pointer_mut("/components/schemas")
        .and_then(|schemas| {
            schemas
                .get_mut(schema)?
                .get_mut("properties")?
                .get_mut(property)
        })
        .and_then(Value::as_object_mut);
    match definition {
        Some(definition)
            if definition.get("type").is_some_and(|ty| ty == "integer")
                && !definition.contains_key("format") =>
        {
            definition.insert("format".into(), json!("int64"));
            true
        }
        _ => false,
    }
}

fn add(root: &mut Value, schema: &str, property: &str, definition: &Value) -> bool {
    let properties = root
        .pointer_mut("/components/schemas")
        .and_then(|schemas| schemas.get_mut(schema))
        .and_then(|schema| schema.get_mut("properties"))
        .and_then(Value::as_object_mut);
    match properties {
        Some(properties) if !properties.contains_key(property) => {
            properties.insert(property.to_owned(), definition.clone());
            true
        }
        _ => false,
    }
}

fn operation<'a>(root: &'a mut Value, id: &str) -> Option<&'a mut Value> {
    root.get_mut("paths")?
        .as_object_mut()?
        .values_mut()
        .filter_map(Value::as_object_mut)
        .flat_map(|item| item.values_mut())
        .find(|operation| {
            operation
                .get("operationId")
                .is_some_and(|other| other == id)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrections(yaml: &str) -> Vec<Correction> {
        crate::spec::yaml::from_str(yaml).unwrap()
    }

    #[test]
    fn each_kind_of_correction_is_applied_once_and_then_has_no_occasion() {
        let mut root = json!({
            "paths": {"/p": {"patch": {"operationId": "patchP"}}},
            "components": {"schemas": {"S": {
                "required": ["a", "b"],
                "properties": {
                    "a": {"type": "string"},
                    "b": {"type": "string"},
                    "createdAt": {"type": "integer"}
                }
            }}}
        });
        let corrections = corrections(
            "
            - what: a is not always there
              evidence: seen
              optional: {S: [a]}
            - what: there is a c
              evidence: seen
              properties: {S: {c: {type: boolean}}}
            - what: a number
              evidence: seen
              patch:
                - {op: test, path: /components/schemas/S/properties/b/type, value: string}
                - {op: replace, path: /components/schemas/S/properties/b/type, value: integer}
            - what: a timestamp
              evidence: seen
              int64: {S: [createdAt]}
            - what: it takes semantic patches
              evidence: documented
              patches: {patchP: [semantic-patch]}
            - what: it requires the beta version
              evidence: it did
              beta: [patchP]
            - what: it has a replacement
              evidence: documented
              deprecated: {patchP: use patchQ}
            ",
        );
        assert_eq!(apply(&mut root, &corrections), Vec::<String>::new());
        let schema = &root["components"]["schemas"]["S"];
        assert_eq!(schema["required"], json!(["b"]));
        assert_eq!(schema["properties"]["b"]["type"], "integer");
        assert_eq!(schema["properties"]["c"]["type"], "boolean");
        assert_eq!(schema["properties"]["createdAt"]["format"], "int64");
        assert_eq!(
            root["paths"]["/p"]["patch"],
            json!({
                "operationId": "patchP",
                "deprecated": true,
                PATCHES: ["semantic-patch"],
                BETA: true,
                REPLACEMENT: "use patchQ"
            })
        );
        let stale = apply(&mut root, &corrections);
        assert_eq!(stale.len(), 4, "{stale:?}");
        assert!(stale[0].contains("a is not always there"), "{stale:?}");
    }

    #[test]
    fn a_correction_of_a_missing_operation_is_reported_with_its_id() {
        for change in [
            "patches: {patchP: [json-patch]}",
            "beta: [patchP]",
            "deprecated: {patchP: use patchQ}",
            "removed: {patchP: use patchQ}",
        ] {
            let corrections = corrections(&format!("[{{what: w, evidence: e, {change}}}]"));
            assert_eq!(
                apply(&mut json!({"paths": {}}), &corrections),
                ["w: there is no operation `patchP`: update or remove the entry"]
            );
        }
    }
}
