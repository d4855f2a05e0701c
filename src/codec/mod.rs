//! Decodes JSON to the generated types and encodes them.
//!
//! Decoding is tolerant, so that a single value does not fail the whole
//! response. A missing or null property gets its error-corrected default
//! ("client error correction" in Smithy). An integer can have a fraction of
//! zero, a number can be in a string, an enumeration can have new values, and
//! unknown properties of responses are kept. An empty array is accepted for an empty
//! object and the reverse, because some languages have one type for both. Any
//! other value of the wrong JSON type is an error. Encoding is exact.

mod collections;
pub(crate) mod decode;
mod deviation;
pub(crate) mod example;
mod extra;
mod object;
mod observer;
mod open_enum;
pub(crate) mod raw;
mod scalars;
pub(crate) mod schema;
#[cfg(test)]
mod tests;
mod to_json;
mod union;
mod value;
mod wrapper;

pub use deviation::{Deviation, DeviationKind};
pub(crate) use extra::{Extra, without_extra};
pub(crate) use object::{
    ReadProperty, WriteProperties, decode_object_strictly, encode_object, object,
};
pub(crate) use open_enum::{open_enum, string_traits};
pub(crate) use scalars::{decode_integer_or_text, decode_string};
pub(crate) use to_json::{to_json, to_json_map};
pub(crate) use union::{Alternatives, Union, alternative, no_alternative, union};
pub(crate) use value::Value;
pub(crate) use wrapper::wrapper;
