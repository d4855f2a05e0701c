//! Running progenitor on a lowered document, and reading what it writes.

pub(crate) mod read;
pub(crate) mod run;
