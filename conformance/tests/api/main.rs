//! Tests every operation and type of the crate against the OpenAPI document.

#![allow(clippy::unwrap_used, missing_docs)]

mod builders;
mod examples;
mod lenient;
mod lists;
mod members;
mod mocks;
mod modify;
#[path = "../../../tests/it/rfc6902.rs"]
mod rfc6902;
mod schemas;
mod server;
mod support;
mod wire;
