//! How the generated types are read and written: what they all share.
//!
//! What LaunchDarkly sends is read so that no single value costs the rest: a
//! property that is missing or null is what it would be if it were empty
//! ("client error correction" in Smithy's terms), a whole number may be
//! written like a fraction, a number may be in a string, an enumeration may
//! have new values, and unknown properties are ignored. An empty array may
//! stand for an empty object, and the reverse: languages in which the two are
//! one type write them so. Any other value of another JSON type is an error.
//! Requests are written exactly.

mod collections;
pub(crate) mod decode;
pub(crate) mod example;
mod object;
mod open_enum;
mod scalars;
pub(crate) mod schema;
#[cfg(test)]
mod tests;
mod to_json;
mod union;
mod value;
mod wrapper;

pub(crate) use example::ExampleValue;
pub(crate) use object::{
    Object, ReadProperty, WriteProperties, decode_object, decode_object_strictly, encode_object,
    object,
};
pub(crate) use open_enum::{open_enum, string_traits};
pub(crate) use scalars::{decode_integer, decode_string};
pub(crate) use schema::SchemaValue;
pub(crate) use to_json::{to_json, to_json_map};
pub(crate) use union::{Alternatives, Union, alternative, union};
pub(crate) use value::{TopLevel, Value};
pub(crate) use wrapper::wrapper;
