//! The body of a request: JSON, a patch document or a form.

use serde_json::Value;

use super::PatchFormat;
use crate::{overlay::corrections::PATCHES, spec::visit::resolved};

pub(crate) const JSON: &str = "application/json";
const MULTIPART: &str = "multipart/form-data";

/// What an operation's request body holds.
#[derive(Debug, PartialEq)]
pub(crate) enum Content<'a> {
    /// A JSON value.
    Json,
    /// A patch document of one of these formats.
    Patch(Vec<PatchFormat>),
    /// A form: the schema of its fields.
    Multipart(&'a Value),
}

/// The content of an operation's request body, or the media types of one that
/// is neither JSON nor a form.
pub(crate) fn content<'a>(
    root: &'a Value,
    method: &str,
    operation: &'a Value,
) -> Result<Option<Content<'a>>, Vec<&'a str>> {
    let patches = patches(root, method, operation);
    if !patches.is_empty() {
        return Ok(Some(Content::Patch(patches)));
    }
    let Some(body) = operation.get("requestBody") else {
        return Ok(None);
    };
    let content = &body["content"];
    if !content[JSON].is_null() {
        Ok(Some(Content::Json))
    } else if !content[MULTIPART].is_null() {
        let schema = resolved(root, &content[MULTIPART]["schema"]);
        Ok(Some(Content::Multipart(schema)))
    } else {
        let media_types = content.as_object().into_iter().flatten();
        Err(media_types.map(|(name, _)| name.as_str()).collect())
    }
}

/// The patch formats an operation accepts: those that the corrections name,
/// else what its body's schema says.
fn patches(root: &Value, method: &str, operation: &Value) -> Vec<PatchFormat> {
    if let Some(marked) = operation[PATCHES].as_array() {
        return marked
            .iter()
            .filter_map(|format| PatchFormat::named(format.as_str()?))
            .collect();
    }
    if method != "patch" {
        return Vec::new();
    }
    let schema = resolved(root, &operation["requestBody"]["content"][JSON]["schema"]);
    let has = |name: &str| !schema["properties"][name].is_null();
    if is_json_patch(root, schema) || has("patch") && has("comment") {
        vec![PatchFormat::Json]
    } else if resolved(root, &schema["properties"]["instructions"])["type"] == "array" {
        vec![PatchFormat::Semantic]
    } else {
        Vec::new()
    }
}

/// Whether a schema is one of JSON Patches (RFC 6902).
fn is_json_patch(root: &Value, schema: &Value) -> bool {
    schema["type"] == "array" && is_patch_operation(resolved(root, &schema["items"]))
}

/// Whether a schema is one of the operations of JSON Patches: objects that require
/// `op` and `path`.
pub(crate) fn is_patch_operation(schema: &Value) -> bool {
    let required = schema["required"].as_array();
    let required = required.map(Vec::as_slice).unwrap_or_default();
    ["op", "path"]
        .iter()
        .all(|name| required.iter().any(|other| other == name))
}
