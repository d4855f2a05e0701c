//! The JSON Schemas of the types (the feature `schemars`): they are valid, have the
//! properties of the document, and accept encoded values.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use conformance::{
    compare::flat,
    document::Document,
    instance::{Maker, Style},
    schema,
    table::{self, Describe, Type},
};
use jsonschema::Validator;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::{
    examples::{CHECKED, examples},
    support::{DOCUMENT, assert_none, shared},
};

/// Schemas of unions that a property `kind` distinguishes.
const WITH_KIND: [&str; 2] = ["AiConfigsMaintainerTeam", "MaintainerMember"];

/// The corrections of schemas in `openapi/corrections.yaml`.
#[derive(Deserialize)]
struct Correction {
    #[serde(default)]
    optional: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    properties: BTreeMap<String, Map<String, Value>>,
}

fn validator(described: Describe) -> Validator {
    jsonschema::draft202012::new(&described()).unwrap()
}

/// The first reason why a value is not valid.
fn violation(validator: &Validator, value: &Value) -> Option<String> {
    let error = validator.iter_errors(value).next()?;
    Some(format!("{}: {error}", error.instance_path()))
}

#[test]
fn every_schema_is_valid_and_has_the_name_of_its_type() {
    let mut findings = Vec::new();
    for ty in table::types() {
        let schema = (ty.schema)();
        assert_eq!(
            schema["$schema"],
            "https://json-schema.org/draft/2020-12/schema"
        );
        if schema["title"] != ty.name {
            findings.push(format!("{}: called {}", ty.name, schema["title"]));
        }
        if let Err(error) = jsonschema::draft202012::meta::validate(&schema) {
            findings.push(format!("{}: {}: {error}", ty.name, error.instance_path()));
        }
        let types: BTreeSet<&str> = table::types().iter().map(|ty| ty.name).collect();
        for name in schema["$defs"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, _)| name)
        {
            if !types.contains(name.as_str()) && name != "UnixMillis" {
                findings.push(format!("{}: refers to {name}", ty.name));
            }
        }
    }
    assert_none(&findings);
    assert!(!table::types().is_empty());
}

#[test]
fn the_schemas_have_the_descriptions_of_the_document() {
    let (mut findings, mut compared) = (Vec::new(), 0);
    let words = |text: &Value| -> Vec<String> {
        let text = text.as_str().unwrap_or_default();
        text.split_whitespace().map(str::to_owned).collect()
    };
    // A type of several schemas has the descriptions of one.
    for (ty, name) in named().filter(|(ty, _)| ty.schemas.len() == 1) {
        let emitted = (ty.schema)();
        let schemas: BTreeMap<&str, &Value> = DOCUMENT.schemas().collect();
        for (property, schema) in schemas[name]["properties"]
            .as_object()
            .into_iter()
            .flatten()
        {
            let said = words(&schema["description"]);
            // Keywords next to a reference have no effect, and a union has no
            // properties.
            let is_described = !said.is_empty() && schema["$ref"].is_null();
            if !is_described || emitted["properties"].is_null() {
                continue;
            }
            compared += 1;
            let found = words(&emitted["properties"][property]["description"]);
            if found != said {
                findings.push(format!("{name}.{property}: {found:?} for {said:?}"));
            }
        }
    }
    assert_none(&findings);
    assert!(compared > table::types().len(), "{compared}");
}

#[test]
fn the_configuration_of_an_integration_has_a_schema() {
    use launchdarkly_api::integrations::Datadog;

    let schema: Value = schemars::schema_for!(Datadog).into();
    assert_eq!(schema["title"], "Datadog");
    assert_eq!(schema["required"], json!(["apiKey"]));
    let config = serde_json::to_value(Datadog::new("0123456789abcdef")).unwrap();
    assert!(
        jsonschema::draft202012::new(&schema)
            .unwrap()
            .is_valid(&config)
    );
}

#[test]
fn the_schemas_have_the_properties_of_the_document() {
    let document = corrected();
    let (mut findings, mut compared) = (Vec::new(), 0);
    for (ty, name) in named() {
        let emitted = (ty.schema)();
        let schemas: BTreeMap<&str, &Value> = document.schemas().collect();
        let is_union = ["oneOf", "anyOf"]
            .iter()
            .any(|key| !schemas[name][*key].is_null());
        if is_union {
            continue;
        }
        let parts = flat(&document, &[schemas[name]]);
        let (mut properties, mut required) = (BTreeSet::new(), BTreeSet::new());
        for part in &parts {
            properties.extend(keys(&part["properties"]));
            required.extend(texts(&part["required"]));
        }
        if WITH_KIND.contains(&name) {
            properties.insert("kind");
        }
        if properties.is_empty() {
            continue;
        }
        compared += 1;
        // Some schemas require names that are not properties.
        required.retain(|name| properties.contains(name));
        if keys(&emitted["properties"]) != properties {
            findings.push(format!(
                "{}: {:?} for {properties:?}",
                ty.name,
                keys(&emitted["properties"])
            ));
        }
        if texts(&emitted["required"]) != required {
            findings.push(format!(
                "{}: requires {:?}, not {required:?}",
                ty.name,
                texts(&emitted["required"])
            ));
        }
    }
    assert_none(&findings);
    assert!(2 * compared > table::types().len(), "{compared}");
}

#[test]
fn values_of_the_documents_schemas_are_valid_before_and_after_a_round_trip() {
    let mut findings = Vec::new();
    for (ty, name) in named() {
        let validator = validator(ty.schema);
        let schema = json!({"$ref": format!("#/components/schemas/{name}")});
        let maker = Maker::new(&DOCUMENT, Style::Plain);
        for value in [maker.full(&schema), maker.least(&schema)] {
            if let Some(found) = violation(&validator, &value) {
                findings.push(format!("{name}: {found}"));
            }
            let written = (ty.round_trip)(value.to_string().as_bytes()).unwrap();
            if let Some(found) = violation(&validator, &written) {
                findings.push(format!("{name}, written: {found}"));
            }
        }
    }
    assert_none(&findings);
}

#[test]
fn the_schemas_accept_null_and_unknown_properties_and_reject_wrong_types() {
    let (mut findings, mut missing, mut wrong, mut nulls) = (Vec::new(), 0, 0, 0);
    for ty in table::types() {
        let schema = (ty.schema)();
        let Some(properties) = schema["properties"].as_object() else {
            continue;
        };
        let validator = validator(ty.schema);
        let least = (ty.round_trip)(b"{}").unwrap();
        let required = texts(&schema["required"]);
        let mut check = |what: String, value: &Value, is_valid: bool| {
            if validator.is_valid(value) != is_valid {
                findings.push(format!("{}: {what}: {value}", ty.name));
            }
        };
        let with = |name: &str, value: Value| {
            let mut object = least.clone();
            object[name] = value;
            object
        };
        check("empty".into(), &least, true);
        check(
            "an unknown property".into(),
            &with("brand new/\u{fc}", json!([1])),
            true,
        );
        check("no object".into(), &json!([]), false);
        for (name, property) in properties {
            if required.contains(name.as_str()) {
                let mut object = least.clone();
                object.as_object_mut().unwrap().remove(name);
                check(format!("without {name}"), &object, false);
                missing += 1;
            } else {
                check(format!("{name} is null"), &with(name, Value::Null), true);
                nulls += 1;
            }
            if let Some(value) = not_of(&schema, property) {
                check(format!("{name} is wrong"), &with(name, value), false);
                wrong += 1;
            }
        }
    }
    assert_none(&findings);
    let (counts, types) = ([missing, wrong, nulls], table::types().len());
    assert!(
        counts.iter().all(|count| *count > types),
        "{counts:?} for {types} types"
    );
}

/// A value that the schema rejects; `None` if it accepts all.
fn not_of(root: &Value, schema: &Value) -> Option<Value> {
    let mut open = vec![schema];
    let mut types = BTreeSet::new();
    while let Some(schema) = open.pop() {
        if let Some(target) = schema["$ref"].as_str() {
            open.push(root.pointer(target.strip_prefix('#')?)?);
        } else if let Some(parts) = schema["anyOf"].as_array() {
            open.extend(parts);
        } else if let Some(ty) = schema["type"].as_str() {
            types.insert(ty);
        } else {
            types.extend(schema["type"].as_array()?.iter().filter_map(Value::as_str));
        }
    }
    [
        ("boolean", json!(true)),
        ("array", json!([])),
        ("object", json!({})),
    ]
    .into_iter()
    .find_map(|(ty, value)| (!types.contains(ty)).then_some(value))
}

#[test]
fn every_published_example_is_valid_after_a_round_trip() {
    let test = "every_published_example_is_valid_after_a_round_trip";
    let mut validators: BTreeMap<usize, Validator> = BTreeMap::new();
    let mut findings = Vec::new();
    let (mut written, mut as_it_is) = (0, 0);
    for file in CHECKED {
        let Some(path) = shared(test, &format!("specs/{file}")) else {
            return;
        };
        let document = Document::read(&path).unwrap();
        for example in examples(&document) {
            let validator = validators
                .entry(example.described as usize)
                .or_insert_with(|| validator(example.described));
            let mut check = |what: &str, value: &Value| {
                if let Some(found) = violation(validator, value) {
                    findings.push(format!("{file}#{}, {what}: {found}", example.pointer));
                }
            };
            // `examples.rs` reports examples that do not decode.
            let Ok(after) = (example.round_trip)(example.value.to_string().as_bytes()) else {
                continue;
            };
            written += 1;
            check("written", &after);
            // Use the vendored schema: types change between documents.
            let violations = schema::violations(&DOCUMENT, example.ours, &example.value);
            if violations.unwrap().is_empty() {
                as_it_is += 1;
                check("as it is", &example.value);
            }
        }
    }
    assert_none(&findings);
    assert!(written > 0 && as_it_is > 0, "{written}, {as_it_is}");
}

/// The types of named schemas, each with the name.
fn named() -> impl Iterator<Item = (&'static Type, &'static str)> {
    table::types()
        .iter()
        .flat_map(|ty| ty.schemas.iter().map(move |name| (ty, *name)))
        .filter(|(_, name)| DOCUMENT.schemas().any(|(known, _)| known == *name))
}

fn keys(object: &Value) -> BTreeSet<&str> {
    let object = object.as_object();
    object
        .into_iter()
        .flatten()
        .map(|(key, _)| key.as_str())
        .collect()
}

fn texts(list: &Value) -> BTreeSet<&str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect()
}

/// The corrected document.
fn corrected() -> Document {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../openapi/corrections.yaml");
    let corrections: Vec<Correction> =
        serde_saphyr::from_str(&fs::read_to_string(file).unwrap()).unwrap();
    let mut root = DOCUMENT.root().clone();
    let schemas = &mut root["components"]["schemas"];
    for Correction {
        optional,
        properties,
    } in corrections
    {
        for (schema, names) in optional {
            if let Some(required) = schemas[&schema]["required"].as_array_mut() {
                required.retain(|name| !names.iter().any(|optional| name == optional));
            }
        }
        for (schema, added) in properties {
            if let Some(properties) = schemas[&schema]["properties"].as_object_mut() {
                properties.extend(added);
            }
        }
    }
    Document::from(root)
}
