//! How JSON is decoded to the generated types and encoded from them.

pub(crate) mod decode;
mod object;
pub(crate) mod schema;

pub(crate) use object::*;
