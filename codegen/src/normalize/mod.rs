//! One form for every published dialect of the document.

pub(crate) mod areas;
mod cycles;
mod openapi_30;
mod operation_ids;
mod references;

use serde_json::Value;

use crate::{
    error::Fault,
    overlay::corrections::{self, Correction},
};

/// Brings a document to OpenAPI 3.0, with every component but schemas written
/// where it is used.
pub(crate) fn unify(root: &mut Value) -> Result<(), Fault> {
    openapi_30::apply(root)?;
    references::apply(root)?;
    cycles::apply(root)
}

/// Unifies a document, corrects it, and names its operations and areas alike in
/// every dialect.
pub(crate) fn apply(root: &mut Value, corrections: &[Correction]) -> Result<(), Fault> {
    unify(root)?;
    corrections::apply(root, corrections);
    // The corrections may have brought references too.
    cycles::apply(root)?;
    operation_ids::apply(root)?;
    areas::apply(root)
}
