//! Tests the mock of every operation with calls of every operation, and an example
//! of every response.

use conformance::{
    arguments::Arguments,
    compare::difference,
    document::{Document, Operation},
    instance::{Maker, Style},
    requests,
    table::{self, MockResponse},
};
use launchdarkly_api::{Client, UnixMillis, httpmock::MockServer, mock::Examples};
use serde_json::{Value, json};

use crate::{
    support::{DOCUMENT, assert_none},
    wire::client,
};

/// Path arguments that a mock must match literally.
const HOSTILE: [&str; 4] = ["a.b", "a/b c", "100%", "ü"];

/// The arguments of an operation, with hostile path arguments.
fn arguments(operation: Operation<'_>, choice: usize) -> (Arguments, usize) {
    let maker = Maker::new(&DOCUMENT, Style::Hostile).choice(choice);
    let arguments = requests::full(&DOCUMENT, operation, &maker);
    let (mut arguments, patches) = requests::patched(operation, choice, arguments);
    let path = arguments.parameters.iter_mut();
    let path = path.filter(|((location, _), _)| location == "path");
    for (place, (_, value)) in path.enumerate() {
        *value = HOSTILE[(choice + place) % HOSTILE.len()].into();
    }
    (arguments, patches.max(HOSTILE.len()))
}

/// The documented responses of an operation, with short lists to save time.
fn responses(operation: Operation<'_>) -> impl Iterator<Item = MockResponse> {
    DOCUMENT.successes(operation).map(|(status, schema)| {
        let maker = Maker::new(&DOCUMENT, Style::Hostile).items(1);
        MockResponse {
            status,
            body: schema.map(|schema| maker.full(schema)).unwrap_or_default(),
        }
    })
}

/// The status of the response to a call, and the body if the call succeeds.
async fn call(
    client: &Client,
    entry: &table::Operation,
    arguments: &Arguments,
) -> (Option<u16>, Option<Value>) {
    match (entry.call)(client, arguments).unwrap().await {
        Ok(result) => (Some(result.status), result.value),
        Err(error) => (error.status().map(|status| status.as_u16()), None),
    }
}

#[tokio::test]
async fn a_mock_responds_to_the_call_with_its_arguments() {
    let server = MockServer::start_async().await;
    let client = client(server.base_url());
    let (mut findings, mut calls, mut documented) = (Vec::new(), 0, 0);
    for operation in DOCUMENT.operations() {
        let entry = requests::entry(operation).unwrap();
        for response in responses(operation) {
            documented += 1;
            let mut choice = 0;
            loop {
                let (arguments, choices) = arguments(operation, choice);
                let mock = (entry.mock)(&server, &arguments, &response).unwrap();
                let (status, body) = call(&client, entry, &arguments).await;
                if status != Some(response.status) || mock.calls_async().await != 1 {
                    findings.push(format!("{}: {status:?} to {arguments:?}", entry.id));
                }
                let schema = DOCUMENT.successes(operation);
                let schema = schema.filter(|(status, _)| *status == response.status);
                if let (Some((_, Some(schema))), Some(body)) = (schema.last(), &body) {
                    let lost = difference(&DOCUMENT, schema, &response.body, body);
                    findings.extend(lost.map(|lost| format!("{}: {lost}", entry.id)));
                }
                mock.delete_async().await;
                calls += 1;
                choice += 1;
                if choice == choices {
                    break;
                }
            }
        }
    }
    assert_none(&findings);
    let operations = DOCUMENT.operations().count();
    assert!(documented >= operations, "{documented} for {operations}");
    assert!(calls >= HOSTILE.len() * documented, "{calls}");
}

#[tokio::test]
async fn a_mock_ignores_a_call_with_a_different_argument() {
    let server = MockServer::start_async().await;
    let client = client(server.base_url());
    let (mut findings, mut calls) = (Vec::new(), 0);
    for operation in DOCUMENT.operations() {
        let entry = requests::entry(operation).unwrap();
        let (arguments, _) = arguments(operation, 0);
        let mock = responses(operation).next().unwrap();
        let mock = (entry.mock)(&server, &arguments, &mock).unwrap();
        let different = different(operation, &arguments);
        let takes_none = arguments == Arguments::default();
        assert_eq!(different.is_empty(), takes_none, "{}", entry.id);
        for (what, differing) in different {
            // Some values of a body have no valid alternative.
            let possible = differing
                .into_iter()
                .find(|arguments| (entry.call)(&client, arguments).is_ok());
            match possible {
                Some(arguments) if call(&client, entry, &arguments).await.0 == Some(404) => {}
                other => findings.push(format!("{}: {what} in {other:?}", entry.id)),
            }
            calls += 1;
        }
        assert_eq!(mock.calls_async().await, 0, "{}", entry.id);
        mock.delete_async().await;
    }
    assert_none(&findings);
    assert!(calls > DOCUMENT.operations().count(), "{calls}");
}

#[tokio::test]
async fn a_mock_ignores_calls_of_other_operations() {
    let mut findings = with_another_response(DOCUMENT.operations()).await;
    // The first matching mock responds.
    let mut reversed: Vec<_> = DOCUMENT.operations().collect();
    reversed.reverse();
    findings.extend(with_another_response(reversed).await);
    assert_none(&findings);
}

/// Mocks all operations with any arguments and calls each. Returns the operations
/// whose own mock did not respond.
async fn with_another_response<'a>(
    operations: impl IntoIterator<Item = Operation<'a>>,
) -> Vec<String> {
    let server = MockServer::start_async().await;
    let client = client(server.base_url());
    let mut mocks = Vec::new();
    for operation in operations {
        let entry = requests::entry(operation).unwrap();
        let anything = Arguments::default();
        let response = responses(operation).next().unwrap();
        let mock = (entry.mock)(&server, &anything, &response).unwrap();
        mocks.push((entry, arguments(operation, 0).0, mock));
    }
    let mut findings = Vec::new();
    for (entry, arguments, mock) in &mocks {
        call(&client, entry, arguments).await;
        if mock.calls_async().await != 1 {
            findings.push(entry.id.to_owned());
        }
    }
    assert_eq!(mocks.len(), table::operations().len());
    findings
}

/// For each argument: its name, and the arguments with all changes of this one.
fn different(operation: Operation<'_>, arguments: &Arguments) -> Vec<(String, Vec<Arguments>)> {
    let mut different = Vec::new();
    for (key, value) in &arguments.parameters {
        let changed = changed(value).into_iter().map(|value| {
            let mut arguments = arguments.clone();
            arguments.parameters.insert(key.clone(), value);
            arguments
        });
        different.push((key.1.clone(), changed.collect()));
    }
    if arguments.patch.is_some() {
        for choice in 1..requests::patched(operation, 0, Arguments::default()).1 {
            let (arguments, _) = requests::patched(operation, choice, arguments.clone());
            different.push((format!("patch {choice}"), vec![arguments]));
        }
    } else if let Some(body) = &arguments.body {
        let changed = changed(body).into_iter().map(|body| Arguments {
            body: Some(body),
            ..arguments.clone()
        });
        different.push(("body".to_owned(), changed.collect()));
    }
    for (name, text) in &arguments.texts {
        let mut arguments = arguments.clone();
        arguments.texts.insert(name.clone(), format!("{text}x"));
        different.push((name.clone(), vec![arguments]));
    }
    for (name, file) in &arguments.files {
        let mut arguments = arguments.clone();
        let file = file.iter().copied().chain([0]).collect();
        arguments.files.insert(name.clone(), file);
        different.push((name.clone(), vec![arguments]));
    }
    different
}

/// All variants of the value with one change.
fn changed(value: &Value) -> Vec<Value> {
    match value {
        Value::Null => vec![json!(1)],
        Value::Bool(is) => vec![json!(!is)],
        Value::String(text) => vec![json!(format!("{text}x"))],
        Value::Number(number) => vec![match number.as_i64() {
            Some(number) => json!(number + 1),
            None => json!(number.as_f64().unwrap() + 1.0),
        }],
        Value::Array(members) => {
            let inner = members.iter().enumerate().flat_map(|(place, member)| {
                changed(member).into_iter().map(move |member| {
                    let mut members = members.clone();
                    members[place] = member;
                    members.into()
                })
            });
            inner.chain([json!([])]).collect()
        }
        Value::Object(entries) => {
            let inner = entries.iter().flat_map(|(key, entry)| {
                changed(entry).into_iter().map(move |entry| {
                    let mut entries = entries.clone();
                    entries.insert(key.clone(), entry);
                    entries.into()
                })
            });
            inner.collect()
        }
    }
}

#[test]
fn an_example_of_every_response_is_complete_and_survives_a_round_trip() {
    let (mut findings, mut count) = (Vec::new(), 0);
    for operation in DOCUMENT.operations() {
        let entry = requests::entry(operation).unwrap();
        let schema = DOCUMENT.successes(operation).find_map(|(_, schema)| schema);
        let (Some(example), Some(schema)) = (entry.example, schema) else {
            assert!(entry.example.is_none() && schema.is_none(), "{}", entry.id);
            continue;
        };
        for items in [1, 2] {
            match example(&Examples::new().items(items)) {
                Ok((before, after)) => {
                    if before != after {
                        findings.push(format!("{}: {before} became {after}", entry.id));
                    }
                    if before != example(&Examples::new().items(items)).unwrap().0 {
                        findings.push(format!("{}: differs each time", entry.id));
                    }
                    let mut missing = Vec::new();
                    add_missing(
                        &DOCUMENT,
                        schema,
                        &before,
                        "",
                        &mut Vec::new(),
                        &mut missing,
                    );
                    findings.extend(missing.iter().map(|what| format!("{}: {what}", entry.id)));
                }
                Err(fault) => findings.push(format!("{}: {fault}", entry.id)),
            }
        }
        count += 1;
    }
    assert_none(&findings);
    assert!(2 * count > DOCUMENT.operations().count(), "{count}");
}

#[test]
fn an_example_without_optional_properties_is_smaller_and_survives_a_round_trip() {
    let mut findings = Vec::new();
    let (mut less, mut with_example) = (0, 0);
    for operation in DOCUMENT.operations() {
        let entry = requests::entry(operation).unwrap();
        let Some(example) = entry.example else {
            continue;
        };
        with_example += 1;
        let (full, _) = example(&Examples::new()).unwrap();
        let examples = Examples::new().optional(false).time(UnixMillis::new(7));
        match example(&examples) {
            Ok((before, after)) if before == after => {
                less += usize::from(before.to_string().len() < full.to_string().len());
            }
            other => findings.push(format!("{}: {other:?}", entry.id)),
        }
    }
    assert_none(&findings);
    assert!(2 * less > with_example, "{less} of {with_example}");
}

/// Adds the properties of a schema that the value does not have, except those that
/// would contain themselves.
fn add_missing<'a>(
    document: &'a Document,
    schema: &'a Value,
    value: &Value,
    place: &str,
    inside: &mut Vec<&'a Value>,
    missing: &mut Vec<String>,
) {
    let resolved = document.resolved(schema);
    let is_named = schema["$ref"].is_string();
    if is_named {
        inside.push(resolved);
    }
    for part in resolved["allOf"].as_array().into_iter().flatten() {
        add_missing(document, part, value, place, inside, missing);
    }
    for (name, property) in resolved["properties"].as_object().into_iter().flatten() {
        let place = format!("{place}/{name}");
        match value.get(name) {
            Some(value) => add_missing(document, property, value, &place, inside, missing),
            None if is_inside(document, property, inside) => {}
            None => missing.push(place),
        }
    }
    let (inner, members): (_, Vec<&Value>) = match value {
        Value::Array(members) => (&resolved["items"], members.iter().collect()),
        Value::Object(entries) if resolved["additionalProperties"].is_object() => (
            &resolved["additionalProperties"],
            entries.values().collect(),
        ),
        _ => (&Value::Null, vec![]),
    };
    if members.is_empty() && inner.is_object() && !is_inside(document, inner, inside) {
        missing.push(format!("{place}/*"));
    }
    for member in members {
        add_missing(
            document,
            inner,
            member,
            &format!("{place}/*"),
            inside,
            missing,
        );
    }
    if is_named {
        inside.pop();
    }
}

/// Whether one of these schemas is the schema, or the schema of its items.
fn is_inside(document: &Document, schema: &Value, inside: &[&Value]) -> bool {
    let resolved = document.resolved(schema);
    if schema["$ref"].is_string() && inside.contains(&resolved) {
        return true;
    }
    let mut parts = resolved["allOf"].as_array().into_iter().flatten();
    parts.any(|part| is_inside(document, part, inside))
        || [&resolved["items"], &resolved["additionalProperties"]]
            .into_iter()
            .any(|inner| inner.is_object() && is_inside(document, inner, inside))
}
