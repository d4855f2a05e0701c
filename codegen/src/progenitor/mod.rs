//! Running progenitor on a lowered document, and reading what it writes.

mod read;
mod run;

use jsonptr::PointerBuf;
pub(crate) use read::{Argument, Method, Output};

use crate::{error::Fault, lower::Lowered, overlay::Acronyms};

/// The types and methods that progenitor makes of a lowered document.
pub(crate) fn run(lowered: &Lowered, acronyms: &Acronyms) -> Result<Output, Fault> {
    let tokens = run::generate(lowered)?;
    read::read(tokens, acronyms).map_err(|reason| Fault::at(PointerBuf::new(), reason))
}
