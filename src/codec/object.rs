//! Objects: types with properties.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
    ser::SerializeMap,
};

use super::{
    collections::no_members,
    value::{Seed, Value},
};

/// A schema of properties.
///
/// What a type says of itself is one call a property, which returns nothing:
/// there are thousands, and a branch at each would cost the compiler more than
/// the call. What goes wrong is kept by what reads ([`PropertyDecoder`]) and writes
/// ([`PropertyEncoder`]).
pub(crate) trait Object: Sized {
    /// One of which nothing was sent.
    fn error_corrected_default() -> Self;

    /// Reads the property of a name.
    fn read_property<R: ReadProperty>(&mut self, name: &str, value: R);

    /// Writes the properties.
    fn write_properties<W: WriteProperties>(&self, to: &mut W);
}

/// The value of a property that is being read.
pub(crate) trait ReadProperty {
    /// Into its field.
    fn read_into<T: Value>(self, field: &mut T);

    /// Past it: it is not known.
    fn ignore(self);
}

struct PropertyDecoder<'a, 'de, A: MapAccess<'de>> {
    map: &'a mut A,
    result: &'a mut Result<(), A::Error>,
    lifetime: PhantomData<&'de ()>,
}

impl<'de, A: MapAccess<'de>> ReadProperty for PropertyDecoder<'_, 'de, A> {
    fn read_into<T: Value>(self, field: &mut T) {
        match self.map.next_value_seed(Seed(PhantomData)) {
            Ok(value) => *field = value,
            Err(error) => *self.result = Err(error),
        }
    }

    fn ignore(self) {
        *self.result = self.map.next_value::<de::IgnoredAny>().map(drop);
    }
}

/// Where the properties of an object are written to.
pub(crate) trait WriteProperties {
    /// A property that is required.
    fn required<T: Value + Serialize>(&mut self, name: &'static str, value: &T);

    /// One that is left out where there is nothing to say.
    fn optional<T: Value + Serialize>(&mut self, name: &'static str, value: &T);
}

struct PropertyEncoder<M: SerializeMap> {
    map: M,
    result: Result<(), M::Error>,
}

impl<M: SerializeMap> WriteProperties for PropertyEncoder<M> {
    fn required<T: Value + Serialize>(&mut self, name: &'static str, value: &T) {
        if self.result.is_ok() {
            self.result = self.map.serialize_entry(name, value);
        }
    }

    fn optional<T: Value + Serialize>(&mut self, name: &'static str, value: &T) {
        if !value.is_absent() {
            self.required(name, value);
        }
    }
}

/// Reads an object, or an empty array.
///
/// A JSON deserializer takes objects and arrays alike for a struct. That is
/// all that is used of it here: the visitor reads any names.
pub(crate) fn decode_object<'de, T: Object, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_struct("", &[], Properties(PhantomData))
}

/// Reads an object, and nothing else.
pub(crate) fn decode_object_strictly<'de, T: Object, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    from.deserialize_map(Properties(PhantomData))
}

/// Writes an object.
pub(crate) fn encode_object<T: Object, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    let mut encoder = PropertyEncoder {
        map: to.serialize_map(None)?,
        result: Ok(()),
    };
    value.write_properties(&mut encoder);
    encoder.result?;
    encoder.map.end()
}

struct Properties<T>(PhantomData<T>);

impl<'de, T: Object> Visitor<'de> for Properties<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut object = T::error_corrected_default();
        while let Some(name) = map.next_key_seed(Name)? {
            let mut result = Ok(());
            object.read_property(
                &name,
                PropertyDecoder {
                    map: &mut map,
                    result: &mut result,
                    lifetime: PhantomData,
                },
            );
            result?;
        }
        Ok(object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        no_members(members, &self)?;
        Ok(T::error_corrected_default())
    }
}

/// A property's name, borrowed where it can be.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = std::borrow::Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
        from.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = std::borrow::Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a property")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(name.into())
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(name.to_owned().into())
    }

    fn visit_string<E>(self, name: String) -> Result<Self::Value, E> {
        Ok(name.into())
    }
}

/// serde's traits for an [`Object`].
macro_rules! object {
    ($name:ident) => {
        impl $crate::codec::Value for $name {
            fn error_corrected_default() -> Self {
                $crate::codec::Object::error_corrected_default()
            }

            fn decode<'de, D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::codec::decode_object(from)
            }
        }

        $crate::codec::example::impl_example!($name, $crate::codec::example::of_object);
        $crate::codec::schema::named!($name, $crate::codec::schema::of_object::<$name>);

        // An alternative of a union must not be taken for another.
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::codec::decode_object_strictly(from)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                $crate::codec::encode_object(self, to)
            }
        }
    };
}

pub(crate) use object;
