//! The passes over the document, in the order they run.
//!
//! Each takes the whole document and leaves it with one thing less that
//! progenitor cannot read, or reads to the disadvantage of the crate's users.
//! What a pass removes and the generated code still needs has been read into
//! [`crate::facts`] before.

pub(crate) mod aliases;
pub(crate) mod alternatives;
pub(crate) mod any_value;
pub(crate) mod areas;
pub(crate) mod bodies;
pub(crate) mod clearable;
pub(crate) mod corrections;
pub(crate) mod cycles;
pub(crate) mod depth;
pub(crate) mod formats;
pub(crate) mod headers;
pub(crate) mod json_patch;
pub(crate) mod limits;
pub(crate) mod names;
pub(crate) mod openapi_30;
pub(crate) mod operation_ids;
pub(crate) mod patches;
pub(crate) mod references;
pub(crate) mod replaced;
pub(crate) mod responses;
pub(crate) mod times;
pub(crate) mod unreachable;

use jsonptr::PointerBuf;
use serde_json::Value;

/// What a pass found that it cannot deal with, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) pointer: PointerBuf,
    pub(crate) reason: String,
}

impl Fault {
    pub(crate) fn at(pointer: PointerBuf, reason: impl Into<String>) -> Self {
        Self {
            pointer,
            reason: reason.into(),
        }
    }
}

/// A pass over the document.
pub(crate) type Pass = fn(&mut Value) -> Result<(), Fault>;

/// The passes that bring every published dialect to one form. The facts about
/// operations are read from the document after these.
pub(crate) const UNIFY: &[Pass] = &[openapi_30::apply, references::apply, cycles::apply];

/// The passes that name operations and areas alike in every dialect.
pub(crate) const NAME: &[Pass] = &[operation_ids::apply, areas::apply];

/// The passes that make that form one progenitor generates good code from.
pub(crate) const PREPARE: &[Pass] = &[
    headers::apply,
    bodies::apply,
    responses::apply,
    any_value::apply,
    formats::apply,
    limits::apply,
    alternatives::apply,
    json_patch::apply,
    aliases::apply,
];

/// The last ones, for which it must be known what things mean.
pub(crate) const FINISH: &[Pass] = &[clearable::apply, unreachable::apply, depth::apply];
