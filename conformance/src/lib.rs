//! Every operation and type of `launchdarkly-api`, as a table, and what the
//! OpenAPI document says of each, read without the code generator: what the
//! tests and the `prism` command compare with each other.

pub mod arguments;
pub mod compare;
pub mod document;
pub mod instance;
pub mod requests;
pub mod schema;
pub mod table;
