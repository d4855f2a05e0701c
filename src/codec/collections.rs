//! Values that hold other values.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor},
};

use super::{
    DeviationKind,
    observer::{self, Container},
    value::{Seed, Value},
};

impl<T: Value> Value for Option<T> {
    fn error_corrected_default() -> Self {
        None
    }

    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::decode(from).map(Some)
    }

    fn null() -> Self {
        None
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Value> Value for Box<T> {
    fn error_corrected_default() -> Self {
        Self::new(T::error_corrected_default())
    }

    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::decode(from).map(Self::new)
    }

    fn null() -> Self {
        Self::new(T::null())
    }
}

impl<T: Value> Value for Vec<T> {
    fn error_corrected_default() -> Self {
        Self::new()
    }

    fn decode<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        decode_array(Seed(PhantomData), from)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// Decodes an array, each element with the seed, or an empty object.
pub(super) fn decode_array<'de, S, D>(seed: S, from: D) -> Result<Vec<S::Value>, D::Error>
where
    S: DeserializeSeed<'de> + Copy,
    D: Deserializer<'de>,
{
    // See `decode_object` for `deserialize_struct`.
    from.deserialize_struct("", &[], Elements(seed))
}

struct Elements<S>(S);

impl<'de, S: DeserializeSeed<'de> + Copy> Visitor<'de> for Elements<S> {
    type Value = Vec<S::Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        let container = Container::collection();
        loop {
            container.enter_element(values.len());
            let value = array.next_element_seed(self.0)?;
            container.leave();
            match value {
                Some(value) => values.push(value),
                None => break,
            }
        }
        container.end();
        Ok(values)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        no_entries(entries, &self)?;
        Ok(Vec::new())
    }
}

impl<T: Value> Value for BTreeMap<String, T> {
    fn error_corrected_default() -> Self {
        Self::new()
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
                let container = Container::collection();
                while let Some(name) = map.next_key::<String>()? {
                    container.enter(&name);
                    entries.insert(name, map.next_value_seed(Seed(PhantomData))?);
                    container.leave();
                }
                container.end();
                Ok(entries)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, members: A) -> Result<Self::Value, A::Error> {
                no_members(members, &self)?;
                Ok(BTreeMap::new())
            }
        }

        // See `decode_object` for `deserialize_struct`.
        from.deserialize_struct("", &[], Entries(PhantomData))
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl Value for serde_json::Map<String, serde_json::Value> {
    fn error_corrected_default() -> Self {
        Self::new()
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

        // See `decode_object` for `deserialize_struct`.
        from.deserialize_struct("", &[], Free)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// Accepts an array in place of an object only if it is empty.
pub(super) fn no_members<'de, A: SeqAccess<'de>>(
    mut members: A,
    expected: &dyn de::Expected,
) -> Result<(), A::Error> {
    match members.next_element::<de::IgnoredAny>()? {
        None => {
            observer::note(DeviationKind::OtherType);
            Ok(())
        }
        Some(_) => Err(de::Error::invalid_type(de::Unexpected::Seq, expected)),
    }
}

/// Accepts an object in place of an array only if it is empty.
fn no_entries<'de, A: MapAccess<'de>>(
    mut entries: A,
    expected: &dyn de::Expected,
) -> Result<(), A::Error> {
    match entries.next_key::<de::IgnoredAny>()? {
        None => {
            observer::note(DeviationKind::OtherType);
            Ok(())
        }
        Some(_) => Err(de::Error::invalid_type(de::Unexpected::Map, expected)),
    }
}
