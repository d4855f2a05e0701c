//! Values: properties, elements of lists, and responses.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeSeed, Visitor},
};

use super::{
    ReadProperty, WriteProperties, example::ExampleValue, object::decode_object, observer,
    schema::SchemaValue,
};

/// A type that a property can have: an object with properties, unless the type
/// overrides [`decode`](Self::decode).
///
/// The generated code makes one call per property, without a result. There are
/// thousands of properties, and a branch at each would cost more compile time
/// than the call. [`ReadProperty`] and [`WriteProperties`] keep the first error.
/// One trait for all types costs less than another one for objects, with code in
/// each of them that calls the first.
pub(crate) trait Value: ExampleValue + SchemaValue + Sized {
    /// The required properties.
    const REQUIRED: &'static [&'static str] = &[];

    /// Returns the value of a required property that is missing or null. Of an
    /// object, that is the value of an empty JSON object.
    fn error_corrected_default() -> Self;

    /// Reads the property with this name.
    fn read_property<R: ReadProperty>(&mut self, _name: &str, value: &mut R) {
        value.ignore();
    }

    /// Writes all properties.
    fn write_properties<W: WriteProperties>(&self, _to: &mut W) {}

    /// Decodes a value that is not null.
    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        decode_object(from)
    }

    /// Decodes a value or null.
    fn decode_nullable<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_option(Nullable(PhantomData))
    }

    /// Returns the value that null decodes as.
    fn null() -> Self {
        observer::note_null();
        Self::error_corrected_default()
    }

    /// Whether an optional property with this value is omitted.
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
        Ok(T::null())
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::null())
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        T::decode(from)
    }
}

/// Decodes a value or null where serde requires a seed.
pub(super) struct Seed<T>(pub(super) PhantomData<T>);

impl<T> Clone for Seed<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Seed<T> {}

impl<'de, T: Value> DeserializeSeed<'de> for Seed<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<T, D::Error> {
        T::decode_nullable(from)
    }
}

/// A whole response body. The body itself must not be null.
pub(super) struct TopLevel<T>(pub(super) T);

impl<'de, T: Value> Deserialize<'de> for TopLevel<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::decode(from).map(Self)
    }
}
