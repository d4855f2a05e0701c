//! The operations of a JSON Patch.

use std::fmt;

use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::Value;

use crate::{codec::schema, json_pointer, redact};

/// An operation of a [`JsonPatch`](crate::JsonPatch) (RFC 6902, section 4).
/// `path` and `from` are JSON Pointers (RFC 6901).
///
/// `Debug` shows only the structure of the value, because it may contain
/// secrets. The operation serializes to the JSON of the RFC. To read operations
/// from JSON, enable the feature `json-patch`, and convert a `json_patch::Patch`
/// to a [`JsonPatch`](crate::JsonPatch).
#[derive(Clone, PartialEq, Eq)]
pub enum PatchOperation {
    /// Adds the value (section 4.1).
    Add {
        /// Where to add it.
        path: String,
        /// The value.
        value: Value,
    },
    /// Removes a value (section 4.2).
    Remove {
        /// The value to remove.
        path: String,
    },
    /// Replaces a value (section 4.3).
    Replace {
        /// The value to replace.
        path: String,
        /// The new value.
        value: Value,
    },
    /// Moves a value (section 4.4).
    Move {
        /// The value to move.
        from: String,
        /// Where to move it.
        path: String,
    },
    /// Copies a value (section 4.5).
    Copy {
        /// The value to copy.
        from: String,
        /// Where to copy it.
        path: String,
    },
    /// Requires that a value is this one (section 4.6).
    Test {
        /// The value to compare.
        path: String,
        /// The expected value.
        value: Value,
    },
}

impl PatchOperation {
    /// Returns the `op` of the operation, such as `add`.
    #[must_use]
    #[inline]
    pub fn op(&self) -> &'static str {
        match self {
            Self::Add { .. } => "add",
            Self::Remove { .. } => "remove",
            Self::Replace { .. } => "replace",
            Self::Move { .. } => "move",
            Self::Copy { .. } => "copy",
            Self::Test { .. } => "test",
        }
    }

    /// Returns the pointer to the value that the operation changes or tests.
    #[must_use]
    #[inline]
    pub fn path(&self) -> &str {
        match self {
            Self::Add { path, .. }
            | Self::Remove { path }
            | Self::Replace { path, .. }
            | Self::Move { path, .. }
            | Self::Copy { path, .. }
            | Self::Test { path, .. } => path,
        }
    }

    /// Returns the pointer to the value that the operation moves or copies.
    #[must_use]
    #[inline]
    pub fn from_path(&self) -> Option<&str> {
        match self {
            Self::Move { from, .. } | Self::Copy { from, .. } => Some(from),
            _ => None,
        }
    }

    /// Returns the value of an operation that has one.
    #[must_use]
    #[inline]
    pub fn value(&self) -> Option<&Value> {
        match self {
            Self::Add { value, .. } | Self::Replace { value, .. } | Self::Test { value, .. } => {
                Some(value)
            }
            _ => None,
        }
    }

    #[inline]
    pub(super) fn value_mut(&mut self) -> Option<&mut Value> {
        match self {
            Self::Add { value, .. } | Self::Replace { value, .. } | Self::Test { value, .. } => {
                Some(value)
            }
            _ => None,
        }
    }

    /// Checks the pointers. The error is the reason and the fix.
    #[inline]
    pub(super) fn check(&self) -> Result<(), String> {
        for (member, pointer) in [("from", self.from_path()), ("path", Some(self.path()))] {
            if let Some(text) = pointer {
                json_pointer::check(text)
                    .map_err(|reason| format!("has `{member}` {text:?}: {reason}"))?;
            }
        }
        if let Self::Move { from, path } = self
            && json_pointer::is_inside(path, from)
        {
            return Err(format!("moves {from:?} into itself: {path:?} is inside it"));
        }
        Ok(())
    }
}

impl fmt::Debug for PatchOperation {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct(match self {
            Self::Add { .. } => "Add",
            Self::Remove { .. } => "Remove",
            Self::Replace { .. } => "Replace",
            Self::Move { .. } => "Move",
            Self::Copy { .. } => "Copy",
            Self::Test { .. } => "Test",
        });
        if let Some(from) = self.from_path() {
            debug.field("from", &from);
        }
        debug.field("path", &self.path());
        if let Some(value) = self.value() {
            debug.field("value", &redact::shape(value));
        }
        debug.finish()
    }
}

impl Serialize for PatchOperation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (from, value) = (self.from_path(), self.value());
        let members = 2 + usize::from(from.is_some()) + usize::from(value.is_some());
        let mut object = serializer.serialize_struct("PatchOperation", members)?;
        object.serialize_field("op", self.op())?;
        if let Some(from) = from {
            object.serialize_field("from", from)?;
        }
        object.serialize_field("path", self.path())?;
        if let Some(value) = value {
            object.serialize_field("value", value)?;
        }
        object.end()
    }
}

schema::named!(PatchOperation, |_| {
    let operation = |ops: &[&str], more: &str| {
        let pointer = || schemars::json_schema!({"type": "string"});
        let mut properties = schemars::json_schema!({"op": {"enum": ops}, "path": pointer()});
        let other = match more {
            "from" => pointer(),
            _ => schemars::Schema::default(),
        };
        let mut required = vec!["op", "path"];
        if !more.is_empty() {
            properties.insert(more.to_owned(), other.into());
            required.push(more);
        }
        schemars::json_schema!({
            "type": "object",
            "properties": properties,
            "required": required,
        })
    };
    schemars::json_schema!({
        "description": "An operation of a JSON Patch (RFC 6902).",
        "oneOf": [
            operation(&["add", "replace", "test"], "value"),
            operation(&["remove"], ""),
            operation(&["move", "copy"], "from"),
        ],
    })
});

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn debug_shows_the_structure_of_the_value_only() {
        let operation = PatchOperation::Add {
            path: "/config".to_owned(),
            value: json!({"apiKey": "secret"}),
        };
        let shown = r#"Add { path: "/config", value: {"apiKey": string} }"#;
        assert_eq!(format!("{operation:?}"), shown);
        let operation = PatchOperation::Move {
            from: "/a".to_owned(),
            path: "/b".to_owned(),
        };
        assert_eq!(
            format!("{operation:?}"),
            r#"Move { from: "/a", path: "/b" }"#
        );
    }
}
