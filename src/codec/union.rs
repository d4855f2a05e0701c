//! Unions: one of several types.

use serde::{Serializer, de};

use super::{DeviationKind, observer, value::Value};

/// Decodes an alternative if the object has all of its required properties.
pub(crate) fn alternative<T: de::DeserializeOwned>(
    value: &serde_json::Value,
    required: &[&str],
) -> Option<T> {
    if required.iter().all(|name| value.get(name).is_some()) {
        let decode = || T::deserialize(value).ok();
        // The default of a union is made of null, also where there is no value.
        match value.is_null() {
            true => decode(),
            false => observer::attempt(decode),
        }
    } else {
        None
    }
}

/// Notes that a value is none of the alternatives. Null has been noted already.
pub(crate) fn no_alternative(value: serde_json::Value) -> serde_json::Value {
    if !value.is_null() {
        observer::note(DeviationKind::OtherType);
    }
    value
}

/// A type that is one of several alternatives.
pub(crate) trait Union: Sized {
    /// Chooses the alternative that fits a value.
    fn choose(value: serde_json::Value) -> Self;

    /// Encodes the value of the alternative.
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;

    /// Lists the known alternatives, in the order of the choice.
    fn alternatives<A: Alternatives<Self>>(to: &mut A);
}

/// Collects the alternatives of a [`Union`].
pub(crate) trait Alternatives<U> {
    /// Adds an alternative: its type and variant.
    fn add<T: Value>(&mut self, variant: fn(T) -> U);
}

/// Implements the codec and serde's traits for a [`Union`].
macro_rules! union {
    ($name:ident) => {
        impl $crate::codec::Value for $name {
            #[inline]
            fn error_corrected_default() -> Self {
                $crate::codec::Union::choose(::serde_json::Value::Null)
            }

            fn decode<'de, D: ::serde::Deserializer<'de>>(
                from: D,
            ) -> ::std::result::Result<Self, D::Error> {
                ::serde::Deserialize::deserialize(from)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                from: D,
            ) -> ::std::result::Result<Self, D::Error> {
                ::serde::Deserialize::deserialize(from).map($crate::codec::Union::choose)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                to: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::codec::Union::write(self, to)
            }
        }

        $crate::codec::example::impl_example!($name, $crate::codec::example::of_union);
        $crate::codec::schema::named!($name, $crate::codec::schema::of_union::<$name>);
    };
}

pub(crate) use union;
