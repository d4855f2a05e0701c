//! Schemas for which the crate has a type of its own.

use heck::ToUpperCamelCase;
use serde_json::Value;

use super::json_patch;

/// The schema of a point in time, which LaunchDarkly's document has too, or
/// had.
pub(crate) const UNIX_MILLIS: &str = "UnixMillis";

/// What the schemas begin with that can be null to clear what is there.
pub(crate) const CLEARABLE: &str = "Clearable";

/// Whether a component is one of these.
pub(crate) fn is_marked(name: &str, schema: &Value) -> bool {
    name == UNIX_MILLIS || schema.get(json_patch::MARK).is_some()
}

/// The names of the types that progenitor would make of them, and the types
/// that stand in their places.
pub(crate) fn types(root: &Value) -> Vec<(String, &'static str)> {
    root.pointer("/components/schemas")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(name, schema)| {
            let ty = if schema.get(json_patch::MARK).is_some() {
                "::json_patch::Patch"
            } else if name == UNIX_MILLIS {
                "crate::UnixMillis"
            } else {
                match name.strip_prefix(CLEARABLE)? {
                    "String" => "::std::option::Option<::std::string::String>",
                    "Boolean" => "::std::option::Option<bool>",
                    "Integer" => "::std::option::Option<i64>",
                    "Number" => "::std::option::Option<f64>",
                    _ => return None,
                }
            };
            Some((name.to_upper_camel_case(), ty))
        })
        .collect()
}
