//! Open enumerations: strings with known values.

/// Defines a string with known values. Any other value is kept unchanged.
macro_rules! open_enum {
    ($(#[$docs:meta])* pub enum $name:ident or $other:ident { $($variant:ident = $wire:literal,)* }) => {
        $(#[$docs])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $wire, "`")] $variant,)*
            /// A value unknown to this version of the crate. It is sent
            /// unchanged.
            $other(::std::string::String),
        }

        impl $name {
            /// The known values.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// Returns the value as text.
            #[must_use]
            #[inline]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::$other(value) => value,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            #[inline]
            fn from(value: &str) -> Self {
                match value {
                    $($wire => Self::$variant,)*
                    other => Self::$other(other.to_owned()),
                }
            }
        }

        $crate::codec::string_traits!($name, $other);
        $crate::codec::schema::named!($name, |_| $crate::codec::schema::of_open_enum(&[$($wire),*]));
    };
}

/// Implements the traits of strings for a type with `as_str()` and
/// `From<&str>`.
macro_rules! string_traits {
    ($name:ident, $other:ident) => {
        impl ::std::convert::From<::std::string::String> for $name {
            #[inline]
            fn from(value: ::std::string::String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            #[inline]
            fn from_str(value: &str) -> ::std::result::Result<Self, ::std::convert::Infallible> {
                Ok(Self::from(value))
            }
        }

        impl ::std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::codec::Value for $name {
            #[inline]
            fn error_corrected_default() -> Self {
                Self::from("")
            }

            fn decode<'de, D: ::serde::Deserializer<'de>>(
                from: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::codec::decode_string(from, |value| matches!(value, Self::$other(_)))
            }
        }

        $crate::codec::example::impl_example!($name, |context| {
            let first = $name::KNOWN.first().cloned();
            Some(first.unwrap_or_else(|| $name::from(context.text())))
        });

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                from: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::codec::Value::decode(from)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                to: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }
    };
}

pub(crate) use {open_enum, string_traits};
