//! The examples in the documentation of all operations, which have to compile.

// They are not called. Deprecated operations have examples too.
#![allow(dead_code, deprecated)]

include!(concat!(env!("OUT_DIR"), "/examples.rs"));
