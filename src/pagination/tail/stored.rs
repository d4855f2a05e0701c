//! How a checkpoint is serialized: an object with `floor`, `returned`, and
//! `incomplete` if it has elements.

use std::{fmt, sync::Arc};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::SerializeStruct,
};

use super::Checkpoint;

const FIELDS: &[&str] = &["floor", "returned", "incomplete"];

impl Serialize for Checkpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let returned = self.returned.iter().take(self.count);
        let returned: Vec<_> = returned.filter(|(time, _)| *time >= self.floor).collect();
        let incomplete = self.incomplete_since_floor();
        let fields = 2 + usize::from(!incomplete.is_empty());
        let mut object = serializer.serialize_struct("Checkpoint", fields)?;
        object.serialize_field("floor", &self.floor)?;
        object.serialize_field("returned", &returned)?;
        if !incomplete.is_empty() {
            object.serialize_field("incomplete", &incomplete)?;
        }
        object.end()
    }
}

/// Ignores unknown fields, which a later version of this crate may have.
impl<'de> Deserialize<'de> for Checkpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_struct("Checkpoint", FIELDS, Stored)
    }
}

struct Stored;

impl Stored {
    fn checkpoint(
        floor: i64,
        returned: Vec<(i64, String)>,
        incomplete: Option<Vec<i64>>,
    ) -> Checkpoint {
        Checkpoint {
            floor,
            count: returned.len(),
            returned: Arc::new(returned),
            incomplete: incomplete.unwrap_or_default(),
        }
    }
}

impl<'de> Visitor<'de> for Stored {
    type Value = Checkpoint;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a checkpoint")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Checkpoint, A::Error> {
        let (mut floor, mut returned, mut incomplete) = (None, None, None);
        while let Some(Field(index)) = map.next_key()? {
            match index {
                0 => once(&mut floor, index, map.next_value()?)?,
                1 => once(&mut returned, index, map.next_value()?)?,
                2 => once(&mut incomplete, index, map.next_value()?)?,
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let floor = floor.ok_or_else(|| A::Error::missing_field(FIELDS[0]))?;
        let returned = returned.ok_or_else(|| A::Error::missing_field(FIELDS[1]))?;
        Ok(Self::checkpoint(floor, returned, incomplete))
    }

    /// Formats without names, such as MessagePack.
    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Checkpoint, A::Error> {
        let missing = |index| A::Error::invalid_length(index, &Self);
        let floor = fields.next_element()?.ok_or_else(|| missing(0))?;
        let returned = fields.next_element()?.ok_or_else(|| missing(1))?;
        Ok(Self::checkpoint(floor, returned, fields.next_element()?))
    }
}

fn once<T, E: Error>(field: &mut Option<T>, index: usize, value: T) -> Result<(), E> {
    match field.replace(value) {
        None => Ok(()),
        Some(_) => Err(E::duplicate_field(FIELDS[index])),
    }
}

/// The index of a field in [`FIELDS`], or the number of these for an unknown one.
struct Field(usize);

impl<'de> Deserialize<'de> for Field {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Name;

        impl Visitor<'_> for Name {
            type Value = Field;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of a field")
            }

            fn visit_u64<E>(self, index: u64) -> Result<Field, E> {
                Ok(Field(usize::try_from(index).unwrap_or(FIELDS.len())))
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Field, E> {
                self.visit_bytes(name.as_bytes())
            }

            fn visit_bytes<E>(self, name: &[u8]) -> Result<Field, E> {
                let index = FIELDS.iter().position(|field| field.as_bytes() == name);
                Ok(Field(index.unwrap_or(FIELDS.len())))
            }
        }

        deserializer.deserialize_identifier(Name)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::value::{BytesDeserializer, Error, StrDeserializer, U64Deserializer};
    use serde_json::json;

    use super::*;

    fn checkpoint(incomplete: &[i64]) -> Checkpoint {
        Stored::checkpoint(1, vec![(2, "a".to_owned())], Some(incomplete.to_vec()))
    }

    #[test]
    fn a_checkpoint_is_read_from_what_every_format_has_of_it() {
        for (stored, incomplete) in [
            (json!({"floor": 1, "returned": [[2, "a"]]}), &[][..]),
            (
                json!({"floor": 1, "returned": [[2, "a"]], "incomplete": [3], "new": {}}),
                &[3],
            ),
            // Formats without names.
            (json!([1, [[2, "a"]]]), &[]),
            (json!([1, [[2, "a"]], [3]]), &[3]),
        ] {
            let read: Checkpoint = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!(read, checkpoint(incomplete), "{stored}");
        }
        let written = serde_json::to_value(checkpoint(&[3])).unwrap();
        assert_eq!(
            written,
            json!({"floor": 1, "returned": [[2, "a"]], "incomplete": [3]})
        );
    }

    #[test]
    fn a_field_is_known_by_its_name_or_its_index() {
        let mut known = Vec::new();
        for index in 0..4 {
            known.push(
                Field::deserialize(U64Deserializer::<Error>::new(index))
                    .unwrap()
                    .0,
            );
        }
        assert_eq!(known, [0, 1, 2, 3]);
        for (index, name) in [(1, "returned"), (3, "new")] {
            let text = StrDeserializer::<Error>::new(name);
            assert_eq!(Field::deserialize(text).unwrap().0, index);
            let bytes = BytesDeserializer::<Error>::new(name.as_bytes());
            assert_eq!(Field::deserialize(bytes).unwrap().0, index);
        }
    }

    #[test]
    fn a_field_that_is_there_twice_is_an_error() {
        for (twice, name) in [
            (r#"{"floor": 1, "floor": 2, "returned": []}"#, "floor"),
            (
                r#"{"floor": 1, "returned": [], "returned": [[2, "a"]]}"#,
                "returned",
            ),
            (r#"{"incomplete": [], "incomplete": []}"#, "incomplete"),
        ] {
            let error = serde_json::from_str::<Checkpoint>(twice).unwrap_err();
            let expected = format!("duplicate field `{name}`");
            assert!(error.to_string().contains(&expected), "{error}");
        }
    }
}
