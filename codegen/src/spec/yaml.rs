//! YAML 1.2: the events of a parser become one JSON value.
//!
//! The parser (`granit-parser`) knows the syntax. A reader that also knows
//! serde and draws the lines an error is about takes several seconds more to
//! compile, in every build of every program that uses the crate.

use std::{borrow::Cow, collections::BTreeMap, fmt::Display};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span, StrInput, Tag};
use serde::de::DeserializeOwned;
use serde_json::{Map, Number, Value, json, map::Entry};

/// The most nodes of a document, each alias counted as what it stands for:
/// LaunchDarkly's have a few hundred thousand.
const MAX_NODES: usize = 2_000_000;

/// Reads the only document of a text; an empty text is null.
///
/// Plain scalars have the types of the core schema (YAML 1.2.2, section
/// 10.3.2): `y` and `no` are strings. Keys are strings as they are written.
///
/// # Errors
///
/// The text is not YAML, or holds what JSON cannot: more than one document, a
/// key twice, a key that is no scalar, a merge key, a tag other than `!!str`,
/// `!!map` and `!!seq`, or a number that is not finite.
pub(crate) fn read(text: &str) -> Result<Value, String> {
    let mut reader = Reader {
        events: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        nodes: 0,
    };
    let mut root = None;
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Ok(root.unwrap_or_default()),
            (Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _) => {}
            (_, span) if root.is_some() => {
                return Err(at(&span, "there is more than one document"));
            }
            (event, span) => root = Some(reader.node(event, &span)?),
        }
    }
}

/// Reads the only document of a text as a type; an empty text is the default.
///
/// # Errors
///
/// Those of [`read`], or the document does not have the type: the error names
/// the first member of the document that does not.
pub(crate) fn from_str<T: DeserializeOwned + Default>(text: &str) -> Result<T, String> {
    let value = read(text)?;
    if value.is_null() {
        return Ok(T::default());
    }
    T::deserialize(&value).map_err(|error| {
        // Each member alone. serde_path_to_error would find the exact place, but
        // every user of the crate would compile its code for every type.
        let reason = |alone: Value| T::deserialize(&alone).err().map(|error| error.to_string());
        let found = match &value {
            Value::Array(items) => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| Some((index.to_string(), reason(json!([item]))?))),
            Value::Object(members) => members
                .iter()
                .find_map(|(key, value)| Some((key.clone(), reason(json!({key: value}))?))),
            _ => None,
        };
        found.map_or_else(
            || error.to_string(),
            |(member, reason)| format!("`{member}`: {reason}"),
        )
    })
}

struct Reader<'a> {
    events: Parser<'a, StrInput<'a>>,
    /// The anchored nodes so far, by the parser's number.
    anchors: BTreeMap<usize, Value>,
    nodes: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<(Event<'a>, Span), String> {
        match self.events.next() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(syntax(&error)),
            None => Err("the text ends too early".into()),
        }
    }

    /// The node that an event begins.
    fn node(&mut self, event: Event<'a>, span: &Span) -> Result<Value, String> {
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain && tag.is_none();
                only(tag.as_deref(), "str", span)?;
                (scalar(text, is_plain, span)?, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                only(tag.as_deref(), "seq", span)?;
                (Value::Array(self.sequence()?), anchor)
            }
            Event::MappingStart(_, anchor, tag) => {
                only(tag.as_deref(), "map", span)?;
                (Value::Object(self.mapping()?), anchor)
            }
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor);
                let value = value.ok_or_else(|| at(span, "a node refers to itself"))?;
                self.nodes = self.nodes.saturating_add(nodes(value));
                (value.clone(), 0)
            }
            _ => return Err(at(span, "a value is missing")),
        };
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(at(span, format!("there are more than {MAX_NODES} nodes")));
        }
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self) -> Result<Vec<Value>, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                (Event::SequenceEnd, _) => return Ok(items),
                (event, span) => items.push(self.node(event, &span)?),
            }
        }
    }

    fn mapping(&mut self) -> Result<Map<String, Value>, String> {
        let mut members = Map::new();
        loop {
            let (key, at_key) = match self.next()? {
                (Event::MappingEnd, _) => return Ok(members),
                (Event::Scalar(key, style, 0, None), span) => {
                    if key == "<<" && style == ScalarStyle::Plain {
                        return Err(at(
                            &span,
                            "the merge key `<<` is not supported: write its properties out",
                        ));
                    }
                    (key.into_owned(), span)
                }
                (_, span) => return Err(at(&span, "a key is not a plain or quoted string")),
            };
            let (event, span) = self.next()?;
            let value = self.node(event, &span)?;
            match members.entry(key) {
                Entry::Vacant(member) => member.insert(value),
                Entry::Occupied(member) => {
                    let reason = format!("the key `{}` is there twice", member.key());
                    return Err(at(&at_key, reason));
                }
            };
        }
    }
}

fn syntax(error: &ScanError) -> String {
    let place = error.marker();
    format!(
        "{} at line {}, column {}",
        error.info(),
        place.line(),
        place.col() + 1
    )
}

fn at(span: &Span, reason: impl Display) -> String {
    let place = span.start;
    format!(
        "{reason} at line {}, column {}",
        place.line(),
        place.col() + 1
    )
}

/// Refuses every tag but one of the core schema's.
fn only(tag: Option<&Tag>, expected: &str, span: &Span) -> Result<(), String> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema_tag(expected) => {
            Err(at(span, format!("the tag `{tag}` is not supported here")))
        }
        _ => Ok(()),
    }
}

fn nodes(value: &Value) -> usize {
    1 + match value {
        Value::Array(items) => items.iter().map(nodes).sum(),
        Value::Object(members) => members.values().map(nodes).sum(),
        _ => 0,
    }
}

fn scalar(text: Cow<'_, str>, is_plain: bool, span: &Span) -> Result<Value, String> {
    if !is_plain {
        return Ok(text.into_owned().into());
    }
    Ok(match &*text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => true.into(),
        "false" | "False" | "FALSE" => false.into(),
        number if is_number(number) => finite(number)
            .map(Value::Number)
            .ok_or_else(|| at(span, format!("the number {number} is not supported")))?,
        _ => text.into_owned().into(),
    })
}

/// Whether a plain scalar is a number of the core schema.
fn is_number(text: &str) -> bool {
    // Most scalars are no numbers: skip the slow checks.
    if !matches!(text.as_bytes(), [b'0'..=b'9' | b'+' | b'-' | b'.', ..]) {
        return false;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF")
        || matches!(text, ".nan" | ".NaN" | ".NAN")
        || text.strip_prefix("0o").is_some_and(|d| is_digits(d, 8))
        || text.strip_prefix("0x").is_some_and(|d| is_digits(d, 16))
    {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_mantissa = match mantissa.split_once('.') {
        Some(("", fraction)) => is_digits(fraction, 10),
        Some((whole, fraction)) => {
            is_digits(whole, 10) && (fraction.is_empty() || is_digits(fraction, 10))
        }
        None => is_digits(mantissa, 10),
    };
    is_mantissa
        && exponent.is_none_or(|exponent| {
            is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent), 10)
        })
}

fn is_digits(text: &str, radix: u32) -> bool {
    !text.is_empty() && text.chars().all(|digit| digit.is_digit(radix))
}

/// A number of the core schema, if JSON has it.
fn finite(text: &str) -> Option<Number> {
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return u64::from_str_radix(digits, radix).ok().map(Number::from);
        }
    }
    text.parse::<u64>()
        .map(Number::from)
        .or_else(|_| text.parse::<i64>().map(Number::from))
        .ok()
        .or_else(|| Number::from_f64(text.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn plain_scalars_have_the_types_of_the_core_schema() {
        for (text, value) in [
            ("", json!(null)),
            ("~", json!(null)),
            ("NULL", json!(null)),
            ("nULL", json!("nULL")),
            ("True", json!(true)),
            ("FALSE", json!(false)),
            ("0", json!(0)),
            ("-7", json!(-7)),
            ("+7", json!(7)),
            ("007", json!(7)),
            ("0o17", json!(15)),
            ("0xfF", json!(255)),
            ("18446744073709551615", json!(u64::MAX)),
            ("18446744073709551616", json!(18_446_744_073_709_551_616.0)),
            ("-9223372036854775808", json!(i64::MIN)),
            ("1.5", json!(1.5)),
            ("-.5", json!(-0.5)),
            ("1.", json!(1.0)),
            ("1e3", json!(1000.0)),
            ("1.5E-3", json!(0.0015)),
            ("1_000", json!("1_000")),
            ("0b1", json!("0b1")),
            ("1e", json!("1e")),
            ("e1", json!("e1")),
            (".", json!(".")),
            ("-", json!("-")),
            ("+", json!("+")),
            ("inf", json!("inf")),
            ("NaN", json!("NaN")),
            ("1.2.3", json!("1.2.3")),
            ("2026-03-01", json!("2026-03-01")),
            ("y", json!("y")),
            ("off", json!("off")),
        ] {
            let span = Span::default();
            assert_eq!(scalar(text.into(), true, &span), Ok(value), "{text}");
            assert_eq!(scalar(text.into(), false, &span), Ok(text.into()));
        }
        for text in [".inf", "-.INF", ".NaN", "1e999", "0xfffffffffffffffff"] {
            assert!(
                scalar(text.into(), true, &Span::default()).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn aliases_quotes_blocks_and_keys_are_read() {
        let text = "# c\n- &a {b: 1, 'c': \"\\u00e9\\n\"}\n- *a\n- |-\n  x\n  y\n- >\n  x\n  y\n\
                    - !!str 1\n- 200: []\n  null: ''\n  '': ~\n";
        assert_eq!(
            read(text),
            Ok(json!([
                {"b": 1, "c": "é\n"}, {"b": 1, "c": "é\n"}, "x\ny", "x y\n", "1",
                {"200": [], "null": "", "": null}
            ]))
        );
        assert_eq!(read("--- 1\n...\n"), Ok(json!(1)));
        assert_eq!(read("# nothing\n"), Ok(Value::Null));
    }

    #[test]
    fn what_json_has_no_form_for_is_an_error_with_its_place() {
        let reasons = [
            "a: [1",
            "a: 1\nb: 2\na: 3\n",
            "1\n---\n2\n",
            "? [a]\n: 1\n",
            "a: &a {b: 1}\nc: {<<: *a}\n",
            "a: *b\n",
            "a: &a [*a]\n",
            "a: !!binary aGk=\n",
            "a: !mine {}\n",
            "a: .inf\n",
        ]
        .map(|text| read(text).unwrap_err());
        insta::assert_snapshot!(reasons.join("\n"));
    }

    #[test]
    fn a_member_of_another_type_is_named() {
        let numbers = from_str::<Vec<u8>>("[1, 2, 300]").unwrap_err();
        assert!(
            numbers.starts_with("`2`: ") && numbers.contains("300"),
            "{numbers}"
        );
        let members = from_str::<BTreeMap<String, u8>>("{a: 1, b: c}").unwrap_err();
        assert!(
            members.starts_with("`b`: ") && members.contains("\"c\""),
            "{members}"
        );
        assert!(from_str::<Vec<u8>>("1").unwrap_err().contains("sequence"));
        assert_eq!(from_str::<Vec<u8>>("# nothing\n"), Ok(Vec::new()));
    }

    #[test]
    fn aliases_of_aliases_do_not_fill_the_memory() {
        let mut text = String::from("a0: &a0 [0, 0, 0, 0, 0, 0, 0, 0, 0, 0]\n");
        for level in 1..20 {
            let items = vec![format!("*a{}", level - 1); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{items}]\n"));
        }
        assert!(read(&text).unwrap_err().contains("nodes"));
    }

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            "\\PC{0,20}".prop_map(Value::from),
            "[-+.0-9eExoyn~:#]{1,6}".prop_map(Value::from),
            "( {0,2}[a#:-]{0,3}\n){0,3}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 30, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map("\\PC{0,8}", inner, 0..5)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_value_that_is_written_as_yaml_or_json_is_read_again(value in values()) {
            let json = value.to_string();
            prop_assert_eq!(read(&json), Ok(value.clone()), "{}", json);
            let yaml = serde_saphyr::to_string(&value).unwrap();
            prop_assert_eq!(read(&yaml), Ok(value), "{}", yaml);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "[-?:,\\[\\]{}&*!|>'\"%@`#~<a1 \n]{0,60}") {
            let _ = read(&text);
        }
    }
}
