//! A value: what a property, a list or a response can hold.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Visitor},
};

use super::{example::ExampleValue, schema::SchemaValue};

/// What a property can hold.
pub(crate) trait Value: ExampleValue + SchemaValue + Sized {
    /// What stands for a value that is required and was not sent.
    fn error_corrected_default() -> Self;

    /// Reads a value that is not null.
    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error>;

    /// Reads a value, or null.
    fn decode_nullable<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_option(Nullable(PhantomData))
    }

    /// Whether it is left out where it may be.
    fn is_absent(&self) -> bool {
        false
    }
}

struct Nullable<T>(PhantomData<T>);

impl<'de, T: Value> Visitor<'de> for Nullable<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value or null")
    }

    fn visit_none<E>(self) -> Result<T, E> {
        Ok(T::error_corrected_default())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::error_corrected_default())
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        T::decode(from)
    }
}

/// Reads a value where a seed is asked for.
pub(super) struct Seed<T>(pub(super) PhantomData<T>);

impl<'de, T: Value> DeserializeSeed<'de> for Seed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        T::decode_nullable(from)
    }
}

/// A value that is all of an answer: itself not null, and what is in it read
/// as leniently as anywhere, a list's members too.
pub(crate) struct TopLevel<T>(pub(crate) T);

impl<'de, T: Value> Deserialize<'de> for TopLevel<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::decode(from).map(Self)
    }
}
