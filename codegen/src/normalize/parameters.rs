//! Each operation has all of its parameters, in one order: those of the path as
//! they stand in it, those of the query and then the headers by name. It is the
//! order of progenitor's arguments, by which [`crate::api`] joins the two.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    error::Fault,
    model::{Location, path_parameters},
    spec::visit::{self, Place},
};

/// The headers the client sets itself (names compare without case, RFC 9110
/// section 5.1).
const CLIENTS: [&str; 2] = ["Authorization", VERSION];

/// The header that asks for a version of the API (LaunchDarkly documentation,
/// "Beta resources").
const VERSION: &str = "LD-API-Version";

pub(super) fn apply(root: &mut Value) -> Result<(), Fault> {
    let mut shared: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (path, item) in root["paths"].as_object_mut().into_iter().flatten() {
        let parameters = item
            .as_object_mut()
            .and_then(|item| item.remove("parameters"));
        if let Some(Value::Array(parameters)) = parameters {
            shared.insert(path.clone(), parameters);
        }
    }
    visit::operations_mut(root, |place, operation| {
        let mut parameters = match operation.remove("parameters") {
            Some(Value::Array(parameters)) => parameters,
            None => Vec::new(),
            Some(_) => return Err(place.fault(&["parameters"], "is not an array")),
        };
        for parameter in shared.get(place.path).into_iter().flatten() {
            let overrides =
                |own: &Value| ["name", "in"].iter().all(|key| own[key] == parameter[key]);
            if !parameters.iter().any(overrides) {
                parameters.push(parameter.clone());
            }
        }
        let path: Vec<&str> = path_parameters(place.path).collect();
        check(place, &path, &parameters)?;
        parameters.sort_by_key(|parameter| {
            let name = parameter["name"].as_str().unwrap_or_default();
            match location(parameter) {
                Some(Location::Path) => {
                    let position = path.iter().position(|other| *other == name);
                    (Some(Location::Path), position, String::new())
                }
                location => (location, None, name.to_owned()),
            }
        });
        if !parameters.is_empty() {
            operation.insert("parameters".into(), Value::Array(parameters));
        }
        Ok(())
    })
}

/// Refuses two parameters of one name, a location that is not supported, and a
/// path without its parameters.
fn check(place: &Place<'_>, path: &[&str], parameters: &[Value]) -> Result<(), Fault> {
    let mut seen = BTreeMap::new();
    for parameter in parameters {
        if location(parameter).is_none() {
            let reason = format!(
                "has a parameter in {}: `path`, `query` and `header` are supported",
                parameter["in"]
            );
            return Err(place.fault(&[], reason));
        }
        let name = parameter["name"].as_str().unwrap_or_default();
        if seen.insert(name, parameter).is_some() {
            return Err(place.fault(&[], format!("has two parameters named `{name}`")));
        }
    }
    for name in path {
        let declared = seen.get(name).is_some_and(|parameter| {
            location(parameter) == Some(Location::Path) && parameter["required"] == true
        });
        if !declared {
            return Err(place.fault(
                &[],
                format!("has no required path parameter for {{{name}}} of its path"),
            ));
        }
    }
    Ok(())
}

/// Where a parameter is sent; `None` if that is not supported.
pub(crate) fn location(parameter: &Value) -> Option<Location> {
    Location::named(parameter["in"].as_str()?)
}

/// Whether a parameter is a header that the client sets itself.
pub(crate) fn is_clients(parameter: &Value) -> bool {
    parameter["in"] == "header"
        && parameter["name"]
            .as_str()
            .is_some_and(|name| CLIENTS.iter().any(|other| other.eq_ignore_ascii_case(name)))
}

/// The parameters of an operation that its caller sets.
pub(crate) fn of_the_caller(operation: &Value) -> impl Iterator<Item = &Value> {
    operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| !is_clients(parameter))
}

/// Whether an operation asks for the header `LD-API-Version: beta`.
pub(crate) fn asks_for_beta(operation: &Value) -> bool {
    operation["parameters"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|parameter| is_clients(parameter))
        .any(|parameter| {
            parameter["name"]
                .as_str()
                .is_some_and(|name| name.eq_ignore_ascii_case(VERSION))
                && parameter["schema"]["enum"]
                    .as_array()
                    .is_some_and(|versions| versions.iter().any(|version| version == "beta"))
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn applied(path: &str, parameters: Value, shared: Value) -> Result<Value, Fault> {
        let mut root = json!({"paths": {path: {
            "parameters": shared, "get": {"parameters": parameters}
        }}});
        apply(&mut root)?;
        assert!(root["paths"][path].get("parameters").is_none());
        Ok(root["paths"][path]["get"].clone())
    }

    fn parameter(name: &str, location: &str) -> Value {
        json!({"name": name, "in": location, "required": location == "path"})
    }

    #[test]
    fn an_operation_has_its_paths_parameters_too_in_the_order_of_arguments() {
        let operation = applied(
            "/{y}/{x}",
            json!([
                parameter("X-A", "header"), parameter("x", "path"), parameter("c", "query"),
                parameter("B", "query"), {"name": "y", "in": "path", "required": true, "own": 1},
            ]),
            json!([
                parameter("y", "path"),
                parameter("a", "query"),
                parameter("authorization", "header")
            ]),
        )
        .unwrap();
        let names: Vec<_> = of_the_caller(&operation).map(|p| &p["name"]).collect();
        assert_eq!(names, ["y", "x", "B", "a", "c", "X-A"]);
        assert_eq!(operation["parameters"][0]["own"], 1);
    }

    #[test]
    fn a_header_that_the_client_sets_is_not_the_callers() {
        let operation = json!({"parameters": [
            parameter("Authorization", "header"), parameter("ld-api-version", "header"),
            parameter("If-Match", "header"), parameter("authorization", "query"),
        ]});
        let names: Vec<_> = of_the_caller(&operation).map(|p| &p["name"]).collect();
        assert_eq!(names, ["If-Match", "authorization"]);
    }

    #[test]
    fn parameters_that_cannot_be_sent_are_refused_with_their_names() {
        for (parameters, reason) in [
            (json!([]), "no required path parameter for {a}"),
            (
                json!([{"name": "a", "in": "path"}]),
                "no required path parameter for {a}",
            ),
            (
                json!([parameter("a", "query")]),
                "no required path parameter for {a}",
            ),
            (
                json!([
                    parameter("a", "path"),
                    parameter("b", "query"),
                    parameter("b", "header")
                ]),
                "two parameters named `b`",
            ),
            (
                json!([parameter("a", "path"), parameter("b", "cookie")]),
                "a parameter in \"cookie\"",
            ),
        ] {
            let fault = applied("/{a}", parameters, json!([])).unwrap_err();
            assert_eq!(fault.pointer.as_str(), "/paths/~1{a}/get");
            assert!(fault.reason.contains(reason), "{}", fault.reason);
        }
    }
}
