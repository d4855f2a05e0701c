//! The examples in the published documents: all decode, and those that are valid by
//! their document survive a round trip.

use std::{collections::BTreeMap, fs};

use conformance::{
    compare::difference,
    document::Document,
    requests, schema,
    table::{self, Describe, RoundTrip},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::support::{DOCUMENT, assert_none, shared, source};

/// The published documents whose bad examples are listed in `known/examples.yaml`.
pub const CHECKED: [&str; 2] = ["launchdarkly-v22.yaml", "launchdarkly-v23.yaml"];

/// Examples that are known to be bad, and the reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    reason: String,
    /// Whether the example is bad by a later document, and good by its own.
    #[serde(default)]
    superseded: bool,
    pointers: Vec<String>,
}

/// Their pointers, and whether each is superseded.
fn known() -> BTreeMap<String, bool> {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/known/examples.yaml"));
    let known: Vec<Known> = serde_saphyr::from_str(&text.unwrap()).unwrap();
    let mut pointers = BTreeMap::new();
    for Known {
        reason,
        superseded,
        pointers: bad,
    } in known
    {
        assert!(!reason.is_empty(), "{bad:?} have no reason");
        pointers.extend(bad.into_iter().map(|pointer| (pointer, superseded)));
    }
    pointers
}

pub struct Example<'a> {
    pub pointer: String,
    /// The schema in its document.
    pub schema: Value,
    pub value: Value,
    pub round_trip: RoundTrip,
    /// The JSON Schema of its type in the crate.
    pub described: Describe,
    /// Whether it is assembled from the examples of its properties.
    is_assembled: bool,
    /// The schema in the vendored document.
    pub ours: &'a Value,
}

#[derive(Debug, Default)]
struct Counts {
    valid: usize,
    /// Not valid by their own schema.
    invalid: usize,
    /// Without a required property, which has no example.
    incomplete: usize,
    known: usize,
}

#[test]
fn every_published_example_decodes_and_a_valid_one_survives_a_round_trip() {
    let test = "every_published_example_decodes_and_a_valid_one_survives_a_round_trip";
    let mut unused = known();
    let known = known();
    let mut findings = Vec::new();
    let Some(specs) = shared(test, "specs") else {
        return;
    };
    for file in CHECKED {
        let path = specs.join(file);
        let document = Document::read(&path).unwrap();
        let mut counts = Counts::default();
        for example in examples(&document) {
            let violations = schema::violations(&document, &example.schema, &example.value);
            let is_valid = violations.unwrap().is_empty();
            *match (is_valid, example.is_assembled) {
                (true, _) => &mut counts.valid,
                (false, false) => &mut counts.invalid,
                (false, true) => &mut counts.incomplete,
            } += 1;
            let Some(found) = deviation(&example, is_valid) else {
                continue;
            };
            let pointer = format!("{file}#{}", example.pointer);
            unused.remove(&pointer);
            if known.contains_key(&pointer) {
                counts.known += 1;
            } else {
                findings.push(format!("{pointer}: {found}"));
            }
        }
        println!("{file}: {counts:?}");
        assert!(counts.valid > 0, "{file}: {counts:?}");
    }
    // What is bad is known of the document that ours was made of, and the
    // one before; in another place it may be less.
    let source = source();
    unused.retain(|pointer, superseded| {
        !*superseded && source.is_some_and(|source| pointer.starts_with(source))
    });
    findings.extend(unused.keys().map(|pointer| format!("{pointer} is not bad")));
    assert_none(&findings);
}

/// The difference after a round trip of an example. One that is not valid must
/// decode at least, because LaunchDarkly published it.
fn deviation(example: &Example<'_>, is_valid: bool) -> Option<String> {
    match (example.round_trip)(example.value.to_string().as_bytes()) {
        Ok(_) if !is_valid => None,
        Ok(after) => difference(&DOCUMENT, example.ours, &example.value, &after),
        Err(fault) => Some(fault.to_string()),
    }
}

/// The examples of schemas that the crate has a type for.
pub fn examples(document: &Document) -> Vec<Example<'static>> {
    let mut found = Vec::new();
    for operation in document.operations() {
        let ours = DOCUMENT
            .operations()
            .find(|ours| (ours.method, ours.path) == (operation.method, operation.path));
        let Some((entry, ours)) = ours.and_then(|ours| Some((requests::entry(ours)?, ours))) else {
            continue;
        };
        let success = DOCUMENT.successes(ours).find_map(|(_, schema)| schema);
        let request = DOCUMENT.body(ours).map(|(_, schema)| schema);
        let at = |rest: &str| {
            let path = operation.path.replace('~', "~0").replace('/', "~1");
            format!("/paths/{path}/{}/{rest}", operation.method.to_lowercase())
        };
        let mut add = |at: String,
                       holder: &Value,
                       ty: Option<(RoundTrip, Describe)>,
                       ours: Option<&'static Value>| {
            let media = &document.resolved(holder)["content"]["application/json"];
            if let (Some(value), Some((round_trip, described)), Some(ours)) =
                (media.get("example"), ty, ours)
            {
                found.push(Example {
                    pointer: format!("{at}/content/application~1json/example"),
                    schema: media["schema"].clone(),
                    value: value.clone(),
                    round_trip,
                    described,
                    is_assembled: false,
                    ours,
                });
            }
        };
        let body = &operation.value["requestBody"];
        add(
            at("requestBody"),
            body,
            entry.request.zip(entry.request_schema),
            request,
        );
        for (status, response) in operation.value["responses"].as_object().unwrap() {
            if status.starts_with('2') {
                add(
                    at(&format!("responses/{status}")),
                    response,
                    entry.response.zip(entry.response_schema),
                    success,
                );
            }
        }
    }
    let ours: BTreeMap<&str, &Value> = DOCUMENT.schemas().collect();
    for (name, schema) in document.schemas() {
        let ty = table::types().iter().find(|ty| ty.schemas.contains(&name));
        let (Some(ty), Some(ours)) = (ty, ours.get(name)) else {
            continue;
        };
        let pointer = format!("/components/schemas/{name}");
        let assembled = assembled(document, schema, &mut Vec::new());
        let whole = schema.get("example").cloned();
        for (pointer, value, is_assembled) in [
            (format!("{pointer}/example"), whole, false),
            (format!("{pointer}/properties"), assembled, true),
        ] {
            if let Some(value) = value {
                found.push(Example {
                    pointer,
                    schema: json!({"$ref": format!("#/components/schemas/{name}")}),
                    value,
                    round_trip: ty.round_trip,
                    described: ty.schema,
                    is_assembled,
                    ours,
                });
            }
        }
    }
    found
}

/// A value assembled from the examples of its properties.
fn assembled<'a>(
    document: &'a Document,
    schema: &'a Value,
    inside: &mut Vec<&'a Value>,
) -> Option<Value> {
    let schema = document.resolved(schema);
    if inside.iter().any(|outer| std::ptr::eq(*outer, schema)) {
        return None;
    }
    inside.push(schema);
    let mut object = Map::new();
    for part in schema["allOf"].as_array().into_iter().flatten() {
        if let Some(Value::Object(part)) = assembled(document, part, inside) {
            object.extend(part);
        }
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let value = match property.get("example") {
            Some(example) => Some(example.clone()),
            None => assembled(document, property, inside),
        };
        object.extend(value.map(|value| (name.clone(), value)));
    }
    let value = match &schema["items"] {
        Value::Null => (!object.is_empty()).then_some(Value::Object(object)),
        items => match items.get("example") {
            Some(example) => Some(example.clone()),
            None => assembled(document, items, inside),
        }
        .map(|item| json!([item])),
    };
    inside.pop();
    value
}
