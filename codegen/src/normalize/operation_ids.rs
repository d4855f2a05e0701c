//! One name an operation, whichever dialect the document is in:
//! `updateSubscription` and `update-subscription` are `update_subscription`.

use std::collections::BTreeMap;

use heck::{ToLowerCamelCase, ToSnakeCase, ToUpperCamelCase};
use jsonptr::PointerBuf;
use serde_json::{Value, json};

use crate::{
    error::Fault,
    overlay::Acronyms,
    spec::visit::{self, Object},
};

/// The key of the name of an operation's method.
const METHOD: &str = "x-method";

/// Names the methods. Refuses an id that makes no name of a method, or the name of
/// another.
pub(super) fn apply(root: &mut Value, acronyms: &Acronyms) -> Result<(), Fault> {
    let mut seen: BTreeMap<String, PointerBuf> = BTreeMap::new();
    visit::operations_mut(root, |place, operation| {
        let id = match operation.get("operationId") {
            Some(Value::String(id)) => method(id, acronyms),
            Some(_) => return Err(place.fault(&["operationId"], "is not a string")),
            None => return Err(place.fault(&[], "has no `operationId` to name the method by")),
        };
        if !id.starts_with(|c: char| c.is_ascii_alphabetic()) || !id.is_ascii() {
            return Err(place.fault(&["operationId"], format!("{id:?} makes no Rust name")));
        }
        // `a1` and `a_1` are two methods, but one builder.
        if let Some(first) = seen.insert(id.to_upper_camel_case(), place.pointer()) {
            return Err(place.fault(
                &["operationId"],
                format!("`{id}` is already the operation at {first}"),
            ));
        }
        operation.insert(METHOD.into(), json!(id));
        Ok(())
    })
}

/// What `Client` has already, and the constants beside the operations: `ALL` and
/// `COUNT`.
const TAKEN: [&str; 18] = [
    "add_headers",
    "all",
    "base_url",
    "builder",
    "clone",
    "count",
    "exchange",
    "exec",
    "exec_stream",
    "from_env",
    "http",
    "idempotent",
    "inner",
    "new",
    "rate_limits",
    "rate_limits_of",
    "refused",
    "with_retry_policy",
];

/// The name of the method of an operation with this id. A keyword of Rust and a
/// name that is taken have `_operation` behind them.
pub(crate) fn method(id: &str, acronyms: &Acronyms) -> String {
    let id = acronyms.join(&id.to_snake_case());
    if TAKEN.contains(&id.as_str()) || !typify::accept_as_ident(&id) {
        return format!("{id}_operation");
    }
    id
}

/// The id of an operation as most of LaunchDarkly's documents write it, in camel
/// case: `updateSubscription`, also for `update-subscription`.
pub(crate) fn published(operation: &Object) -> String {
    let id = operation["operationId"].as_str().unwrap_or_default();
    if id.contains(['-', '_']) {
        id.to_lower_camel_case()
    } else {
        id.to_owned()
    }
}

/// The name of the method of a normalized operation.
pub(crate) fn method_of(operation: &Object) -> &str {
    operation[METHOD].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(id: Value) -> Result<String, Fault> {
        let mut root = json!({"paths": {"/p": {"get": {"operationId": id}}}});
        apply(&mut root, &Acronyms::default())?;
        let operation = root["paths"]["/p"]["get"].as_object().unwrap();
        Ok(method_of(operation).to_owned())
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
    fn a_keyword_and_what_the_client_has_already_make_no_method() {
        for (id, method) in [
            ("type", "type_operation"),
            ("Self", "self_operation"),
            ("rateLimits", "rate_limits_operation"),
            ("rateLimit", "rate_limit"),
        ] {
            assert_eq!(named(json!(id)).unwrap(), method);
        }
    }

    #[test]
    fn two_ids_that_would_have_one_builder_are_refused() {
        let mut root = json!({"paths": {"/p": {
            "get": {"operationId": "getA1"}, "put": {"operationId": "get-a-1"}
        }}});
        let fault = apply(&mut root, &Acronyms::default()).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/paths/~1p/put/operationId");
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
        let fault = apply(&mut root, &Acronyms::default()).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/paths/~1p/put/operationId");
        assert!(fault.reason.contains("/paths/~1p/get"), "{}", fault.reason);
    }
}
