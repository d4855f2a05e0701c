//! One form for every published dialect of the document, corrected and with the
//! names that the crate uses.

pub(crate) mod aliases;
pub(crate) mod areas;
mod cycles;
mod openapi_30;
pub(crate) mod operation_ids;
pub(crate) mod parameters;
mod references;
mod type_names;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    Settings,
    error::Fault,
    overlay::{corrections, names},
};

/// The name of the client's method of an operation, by the operation's id in any
/// dialect.
#[must_use]
pub fn method(id: &str, settings: &Settings) -> String {
    operation_ids::method(id, &settings.names.acronyms)
}

/// Brings a document to OpenAPI 3.0, with every component but schemas written
/// where it is used.
pub(crate) fn unify(root: &mut Value) -> Result<(), Fault> {
    openapi_30::apply(root)?;
    if references::apply(root)? {
        // It may have been in a place where no schema is visited: a path item of
        // the components, or a vendor extension.
        openapi_30::apply(root)?;
    }
    cycles::apply(root)
}

/// Applies the corrections to a unified document, and brings the dialects, which
/// name scalars or do not, to one form. Returns the corrections without effect.
pub(crate) fn correct(root: &mut Value, settings: &Settings) -> Result<Vec<String>, Fault> {
    let stale = corrections::apply(root, &settings.corrections);
    // A correction may add a schema of 3.1, and a reference.
    for place in corrections::extended(&settings.corrections) {
        openapi_30::schemas_at(root, &place)?;
    }
    openapi_30::document(root);
    openapi_30::check(root)?;
    cycles::apply(root)?;
    aliases::apply(root)?;
    Ok(stale)
}

/// Unifies a document, corrects it and names its schemas and areas. The result
/// has the published schemas by the type that they became.
pub(crate) fn apply(
    root: &mut Value,
    settings: &Settings,
) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    unify(root)?;
    correct(root, settings)?;
    operation_ids::apply(root, &settings.names.acronyms)?;
    areas::apply(root)?;
    parameters::apply(root)?;
    let named = names::apply(root, &settings.names);
    type_names::apply(root, named, &settings.names.acronyms)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::{secret_signs::SECRET_SIGN, yaml};

    #[test]
    fn what_is_written_in_the_place_of_a_reference_has_the_form_of_3_0() {
        let schema = json!({"type": ["string", "null"], "format": "password"});
        let expected = json!({
            "type": "string", "format": "password", "nullable": true, SECRET_SIGN: "its format"
        });
        let mut root = json!({
            "openapi": "3.1.0",
            "x-schemas": {"A": schema},
            "paths": {"/p": {"$ref": "#/components/pathItems/P"}},
            "components": {
                "schemas": {"S": {"properties": {"a": {"$ref": "#/x-schemas/A"}}}},
                "pathItems": {"P": {"get": {"parameters": [{"schema": schema}]}}},
            }
        });
        unify(&mut root).unwrap();
        assert_eq!(
            root["components"]["schemas"]["S"]["properties"]["a"],
            expected
        );
        assert_eq!(
            root["paths"]["/p"]["get"]["parameters"][0]["schema"],
            expected
        );
    }

    #[test]
    fn a_correction_cannot_remove_what_openapi_requires() {
        let mut root = json!({"openapi": "3.0.3", "info": {"title": "t"}, "paths": {}});
        let corrections = "
            - what: None.
              evidence: seen
              patch: [{op: remove, path: /info/title}, {op: remove, path: /paths}]
            ";
        let settings = Settings {
            corrections: yaml::from_str(corrections).unwrap(),
            ..Settings::default()
        };
        unify(&mut root).unwrap();
        correct(&mut root, &settings).unwrap();
        assert_eq!(root["info"]["title"], "");
        assert_eq!(root["paths"], json!({}));
    }

    #[test]
    fn a_correction_replaces_what_3_0_cannot_say_and_may_be_written_in_3_1() {
        let mut root = json!({
            "openapi": "3.1.0",
            "paths": {"/p": {"get": {"parameters": [{"name": "q", "in": "query"}]}}},
            "components": {"schemas": {"S": {"type": "object", "properties": {
                "map": {"type": "object", "patternProperties": {"^x": {"type": ["string", "null"]}}},
                "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "string"}]},
            }}}}
        });
        let corrections = "
            - what: A map.
              evidence: seen
              patch:
                - {op: move, from: /components/schemas/S/properties/map/patternProperties/^x, path: /components/schemas/S/properties/map/additionalProperties}
                - {op: remove, path: /components/schemas/S/properties/map/patternProperties}
            - what: A list.
              evidence: seen
              patch: [{op: remove, path: /components/schemas/S/properties/pair/prefixItems}]
            - what: A property.
              evidence: seen
              properties: {S: {late: {type: [string, \"null\"]}}}
            - what: An operation.
              evidence: seen
              patch: [{op: add, path: /paths/~1p/get/parameters/0/schema, value: {const: x}}]
            ";
        let settings = Settings {
            corrections: yaml::from_str(corrections).unwrap(),
            ..Settings::default()
        };
        unify(&mut root).unwrap();
        let uncorrected = correct(&mut root.clone(), &Settings::default()).unwrap_err();
        assert_eq!(
            uncorrected.pointer.as_str(),
            "/components/schemas/S/properties/map/patternProperties"
        );
        assert_eq!(correct(&mut root, &settings), Ok(Vec::new()));
        let properties = &root["components"]["schemas"]["S"]["properties"];
        for place in [
            &properties["map"]["additionalProperties"],
            &properties["late"],
        ] {
            assert_eq!(*place, json!({"type": "string", "nullable": true}));
        }
        assert_eq!(
            root["paths"]["/p"]["get"]["parameters"][0]["schema"],
            json!({"type": "string", "enum": ["x"]})
        );
    }
}
