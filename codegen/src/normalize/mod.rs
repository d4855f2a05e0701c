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
    references::apply(root)?;
    cycles::apply(root)
}

/// Applies the corrections to a unified document, and brings the dialects, which
/// name scalars or do not, to one form. Returns the corrections without effect.
pub(crate) fn correct(root: &mut Value, settings: &Settings) -> Result<Vec<String>, Fault> {
    let stale = corrections::apply(root, &settings.corrections);
    // A correction may add a reference.
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
    operation_ids::check(root, &settings.names.acronyms)?;
    areas::apply(root)?;
    parameters::apply(root)?;
    let named = names::apply(root, &settings.names);
    type_names::apply(root, named.published, &settings.names.acronyms)
}
