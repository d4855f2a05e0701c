//! Every operation on a socket: its requests are valid by the document.

use std::{collections::BTreeMap, time::Duration};

use conformance::{
    arguments::{Arguments, FILE_NAME},
    compare::difference,
    document::{Document, Operation},
    instance::{Maker, Style},
    requests, schema, table,
};
use hyper::{body::Bytes, http::request::Parts};
use launchdarkly_api::{Client, RetryPolicy};
use percent_encoding::percent_decode_str;
use serde_json::Value;

use crate::{
    server::Server,
    support::{DOCUMENT, assert_none, repository},
};

const TOKEN: &str = "api-5ecre7-0f-7he-7e575";

pub fn client(url: String) -> Client {
    Client::builder()
        .access_token(TOKEN)
        .base_url(url)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap()
}

#[test]
fn every_operation_of_the_document_has_one_method_of_its_name() {
    let mut seen = 0;
    let plain = |id: &str| {
        let letters = id.chars().filter(char::is_ascii_alphanumeric);
        letters.collect::<String>().to_ascii_lowercase()
    };
    for operation in DOCUMENT.operations() {
        let entry = requests::entry(operation).unwrap();
        assert_eq!(plain(entry.id), plain(operation.id()));
        seen += 1;
    }
    let text = std::fs::read_to_string(repository().join("openapi/openapi.yaml")).unwrap();
    let written = text.matches(" operationId: ").count();
    assert_eq!((seen, table::operations().len()), (written, written));
}

#[tokio::test]
async fn a_call_with_all_arguments_sends_a_valid_request() {
    let calls = called(requests::full).await;
    assert!(
        calls > DOCUMENT.operations().count(),
        "some bodies have alternatives: {calls}"
    );
}

#[tokio::test]
async fn a_call_with_the_required_arguments_sends_only_these() {
    let calls = called(requests::least).await;
    assert!(
        calls > DOCUMENT.operations().count(),
        "some bodies have alternatives: {calls}"
    );
}

#[tokio::test]
async fn a_delete_whose_retry_returns_not_found_has_succeeded() {
    let server = Server::start().await;
    let client =
        client(server.url()).with_retry_policy(RetryPolicy::default().base_delay(Duration::ZERO));
    let mut findings = Vec::new();
    let mut deletes = 0;
    for operation in DOCUMENT.operations() {
        let entry = requests::entry(operation).unwrap();
        if operation.method != "DELETE" {
            continue;
        }
        deletes += 1;
        server.breaks_once();
        server.responds_with(404, None);
        let maker = Maker::new(&DOCUMENT, Style::Hostile);
        let arguments = requests::full(&DOCUMENT, operation, &maker);
        match (entry.call)(&client, &arguments).unwrap().await {
            Ok(result) if result.status == 404 => {}
            Ok(result) => findings.push(format!("{}: {}", entry.id, result.status)),
            Err(error) => findings.push(error.to_string()),
        }
        if server.take().len() != 2 {
            findings.push(format!("{}: was not retried once", entry.id));
        }
    }
    assert_none(&findings);
    assert!(deletes > 0);
}

/// Makes the arguments of an operation.
type Make = fn(&'static Document, Operation<'_>, &Maker<'_>) -> Arguments;

/// Calls every operation with arguments made for it, once for each alternative of
/// its body, and checks each request and response. Returns the number of calls.
async fn called(make: Make) -> usize {
    let server = Server::start().await;
    let client = client(server.url());
    let mut findings = Vec::new();
    let mut calls = 0;
    for operation in DOCUMENT.operations() {
        let entry = requests::entry(operation).unwrap();
        let mut choice = 0;
        loop {
            let maker = Maker::new(&DOCUMENT, Style::Hostile).choice(choice);
            let arguments = make(&DOCUMENT, operation, &maker);
            let (arguments, patches) = requests::patched(operation, choice, arguments);
            let found = call(&server, &client, operation, entry, &arguments).await;
            findings.extend(
                found
                    .into_iter()
                    .map(|what| format!("{}: {what}", entry.id)),
            );
            calls += 1;
            choice += 1;
            if choice >= maker.alternatives().max(patches) {
                break;
            }
        }
    }
    assert_none(&findings);
    calls
}

async fn call(
    server: &Server,
    client: &Client,
    operation: Operation<'_>,
    entry: &table::Operation,
    arguments: &Arguments,
) -> Vec<String> {
    let maker = Maker::new(&DOCUMENT, Style::Hostile);
    let success = DOCUMENT.successes(operation).last();
    let (status, schema) = success.unwrap();
    let response = schema.map(|schema| maker.full(schema));
    server.responds_with(status, response.clone());
    let sending = match (entry.call)(client, arguments) {
        Ok(sending) => sending,
        Err(fault) => return vec![format!("an argument does not decode: {fault}")],
    };
    let result = match sending.await {
        Ok(result) => result,
        Err(error) => return vec![format!("{error} {:?}", error.decode_path())],
    };
    let mut findings = Vec::new();
    if result.status != status {
        findings.push(format!("returned status {}", result.status));
    }
    if let (Some(schema), Some(before)) = (schema, &response) {
        let after = result.value.unwrap_or_default();
        let lost = difference(&DOCUMENT, schema, before, &after);
        findings.extend(lost.map(|lost| format!("the response {lost}")));
    }
    match server.take().as_slice() {
        [(parts, body)] => {
            findings.extend(checked(&DOCUMENT, operation, arguments, parts, body).await);
        }
        requests => findings.push(format!("{} requests", requests.len())),
    }
    findings
}

/// The differences of a request from the document.
async fn checked(
    document: &Document,
    operation: Operation<'_>,
    arguments: &Arguments,
    parts: &Parts,
    body: &Bytes,
) -> Vec<String> {
    let mut findings = Vec::new();
    let mut expect = |what: &str, found: String, expected: String| {
        if found != expected {
            findings.push(format!("{what}: {found}, not {expected}"));
        }
    };
    expect("method", parts.method.to_string(), operation.method.into());
    let segments: Vec<String> = parts.uri.path().split('/').map(unescaped).collect();
    let expected: Vec<String> = operation
        .path
        .split('/')
        .map(|segment| filled(segment, arguments))
        .collect();
    expect("path", format!("{segments:?}"), format!("{expected:?}"));
    let mut expected = expected_query(document, operation, arguments);
    let mut found = query(parts.uri.query());
    expected.sort();
    found.sort();
    expect("query", format!("{found:?}"), format!("{expected:?}"));
    let header = |name: &str| -> Vec<&str> {
        let values = parts.headers.get_all(name).iter();
        values.map(|value| value.to_str().unwrap()).collect()
    };
    let version = if operation.is_beta() {
        "beta"
    } else {
        "20240415"
    };
    for (name, expected) in [
        ("authorization", TOKEN),
        ("ld-api-version", version),
        ("accept", "application/json"),
    ] {
        expect(
            name,
            format!("{:?}", header(name)),
            format!("{:?}", [expected]),
        );
    }
    let agents = header("user-agent");
    let ours = |agent: &str| agent.starts_with("launchdarkly-api-rust/");
    if !matches!(agents.as_slice(), [agent] if ours(agent)) {
        findings.push(format!("user-agent: {agents:?}"));
    }
    let mut expect = |what: &str, found: String, expected: String| {
        if found != expected {
            findings.push(format!("{what}: {found}, not {expected}"));
        }
    };
    let content_type = header("content-type").concat();
    if !arguments.files.is_empty() || !arguments.texts.is_empty() {
        expect(
            "form",
            form(&content_type, body).await,
            expected_form(arguments),
        );
    } else if let Some(patch) = &arguments.patch {
        expect("content-type", content_type, patch.content_type().into());
        let found: Value = serde_json::from_slice(body).unwrap_or_default();
        let expected = arguments.body.clone().unwrap_or_default();
        expect("body", found.to_string(), expected.to_string());
    } else if let Some(expected) = &arguments.body {
        expect("content-type", content_type, "application/json".into());
        let found: Value = serde_json::from_slice(body).unwrap_or_default();
        expect("body", found.to_string(), expected.to_string());
        let schema = document.body(operation).unwrap().1;
        let violations = schema::violations(document, schema, &found).unwrap();
        expect("body's schema", format!("{violations:?}"), "[]".into());
    } else {
        expect("content-type", content_type, String::new());
        expect("body", format!("{body:?}"), format!("{:?}", Bytes::new()));
    }
    findings
}

/// Decodes a segment. Panics unless all characters are unreserved (RFC 3986,
/// section 2.3) or escaped.
fn unescaped(segment: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
    assert!(segment.bytes().all(is_plain), "{segment}");
    percent_decode_str(segment).decode_utf8().unwrap().into()
}

fn filled(segment: &str, arguments: &Arguments) -> String {
    match segment
        .strip_prefix('{')
        .and_then(|name| name.strip_suffix('}'))
    {
        Some(name) => {
            let key = ("path".to_owned(), name.to_owned());
            text(&arguments.parameters[&key])
        }
        None => segment.to_owned(),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The decoded names and values of a query.
fn query(query: Option<&str>) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let text = text.replace('+', " ");
        percent_decode_str(&text)
            .decode_utf8()
            .unwrap()
            .into_owned()
    };
    query
        .into_iter()
        .flat_map(|query| query.split('&'))
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn expected_query(
    document: &Document,
    operation: Operation<'_>,
    arguments: &Arguments,
) -> Vec<(String, String)> {
    let mut expected = Vec::new();
    for parameter in document.parameters(operation) {
        let key = ("query".to_owned(), parameter.name.to_owned());
        let Some(value) = arguments.parameters.get(&key) else {
            continue;
        };
        let values: Vec<String> = match value {
            Value::Array(values) if parameter.explode => values.iter().map(text).collect(),
            Value::Array(values) => {
                vec![values.iter().map(text).collect::<Vec<_>>().join(",")]
            }
            value => vec![text(value)],
        };
        if parameter.location == "query" {
            expected.extend(values.into_iter().map(|value| (key.1.clone(), value)));
        }
    }
    expected
}

type Fields = BTreeMap<String, (Option<String>, Vec<u8>)>;

fn expected_form(arguments: &Arguments) -> String {
    let texts = arguments
        .texts
        .iter()
        .map(|(name, text)| (name.clone(), (None, text.clone().into_bytes())));
    let files = arguments
        .files
        .iter()
        .map(|(name, bytes)| (name.clone(), (Some(FILE_NAME.to_owned()), bytes.clone())));
    let fields: Fields = texts.chain(files).collect();
    format!("{fields:?}")
}

async fn form(content_type: &str, body: &Bytes) -> String {
    let boundary = match multer::parse_boundary(content_type) {
        Ok(boundary) => boundary,
        Err(error) => return format!("{content_type}: {error}"),
    };
    let chunks = futures_util::stream::iter([Ok::<_, std::io::Error>(body.clone())]);
    let mut form = multer::Multipart::new(chunks, boundary);
    let mut fields = Fields::new();
    while let Some(field) = form.next_field().await.unwrap() {
        let name = field.name().unwrap_or_default().to_owned();
        let file_name = field.file_name().map(str::to_owned);
        let bytes = field.bytes().await.unwrap().to_vec();
        assert!(fields.insert(name, (file_name, bytes)).is_none());
    }
    format!("{fields:?}")
}
