//! Wrappers: named types around other types.

/// Implements the codec and serde's traits for a tuple struct of one field.
macro_rules! wrapper {
    ($name:ident) => {
        impl $crate::codec::Value for $name {
            #[inline]
            fn error_corrected_default() -> Self {
                Self($crate::codec::Value::error_corrected_default())
            }

            fn decode<'de, D: ::serde::Deserializer<'de>>(
                from: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::codec::Value::decode(from).map(Self)
            }

            fn null() -> Self {
                Self($crate::codec::Value::null())
            }

            fn is_absent(&self) -> bool {
                $crate::codec::Value::is_absent(&self.0)
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(
                from: D,
            ) -> ::std::result::Result<Self, D::Error> {
                $crate::codec::Value::decode_nullable(from).map(Self)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(
                &self,
                to: S,
            ) -> ::std::result::Result<S::Ok, S::Error> {
                ::serde::Serialize::serialize(&self.0, to)
            }
        }

        $crate::codec::example::impl_example!($name, |context| {
            context.inside::<$name>(|context| {
                $crate::codec::example::ExampleValue::example(context).map($name)
            })
        });
        $crate::codec::schema::named!($name, |generator| $crate::codec::schema::of_field(
            generator,
            |whole: &$name| &whole.0,
        ));
    };
}

pub(crate) use wrapper;
