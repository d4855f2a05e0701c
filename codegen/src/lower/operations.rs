//! Operations as progenitor is to see them: called by the name of the method,
//! with the parameters that the caller sets.

use serde_json::{Value, json};

use crate::{
    error::Fault,
    normalize::{operation_ids, parameters},
    overlay::Acronyms,
    spec::visit,
};

pub(super) fn apply(root: &mut Value, acronyms: &Acronyms) -> Result<(), Fault> {
    visit::operations_mut(root, |_, operation| {
        let id = operation_ids::method_of(operation, acronyms);
        operation.insert("operationId".into(), json!(id));
        if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
            parameters.retain(|parameter| !parameters::is_clients(parameter));
        }
        Ok(())
    })
}
