//! The document in the form that progenitor accepts.
//!
//! Each pass removes one thing that progenitor cannot read, or reads to the
//! disadvantage of the crate's users. What a pass removes and the generated
//! code needs has been read into [`crate::facts`] before.

mod aliases;
mod alternatives;
mod any_value;
pub(crate) mod bodies;
mod depth;
mod formats;
mod headers;
mod json_patch;
mod nullable;
mod patches;
pub(crate) mod prune_unused;
mod responses;
mod strip_constraints;
mod timestamps;
pub(crate) mod type_overrides;

use serde_json::Value;

use crate::{Settings, error::Fault, facts::Facts, overlay::names};

/// Brings a normalized document into the form that progenitor accepts.
pub(crate) fn apply(root: &mut Value, settings: &Settings, facts: &Facts) -> Result<(), Fault> {
    patches::apply(root, facts)?;
    names::apply(root, &settings.names);
    headers::apply(root)?;
    bodies::apply(root)?;
    responses::apply(root)?;
    any_value::apply(root)?;
    formats::apply(root)?;
    strip_constraints::apply(root)?;
    alternatives::apply(root)?;
    json_patch::apply(root)?;
    aliases::apply(root)?;
    timestamps::apply(root, &settings.properties)?;
    nullable::apply(root)?;
    prune_unused::apply(root)?;
    depth::apply(root)
}
