//! What `build.rs` generates from `openapi/openapi.yaml`: the types, the
//! operations and their builders.

// The schema's properties that its document does not describe.
#![allow(missing_docs)]
// Its impls repeat what typify writes for every type.
#![allow(clippy::all, clippy::unwrap_used)]

include!(concat!(env!("OUT_DIR"), "/client.rs"));
