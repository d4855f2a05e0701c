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

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
    ser::SerializeMap,
};

#[cfg(feature = "httpmock")]
use crate::mock::examples::ExampleContext;

/// What a property can hold.
pub(crate) trait Value: Sized {
    /// What stands for a value that is required and was not sent.
    fn error_corrected_default() -> Self;

    /// A full example, or nothing where it would hold itself without end.
    #[cfg(feature = "httpmock")]
    fn example(context: &mut ExampleContext<'_>) -> Option<Self>;

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

    /// The JSON Schema of a value that is not null.
    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema;
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
struct Seed<T>(PhantomData<T>);

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

/// Reads an array in the place of an object, where it must be empty.
fn no_members<'de, A: SeqAccess<'de>>(
    mut members: A,
    expected: &dyn de::Expected,
) -> Result<(), A::Error> {
    match members.next_element::<de::IgnoredAny>()? {
        None => Ok(()),
        Some(_) => Err(de::Error::invalid_type(de::Unexpected::Seq, expected)),
    }
}

/// Reads an object in the place of an array, where it must be empty.
fn no_entries<'de, A: MapAccess<'de>>(
    mut entries: A,
    expected: &dyn de::Expected,
) -> Result<(), A::Error> {
    match entries.next_key::<de::IgnoredAny>()? {
        None => Ok(()),
        Some(_) => Err(de::Error::invalid_type(de::Unexpected::Map, expected)),
    }
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

/// A value as JSON, with the numbers that are written to the wire:
/// [`serde_json::to_value`] makes 0.10000000149011612 of an `f32` of 0.1.
pub(crate) fn to_json<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<serde_json::Value> {
    serde_json::from_slice(&serde_json::to_vec(value)?)
}

/// An object as a map.
pub(crate) fn to_json_map(value: &impl Serialize) -> serde_json::Map<String, serde_json::Value> {
    match to_json(value) {
        Ok(serde_json::Value::Object(map)) => map,
        // An object is written as one, and its keys are text.
        _ => serde_json::Map::new(),
    }
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

impl<T: Value> Value for Option<T> {
    fn error_corrected_default() -> Self {
        None
    }

    #[cfg(feature = "httpmock")]
    fn example(context: &mut ExampleContext<'_>) -> Option<Self> {
        Some(T::example(context))
    }

    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::decode(from).map(Some)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }

    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        crate::codec::schema::or_null(T::schema(generator))
    }
}

impl<T: Value> Value for Box<T> {
    fn error_corrected_default() -> Self {
        Self::new(T::error_corrected_default())
    }

    #[cfg(feature = "httpmock")]
    fn example(context: &mut ExampleContext<'_>) -> Option<Self> {
        T::example(context).map(Self::new)
    }

    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::decode(from).map(Self::new)
    }

    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::schema(generator)
    }
}

impl<T: Value> Value for Vec<T> {
    fn error_corrected_default() -> Self {
        Self::new()
    }

    #[cfg(feature = "httpmock")]
    fn example(context: &mut ExampleContext<'_>) -> Option<Self> {
        Some(context.members(|context| T::example(context)))
    }

    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Members<T>(PhantomData<T>);

        impl<'de, T: Value> Visitor<'de> for Members<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut members: A) -> Result<Vec<T>, A::Error> {
                let mut values = Vec::new();
                while let Some(value) = members.next_element_seed(Seed(PhantomData))? {
                    values.push(value);
                }
                Ok(values)
            }

            fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Vec<T>, A::Error> {
                no_entries(entries, &self)?;
                Ok(Vec::new())
            }
        }

        // As in `read`.
        from.deserialize_struct("", &[], Members(PhantomData))
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "array", "items": T::schema(generator)})
    }
}

impl<T: Value> Value for BTreeMap<String, T> {
    fn error_corrected_default() -> Self {
        Self::new()
    }

    #[cfg(feature = "httpmock")]
    fn example(context: &mut ExampleContext<'_>) -> Option<Self> {
        Some(context.members(|context| Some((context.text(), T::example(context)?))))
    }

    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Entries<T>(PhantomData<T>);

        impl<'de, T: Value> Visitor<'de> for Entries<T> {
            type Value = BTreeMap<String, T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut entries = BTreeMap::new();
                while let Some(name) = map.next_key::<String>()? {
                    entries.insert(name, map.next_value_seed(Seed(PhantomData))?);
                }
                Ok(entries)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
                no_members(members, &self)?;
                Ok(BTreeMap::new())
            }
        }

        // As in `read`.
        from.deserialize_struct("", &[], Entries(PhantomData))
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "object", "additionalProperties": T::schema(generator)})
    }
}

/// Types that are read as serde reads them, and are their default where they
/// are missing.
macro_rules! plain {
    ($($type:ty: $example:expr),+) => {$(
        impl Value for $type {
            fn error_corrected_default() -> Self {
                <$type>::default()
            }

            #[cfg(feature = "httpmock")]
            fn example(context: &mut ExampleContext<'_>) -> Option<Self> {
                let example: fn(&ExampleContext<'_>) -> Self = $example;
                Some(example(context))
            }

            fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                <$type>::deserialize(from)
            }

            #[cfg(feature = "schemars")]
            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }
    )+};
}

plain!(
    bool: |_| true,
    String: |context| context.text(),
    serde_json::Value: |context| context.text().into()
);

impl Value for ::json_patch::Patch {
    fn error_corrected_default() -> Self {
        Self::default()
    }

    #[cfg(feature = "httpmock")]
    fn example(context: &mut ExampleContext<'_>) -> Option<Self> {
        Some(context.patch())
    }

    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::deserialize(from)
    }

    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<Self>()
    }
}

impl Value for serde_json::Map<String, serde_json::Value> {
    fn error_corrected_default() -> Self {
        Self::new()
    }

    #[cfg(feature = "httpmock")]
    fn example(context: &mut ExampleContext<'_>) -> Option<Self> {
        Some(context.members(|context| Some((context.text(), context.text().into()))))
    }

    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Free;

        impl<'de> Visitor<'de> for Free {
            type Value = serde_json::Map<String, serde_json::Value>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                Self::Value::deserialize(de::value::MapAccessDeserializer::new(map))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
                no_members(members, &self)?;
                Ok(serde_json::Map::new())
            }
        }

        // As in `read`.
        from.deserialize_struct("", &[], Free)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }

    #[cfg(feature = "schemars")]
    fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        generator.subschema_for::<Self>()
    }
}

/// Numbers that need not be whole.
macro_rules! floats {
    ($($type:ty),+) => {$(
        impl Value for $type {
            fn error_corrected_default() -> Self {
                0.0
            }

            #[cfg(feature = "httpmock")]
            fn example(_: &mut ExampleContext<'_>) -> Option<Self> {
                Some(1.5)
            }

            fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                // The nearest number, as serde does it too.
                decode_float(from).map(|value| value as $type)
            }

            #[cfg(feature = "schemars")]
            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }
    )+};
}

floats!(f32, f64);

/// Reads a number, or one that a string holds.
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

/// Reads the number that a string holds, in JSON's grammar (RFC 8259, section
/// 6).
fn visit_number<'de, V: Visitor<'de>, E: de::Error>(text: &str, visitor: V) -> Result<V::Value, E> {
    let Ok(number) = text.parse::<serde_json::Number>() else {
        return Err(E::invalid_value(de::Unexpected::Str(text), &visitor));
    };
    if let Some(value) = number.as_i64() {
        visitor.visit_i64(value)
    } else if let Some(value) = number.as_u64() {
        visitor.visit_u64(value)
    } else {
        visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN))
    }
}

/// Whole numbers, however they are written: `1700000000000`, `1.7e12` and
/// `1700000000000.0` are the same in JSON (RFC 8259, section 6).
macro_rules! integers {
    ($($type:ty),+) => {$(
        impl Value for $type {
            fn error_corrected_default() -> Self {
                0
            }

            #[cfg(feature = "httpmock")]
            fn example(_: &mut ExampleContext<'_>) -> Option<Self> {
                Some(1)
            }

            fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let value = decode_integer(from)?;
                Self::try_from(value).map_err(|_| de::Error::invalid_value(
                    de::Unexpected::Signed(value),
                    &concat!("a number that fits ", stringify!($type)),
                ))
            }

            #[cfg(feature = "schemars")]
            fn schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }
    )+};
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);

/// Reads a whole number, or one that a string holds.
pub(crate) fn decode_integer<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    struct Integer;

    impl Visitor<'_> for Integer {
        type Value = i64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number")
        }

        fn visit_i64<E>(self, value: i64) -> Result<i64, E> {
            Ok(value)
        }

        fn visit_u64<E: de::Error>(self, value: u64) -> Result<i64, E> {
            i64::try_from(value)
                .map_err(|_| E::invalid_value(de::Unexpected::Unsigned(value), &self))
        }

        fn visit_f64<E: de::Error>(self, value: f64) -> Result<i64, E> {
            // Beyond 2^53 not every whole number has a fraction's form; these
            // are exact.
            #[allow(clippy::cast_possible_truncation)]
            if value.fract() == 0.0 && value.abs() < 9.2e18 {
                Ok(value as i64)
            } else {
                Err(E::invalid_value(de::Unexpected::Float(value), &self))
            }
        }

        fn visit_str<E: de::Error>(self, value: &str) -> Result<i64, E> {
            visit_number(value, self)
        }
    }

    from.deserialize_any(Integer)
}

/// Whether an object has all of these properties, and what it then is.
pub(crate) fn alternative<T: de::DeserializeOwned>(
    value: &serde_json::Value,
    required: &[&str],
) -> Option<T> {
    if required.iter().all(|name| value.get(name).is_some()) {
        T::deserialize(value).ok()
    } else {
        None
    }
}

/// A schema that is one of several.
pub(crate) trait Union: Sized {
    /// The alternative that a value is.
    fn choose(value: serde_json::Value) -> Self;

    /// Writes the value of the alternative.
    fn write<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error>;

    /// Lists the alternatives that are known, in the order they are chosen in.
    fn alternatives<A: Alternatives<Self>>(to: &mut A);
}

/// Where the alternatives of a [`Union`] are listed.
pub(crate) trait Alternatives<U> {
    /// An alternative: its type, and the variant it is.
    fn add<T: Value>(&mut self, variant: fn(T) -> U);
}

/// serde's traits for an [`Object`].
macro_rules! object {
    ($name:ident) => {
        impl $crate::codec::Value for $name {
            fn error_corrected_default() -> Self {
                $crate::codec::Object::error_corrected_default()
            }

            #[cfg(feature = "httpmock")]
            fn example(
                context: &mut $crate::mock::examples::ExampleContext<'_>,
            ) -> ::std::option::Option<Self> {
                $crate::mock::examples::object(context)
            }

            fn decode<'de, D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::codec::decode_object(from)
            }

            #[cfg(feature = "schemars")]
            fn schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }

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

        $crate::codec::schema::named!($name, $crate::codec::schema::of_object::<$name>);
    };
}

/// serde's traits for a [`Union`].
macro_rules! union {
    ($name:ident) => {
        impl $crate::codec::Value for $name {
            fn error_corrected_default() -> Self {
                $crate::codec::Union::choose(::serde_json::Value::Null)
            }

            #[cfg(feature = "httpmock")]
            fn example(
                context: &mut $crate::mock::examples::ExampleContext<'_>,
            ) -> ::std::option::Option<Self> {
                $crate::mock::examples::union(context)
            }

            fn decode<'de, D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                ::serde::Deserialize::deserialize(from)
            }

            #[cfg(feature = "schemars")]
            fn schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                ::serde::Deserialize::deserialize(from).map($crate::codec::Union::choose)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                $crate::codec::Union::write(self, to)
            }
        }

        $crate::codec::schema::named!($name, $crate::codec::schema::of_union::<$name>);
    };
}

/// serde's traits for another type under a name.
macro_rules! wrapper {
    ($name:ident) => {
        impl $crate::codec::Value for $name {
            fn error_corrected_default() -> Self {
                Self($crate::codec::Value::error_corrected_default())
            }

            #[cfg(feature = "httpmock")]
            fn example(
                context: &mut $crate::mock::examples::ExampleContext<'_>,
            ) -> ::std::option::Option<Self> {
                context.inside::<Self>(|context| $crate::codec::Value::example(context).map(Self))
            }

            fn decode<'de, D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::codec::Value::decode(from).map(Self)
            }

            fn is_absent(&self) -> bool {
                $crate::codec::Value::is_absent(&self.0)
            }

            #[cfg(feature = "schemars")]
            fn schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::codec::Value::decode_nullable(from).map(Self)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                ::serde::Serialize::serialize(&self.0, to)
            }
        }

        $crate::codec::schema::named!($name, |generator| $crate::codec::schema::of_field(
            generator,
            |whole: &$name| &whole.0,
        ));
    };
}

/// A string of which some values are known, and any other is kept as it came.
macro_rules! open_enum {
    ($(#[$docs:meta])* pub enum $name:ident or $other:ident { $($variant:ident = $wire:literal,)* }) => {
        $(#[$docs])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = concat!("`", $wire, "`")] $variant,)*
            /// A value that was not known when this crate was made. It is sent
            /// as it came.
            $other(::std::string::String),
        }

        impl $name {
            /// The values that are known.
            pub const KNOWN: &'static [Self] = &[$(Self::$variant),*];

            /// The value as it is sent.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $wire,)*
                    Self::$other(value) => value,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(value: &str) -> Self {
                match value {
                    $($wire => Self::$variant,)*
                    other => Self::$other(other.to_owned()),
                }
            }
        }

        $crate::codec::string_traits!($name);
        $crate::codec::schema::named!($name, |_| $crate::codec::schema::of_open_enum(&[$($wire),*]));
    };
}

/// What strings can do, for a type that has `as_str()` and `From<&str>`.
macro_rules! string_traits {
    ($name:ident) => {
        impl ::std::convert::From<::std::string::String> for $name {
            fn from(value: ::std::string::String) -> Self {
                Self::from(value.as_str())
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(value: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(value))
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl $crate::codec::Value for $name {
            fn error_corrected_default() -> Self {
                Self::from("")
            }

            #[cfg(feature = "httpmock")]
            fn example(
                context: &mut $crate::mock::examples::ExampleContext<'_>,
            ) -> ::std::option::Option<Self> {
                let first = Self::KNOWN.first().cloned();
                first.or_else(|| ::std::option::Option::Some(Self::from(context.text())))
            }

            fn decode<'de, D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::codec::decode_string(from)
            }

            #[cfg(feature = "schemars")]
            fn schema(generator: &mut ::schemars::SchemaGenerator) -> ::schemars::Schema {
                generator.subschema_for::<Self>()
            }
        }

        impl<'de> ::serde::Deserialize<'de> for $name {
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::codec::decode_string(from)
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }
    };
}

/// Reads what is made from text.
pub(crate) fn decode_string<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: for<'a> From<&'a str>,
    D: Deserializer<'de>,
{
    struct Text<T>(PhantomData<T>);

    impl<T: for<'a> From<&'a str>> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E>(self, value: &str) -> Result<T, E> {
            Ok(T::from(value))
        }
    }

    from.deserialize_str(Text(PhantomData))
}

pub(crate) use {object, open_enum, string_traits, union, wrapper};

#[cfg(test)]
mod tests {
    use super::*;

    /// An object with a property of every kind that is read in more than one way.
    #[derive(Clone, Debug, Default, PartialEq)]
    struct Sample {
        count: i64,
        small: i8,
        size: f64,
        rate: f32,
        items: Vec<i64>,
        by_name: BTreeMap<String, i64>,
        free: serde_json::Map<String, serde_json::Value>,
        inner: Option<Box<Sample>>,
    }

    impl Object for Sample {
        fn error_corrected_default() -> Self {
            Self::default()
        }

        fn read_property<R: ReadProperty>(&mut self, name: &str, value: R) {
            match name {
                "count" => value.read_into(&mut self.count),
                "small" => value.read_into(&mut self.small),
                "size" => value.read_into(&mut self.size),
                "rate" => value.read_into(&mut self.rate),
                "items" => value.read_into(&mut self.items),
                "by_name" => value.read_into(&mut self.by_name),
                "free" => value.read_into(&mut self.free),
                "inner" => value.read_into(&mut self.inner),
                _ => value.ignore(),
            }
        }

        fn write_properties<W: WriteProperties>(&self, to: &mut W) {
            to.required("count", &self.count);
            to.required("small", &self.small);
            to.required("size", &self.size);
            to.required("rate", &self.rate);
            to.required("items", &self.items);
            to.required("by_name", &self.by_name);
            to.required("free", &self.free);
            to.optional("inner", &self.inner);
        }
    }

    object!(Sample);

    fn sample(text: &str) -> Result<Sample, String> {
        let read = crate::codec::decode::from_slice::<TopLevel<Sample>>(text.as_bytes());
        read.map(|whole| whole.0)
            .map_err(|failure| format!("{}: {}", failure.path, failure.reason))
    }

    #[test]
    fn a_number_may_be_written_in_a_string() {
        for (text, count) in [
            ("12", 12),
            ("-0", 0),
            ("1.7e12", 1_700_000_000_000),
            ("170.0E1", 1700),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            let read = sample(&format!("{{\"count\": \"{text}\", \"size\": \"{text}\"}}")).unwrap();
            assert_eq!(read.count, count, "{text}");
            assert_eq!(read.size, text.parse::<f64>().unwrap(), "{text}");
        }
        assert_eq!(
            sample(r#"{"small": "-128", "size": "1.5"}"#).unwrap().size,
            1.5
        );
    }

    #[test]
    fn a_string_that_is_no_such_number_is_an_error_that_does_not_show_it() {
        for name in ["count", "size", "rate", "small"] {
            for text in [
                "",
                " 1",
                "1 ",
                "+1",
                "01",
                ".5",
                "1.",
                "0x1f",
                "1_000",
                "NaN",
                "inf",
                "1e400",
                "\\\"1\\\"",
                "s3cret",
            ] {
                let reason = sample(&format!("{{\"{name}\": \"{text}\"}}")).unwrap_err();
                assert!(
                    reason.starts_with(&format!("{name}: invalid value: string, expected")),
                    "{reason}"
                );
            }
        }
        for (name, text) in [
            ("count", "1.5"),
            ("count", "9223372036854775808"),
            ("count", "1e19"),
            ("small", "128"),
        ] {
            let reason = sample(&format!("{{\"{name}\": \"{text}\"}}")).unwrap_err();
            assert!(reason.starts_with(name), "{reason}");
        }
    }

    #[test]
    fn an_empty_array_may_stand_for_an_empty_object_and_the_reverse() {
        let read = sample(r#"{"inner": [], "by_name": [], "free": [], "items": {}}"#).unwrap();
        let empty = sample(r#"{"inner": {}, "by_name": {}, "free": {}, "items": []}"#).unwrap();
        assert_eq!(read, empty);
        assert_eq!(read.inner, Some(Box::default()));
        assert_eq!(sample("[]"), Ok(Sample::default()));
        for (name, other, found) in [
            ("inner", "[{}]", "sequence"),
            ("by_name", "[1]", "sequence"),
            ("free", "[null]", "sequence"),
            ("items", r#"{"a": 1}"#, "map"),
            ("inner", "\"\"", "string"),
            ("items", "\"\"", "string"),
        ] {
            let reason = sample(&format!("{{\"{name}\": {other}}}")).unwrap_err();
            assert!(
                reason.starts_with(&format!("{name}: invalid type: {found}, expected")),
                "{reason}"
            );
        }
    }

    #[test]
    fn what_an_alternative_of_a_union_is_not_does_not_become_one() {
        let not = |value: serde_json::Value| {
            alternative::<Sample>(&value, &[]).is_none()
                && alternative::<Vec<i64>>(&value, &[]).is_none()
                && alternative::<i64>(&value, &[]).is_none()
                && alternative::<f64>(&value, &[]).is_none()
        };
        assert!(not("12".into()));
        assert!(alternative::<Sample>(&serde_json::json!([]), &[]).is_none());
        assert!(alternative::<Vec<i64>>(&serde_json::json!({}), &[]).is_none());
    }

    proptest::proptest! {
        #[test]
        fn a_number_in_a_string_is_the_number(
            count in proptest::num::i64::ANY,
            size in proptest::num::f64::NORMAL | proptest::num::f64::ZERO,
        ) {
            let plain = sample(&format!("{{\"count\": {count}, \"size\": {size:e}}}")).unwrap();
            let text = sample(&format!("{{\"count\": \"{count}\", \"size\": \"{size:e}\"}}")).unwrap();
            proptest::prop_assert_eq!(plain, text);
        }
    }
}
