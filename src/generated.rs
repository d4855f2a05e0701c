//! The generated code: with the feature `generate` what `build.rs` generates from
//! `openapi/openapi.yaml`, without it what `cargo xtask generate` wrote to
//! `src/generated/shipped/`. Both have the same content.

// Some modules, functions and constants use less than others: an object without
// properties, an area without lists.
#![allow(dead_code, unused_imports, unused_variables)]
// The generated impls repeat what typify writes for every type.
#![allow(clippy::all, clippy::unwrap_used)]

#[cfg(feature = "generate")]
include!(concat!(env!("OUT_DIR"), "/client.rs"));

#[cfg(not(feature = "generate"))]
mod shipped;
#[cfg(not(feature = "generate"))]
pub use shipped::*;
