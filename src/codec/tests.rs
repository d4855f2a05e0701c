use std::collections::BTreeMap;

use super::*;

/// An object with a property of every type that is decoded with tolerance.
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
    extra: Extra,
}

impl Value for Sample {
    const REQUIRED: &'static [&'static str] = &["count"];

    fn error_corrected_default() -> Self {
        Self::default()
    }

    fn read_property<R: ReadProperty>(&mut self, name: &str, value: &mut R) {
        match name {
            "count" => value.read_into(&mut self.count),
            "small" => value.read_into(&mut self.small),
            "size" => value.read_into(&mut self.size),
            "rate" => value.read_into(&mut self.rate),
            "items" => value.read_into(&mut self.items),
            "by_name" => value.read_into(&mut self.by_name),
            "free" => value.read_into(&mut self.free),
            "inner" => value.read_into(&mut self.inner),
            _ => value.keep(name, &mut self.extra),
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
        to.extra(&self.extra);
    }
}

object!(Sample);

fn sample(text: &str) -> Result<Sample, String> {
    crate::codec::decode::value(text.as_bytes())
        .map_err(|failure| format!("{}: {}", failure.path, failure.reason))
}

#[test]
fn a_number_in_a_string_decodes() {
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
fn an_invalid_number_in_a_string_is_an_error_without_the_value() {
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
fn an_empty_array_decodes_as_an_empty_object_and_the_reverse() {
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
fn an_alternative_of_a_union_decodes_strictly() {
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

#[derive(Debug, PartialEq)]
enum Either {
    Sample(Sample),
    Count(i64),
    Unknown(serde_json::Value),
}

impl Union for Either {
    fn choose(value: serde_json::Value) -> Self {
        if let Some(value) = alternative(&value, &["count"]) {
            return Self::Sample(value);
        }
        if let Some(value) = alternative(&value, &[]) {
            return Self::Count(value);
        }
        Self::Unknown(no_alternative(value))
    }

    fn write<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Sample(value) => serde::Serialize::serialize(value, to),
            Self::Count(value) => serde::Serialize::serialize(value, to),
            Self::Unknown(value) => serde::Serialize::serialize(value, to),
        }
    }

    fn alternatives<A: Alternatives<Self>>(to: &mut A) {
        to.add::<Sample>(Self::Sample);
        to.add::<i64>(Self::Count);
    }
}

union!(Either);

#[test]
fn only_the_chosen_alternative_of_a_union_has_deviations() {
    let text = r#"[1, {"count": 1, "new": [1]}, {"inner": {}, "new": 1, "count": "x"}, "s3cret",
        {"count": 2, "inner": {"new": 1, "inner": {"count": "3"}}}, null]"#;
    let (value, found) = decode::observed::<Vec<Either>>(text.as_bytes()).unwrap();
    assert!(matches!(value[2], Either::Unknown(_)));
    let found: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "/1/new: the property is unknown",
            "/2: the value has another type",
            "/3: the value has another type",
            "/4/inner/inner/count: the value has another type",
            "/4/inner/new: the property is unknown",
            "/4/inner/count: the required property is missing",
            "/5: the required value is null",
        ]
    );
}

#[test]
fn an_object_without_unknown_properties_holds_one_pointer_for_them() {
    assert_eq!(size_of::<Extra>(), size_of::<usize>());
    let read = sample(r#"{"new": 1, "new": 2, "count": 3, "count": 4}"#).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap()["new"], 2);
    assert_eq!(read.count, 4);
    let without = without_extra(|| to_json(&read)).unwrap();
    assert_eq!(without.get("new"), None);
    assert_eq!(to_json(&read).unwrap()["new"], 2);
}

#[test]
fn the_observer_of_a_decode_ends_with_it() {
    assert!(decode::observed::<Sample>(b"{\"inner\": {\"new\": 1, \"count\": {}}}").is_err());
    let (_, found) = decode::observed::<Sample>(b"{\"count\": 1}").unwrap();
    assert_eq!(found, []);
    let panicked = std::panic::catch_unwind(|| observer::observe(|| panic!("while decoding")).0);
    panicked.unwrap_err();
    observer::note(DeviationKind::OtherType);
    let (_, found) = decode::observed::<Sample>(b"{\"count\": 1}").unwrap();
    assert_eq!(found, []);
}

proptest::proptest! {
    #[test]
    fn a_number_in_a_string_equals_the_number(
        count in proptest::num::i64::ANY,
        size in proptest::num::f64::NORMAL | proptest::num::f64::ZERO,
    ) {
        let plain = sample(&format!("{{\"count\": {count}, \"size\": {size:e}}}")).unwrap();
        let text = sample(&format!("{{\"count\": \"{count}\", \"size\": \"{size:e}\"}}")).unwrap();
        proptest::prop_assert_eq!(plain, text);
    }
}
