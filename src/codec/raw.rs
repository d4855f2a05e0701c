//! Reads parts of a JSON text, and leaves them undecoded.

use std::fmt;

use serde::{
    Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    collections::no_entries,
    decode::{DecodeError, located},
    object::Name,
    observer::Container,
};

/// Returns the values of the properties with these names, in the order of the
/// names. If a property is repeated, the last value counts.
pub(crate) fn properties<'a>(
    object: &'a [u8],
    names: &[Option<&str>],
) -> Result<Vec<Option<&'a RawValue>>, DecodeError> {
    located(object, |from| from.deserialize_map(Properties(names)))
}

/// Returns the elements of an array. An empty object has none.
pub(crate) fn elements(array: &str) -> Result<Vec<Box<RawValue>>, DecodeError> {
    // See `decode_object` for `deserialize_struct`.
    located(array.as_bytes(), |from| {
        from.deserialize_struct("", &[], Elements)
    })
}

struct Properties<'n>(&'n [Option<&'n str>]);

impl<'de> Visitor<'de> for Properties<'_> {
    type Value = Vec<Option<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut values = vec![None; self.0.len()];
        let container = Container::collection();
        while let Some(name) = map.next_key_seed(Name)? {
            container.enter(&name);
            match self.0.iter().position(|one| *one == Some(&*name)) {
                Some(index) => values[index] = Some(map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
            container.leave();
        }
        container.end();
        Ok(values)
    }
}

struct Elements;

impl<'de> Visitor<'de> for Elements {
    type Value = Vec<Box<RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        let container = Container::collection();
        loop {
            container.enter_element(elements.len());
            let element = array.next_element()?;
            container.leave();
            match element {
                Some(element) => elements.push(element),
                None => break,
            }
        }
        container.end();
        Ok(elements)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
        no_entries(entries, &self)?;
        Ok(Vec::new())
    }
}
