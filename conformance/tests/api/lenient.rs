//! Responses with one deviation from the document decode.

use std::{collections::HashSet, fs, sync::LazyLock};

use conformance::{
    compare::{flat, within},
    instance::{Maker, Style},
    requests, table,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{DOCUMENT, assert_none};

/// A value in a response, and its schemas.
pub struct Spot<'a> {
    pub pointer: String,
    pub schemas: Vec<&'a Value>,
    /// The place in the document that describes it.
    pub position: *const Value,
    /// Whether it is a property that the document names.
    is_property: bool,
}

/// A deviation from the document.
enum Change {
    Drop,
    Null,
    NewValue,
    UnknownProperty,
    /// A number in another notation.
    Written(String),
    /// A timestamp as in RFC 3339.
    Time,
    /// An empty array instead of an object, or an empty object instead of an array.
    Emptied(&'static str),
}

/// The names of properties that are timestamps, and the exceptions as
/// `Schema.property`.
static TIMES: LazyLock<Properties> = LazyLock::new(|| {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/properties.yaml");
    let text = fs::read_to_string(file).unwrap();
    serde_saphyr::from_str(&text).unwrap()
});

#[derive(Deserialize)]
struct Properties {
    epoch_millis: Vec<String>,
    other_integers: Vec<String>,
}

/// Whether a property of a schema is a timestamp.
fn is_time(name: &str, position: *const Value) -> bool {
    let is_other = TIMES.other_integers.iter().any(|other| {
        other.split_once('.').is_some_and(|(schema, property)| {
            let schemas = &DOCUMENT.root()["components"]["schemas"];
            std::ptr::eq(&schemas[schema]["properties"][property], position)
        })
    });
    !is_other && TIMES.epoch_millis.iter().any(|time| time == name)
}

/// A timestamp in RFC 3339, and in milliseconds since the Unix epoch.
const TIME: (&str, i64) = ("2023-11-14T23:13:20.5+01:00", 1_700_000_000_500);

/// A value that no enum has.
const NEW: &str = "brand new/ü";

/// A placeholder for JSON text: a JSON value does not keep the notation of a number.
const ANOTHER: &str = "@another@";

#[test]
fn a_deviation_in_a_response_affects_only_its_own_value() {
    let (mut findings, mut responses, mut changes) = (Vec::new(), 0, 0);
    // Change a schema only in the first response that uses it.
    let mut seen = HashSet::new();
    for operation in DOCUMENT.operations() {
        let entry = requests::entry(operation).unwrap();
        let schema = DOCUMENT.successes(operation).find_map(|(_, schema)| schema);
        let (Some(round_trip), Some(schema)) = (entry.response, schema) else {
            assert!(entry.response.is_none() && schema.is_none(), "{}", entry.id);
            continue;
        };
        responses += 1;
        let mut choice = 0;
        loop {
            let maker = Maker::new(&DOCUMENT, Style::Hostile)
                .items(1)
                .choice(choice);
            let mut response = maker.full(schema);
            let before = round_trip(response.to_string().as_bytes()).unwrap();
            for spot in spots(schema, &response) {
                if !seen.insert((spot.position, choice)) {
                    continue;
                }
                for change in spot.changes(&response) {
                    changes += 1;
                    if let Some(found) =
                        deviation(round_trip, &mut response, &before, &spot, &change)
                    {
                        findings.push(format!("{}: {}: {found}", entry.id, spot.pointer));
                    }
                }
            }
            choice += 1;
            if choice >= maker.alternatives() {
                break;
            }
        }
    }
    assert_none(&findings);
    // Most operations have a response body, and it has many values.
    assert!(
        5 * responses > 4 * DOCUMENT.operations().count(),
        "{responses}"
    );
    assert!(changes > 20 * responses, "{changes}");
}

/// Decodes a response with a change. Returns the first unexpected effect.
fn deviation(
    round_trip: table::RoundTrip,
    response: &mut Value,
    before: &Value,
    spot: &Spot<'_>,
    change: &Change,
) -> Option<String> {
    let pointer = &spot.pointer;
    let (parent, name) = pointer.rsplit_once('/').unwrap_or_default();
    let name = name.replace("~1", "/").replace("~0", "~");
    let kept = response.pointer(pointer).unwrap().clone();
    let place = response.pointer_mut(pointer).unwrap();
    match change {
        Change::Drop => {
            let parent = response.pointer_mut(parent).unwrap();
            parent.as_object_mut().unwrap().remove(&name);
        }
        Change::Null => *place = Value::Null,
        Change::NewValue => *place = NEW.into(),
        Change::UnknownProperty => place["unknown/ü"] = json!({"a": [1, null]}),
        Change::Written(_) | Change::Time | Change::Emptied(_) => *place = ANOTHER.into(),
    }
    let text = response.to_string();
    let with = |another: &str| text.replace(&format!("\"{ANOTHER}\""), another);
    let (text, empty) = match change {
        Change::Written(number) => (with(number), None),
        Change::Time => (with(&format!("\"{}\"", TIME.0)), None),
        Change::Emptied("[]") => (with("[]"), Some(with("{}"))),
        Change::Emptied(_) => (with("{}"), Some(with("[]"))),
        _ => (text, None),
    };
    match change {
        Change::Drop => {
            let parent = response.pointer_mut(parent).unwrap();
            parent[name.as_str()] = kept;
        }
        _ => *response.pointer_mut(pointer).unwrap() = kept,
    }

    let after = match round_trip(text.as_bytes()) {
        Ok(after) => after,
        Err(fault) => return Some(fault.to_string()),
    };
    let different = first_difference(String::new(), before, &after, pointer);
    if let Some(elsewhere) = different {
        return Some(format!("{elsewhere} is different"));
    }
    match change {
        Change::NewValue if after.pointer(pointer) != Some(&NEW.into()) => {
            Some(format!("the new value became {:?}", after.pointer(pointer)))
        }
        Change::Time if after.pointer(pointer) != Some(&TIME.1.into()) => {
            Some(format!("the time became {:?}", after.pointer(pointer)))
        }
        Change::UnknownProperty
            if after.pointer(pointer)?.get("unknown/ü") != Some(&json!({"a": [1, null]})) =>
        {
            Some(format!(
                "the unknown property became {:?}",
                after.pointer(pointer)
            ))
        }
        Change::Emptied(_) if round_trip(empty?.as_bytes()).ok()? != after => {
            Some(format!("what is empty became {:?}", after.pointer(pointer)))
        }
        Change::Written(number) if after.pointer(pointer) != before.pointer(pointer) => {
            Some(format!("{number} became {:?}", after.pointer(pointer)))
        }
        _ => None,
    }
}

/// The first place where two values differ, except one place.
fn first_difference(at: String, one: &Value, other: &Value, except: &str) -> Option<String> {
    if at == except {
        return None;
    }
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.keys().chain(other.keys()).find_map(|key| {
                let value = |object: &serde_json::Map<String, Value>| object.get(key).cloned();
                let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
                if at == except || one.get(key) == other.get(key) {
                    return None;
                }
                match (value(one), value(other)) {
                    (Some(one), Some(other)) => first_difference(at, &one, &other, except),
                    _ => Some(at),
                }
            })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(index, (one, other))| {
                first_difference(format!("{at}/{index}"), one, other, except)
            }),
        _ => (one != other).then_some(at),
    }
}

pub fn spots<'a>(schema: &'a Value, response: &Value) -> Vec<Spot<'a>> {
    let mut found = Vec::new();
    add_spots(&mut found, String::new(), vec![schema], false, response);
    found
}

fn add_spots<'a>(
    found: &mut Vec<Spot<'a>>,
    pointer: String,
    schemas: Vec<&'a Value>,
    is_property: bool,
    value: &Value,
) {
    let position = std::ptr::from_ref(schemas[0]);
    let schemas = flat(&DOCUMENT, &schemas);
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                let inner = within(&schemas, key).unwrap_or_default();
                // All values of properties that are not described are kept.
                if inner.is_empty() {
                    continue;
                }
                let is_property = schemas
                    .iter()
                    .any(|schema| schema["properties"].get(key).is_some());
                let pointer = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                add_spots(found, pointer, inner, is_property, value);
            }
        }
        Value::Array(values) => {
            let inner: Vec<&Value> = schemas.iter().map(|schema| &schema["items"]).collect();
            for (index, value) in values.iter().enumerate() {
                add_spots(
                    found,
                    format!("{pointer}/{index}"),
                    inner.clone(),
                    false,
                    value,
                );
            }
        }
        _ => {}
    }
    found.push(Spot {
        pointer,
        schemas,
        position,
        is_property,
    });
}

impl Spot<'_> {
    fn changes(&self, response: &Value) -> Vec<Change> {
        let mut changes = Vec::new();
        // Only the client tolerates null as an item of the root (`members.rs`).
        let is_member = !self.is_property && self.pointer.matches('/').count() == 1;
        if !self.pointer.is_empty() && !is_member {
            changes.push(Change::Null);
        }
        if self.is_property {
            changes.push(Change::Drop);
        }
        let has = |key: &str| self.schemas.iter().any(|schema| !schema[key].is_null());
        if has("enum") {
            changes.push(Change::NewValue);
        }
        if has("properties") {
            changes.push(Change::UnknownProperty);
        }
        let is = |ty: &str| self.schemas.iter().any(|schema| schema["type"] == ty);
        let value = response.pointer(&self.pointer).unwrap();
        if is("integer")
            && let Some(number) = value.as_i64()
        {
            let written = [
                format!("{number}.0"),
                format!("{}e3", number / 1000),
                format!("{}E+2", number / 100),
            ];
            changes.extend(written.map(Change::Written));
        }
        // A value that may also be a string keeps its type.
        if (is("integer") || is("number")) && value.is_number() && !is("string") {
            changes.push(Change::Written(format!("\"{value}\"")));
            if let Some(number) = value.as_i64() {
                changes.push(Change::Written(format!("\"{}e3\"", number / 1000)));
            }
            let name = self.pointer.rsplit('/').next().unwrap_or_default();
            let is_int64 = self
                .schemas
                .iter()
                .any(|schema| schema["format"] == "int64");
            if self.is_property && is_int64 && is_time(name, self.position) {
                changes.push(Change::Time);
            }
        }
        if !self.pointer.is_empty() && !is_member && !has("oneOf") && !has("anyOf") {
            match value {
                Value::Object(_) if is("object") || has("properties") => {
                    changes.push(Change::Emptied("[]"));
                }
                Value::Array(_) if is("array") => changes.push(Change::Emptied("{}")),
                _ => {}
            }
        }
        changes
    }
}
