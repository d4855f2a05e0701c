//! Operations as progenitor is to see them: called by the name of the method,
//! with the parameters that the caller sets.

use serde_json::{Value, json};

use crate::{
    error::Fault,
    normalize::{operation_ids, parameters},
    spec::visit,
};

pub(super) fn apply(root: &mut Value) -> Result<(), Fault> {
    visit::operations_mut(root, |_, operation| {
        let method = json!(operation_ids::method_of(operation));
        operation.insert("operationId".into(), method);
        if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
            parameters.retain(|parameter| !parameters::is_clients(parameter));
        }
        Ok(())
    })
}
