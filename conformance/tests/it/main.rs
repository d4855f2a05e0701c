//! The crate against the OpenAPI document, all of it.

#![allow(clippy::unwrap_used, missing_docs)]

mod server;
mod support;
mod wire;
