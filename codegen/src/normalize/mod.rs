//! One form for every published dialect of the document, corrected and with the
//! names that the crate uses.

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

/// Brings a document to OpenAPI 3.0, with every component but schemas written
/// where it is used.
pub(crate) fn unify(root: &mut Value) -> Result<(), Fault> {
    openapi_30::apply(root)?;
    references::apply(root)?;
    cycles::apply(root)
}

/// Unifies a document, corrects it and names its schemas and areas. The result
/// has the published schemas by the type that they became.
pub(crate) fn apply(
    root: &mut Value,
    settings: &Settings,
) -> Result<BTreeMap<String, Vec<String>>, Fault> {
    unify(root)?;
    corrections::apply(root, &settings.corrections);
    // The corrections may have brought references too.
    cycles::apply(root)?;
    operation_ids::check(root)?;
    areas::apply(root)?;
    parameters::apply(root)?;
    let named = names::apply(root, &settings.names);
    type_names::apply(root, named.published)
}
