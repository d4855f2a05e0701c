//! Strings, booleans, numbers, and JSON without a schema.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

use super::{DeviationKind, observer, value::Value};

/// Types that serde decodes, and whose default is the error-corrected default.
macro_rules! plain {
    ($($type:ty),+) => {$(
        impl Value for $type {
            fn error_corrected_default() -> Self {
                <$type>::default()
            }

            fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                <$type>::deserialize(from)
            }
        }
    )+};
}

plain!(bool, String);

impl Value for serde_json::Value {
    fn error_corrected_default() -> Self {
        Self::Null
    }

    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::deserialize(from)
    }

    fn null() -> Self {
        Self::Null
    }
}

/// Floating-point numbers.
macro_rules! floats {
    ($($type:ty),+) => {$(
        impl Value for $type {
            fn error_corrected_default() -> Self {
                0.0
            }

            fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                // Rounds to the nearest number, like serde.
                decode_float(from).map(|value| value as $type)
            }
        }
    )+};
}

floats!(f32, f64);

/// Decodes a number, or a string with a number.
fn decode_float<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    struct Float;

    impl Visitor<'_> for Float {
        type Value = f64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a number")
        }

        fn visit_i64<E>(self, value: i64) -> Result<f64, E> {
            Ok(value as f64)
        }

        fn visit_u64<E>(self, value: u64) -> Result<f64, E> {
            Ok(value as f64)
        }

        fn visit_f64<E>(self, value: f64) -> Result<f64, E> {
            Ok(value)
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<f64, E> {
            visit_number(value, self)
        }
    }

    from.deserialize_any(Float)
}

/// Visits the number in a string, in JSON's grammar (RFC 8259, section 6).
fn visit_number<'de, V: Visitor<'de>, E: de::Error>(text: &str, visitor: V) -> Result<V::Value, E> {
    let Ok(number) = text.parse::<serde_json::Number>() else {
        return Err(E::invalid_value(de::Unexpected::Str(text), &visitor));
    };
    observer::note(DeviationKind::OtherType);
    if let Some(value) = number.as_i64() {
        visitor.visit_i64(value)
    } else if let Some(value) = number.as_u64() {
        visitor.visit_u64(value)
    } else {
        visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN))
    }
}

/// Integers in any notation: `1700000000000`, `1.7e12` and `1700000000000.0`
/// are equal in JSON (RFC 8259, section 6).
macro_rules! integers {
    ($($type:ty),+) => {$(
        impl Value for $type {
            fn error_corrected_default() -> Self {
                0
            }

            fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let value = decode_integer(from)?;
                Self::try_from(value).map_err(|_| de::Error::invalid_value(
                    de::Unexpected::Signed(value),
                    &concat!("a number that fits ", stringify!($type)),
                ))
            }
        }
    )+};
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);

/// Decodes an integer, or a string with an integer.
fn decode_integer<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    decode_integer_or_text(from, "an integer", |_| None)
}

/// Like [`decode_integer`], but also accepts the texts that `parse` does.
pub(crate) fn decode_integer_or_text<'de, D: Deserializer<'de>>(
    from: D,
    expected: &'static str,
    parse: fn(&str) -> Option<i64>,
) -> Result<i64, D::Error> {
    #[derive(Clone, Copy)]
    struct Integer {
        expected: &'static str,
        parse: fn(&str) -> Option<i64>,
    }

    impl Visitor<'_> for Integer {
        type Value = i64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.expected)
        }

        fn visit_i64<E>(self, value: i64) -> Result<i64, E> {
            Ok(value)
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<i64, E> {
            i64::try_from(value)
                .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
        }

        fn visit_f64<E: de::Error>(self, value: f64) -> Result<i64, E> {
            // Above 2^53, a float cannot represent every integer; those that it
            // represents are exact.
            #[allow(clippy::cast_possible_truncation)]
            if value.fract() == 0.0 && value.abs() < 9.2e18 {
                Ok(value as i64)
            } else {
                Err(E::invalid_value(de::Unexpected::Float(value), &self))
            }
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<i64, E> {
            match (self.parse)(value) {
                Some(parsed) => {
                    observer::note(DeviationKind::OtherType);
                    Ok(parsed)
                }
                None => visit_number(value, self)
                    .map_err(|_: E| E::invalid_value(de::Unexpected::Str(value), &self)),
            }
        }
    }

    from.deserialize_any(Integer { expected, parse })
}

/// Decodes a string to an enumeration.
pub(crate) fn decode_string<'de, T, D>(from: D, is_unknown: fn(&T) -> bool) -> Result<T, D::Error>
where
    T: for<'a> From<&'a str>,
    D: Deserializer<'de>,
{
    struct Text<T>(fn(&T) -> bool);

    impl<T: for<'a> From<&'a str>> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E>(self, value: &str) -> Result<T, E> {
            let value = T::from(value);
            if (self.0)(&value) {
                observer::note(DeviationKind::UnknownValue);
            }
            Ok(value)
        }
    }

    from.deserialize_str(Text(is_unknown))
}
