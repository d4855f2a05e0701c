//! JSON Patch (RFC 6902).

use std::fmt;

use serde::Serialize;
use serde_json::Value;

use super::{PatchOperation, diff};
use crate::{
    Error,
    codec::{schema, to_json, without_extra},
    json_pointer,
    redact::{self, Sensitivity},
};

/// A JSON Patch (RFC 6902): a list of operations, which the server applies in
/// order, all or none.
///
/// Paths are JSON Pointers (RFC 6901). [`JsonPatch::escape`] escapes a key that
/// contains `/` or `~`, and [`JsonPatch::pointer`] makes a pointer from keys. A
/// value can be anything that serializes; `None` and [`Value::Null`] are sent
/// as `null`.
///
/// The patch keeps the first error, so that it can be written as one
/// expression. The call that takes the patch returns the error before any I/O.
///
/// ```
/// use launchdarkly_api::JsonPatch;
///
/// let patch = JsonPatch::new()
///     .test("/name", "Old name")
///     .replace("/name", "New name")
///     .add("/tags/-", "production");
/// assert_eq!(
///     patch.to_string(),
///     r#"[{"op":"test","path":"/name","value":"Old name"},{"op":"replace","path":"/name","value":"New name"},{"op":"add","path":"/tags/-","value":"production"}]"#,
/// );
/// ```
#[derive(Clone, PartialEq, Eq, Default)]
#[must_use = "a patch changes nothing by itself"]
pub struct JsonPatch {
    operations: Vec<PatchOperation>,
    comment: Option<String>,
    invalid: Option<InvalidPatch>,
}

/// An invalid operation of a JSON Patch: its index, name and error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidPatch {
    pub(super) index: usize,
    pub(super) operation: &'static str,
    pub(super) reason: String,
}

impl fmt::Display for InvalidPatch {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            index,
            operation,
            reason,
        } = self;
        write!(
            f,
            "operation {index} of the JSON Patch ({operation}) {reason}"
        )
    }
}

impl std::error::Error for InvalidPatch {}

impl From<InvalidPatch> for Error {
    #[inline]
    fn from(error: InvalidPatch) -> Self {
        Self::config(error.to_string())
    }
}

impl JsonPatch {
    /// Creates a patch without operations, which changes nothing.
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a value: a member of an object, replaced if it exists, or an
    /// element of an array, inserted before the index, or at the end for `-`
    /// (RFC 6902, section 4.1).
    pub fn add(self, path: impl AsRef<str>, value: impl Serialize) -> Self {
        self.with_value("add", path.as_ref(), &value, |path, value| {
            PatchOperation::Add { path, value }
        })
    }

    /// Removes the value, which must exist (section 4.2).
    pub fn remove(self, path: impl AsRef<str>) -> Self {
        self.with(PatchOperation::Remove {
            path: path.as_ref().to_owned(),
        })
    }

    /// Replaces the value, which must exist (section 4.3).
    pub fn replace(self, path: impl AsRef<str>, value: impl Serialize) -> Self {
        self.with_value("replace", path.as_ref(), &value, |path, value| {
            PatchOperation::Replace { path, value }
        })
    }

    /// Moves the value at `from` to `path` (section 4.4).
    pub fn move_(self, from: impl AsRef<str>, path: impl AsRef<str>) -> Self {
        self.with(PatchOperation::Move {
            from: from.as_ref().to_owned(),
            path: path.as_ref().to_owned(),
        })
    }

    /// Copies the value at `from` to `path` (section 4.5).
    pub fn copy(self, from: impl AsRef<str>, path: impl AsRef<str>) -> Self {
        self.with(PatchOperation::Copy {
            from: from.as_ref().to_owned(),
            path: path.as_ref().to_owned(),
        })
    }

    /// Requires that the value is this one. Otherwise the server applies
    /// nothing of the patch (section 4.6).
    pub fn test(self, path: impl AsRef<str>, value: impl Serialize) -> Self {
        self.with_value("test", path.as_ref(), &value, |path, value| {
            PatchOperation::Test { path, value }
        })
    }

    /// Returns the smallest patch that changes one value to the other.
    ///
    /// Elements of arrays are matched by value, then by `_id`, `id` or `key`.
    /// Elements without one of these are matched by their position and the
    /// properties that they share. Each element that is removed, added or moved
    /// takes one operation. An array is replaced as a whole if no element is
    /// left. An array without objects and arrays is also replaced if many
    /// elements move and the patch becomes shorter. A null in an object is
    /// overwritten by an `add`, because a server may show null for a missing
    /// property.
    ///
    /// The patch has no `test` operations. [`modify`](crate::modify) makes
    /// patches that fail after a concurrent change.
    ///
    /// ```
    /// # fn main() -> Result<(), launchdarkly_api::Error> {
    /// use launchdarkly_api::{JsonPatch, types::Integration};
    ///
    /// let mut before = Integration::default();
    /// before.tags = vec!["a".to_owned(), "b".to_owned(), "c".to_owned()];
    /// let mut after = before.clone();
    /// after.on = Some(true);
    /// after.tags.remove(0);
    /// let patch = JsonPatch::diff(&before, &after)?;
    /// assert_eq!(patch, JsonPatch::new().remove("/tags/0").add("/on", true));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// It does not compare unknown properties (`extra()`).
    ///
    /// # Errors
    ///
    /// One of the two does not serialize to JSON.
    pub fn diff(before: &impl Serialize, after: &impl Serialize) -> Result<Self, InvalidPatch> {
        let before = Self::value("before", before)?;
        let after = Self::value("after", after)?;
        let operations = diff::operations(&before, &after, diff::Tests::None);
        Ok(Self::from_operations(operations))
    }

    /// Encodes one of the values that [`diff`](Self::diff) compares, without
    /// unknown properties.
    pub(crate) fn value(what: &str, value: &impl Serialize) -> Result<Value, InvalidPatch> {
        without_extra(|| to_json(value)).map_err(|error| InvalidPatch {
            index: 0,
            operation: "diff",
            reason: format!("has a `{what}` value that is not JSON: {error}"),
        })
    }

    /// Escapes a key for a pointer: `~` becomes `~0`, `/` becomes `~1` (RFC
    /// 6901, section 3).
    ///
    /// ```
    /// use launchdarkly_api::JsonPatch;
    ///
    /// let key = JsonPatch::escape("a/b~c");
    /// assert_eq!(format!("/environments/{key}/on"), "/environments/a~1b~0c/on");
    /// ```
    #[must_use]
    #[inline]
    pub fn escape(key: &str) -> String {
        json_pointer::escape(key)
    }

    /// Returns the pointer through these keys and indexes, escaped.
    ///
    /// ```
    /// use launchdarkly_api::JsonPatch;
    ///
    /// assert_eq!(JsonPatch::pointer(["environments", "a/b", "on"]), "/environments/a~1b/on");
    /// ```
    #[must_use]
    pub fn pointer<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> String {
        let keys = keys.into_iter();
        keys.map(|key| format!("/{}", json_pointer::escape(key.as_ref())))
            .collect()
    }

    /// Sets a comment for the audit log and the integrations that get the
    /// change. The request contains it next to the patch.
    pub fn comment(mut self, comment: impl Into<String>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    #[inline]
    pub(crate) fn into_parts(self) -> (Vec<PatchOperation>, Option<String>) {
        (self.operations, self.comment)
    }

    /// Returns the operations, in order.
    #[must_use]
    #[inline]
    pub fn operations(&self) -> &[PatchOperation] {
        &self.operations
    }

    /// Checks that every operation is valid.
    ///
    /// # Errors
    ///
    /// The first invalid operation.
    #[inline]
    pub fn check(&self) -> Result<(), InvalidPatch> {
        self.invalid.clone().map_or(Ok(()), Err)
    }

    /// Creates a patch from valid operations.
    #[inline]
    pub(super) fn from_operations(operations: Vec<PatchOperation>) -> Self {
        Self {
            operations,
            ..Self::default()
        }
    }

    #[inline]
    fn with(mut self, operation: PatchOperation) -> Self {
        match operation.check() {
            Ok(()) => self.operations.push(operation),
            Err(reason) => self.reject(operation.op(), reason),
        }
        self
    }

    fn with_value(
        mut self,
        operation: &'static str,
        path: &str,
        value: &impl Serialize,
        make: fn(String, Value) -> PatchOperation,
    ) -> Self {
        if let Err(reason) = make(path.to_owned(), Value::Null).check() {
            self.reject(operation, reason);
            return self;
        }
        match to_json(value) {
            Ok(value) => self.operations.push(make(path.to_owned(), value)),
            Err(error) => {
                self.reject(operation, format!("has a value that is not JSON: {error}"));
            }
        }
        self
    }

    #[inline]
    fn reject(&mut self, operation: &'static str, reason: String) {
        let index = self.operations.len();
        self.invalid.get_or_insert(InvalidPatch {
            index,
            operation,
            reason,
        });
    }
}

/// Checks each operation, as the methods do: an invalid one is left out, and
/// [`check`](JsonPatch::check) and the call that takes the patch return its error.
impl FromIterator<PatchOperation> for JsonPatch {
    fn from_iter<I: IntoIterator<Item = PatchOperation>>(operations: I) -> Self {
        operations.into_iter().fold(Self::new(), Self::with)
    }
}

/// Shows the patch as JSON, with `[redacted]` in place of the strings and
/// numbers of secret properties, such as those of `config`. To get the document
/// that is sent, serialize [`operations`](JsonPatch::operations).
impl fmt::Display for JsonPatch {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut operations = self.operations.clone();
        for operation in &mut operations {
            let sensitivity = Sensitivity::Public.at(operation.path());
            if let Some(value) = operation.value_mut() {
                redact::mask(value, sensitivity);
            }
        }
        let text = serde_json::to_string(&operations).map_err(|_| fmt::Error)?;
        f.write_str(&text)
    }
}

/// Shows operations and paths, and only the structure of the values.
impl fmt::Debug for JsonPatch {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JsonPatch")
            .field("operations", &self.operations)
            .field("comment", &redact::shape(&self.comment))
            .field("invalid", &self.invalid)
            .finish()
    }
}

schema::named!(JsonPatch, |generator| {
    let operation = generator.subschema_for::<PatchOperation>();
    let operations = schemars::json_schema!({"type": "array", "items": operation});
    schemars::json_schema!({
        "description": "A JSON Patch (RFC 6902), with or without a comment.",
        "anyOf": [
            operations,
            {
                "type": "object",
                "properties": {"comment": {"type": "string"}, "patch": operations},
                "required": ["comment", "patch"],
            },
        ],
    })
});

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::rfc6902;

    #[test]
    fn the_six_operations_are_encoded_as_in_the_rfc() {
        let patch = JsonPatch::new()
            .add("/a", 1)
            .remove("/b")
            .replace("/c", json!({"d": []}))
            .move_("/e", "/f")
            .copy("/g", "/h")
            .test("/i", "j");
        assert_eq!(
            serde_json::to_value(patch.operations()).unwrap(),
            json!([
                {"op": "add", "path": "/a", "value": 1},
                {"op": "remove", "path": "/b"},
                {"op": "replace", "path": "/c", "value": {"d": []}},
                {"op": "move", "from": "/e", "path": "/f"},
                {"op": "copy", "from": "/g", "path": "/h"},
                {"op": "test", "path": "/i", "value": "j"},
            ])
        );
    }

    #[test]
    fn null_is_sent_as_null_and_an_absent_value_is_absent() {
        let patch = JsonPatch::new().replace("/a", None::<bool>).remove("/b");
        assert_eq!(
            patch.to_string(),
            r#"[{"op":"replace","path":"/a","value":null},{"op":"remove","path":"/b"}]"#
        );
    }

    #[test]
    fn an_invalid_operation_is_an_error_with_its_index() {
        struct Unserializable;
        impl Serialize for Unserializable {
            fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
                Err(serde::ser::Error::custom("no"))
            }
        }
        let reasons = [
            JsonPatch::new().replace("on", true),
            JsonPatch::new().remove("/a").remove("/b~c"),
            JsonPatch::new().move_("/a", "b"),
            JsonPatch::new().move_("/a", "/a/b"),
            JsonPatch::new().copy("a", "/b"),
            JsonPatch::new().test("/a", Unserializable),
            JsonPatch::new().add("x", 1).add("y", 2),
        ]
        .map(|patch| patch.check().unwrap_err().to_string());
        insta::assert_snapshot!(reasons.join("\n"));
    }

    #[test]
    fn the_whole_document_and_a_move_onto_itself_are_valid() {
        assert!(
            JsonPatch::new()
                .replace("", json!({}))
                .move_("/a", "/a")
                .check()
                .is_ok()
        );
        assert!(JsonPatch::new().move_("/a", "/ab").check().is_ok());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z/~]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c/~]{0,3}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_difference_applied_to_one_value_gives_the_other(before in any_json(), after in any_json()) {
            let patch = JsonPatch::diff(&before, &after).unwrap();
            let operations = serde_json::to_value(patch.operations()).unwrap();
            let mut changed = before;
            rfc6902::apply(&mut changed, &operations).unwrap();
            prop_assert_eq!(changed, after);
        }

        #[test]
        fn a_pointer_made_from_keys_has_these_keys(keys in prop::collection::vec("\\PC{0,6}", 0..4)) {
            let pointer = jsonptr::PointerBuf::parse(JsonPatch::pointer(&keys)).unwrap();
            let found: Vec<String> = pointer.tokens().map(|token| token.decoded().into_owned()).collect();
            prop_assert_eq!(found, keys);
        }

        #[test]
        fn no_path_panics(path in "\\PC{0,12}") {
            let _ = JsonPatch::new().remove(&path).move_(&path, "/a").check();
        }
    }
}
