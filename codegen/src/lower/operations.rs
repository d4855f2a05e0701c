//! Operations as progenitor is to see them: called by the name of the method,
//! with the parameters that the caller sets, without prose.

use serde_json::{Value, json};

use crate::{
    error::Fault,
    normalize::{operation_ids, parameters},
    spec::visit::{self, Object},
};

pub(super) fn apply(root: &mut Value) -> Result<(), Fault> {
    visit::operations_mut(root, |_, operation| {
        let method = json!(operation_ids::method_of(operation));
        operation.insert("operationId".into(), method);
        strip_prose(operation);
        if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
            parameters.retain(|parameter| !parameters::is_clients(parameter));
            let parameters = parameters.iter_mut().filter_map(Value::as_object_mut);
            parameters.for_each(strip_prose);
        }
        if let Some(Value::Object(body)) = operation.get_mut("requestBody") {
            strip_prose(body);
        }
        Ok(())
    })
}

/// Removes what progenitor would write as documentation. The model reads it from
/// the normalized document. What is no text stays: progenitor refuses it.
fn strip_prose(object: &mut Object) {
    object.retain(|key, value| {
        !(value.is_string() && matches!(key.as_str(), "description" | "summary"))
    });
}
