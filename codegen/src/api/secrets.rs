//! The names by which secrets are found in a request's body, whose type is not
//! known there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{overlay::Properties, spec::visit};

/// A name that is no sign of a secret: an operation of a JSON Patch has it
/// (RFC 6902, section 4), and so do variations and clauses.
const COMMON: &str = "value";

/// Where secrets are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Secrets {
    /// Properties that are secret wherever they are.
    pub(crate) properties: BTreeSet<String>,
    /// Properties that hold objects whose `value` is secret.
    pub(crate) holders: BTreeSet<String>,
}

/// What `properties.yaml` says of secrets, for all of a normalized document, and
/// the suspects among the types.
pub(crate) fn read(
    root: &Value,
    known: &Properties,
    suspects: &BTreeMap<(String, String), String>,
) -> Secrets {
    let mut secrets = Secrets::default();
    let mut types = BTreeSet::new();
    let listed = known
        .secret
        .iter()
        .filter_map(|entry| entry.split_once('.'));
    let suspected = suspects.keys();
    let suspected = suspected.map(|(ty, property)| (ty.as_str(), property.as_str()));
    for (ty, property) in listed.chain(suspected) {
        if ty != "*" && property == COMMON {
            types.insert(ty);
        } else {
            secrets.properties.insert(property.to_owned());
        }
    }
    let schemas = root["components"]["schemas"].as_object();
    for (_, schema) in schemas.into_iter().flatten() {
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let holds = [property, &property["items"]].into_iter().any(|schema| {
                schema["$ref"]
                    .as_str()
                    .and_then(visit::schema_name)
                    .is_some_and(|name| types.contains(name.as_str()))
            });
            if holds {
                secrets.holders.insert(name.clone());
            }
        }
    }
    secrets
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_entry_names_a_property_and_one_of_value_what_holds_its_type() {
        let secret = [
            "*.config",
            "Token.token",
            "HeaderItems.value",
            "Other.config",
        ];
        let known = Properties {
            secret: secret.map(str::to_owned).into(),
            ..Properties::default()
        };
        let root = json!({"components": {"schemas": {
            "Endpoint": {"properties": {
                "headers": {"items": {"$ref": "#/components/schemas/HeaderItems"}},
                "header": {"$ref": "#/components/schemas/HeaderItems"},
                "method": {"type": "string"},
            }},
            "Variation": {"properties": {"value": {"type": "string"}}},
        }}});
        let found = read(&root, &known, &BTreeMap::new());
        assert_eq!(
            found.properties,
            ["config", "token"].map(str::to_owned).into()
        );
        assert_eq!(
            found.holders,
            ["header", "headers"].map(str::to_owned).into()
        );
    }
}
