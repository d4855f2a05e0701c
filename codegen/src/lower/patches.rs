//! The bodies of changes: patch documents of the crate's own types, whatever
//! schema the document has for them.

use serde_json::{Value, json};

use super::{bodies, json_patch::MARK};
use crate::{error::Fault, facts::Facts, spec::visit};

/// The component that stands for the body of every operation that takes
/// patches.
const DOCUMENT: &str = "PatchDocument";

pub(crate) fn apply(root: &mut Value, facts: &Facts) -> Result<(), Fault> {
    let mut found = false;
    visit::operations_mut(root, |_, operation| {
        let takes_patches = operation
            .get("operationId")
            .and_then(Value::as_str)
            .and_then(|id| facts.operations.get(id))
            .is_some_and(|operation| !operation.patches.is_empty());
        if takes_patches {
            let reference = format!("#/components/schemas/{DOCUMENT}");
            operation.insert(
                "requestBody".into(),
                json!({"required": true, "content": {bodies::JSON: {"schema": {"$ref": reference}}}}),
            );
            found = true;
        }
        Ok(())
    })?;
    if found {
        root["components"]["schemas"][DOCUMENT] = json!({"type": "array", "items": {}, MARK: true});
    }
    Ok(())
}
