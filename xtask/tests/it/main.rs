//! The maintainer's tool, run as a maintainer runs it, on copies.
#![allow(clippy::unwrap_used, missing_docs)]

mod compiler;
mod generate;
mod import;
mod support;
