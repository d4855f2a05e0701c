//! Whatever a document holds, it becomes Rust or an error: no panic, no name
//! twice, no end of waiting.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use launchdarkly_api_codegen::{Document, Settings, audit, generate};
use proptest::prelude::*;
use serde_json::{Value, json};
use syn::{ImplItem, Item};

use support::{document, read};

/// Far more than a document takes on a busy machine.
const LONGEST: Duration = Duration::from_secs(120);

/// What is as it should not be.
fn wrong() -> impl Strategy<Value = Value> {
    let references = [
        "#/components/schemas/Lamp",
        "#/components/schemas/Nowhere",
        "#/components/schemas/LampPost",
        "#/components/schemas/Lamps",
        "#/components/schemas/Error",
        "#/components/responses/Bad",
        "#/paths",
        "#",
        "",
        "other.yaml#/A",
        "#/components/schemas/%",
    ];
    prop_oneof![
        proptest::sample::select(vec![
            json!(null),
            json!(true),
            json!(-1.5),
            json!(u64::MAX),
            json!(""),
            json!([]),
            json!({}),
            json!([null]),
            json!({"type": "string", "enum": ["", "A", "a", "1", "-"]}),
            json!({"type": "integer", "enum": [1, 2]}),
            json!({"type": ["string", "null"]}),
            json!({"type": "object", "additionalProperties": false}),
            json!({"type": "string", "pattern": "("}),
            json!({"type": "array"}),
            json!({"allOf": [{"type": "string"}, {"type": "integer"}]}),
            json!({"oneOf": []}),
            json!({"not": {}}),
        ]),
        proptest::sample::select(references.to_vec()).prop_map(|to| json!({"$ref": to})),
        (
            proptest::sample::select(vec!["allOf", "anyOf", "oneOf"]),
            proptest::sample::select(references.to_vec()),
        )
            .prop_map(|(kind, to)| json!({kind: [{"$ref": to}, {"type": "object"}]})),
        name().prop_map(Value::String),
        (1..60_usize).prop_map(|depth| {
            (0..depth).fold(
                json!({"type": "string"}),
                |inner, _| json!({"type": "array", "items": inner}),
            )
        }),
    ]
}

/// Names that Rust, the generated code, or changing the case makes difficult.
fn name() -> impl Strategy<Value = String> {
    let names = [
        "type",
        "self",
        "Self",
        "crate",
        "super",
        "async",
        "gen",
        "_",
        "__",
        "",
        "1",
        "-",
        "a b",
        "\u{e9}t\u{e9}",
        "\u{1f4a1}",
        "r#fn",
        "foo_bar",
        "FooBar",
        "fooBar",
        "foo-bar",
        "Lamp",
        "lamp",
        "LAMP",
        "Value",
        "Object",
        "Part",
        "Option",
        "String",
        "Vec",
        "Result",
        "Some",
        "Ok",
        "Box",
        "Default",
        "Client",
        "client",
        "Error",
        "error",
        "send",
        "new",
        "body",
        "value",
        "values",
        "request",
        "result",
        "items",
        "pages",
        "build",
        "builder",
        "name",
        "f",
        "to",
        "unknown",
        "Unknown",
        "\"",
        "\\",
        "*/",
        "{",
        "{x}",
        "/",
        "~",
        "#",
        "\n",
        "\0",
    ];
    prop_oneof![
        proptest::sample::select(names.to_vec()).prop_map(str::to_owned),
        "\\PC{0,12}",
        (1..5000_usize).prop_map(|length| "long".repeat(length)),
    ]
}

#[derive(Debug, Clone)]
enum Mutation {
    Drop(usize),
    Put(usize, Value),
    Rename(usize, String),
    /// Beside itself, under another name.
    Repeat(usize, String),
    /// To another place.
    Copy(usize, usize),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    prop_oneof![
        any::<usize>().prop_map(Mutation::Drop),
        (any::<usize>(), wrong()).prop_map(|(at, value)| Mutation::Put(at, value)),
        (any::<usize>(), name()).prop_map(|(at, name)| Mutation::Rename(at, name)),
        (any::<usize>(), name()).prop_map(|(at, name)| Mutation::Repeat(at, name)),
        (any::<usize>(), any::<usize>()).prop_map(|(from, to)| Mutation::Copy(from, to)),
    ]
}

/// The pointers of everything in a document but itself.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    let mut inner = |key: &str, value: &Value| {
        let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        found.push(at.clone());
        places(value, &at, found);
    };
    match value {
        Value::Object(object) => object.iter().for_each(|(key, value)| inner(key, value)),
        Value::Array(values) => values
            .iter()
            .enumerate()
            .for_each(|(index, value)| inner(&index.to_string(), value)),
        _ => {}
    }
}

fn apply(root: &mut Value, mutation: Mutation) {
    let mut all = Vec::new();
    places(root, "", &mut all);
    let place = |at: usize| all[at % all.len()].clone();
    let take = |root: &mut Value, at: &str| -> Option<(String, String, Value)> {
        let (holder, key) = at.rsplit_once('/')?;
        let key = key.replace("~1", "/").replace("~0", "~");
        let value = match root.pointer_mut(holder)? {
            Value::Object(object) => object.remove(&key)?,
            Value::Array(values) => values.remove(key.parse().ok()?),
            _ => return None,
        };
        Some((holder.to_owned(), key, value))
    };
    let put = |root: &mut Value, holder: &str, key: String, value: Value| {
        if let Some(Value::Object(object)) = root.pointer_mut(holder) {
            object.insert(key, value);
        }
    };
    match mutation {
        Mutation::Drop(at) => drop(take(root, &place(at))),
        Mutation::Put(at, value) => *root.pointer_mut(&place(at)).unwrap() = value,
        Mutation::Rename(at, name) => {
            if let Some((holder, _, value)) = take(root, &place(at)) {
                put(root, &holder, name, value);
            }
        }
        Mutation::Repeat(at, name) => {
            let at = place(at);
            let value = root.pointer(&at).unwrap().clone();
            put(root, at.rsplit_once('/').unwrap().0, name, value);
        }
        Mutation::Copy(from, to) => {
            let value = root.pointer(&place(from)).unwrap().clone();
            *root.pointer_mut(&place(to)).unwrap() = value;
        }
    }
}

/// Names that are there twice, in a module, a struct, an enum or an impl.
fn twice(items: &[Item], found: &mut Vec<String>) {
    let mut types = BTreeSet::new();
    let mut once = |set: &mut BTreeSet<String>, name: String| {
        if !set.insert(name.clone()) {
            found.push(name);
        }
    };
    for item in items {
        let mut inner = BTreeSet::new();
        match item {
            Item::Struct(item) => {
                once(&mut types, item.ident.to_string());
                for field in item.fields.iter().filter_map(|field| field.ident.as_ref()) {
                    once(&mut inner, field.to_string());
                }
            }
            Item::Enum(item) => {
                once(&mut types, item.ident.to_string());
                for variant in &item.variants {
                    once(&mut inner, variant.ident.to_string());
                }
            }
            Item::Static(item) => once(&mut types, item.ident.to_string()),
            Item::Impl(item) => {
                for inner_item in &item.items {
                    if let ImplItem::Fn(method) = inner_item {
                        once(&mut inner, method.sig.ident.to_string());
                    }
                }
            }
            _ => {}
        }
    }
    for item in items {
        if let Item::Mod(module) = item
            && let Some((_, items)) = &module.content
        {
            twice(items, found);
        }
    }
}

/// The Rust of a document, sound as far as its syntax and its names go, or the
/// reason why there is none.
fn sound(document: &Document) -> Result<(), String> {
    let started = Instant::now();
    let code = generate(document, &Settings::default());
    let _ = audit(document, &Settings::default());
    assert!(started.elapsed() < LONGEST, "{:?}", started.elapsed());
    let code = code.map_err(|error| error.to_string())?;
    let file = syn::parse_file(&code).unwrap_or_else(|error| panic!("{error} in\n{code}"));
    let mut names = Vec::new();
    twice(&file.items, &mut names);
    assert_eq!(names, Vec::<String>::new(), "names that are there twice");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_mutated_document_becomes_sound_rust_or_an_error(
        mutations in proptest::collection::vec(mutation(), 1..4)
    ) {
        let mut root = document();
        for mutation in mutations {
            if root.is_object() {
                apply(&mut root, mutation);
            }
        }
        if let Some(document) = read(&root)
            && let Err(reason) = sound(&document)
        {
            prop_assert!(!reason.trim().is_empty());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn names_of_any_kind_become_sound_rust_or_an_error(
        properties in proptest::collection::vec(name(), 0..4),
        schemas in proptest::collection::vec(name(), 0..3),
        values in proptest::collection::vec(name(), 0..4),
        parameters in proptest::collection::vec(name(), 0..3),
        id in proptest::option::weighted(0.2, name()),
        tag in proptest::option::weighted(0.2, name()),
    ) {
        let mut root = document();
        let used = &mut root["components"]["schemas"];
        for name in &schemas {
            used[name] = json!({"type": "object", "properties": {"a": {"type": "string"}}});
            used["LampPost"]["properties"][format!("of{name}")] =
                json!({"$ref": format!("#/components/schemas/{name}")});
        }
        for name in &properties {
            used["LampPost"]["properties"][name] = json!({"type": "string"});
        }
        used["Lamp"]["properties"]["kind"]["enum"] = json!(values);
        let form = &mut root["paths"]["/lamps/{lampKey}"]["put"]["requestBody"]["content"];
        for name in &properties {
            form["multipart/form-data"]["schema"]["properties"][name] = json!({"type": "string"});
        }
        let post = &mut root["paths"]["/lamps"]["post"];
        let parameters = parameters
            .iter()
            .map(|name| json!({"name": name, "in": "query", "schema": {"type": "string"}}));
        post["parameters"] = parameters.collect();
        if let Some(id) = id {
            post["operationId"] = json!(id);
        }
        if let Some(tag) = tag {
            post["tags"] = json!([tag]);
        }
        if let Some(document) = read(&root)
            && let Err(reason) = sound(&document)
        {
            prop_assert!(!reason.trim().is_empty());
        }
    }
}

#[test]
fn a_schema_that_is_made_of_itself_is_an_error_with_file_place_and_cycle() {
    let schema = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
    for kind in ["allOf", "anyOf", "oneOf"] {
        for (made_of, cycle) in [
            (schema("Lamp"), "Lamp -> Lamp"),
            (schema("Other"), "Lamp -> Other -> Lamp"),
            (schema("Renamed"), "Lamp -> Renamed -> Other -> Lamp"),
        ] {
            let mut root = document();
            let schemas = &mut root["components"]["schemas"];
            schemas["Lamp"] = json!({kind: [{"type": "object"}, made_of]});
            schemas["Other"] = json!({kind: [schema("Lamp"), {"type": "object"}]});
            schemas["Renamed"] = schema("Other");
            let reason = sound(&read(&root).unwrap()).unwrap_err();
            assert!(
                reason.starts_with("mutated.yaml: at /components/schemas/"),
                "{reason}"
            );
            assert!(
                reason.ends_with(&format!(
                    "is made of itself: {cycle}: remove one of these references"
                )),
                "{reason}"
            );
        }
    }
}

#[test]
fn a_schema_that_contains_itself_has_an_example_of_finite_size() {
    let itself = json!({"$ref": "#/components/schemas/Tree"});
    let list = json!({"type": "array", "items": itself});
    let text = json!({"type": "string"});
    for tree in [
        list.clone(),
        json!({"type": "object", "additionalProperties": itself}),
        json!({"type": "array", "items": {"type": "array", "items": itself}}),
        json!({"oneOf": [list, text]}),
        json!({"oneOf": [text, list]}),
        json!({"type": "object", "required": ["trees"], "properties": {"trees": list}}),
    ] {
        let mut root = document();
        let schemas = &mut root["components"]["schemas"];
        schemas["Tree"] = tree;
        schemas["LampPost"]["properties"]["tree"] = itself.clone();
        schemas["LampPost"]["required"] = json!(["tree"]);
        sound(&read(&root).unwrap()).unwrap();
    }
}

#[test]
fn the_document_that_is_mutated_is_sound() {
    sound(&read(&document()).unwrap()).unwrap();
}

#[test]
fn a_text_of_ten_megabytes_is_read() {
    let long = "word ".repeat(2 << 20);
    let mut root = document();
    root["components"]["schemas"]["Lamp"]["description"] = json!(long);
    sound(&read(&root).unwrap()).unwrap();
}

#[test]
fn a_document_that_is_nested_too_deep_is_an_error() {
    for depth in [1_000, 100_000] {
        let nested = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for ending in ["json", "yaml"] {
            let text = format!("{{\"openapi\": \"3.0.3\", \"x\": {nested}}}");
            assert!(Document::parse(format!("deep.{ending}"), &text).is_err());
        }
    }
}
