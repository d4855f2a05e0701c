//! Finds the secrets in a JSON document: a resource or a patch of one.

use serde_json::Value as Json;

use super::REDACTED;
use crate::generated::secrets::{HOLDERS, PROPERTIES};

/// What the names around a value say about it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Sensitivity {
    /// Nothing.
    Public,
    /// An object whose `value` is secret, or a list of such objects.
    Holder,
    /// The value is secret.
    Secret,
}

impl Sensitivity {
    /// Returns the sensitivity of a property with this name.
    fn within(self, name: &str) -> Self {
        match self {
            Self::Secret => Self::Secret,
            Self::Holder if name == "value" => Self::Secret,
            _ if PROPERTIES.binary_search(&name).is_ok() => Self::Secret,
            _ if HOLDERS.binary_search(&name).is_ok() => Self::Holder,
            _ => Self::Public,
        }
    }

    /// Returns the sensitivity at a path of a JSON Patch. Indexes do not change
    /// it.
    pub(crate) fn at(self, path: &str) -> Self {
        path.split('/')
            .filter(|token| !token.is_empty() && *token != "-" && token.parse::<i64>().is_err())
            .fold(self, Self::within)
    }
}

/// Visits the secret strings and numbers of a resource, or of a patch in any
/// format.
pub(super) fn for_each_secret(
    value: &mut Json,
    sensitivity: Sensitivity,
    visit: &mut impl FnMut(&mut Json),
) {
    match value {
        Json::String(_) | Json::Number(_) if sensitivity == Sensitivity::Secret => visit(value),
        Json::Array(values) => {
            for value in values {
                for_each_secret(value, sensitivity, visit);
            }
        }
        Json::Object(object) => {
            // The path of a JSON Patch operation says what its value is.
            let path = object.get("path").and_then(Json::as_str).map(str::to_owned);
            for (key, value) in object {
                let sensitivity = match &path {
                    Some(path) if key == "value" && sensitivity == Sensitivity::Public => {
                        sensitivity.at(path)
                    }
                    _ => sensitivity.within(key),
                };
                for_each_secret(value, sensitivity, visit);
            }
        }
        _ => {}
    }
}

/// Replaces the secrets of a document.
pub(crate) fn mask(document: &mut Json, sensitivity: Sensitivity) {
    for_each_secret(document, sensitivity, &mut |secret| {
        *secret = REDACTED.into()
    });
}
