//! Reads parts of a JSON text, and leaves them undecoded.

use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    collections::decode_array,
    decode::{DecodeError, located},
    object::Name,
    observer::Container,
};

/// Returns the values of the properties with these names, in the order of the
/// names. If a property is repeated, the last value counts.
pub(crate) fn properties<'a>(
    object: &'a str,
    names: &[Option<&str>],
) -> Result<Vec<Option<&'a RawValue>>, DecodeError> {
    located(object, |from| from.deserialize_map(Properties(names)))
}

/// Returns the elements of an array. An empty object has none.
pub(crate) fn elements(array: &str) -> Result<Vec<Box<RawValue>>, DecodeError> {
    let element = PhantomData::<Box<RawValue>>;
    located(array, |from| decode_array(element, from))
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
            let value: &RawValue = map.next_value()?;
            for (place, wanted) in values.iter_mut().zip(self.0) {
                if *wanted == Some(&*name) {
                    *place = Some(value);
                }
            }
            container.leave();
        }
        container.end();
        Ok(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(object: &str, names: &[Option<&str>]) -> Vec<Option<String>> {
        let values = properties(object, names).unwrap();
        let text = |value: Option<&RawValue>| value.map(|value| value.get().to_owned());
        values.into_iter().map(text).collect()
    }

    #[test]
    fn properties_are_in_the_order_of_the_names_and_the_last_of_a_name_counts() {
        let object = " {\"a\": 1, \"b\": {\"a\": 2}, \"\\u0061\": [ 3 ], \"c\": null} ";
        assert_eq!(
            texts(
                object,
                &[Some("b"), None, Some("a"), Some("x"), Some("c"), Some("b")]
            ),
            [
                Some("{\"a\": 2}".to_owned()),
                None,
                Some("[ 3 ]".to_owned()),
                None,
                Some("null".to_owned()),
                Some("{\"a\": 2}".to_owned()),
            ]
        );
    }

    #[test]
    fn elements_keep_their_text_and_an_empty_object_has_none() {
        let of = |array: &str| {
            let elements = elements(array)?;
            let texts = elements.iter().map(|element| element.get().to_owned());
            Ok::<Vec<String>, DecodeError>(texts.collect())
        };
        assert_eq!(
            of("[ 1.50 , null,{\"a\": 1}]"),
            Ok(vec![
                "1.50".to_owned(),
                "null".to_owned(),
                "{\"a\": 1}".to_owned()
            ])
        );
        assert_eq!(of("{ }"), Ok(Vec::new()));
        for array in ["{\"a\": 1}", "1", "\"text\""] {
            let failure = of(array).unwrap_err();
            assert_eq!(failure.path, "");
            assert!(failure.reason.contains("expected an array"), "{failure:?}");
        }
    }

    #[test]
    fn an_error_names_the_property_or_element_and_not_its_value() {
        let failures: Vec<String> = [
            "",
            "[]",
            "\"s3cret\"",
            "{\"a\": {\"b\": s3cret}}",
            "{\"a\": 1, \"b\": [1, 2",
            "{\"a\": 1} s3cret",
        ]
        .iter()
        .map(|object| properties(object, &[Some("a")]).unwrap_err())
        .map(|DecodeError { path, reason }| format!("{path:?}: {reason}"))
        .collect();
        let failures = failures.join("\n");
        assert!(!failures.contains("s3cret"), "{failures}");
        insta::assert_snapshot!(failures);
    }

    proptest::proptest! {
        #[test]
        fn reading_parts_agrees_with_decoding_all(
            text in "[\\[\\]{}\",:a1 ]{0,10}",
            map: std::collections::BTreeMap<String, u8>,
        ) {
            use serde_json::Value;
            for text in [text, serde_json::to_string(&map).unwrap()] {
                let whole: Result<Value, _> = serde_json::from_str(&text);
                let a = properties(&text, &[Some("a")]).ok().map(|mut values| {
                    values.pop().flatten().map(|value| serde_json::from_str::<Value>(value.get()).unwrap())
                });
                let expected = whole.as_ref().ok().and_then(Value::as_object);
                proptest::prop_assert_eq!(a, expected.map(|object| object.get("a").cloned()));
                let count = elements(&text).ok().map(|elements| elements.len());
                let expected = match &whole {
                    Ok(Value::Array(elements)) => Some(elements.len()),
                    Ok(Value::Object(object)) if object.is_empty() => Some(0),
                    _ => None,
                };
                proptest::prop_assert_eq!(count, expected);
            }
        }
    }
}
