//! The code that `build.rs` generates from `openapi/openapi.yaml`.

// Some modules, functions and constants use less than others: an object without
// properties, an area without lists.
#![allow(dead_code, unused_imports, unused_variables)]
// The generated impls repeat what typify writes for every type.
#![allow(clippy::all, clippy::unwrap_used)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
