//! The document in the form that progenitor accepts.
//!
//! Each pass removes one thing that progenitor cannot read, or reads to the
//! disadvantage of the crate's users. What a pass removes and the generated
//! code needs, the model ([`crate::api`]) reads from the normalized document.

mod alternatives;
mod any_value;
mod bodies;
mod compositions;
mod depth;
mod formats;
mod json_patch;
mod nullable;
mod operations;
mod prune_unused;
mod responses;
mod scalar_types;
mod strip_constraints;
mod type_overrides;

use std::collections::BTreeSet;

use serde_json::Value;

pub(crate) use prune_unused::{apply as prune_unused, reached};
pub(crate) use type_overrides::{TypeOverride, TypeOverrides};

use crate::{Settings, error::Fault, normalize::areas, spec::visit};

/// A document in the form that progenitor accepts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lowered {
    pub(crate) root: Value,
    pub(crate) overrides: TypeOverrides,
}

/// Brings a normalized document into the form that progenitor accepts: all of it,
/// so that the result for one area does not depend on the others.
pub(crate) fn apply(normalized: &Value, settings: &Settings) -> Result<Lowered, Fault> {
    let mut lowered = Lowered {
        root: normalized.clone(),
        overrides: TypeOverrides::of(normalized),
    };
    let Lowered { root, overrides } = &mut lowered;
    operations::apply(root)?;
    bodies::apply(root, normalized)?;
    responses::apply(root)?;
    // These passes read only the schema and its children, which are visited after
    // it, so one visit is enough. Each visit is slow in a build script.
    visit::schemas_mut(root, &mut |at, schema| {
        scalar_types::apply(at, schema, &settings.properties, overrides);
        if let Value::Object(schema) = schema {
            any_value::apply(schema);
            formats::apply(schema);
            strip_constraints::apply(schema);
        }
        Ok(())
    })?;
    scalar_types::parameters(root, &settings.properties, overrides)?;
    alternatives::apply(root)?;
    compositions::apply(root);
    json_patch::apply(root, overrides)?;
    nullable::apply(root, overrides)?;
    overrides.define(root);
    Ok(lowered)
}

impl Lowered {
    /// Keeps the operations of these areas, or of all, and the schemas that they
    /// use.
    pub(crate) fn keep(&mut self, wanted: Option<&BTreeSet<String>>) -> Result<(), Fault> {
        if let Some(wanted) = wanted {
            areas::keep(&mut self.root, wanted)?;
        }
        prune_unused::apply(&mut self.root)?;
        depth::apply(&mut self.root)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_schema_and_those_inside_it_pass_in_one_visit() {
        let root = json!({"paths": {}, "components": {"schemas": {"A": {"properties": {
            "at": {"type": "integer", "format": "int64", "minimum": 0, "description": "d"},
            "any": {"items": {"default": 1}, "maxItems": 2},
            "map": {"additionalProperties": {
                "items": {"title": "t", "additionalProperties": {"x-any": 1}}, "format": "f"
            }},
        }}}}});
        let mut settings = Settings::default();
        settings.properties.epoch_millis.insert("at".into());
        let mut lowered = apply(&root, &settings).unwrap();
        let time = lowered.overrides.iter().next().map(|(_, time)| time);
        let time = lowered.overrides.reference(time.unwrap());
        assert_eq!(
            lowered.root["components"]["schemas"]["A"],
            json!({"properties": {
                "at": {"description": "d", "allOf": [time]},
                "any": {"items": {}},
                "map": {"additionalProperties": {"items": {"additionalProperties": {}}}},
            }})
        );
    }
}
