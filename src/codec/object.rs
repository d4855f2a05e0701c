//! Objects: types with properties.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
    ser::SerializeMap,
};

use super::{
    DeviationKind, Extra,
    collections::no_members,
    observer::{self, Container},
    value::{Seed, Value},
};

/// Reads the value of one property.
pub(crate) trait ReadProperty {
    /// Decodes the value into a field.
    fn read_into<T: Value>(&mut self, field: &mut T);

    /// Keeps the value of an unknown property.
    fn keep(&mut self, name: &str, extra: &mut Extra);

    /// Ignores the value of an unknown property.
    fn ignore(&mut self);
}

struct PropertyDecoder<'a, 'de, A: MapAccess<'de>> {
    map: &'a mut A,
    result: Result<(), A::Error>,
    lifetime: PhantomData<&'de ()>,
}

impl<'de, A: MapAccess<'de>> ReadProperty for PropertyDecoder<'_, 'de, A> {
    fn read_into<T: Value>(&mut self, field: &mut T) {
        match self.map.next_value_seed(Seed(PhantomData)) {
            Ok(value) => *field = value,
            Err(error) => self.result = Err(error),
        }
    }

    // Inlined into the code of every type, they would keep the common case from
    // being inlined.
    #[cold]
    #[inline(never)]
    fn keep(&mut self, name: &str, extra: &mut Extra) {
        observer::note(DeviationKind::UnknownProperty);
        match self.map.next_value() {
            Ok(value) => extra.insert(name, value),
            Err(error) => self.result = Err(error),
        }
    }

    #[cold]
    #[inline(never)]
    fn ignore(&mut self) {
        observer::note(DeviationKind::UnknownProperty);
        self.result = self.map.next_value::<de::IgnoredAny>().map(drop);
    }
}

/// Writes the properties of an object.
pub(crate) trait WriteProperties {
    /// Writes a required property.
    fn required<T: Value + Serialize>(&mut self, name: &'static str, value: &T);

    /// Writes an optional property unless it is absent.
    fn optional<T: Value + Serialize>(&mut self, name: &'static str, value: &T);

    /// Writes the unknown properties.
    fn extra(&mut self, extra: &Extra);
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

    fn extra(&mut self, extra: &Extra) {
        for (name, value) in extra.encoded().into_iter().flatten() {
            if self.result.is_ok() {
                self.result = self.map.serialize_entry(name, value);
            }
        }
    }
}

/// Decodes an object, or an empty array.
///
/// `deserialize_struct` accepts both an object and an array. The names of the
/// struct and its fields are not used.
pub(super) fn decode_object<'de, T: Value, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    from.deserialize_struct("", &[], Properties(PhantomData))
}

/// Decodes an object, and rejects an array.
pub(crate) fn decode_object_strictly<'de, T: Value, D: Deserializer<'de>>(
    from: D,
) -> Result<T, D::Error> {
    from.deserialize_map(Properties(PhantomData))
}

/// Encodes an object.
pub(crate) fn encode_object<T: Value, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    let mut encoder = PropertyEncoder {
        map: to.serialize_map(None)?,
        result: Ok(()),
    };
    value.write_properties(&mut encoder);
    encoder.result?;
    encoder.map.end()
}

struct Properties<T>(PhantomData<T>);

impl<'de, T: Value> Visitor<'de> for Properties<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        let mut object = T::error_corrected_default();
        let container = Container::object(T::REQUIRED);
        while let Some(name) = map.next_key_seed(Name)? {
            container.enter(&name);
            let mut value = PropertyDecoder {
                map: &mut map,
                result: Ok(()),
                lifetime: PhantomData,
            };
            object.read_property(&name, &mut value);
            value.result?;
            container.leave();
        }
        container.end();
        Ok(object)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, members: A) -> Result<T, A::Error> {
        no_members(members, &self)?;
        Container::object(T::REQUIRED).end();
        Ok(T::error_corrected_default())
    }
}

/// Decodes the name of a property, borrowed if possible.
pub(super) struct Name;

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

/// Implements serde's traits for an object.
macro_rules! object {
    ($name:ident) => {
        $crate::codec::example::impl_example!($name, $crate::codec::example::of_object);
        $crate::codec::schema::named!($name, $crate::codec::schema::of_object::<$name>);

        // Strict, so that a union does not choose the wrong alternative.
        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                from: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::codec::decode_object_strictly(from)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                to: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::codec::encode_object(self, to)
            }
        }
    };
}

pub(crate) use object;
