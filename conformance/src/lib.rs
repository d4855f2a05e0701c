//! A table of all operations and types of `launchdarkly-api`, and a reader of the
//! OpenAPI document that does not use the code generator. The tests and the
//! `prism` command compare both.

pub mod arguments;
pub mod compare;
pub mod document;
mod examples;
pub mod instance;
pub mod requests;
pub mod schema;
pub mod table;
