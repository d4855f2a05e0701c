//! The code generated from the published documents and from the vendored one.

use std::{collections::BTreeSet, path::Path};

use launchdarkly_api_codegen::{Document, Settings, generate};
use serde_json::{Value, json};

use crate::support::{PUBLISHED, shared, source};

const VENDORED: &str = "openapi/openapi.yaml";

fn vendored() -> Document {
    Document::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(VENDORED)).unwrap()
}

/// The document, reduced to some of its operations.
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

/// Removes keys of schemas and operations; names of properties stay.
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

/// The corrections and names in the files next to the vendored document.
fn settings() -> Settings {
    Settings::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi")).unwrap()
}

/// The Rust code of a document without its descriptions.
fn wordless_rust(document: &Document) -> String {
    let mut root = document.root().clone();
    without(&mut root["paths"], &is_prose, false);
    without(&mut root["components"], &is_prose, false);
    if let Some(tags) = root.get_mut("tags") {
        without(tags, &is_prose, false);
    }
    // OpenAPI requires a description for each response.
    for item in root["paths"].as_object_mut().unwrap().values_mut() {
        for operation in item.as_object_mut().unwrap().values_mut() {
            for response in operation["responses"].as_object_mut().unwrap().values_mut() {
                response["description"] = json!("");
            }
        }
    }
    let code = generate(&reread(document, &root), &settings()).unwrap();
    // The last module lists the secrets of all types, also of unused ones.
    let (code, _) = code.split_once("mod secrets {").unwrap();
    code.to_owned()
}

#[test]
fn every_operation_of_a_published_document_has_a_request_builder() {
    let test = "every_operation_of_a_published_document_has_a_request_builder";
    let excerpts = ["update-subscription.yaml", "update-subscription-page.md"];
    for file in PUBLISHED.into_iter().chain(excerpts) {
        let Some(path) = shared(test, &format!("specs/{file}")) else {
            continue;
        };
        let document = Document::read(&path).unwrap();
        let items = document.root()["paths"].as_object().unwrap().values();
        let operations = items
            .flat_map(|item| item.as_object().unwrap().values())
            .filter(|operation| operation["operationId"].is_string())
            .count();
        let code = generate(&document, &Settings::default()).unwrap();
        assert!(operations > 0, "{file}");
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
    assert_same_lines(&wordless_rust(&yaml), &wordless_rust(&whole));
}

/// Asserts that two texts are equal; the message has the first different line.
fn assert_same_lines(left: &str, right: &str) {
    for (number, (left, right)) in left.lines().zip(right.lines()).enumerate() {
        assert_eq!(left, right, "line {}", number + 1);
    }
    assert_eq!(left.lines().count(), right.lines().count());
}

/// The facts of a document: without descriptions, examples and keywords that have no effect.
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
        println!("skipped: no document in ../shared/specs has the vendored operations");
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
fn the_generated_code_of_one_operation_is_as_reviewed() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/update_subscription.yaml");
    let document = Document::read(&file).unwrap();
    insta::assert_snapshot!(generate(&document, &Settings::default()).unwrap());
}

#[test]
fn an_error_about_a_document_names_file_place_and_reason() {
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
        broken(&|root| root["servers"] = json!([{"url": "https://app.launchdarkly.com/api"}])),
        broken(&|root| root["info"] = json!([])),
    ];
    insta::assert_snapshot!(errors.join("\n"));
}

#[test]
fn operations_link_the_pages_that_launchdarkly_links() {
    let pages = |text: &str| -> BTreeSet<String> {
        text.split("https://launchdarkly.com/docs/api/")
            .skip(1)
            .filter_map(|rest| {
                let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '/');
                let page = rest.split(|c| !is_part(c)).next()?.trim_end_matches('/');
                page.contains('/').then(|| page.to_owned())
            })
            .collect()
    };
    let test = "operations_link_the_pages_that_launchdarkly_links";
    // Not every document has prose, which contains the links.
    let with_links = PUBLISHED.into_iter().rev().find_map(|file| {
        let path = shared(test, &format!("specs/{file}"))?;
        let published = pages(&std::fs::read_to_string(&path).unwrap());
        (!published.is_empty()).then_some((path, published))
    });
    let Some((path, published)) = with_links else {
        return;
    };
    let document = Document::read(&path).unwrap();
    let linked = pages(&generate(&document, &settings()).unwrap());
    assert!(published.len() > 50, "{published:?}");
    let missing: Vec<_> = published.difference(&linked).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
