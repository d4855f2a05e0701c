//! The crate against the OpenAPI document, all of it.

#![allow(clippy::unwrap_used, missing_docs)]

mod builders;
mod examples;
mod lenient;
mod members;
mod mocks;
mod schemas;
mod server;
mod support;
mod wire;
