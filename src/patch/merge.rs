//! JSON Merge Patch (RFC 7386).

use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    codec::{schema, to_json},
    redact::{self, Sensitivity},
};

/// A JSON Merge Patch (RFC 7386): the properties to change with their new
/// values. Null deletes a property, an array is replaced as a whole, and other
/// properties do not change.
///
/// ```
/// use launchdarkly_api::MergePatch;
///
/// let patch = MergePatch::new()
///     .set("description", "Shown to everybody")
///     .set("clientSideAvailability", serde_json::json!({"usingMobileKey": true}))
///     .delete("maintainerId");
/// assert_eq!(
///     patch.to_string(),
///     r#"{"clientSideAvailability":{"usingMobileKey":true},"description":"Shown to everybody","maintainerId":null}"#,
/// );
/// ```
#[derive(Clone, PartialEq, Default)]
#[must_use = "a patch changes nothing by itself"]
pub struct MergePatch {
    properties: Map<String, Value>,
    comment: Option<String>,
    invalid: Option<String>,
}

impl MergePatch {
    /// Creates a patch that changes nothing.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates a patch from all properties of a value that serializes to an
    /// object.
    pub fn of(value: impl Serialize) -> Self {
        let mut patch = Self::new();
        match to_json(&value) {
            Ok(Value::Object(properties)) => patch.properties = properties,
            Ok(_) => patch.reject("a merge patch is an object".to_owned()),
            Err(error) => patch.reject(format!("the value is not JSON: {error}")),
        }
        patch
    }

    /// Sets a property. To set a property of an inner object, set an object,
    /// which is merged too.
    pub fn set(mut self, property: impl Into<String>, value: impl Serialize) -> Self {
        let property = property.into();
        match to_json(&value) {
            Ok(value) => {
                self.properties.insert(property, value);
            }
            Err(error) => self.reject(format!("`{property}` is not JSON: {error}")),
        }
        self
    }

    /// Deletes a property.
    pub fn delete(mut self, property: impl Into<String>) -> Self {
        self.properties.insert(property.into(), Value::Null);
        self
    }

    /// Sets a comment for the audit log and the integrations that get the
    /// change.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// Returns the properties that the patch changes.
    #[must_use]
    #[inline]
    pub fn properties(&self) -> &Map<String, Value> {
        &self.properties
    }

    #[inline]
    fn reject(&mut self, reason: String) {
        self.invalid.get_or_insert(reason);
    }

    #[inline]
    pub(crate) fn into_parts(self) -> Result<(Value, Option<String>), String> {
        match self.invalid {
            Some(reason) => Err(reason),
            None => Ok((Value::Object(self.properties), self.comment)),
        }
    }
}

/// Shows the document as JSON, without its comment, and with `[redacted]` in
/// place of the strings and numbers of secret properties, such as those of
/// `config`. To get the document that is sent, serialize
/// [`properties`](MergePatch::properties).
impl fmt::Display for MergePatch {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut document = Value::Object(self.properties.clone());
        redact::mask(&mut document, Sensitivity::Public);
        fmt::Display::fmt(&document, f)
    }
}

/// Shows the names of the properties, and only the structure of their values.
impl fmt::Debug for MergePatch {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MergePatch")
            .field("properties", &redact::shape(&self.properties))
            .field("comment", &redact::shape(&self.comment))
            .field("invalid", &self.invalid)
            .finish()
    }
}

schema::named!(MergePatch, |_| schemars::json_schema!({
    "description": "A JSON Merge Patch (RFC 7386) of an object, with or without a comment.",
    "anyOf": [
        {
            "type": "object",
            "properties": {"comment": {"type": "string"}, "merge": {"type": "object"}},
            "required": ["comment", "merge"],
        },
        {"type": "object"},
    ],
}));

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_patch_is_made_only_of_an_object() {
        let patch = MergePatch::of(json!({"name": "New", "description": null}));
        assert_eq!(patch.to_string(), r#"{"description":null,"name":"New"}"#);
        let reason = MergePatch::of(["New"]).into_parts().unwrap_err();
        assert_eq!(reason, "a merge patch is an object");
    }
}
