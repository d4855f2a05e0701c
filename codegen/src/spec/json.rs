//! JSON, where a key may not be there twice: RFC 8259, section 4, leaves open what
//! such a document means.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// Reads a text.
///
/// # Errors
///
/// The text is not JSON, or an object has a key twice: the error names the key and
/// its line and column.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let text = text.trim_start_matches('\u{feff}');
    let unique: Unique = serde_json::from_str(text).map_err(|error| error.to_string())?;
    Ok(unique.0)
}

/// A value in which no key is there twice.
struct Unique(Value);

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Values).map(Self)
    }
}

struct Values;

impl<'de> Visitor<'de> for Values {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(Unique(value)) = items.next_element()? {
            values.push(value);
        }
        Ok(values.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut values = Map::new();
        while let Some(key) = members.next_key::<String>()? {
            if values.contains_key(&key) {
                return Err(A::Error::custom(format_args!(
                    "the key `{key}` is there twice"
                )));
            }
            let Unique(value) = members.next_value()?;
            values.insert(key, value);
        }
        Ok(values.into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::yaml;

    #[test]
    fn a_value_is_what_serde_json_reads() {
        let text = r#"{"a": [null, true, -1, 18446744073709551615, 1.5, 1e3, "\u00e9\n"], "b": {}, "": {"a": 0.1}}"#;
        assert_eq!(read(text), Ok(serde_json::from_str(text).unwrap()));
        assert_eq!(read("\u{feff}[1]"), Ok(json!([1])));
        assert!(read("{\"a\": 1} 2").is_err());
    }

    #[test]
    fn a_key_that_is_there_twice_is_an_error_with_its_place_as_in_yaml() {
        for text in [
            "{\n\"a\": 1, \"b\": 2,\n\"a\": 3}",
            "[{\n\"b\": {},\n\"a\": {\"a\": 1}, \"\\u0061\": 2}]",
        ] {
            for reason in [read(text).unwrap_err(), yaml::read(text).unwrap_err()] {
                assert!(
                    reason.starts_with("the key `a` is there twice at line 3, column ")
                        || reason.starts_with("the key `a` is there twice at line 3 column "),
                    "{reason}"
                );
            }
        }
    }
}
