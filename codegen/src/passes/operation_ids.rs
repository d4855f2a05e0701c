//! One name an operation, whichever dialect the document is in:
//! `updateSubscription` and `update-subscription` are `update_subscription`.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use jsonptr::PointerBuf;
use serde_json::Value;

use super::Fault;
use crate::walk;

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    let mut seen: BTreeMap<String, PointerBuf> = BTreeMap::new();
    walk::operations_mut(root, |place, operation| {
        let id = match operation.get("operationId") {
            Some(Value::String(id)) => id.to_snake_case(),
            Some(_) => return Err(place.fault(&["operationId"], "is not a string")),
            None => return Err(place.fault(&[], "has no `operationId` to name the method by")),
        };
        if !id.starts_with(|c: char| c.is_ascii_alphabetic()) || !id.is_ascii() {
            return Err(place.fault(&["operationId"], format!("{id:?} makes no Rust name")));
        }
        if let Some(first) = seen.insert(id.clone(), place.pointer.clone()) {
            return Err(place.fault(
                &["operationId"],
                format!("`{id}` is already the operation at {first}"),
            ));
        }
        operation.insert("operationId".into(), Value::String(id));
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn named(id: Value) -> Result<Value, Fault> {
        let mut root = json!({"paths": {"/p": {"get": {"operationId": id}}}});
        apply(&mut root).map(|()| root["paths"]["/p"]["get"]["operationId"].clone())
    }

    #[test]
    fn both_dialects_name_an_operation_alike() {
        for (ours, others) in [
            (
                "update_subscription",
                ["updateSubscription", "update-subscription"],
            ),
            (
                "get_subscription_by_id",
                ["getSubscriptionByID", "get-subscription-by-id"],
            ),
        ] {
            for id in others {
                assert_eq!(named(json!(id)).unwrap(), ours);
            }
        }
    }

    #[test]
    fn a_missing_a_nameless_and_a_repeated_id_are_refused() {
        assert_eq!(
            named(json!(1)).unwrap_err().pointer.as_str(),
            "/paths/~1p/get/operationId"
        );
        assert!(named(json!("-")).is_err());
        let mut root = json!({"paths": {"/p": {
            "get": {"operationId": "a-b"}, "put": {"operationId": "aB"}, "post": {}
        }}});
        let fault = apply(&mut root).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/paths/~1p/put/operationId");
        assert!(fault.reason.contains("/paths/~1p/get"), "{}", fault.reason);
    }
}
