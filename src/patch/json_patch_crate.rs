//! Patches of the crate json-patch (the feature `json-patch`).

use json_patch::{self as theirs, jsonptr::PointerBuf};

use super::{InvalidPatch, JsonPatch, PatchBody, PatchDocument, PatchOperation, format, sealed};

#[cfg_attr(docsrs, doc(cfg(feature = "json-patch")))]
impl PatchDocument for theirs::Patch {
    type Format = format::Json;
}

impl sealed::Sealed for theirs::Patch {
    fn into_body(self) -> Result<PatchBody, String> {
        JsonPatch::from(self).into_body()
    }
}

/// Leaves an invalid operation out. [`check`](JsonPatch::check) returns its error,
/// and so does a call with the patch.
#[cfg_attr(docsrs, doc(cfg(feature = "json-patch")))]
impl From<theirs::Patch> for JsonPatch {
    fn from(patch: theirs::Patch) -> Self {
        patch.0.into_iter().map(PatchOperation::from).collect()
    }
}

#[cfg_attr(docsrs, doc(cfg(feature = "json-patch")))]
impl From<theirs::PatchOperation> for PatchOperation {
    fn from(operation: theirs::PatchOperation) -> Self {
        match operation {
            theirs::PatchOperation::Add(add) => Self::Add {
                path: add.path.to_string(),
                value: add.value,
            },
            theirs::PatchOperation::Remove(remove) => Self::Remove {
                path: remove.path.to_string(),
            },
            theirs::PatchOperation::Replace(replace) => Self::Replace {
                path: replace.path.to_string(),
                value: replace.value,
            },
            theirs::PatchOperation::Move(moved) => Self::Move {
                from: moved.from.to_string(),
                path: moved.path.to_string(),
            },
            theirs::PatchOperation::Copy(copied) => Self::Copy {
                from: copied.from.to_string(),
                path: copied.path.to_string(),
            },
            theirs::PatchOperation::Test(test) => Self::Test {
                path: test.path.to_string(),
                value: test.value,
            },
        }
    }
}

/// Drops the comment.
///
/// # Errors
///
/// The first invalid operation.
#[cfg_attr(docsrs, doc(cfg(feature = "json-patch")))]
impl TryFrom<JsonPatch> for theirs::Patch {
    type Error = InvalidPatch;

    fn try_from(patch: JsonPatch) -> Result<Self, InvalidPatch> {
        patch.check()?;
        let (operations, _) = patch.into_parts();
        let operations = operations.into_iter().enumerate().map(convert);
        Ok(Self(operations.collect::<Result<_, _>>()?))
    }
}

fn convert(
    (index, operation): (usize, PatchOperation),
) -> Result<theirs::PatchOperation, InvalidPatch> {
    let op = operation.op();
    let pointer = |text| {
        PointerBuf::parse(text).map_err(|error| InvalidPatch {
            index,
            operation: op,
            reason: error.to_string(),
        })
    };
    Ok(match operation {
        PatchOperation::Add { path, value } => {
            let path = pointer(path)?;
            theirs::PatchOperation::Add(theirs::AddOperation { path, value })
        }
        PatchOperation::Remove { path } => {
            let path = pointer(path)?;
            theirs::PatchOperation::Remove(theirs::RemoveOperation { path })
        }
        PatchOperation::Replace { path, value } => {
            let path = pointer(path)?;
            theirs::PatchOperation::Replace(theirs::ReplaceOperation { path, value })
        }
        PatchOperation::Move { from, path } => {
            let (from, path) = (pointer(from)?, pointer(path)?);
            theirs::PatchOperation::Move(theirs::MoveOperation { from, path })
        }
        PatchOperation::Copy { from, path } => {
            let (from, path) = (pointer(from)?, pointer(path)?);
            theirs::PatchOperation::Copy(theirs::CopyOperation { from, path })
        }
        PatchOperation::Test { path, value } => {
            let path = pointer(path)?;
            theirs::PatchOperation::Test(theirs::TestOperation { path, value })
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn six() -> serde_json::Value {
        json!([
            {"op": "add", "path": "/a", "value": 1},
            {"op": "remove", "path": "/b"},
            {"op": "replace", "path": "/c~1d", "value": {"d": []}},
            {"op": "move", "from": "/e", "path": "/f"},
            {"op": "copy", "from": "/g", "path": "/h"},
            {"op": "test", "path": "", "value": null},
        ])
    }

    #[test]
    fn a_value_is_converted_unchanged_whatever_its_depth() {
        let deep = (0..127).fold(json!(1), |value, _| json!([value]));
        let patch = JsonPatch::new().add("/a", &deep);
        let theirs::Patch(operations) = patch.try_into().unwrap();
        let theirs::PatchOperation::Add(add) = &operations[0] else {
            panic!("{operations:?}");
        };
        assert_eq!(add.value, deep);
    }

    #[test]
    fn all_operations_are_converted_in_both_directions() {
        let patch: theirs::Patch = serde_json::from_value(six()).unwrap();
        let ours = JsonPatch::from(patch.clone());
        assert_eq!(serde_json::to_value(ours.operations()).unwrap(), six());
        assert_eq!(theirs::Patch::try_from(ours.comment("c")).unwrap(), patch);
        let body = sealed::Sealed::into_body(patch).unwrap_or_else(|error| panic!("{error}"));
        let sent: serde_json::Value = serde_json::from_slice(&body.json).unwrap();
        assert_eq!(sent, six());
    }

    #[test]
    fn an_invalid_operation_is_an_error_in_both_directions() {
        let error = theirs::Patch::try_from(JsonPatch::new().remove("a")).unwrap_err();
        assert!(error.to_string().contains("starts with `/`"), "{error}");
        let into_itself = json!([{"op": "move", "from": "/a", "path": "/a/b"}]);
        let patch: theirs::Patch = serde_json::from_value(into_itself).unwrap();
        let error = JsonPatch::from(patch).check().unwrap_err();
        assert!(error.to_string().contains("into itself"), "{error}");
    }
}
