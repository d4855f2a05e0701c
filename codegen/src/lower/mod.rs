//! The document in the form that progenitor accepts.
//!
//! Each pass removes one thing that progenitor cannot read, or reads to the
//! disadvantage of the crate's users. What a pass removes and the generated
//! code needs, the model ([`crate::api`]) reads from the normalized document.

mod aliases;
mod alternatives;
mod any_value;
mod bodies;
mod depth;
mod formats;
mod json_patch;
mod nullable;
mod operations;
pub(crate) mod prune_unused;
mod responses;
mod strip_constraints;
mod timestamps;
pub(crate) mod type_overrides;

use serde_json::Value;

use crate::{Settings, error::Fault};

/// Brings a normalized document into the form that progenitor accepts.
pub(crate) fn apply(normalized: &Value, settings: &Settings) -> Result<Value, Fault> {
    let mut lowered = normalized.clone();
    let root = &mut lowered;
    operations::apply(root)?;
    bodies::apply(root, normalized)?;
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
    depth::apply(root)?;
    Ok(lowered)
}
