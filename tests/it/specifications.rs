//! The published specifications, and the vendored one, through codegen.

use std::path::Path;

use launchdarkly_api_codegen::{Document, Settings, generate};
use serde_json::{Value, json};

use crate::support::{shared, source};

const VENDORED: &str = "openapi/openapi.yaml";

fn vendored() -> Document {
    Document::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(VENDORED)).unwrap()
}

/// The document with some of its operations.
fn only(document: &Document, keep: impl Fn(&Value) -> bool) -> Document {
    let mut root = document.root().clone();
    let paths = root["paths"].as_object_mut().unwrap();
    for item in paths.values_mut() {
        item.as_object_mut()
            .unwrap()
            .retain(|key, value| key == "parameters" || keep(value));
    }
    paths.retain(|_, item| item.as_object().unwrap().values().any(Value::is_object));
    reread(document, &root)
}

fn only_operation(document: &Document, id: &str) -> Document {
    only(document, |operation| operation["operationId"] == id)
}

fn reread(document: &Document, root: &Value) -> Document {
    Document::parse(format!("{}.json", document.file()), &root.to_string()).unwrap()
}

/// Drops keys wherever they are not names of properties.
fn without(value: &mut Value, drop: &dyn Fn(&str, &Value) -> bool, in_properties: bool) {
    match value {
        Value::Object(object) => {
            if !in_properties {
                object.retain(|key, value| !drop(key, value));
            }
            for (key, value) in object {
                without(value, drop, key == "properties" && !in_properties);
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| without(value, drop, false)),
        _ => {}
    }
}

fn is_prose(key: &str, _: &Value) -> bool {
    matches!(key, "description" | "summary" | "title")
}

/// What is known of the interface beside its document.
fn settings() -> Settings {
    Settings::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi")).unwrap()
}

/// The Rust a document becomes, whatever words describe it.
fn wordless_rust(document: &Document) -> String {
    let mut root = document.root().clone();
    without(&mut root["paths"], &is_prose, false);
    without(&mut root["components"], &is_prose, false);
    // OpenAPI requires a response to have one.
    for item in root["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            for response in operation["responses"].as_object_mut().unwrap().values_mut() {
                response["description"] = json!("");
            }
        }
    }
    let code = generate(&reread(document, &root), &settings()).unwrap();
    // Last come the secrets of all that a document has, used or not.
    let (code, _) = code.split_once("mod secrets {").unwrap();
    code.to_owned()
}

#[test]
fn every_published_specification_generates() {
    for (file, operations) in [
        ("launchdarkly-v18.json", 337),
        ("launchdarkly-v22.yaml", 348),
        ("launchdarkly-v23.yaml", 385),
        ("update-subscription.yaml", 1),
        ("update-subscription-page.md", 1),
    ] {
        let test = "every_published_specification_generates";
        let Some(path) = shared(test, &format!("specs/{file}")) else {
            continue;
        };
        let code = generate(&Document::read(&path).unwrap(), &Settings::default()).unwrap();
        assert_eq!(code.matches("pub fn send(").count(), operations, "{file}");
    }
}

#[test]
fn both_published_dialects_give_the_same_rust() {
    let test = "both_published_dialects_give_the_same_rust";
    let read = |file: &str| shared(test, file).map(|path| Document::read(&path).unwrap());
    let (Some(page), Some(yaml), Some(whole)) = (
        read("specs/update-subscription-page.md"),
        read("specs/update-subscription.yaml"),
        read("specs/launchdarkly-v23.yaml"),
    ) else {
        return;
    };
    let settings = settings();
    assert_eq!(
        generate(&page, &settings).unwrap(),
        generate(&yaml, &settings).unwrap()
    );
    let whole = only_operation(&whole, "updateSubscription");
    similar_asserts(&wordless_rust(&yaml), &wordless_rust(&whole));
}

/// Equality of long texts, told by the first line that differs.
fn similar_asserts(left: &str, right: &str) {
    for (number, (left, right)) in left.lines().zip(right.lines()).enumerate() {
        assert_eq!(left, right, "line {}", number + 1);
    }
    assert_eq!(left.lines().count(), right.lines().count());
}

/// The facts of a document, without words, examples, and what says nothing.
fn facts(document: &Document) -> Value {
    let root = document.unified().unwrap();
    let mut facts = json!({
        "paths": root["paths"],
        "schemas": root["components"]["schemas"],
        "security": root["security"],
        "securitySchemes": root["components"]["securitySchemes"],
        "servers": root["servers"],
    });
    without(
        &mut facts,
        &|key, value| {
            is_prose(key, value)
                || matches!(key, "example" | "style" | "explode")
                || key.starts_with("x-")
                || (key == "format" && matches!(value.as_str(), Some("string" | "boolean")))
                || (key == "required" && *value == false)
        },
        false,
    );
    sort_required(&mut facts);
    for item in facts["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            if let Some(Value::Array(parameters)) = operation.get_mut("parameters") {
                parameters.sort_by_key(|parameter| parameter["name"].to_string());
            }
            if operation["parameters"] == json!([]) {
                operation.as_object_mut().unwrap().remove("parameters");
            }
        }
    }
    facts
}

fn sort_required(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Array(names)) = object.get_mut("required") {
                names.sort_by_key(Value::to_string);
            }
            object.values_mut().for_each(sort_required);
        }
        Value::Array(values) => values.iter_mut().for_each(sort_required),
        _ => {}
    }
}

#[test]
fn the_vendored_facts_are_the_published_ones() {
    let test = "the_vendored_facts_are_the_published_ones";
    let Some(specs) = shared(test, "specs") else {
        return;
    };
    let Some(source) = source() else {
        println!("it was made of none that is here");
        return;
    };
    let path = specs.join(source);
    let (ours, published) = (facts(&vendored()), facts(&Document::read(&path).unwrap()));
    for part in ours.as_object().unwrap().keys() {
        if let (Value::Object(ours), Value::Object(published)) = (&ours[part], &published[part]) {
            let names = |facts: &serde_json::Map<_, _>| facts.keys().cloned().collect::<Vec<_>>();
            assert_eq!(names(ours), names(published), "{part}");
        }
        for (name, fact) in ours[part].as_object().into_iter().flatten() {
            assert_eq!(*fact, published[part][name], "{part}: {name}");
        }
        assert!(ours[part] == published[part], "{part}");
    }
}

#[test]
fn what_the_update_operation_generates_to() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/update_subscription.yaml");
    let document = Document::read(&file).unwrap();
    insta::assert_snapshot!(generate(&document, &Settings::default()).unwrap());
}

#[test]
fn a_document_that_cannot_be_used_names_file_place_and_reason() {
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut root = vendored().root().clone();
        change(&mut root);
        let document = Document::parse("broken.json", &root.to_string()).unwrap();
        generate(&document, &Settings::default())
            .unwrap_err()
            .to_string()
    };
    let update = "/api/v2/integrations/{integrationKey}/{id}";
    let errors = [
        broken(&|root| {
            root["components"]["schemas"]["Integration"]["properties"]["_access"] =
                json!({"$ref": "#/components/schemas/Missing"})
        }),
        broken(&|root| root["paths"][update]["patch"]["operationId"] = json!("getSubscriptions")),
        broken(&|root| {
            root["paths"][update]["patch"]["responses"] = json!({"400": {"description": ""}})
        }),
        broken(&|root| root["paths"][update]["patch"]["parameters"] = json!([])),
        broken(&|root| {
            root["paths"][update]["patch"]["requestBody"]["content"] = json!({"text/csv": {}})
        }),
        broken(&|root| {
            root["components"]["schemas"]["Integration"]["properties"]["kind"] = json!(7)
        }),
        broken(&|root| {
            root["components"]["schemas"]["Integration"]["properties"]["kind"] =
                json!({"type": "string", "enum": [1]})
        }),
        broken(&|root| root["servers"] = json!([{"url": "https://app.launchdarkly.com"}])),
        broken(&|root| root["info"] = json!([])),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}
