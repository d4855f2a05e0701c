//! What `build.rs` generates from `openapi/openapi.yaml`: the types, the
//! operations and their builders.

// Some modules, functions and constants use less than the others: an object
// without properties, an area without lists.
#![allow(dead_code, unused_imports, unused_variables)]
// Its impls repeat what typify writes for every type.
#![allow(clippy::all, clippy::unwrap_used)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
