//! Responses that are a list or a map with a null item.

use conformance::{
    instance::{Maker, Style},
    requests,
};
use serde_json::Value;

use crate::{
    server::Server,
    support::{DOCUMENT, assert_none},
    wire::client,
};

#[tokio::test]
async fn a_null_item_of_a_response_does_not_affect_the_others() {
    let server = Server::start().await;
    let client = client(server.url());
    let (mut findings, mut responses) = (Vec::new(), 0);
    for operation in DOCUMENT.operations() {
        let Some((status, Some(schema))) = DOCUMENT.successes(operation).next() else {
            continue;
        };
        let mut response = Maker::new(&DOCUMENT, Style::Plain).full(schema);
        let resolved = DOCUMENT.resolved(schema);
        match &mut response {
            Value::Array(members) => members.insert(0, Value::Null),
            Value::Object(entries) if resolved["additionalProperties"].is_object() => {
                entries.insert("a".into(), Value::Null);
            }
            _ => continue,
        }
        responses += 1;
        server.responds_with(status, Some(response.clone()));
        let entry = requests::entry(operation).unwrap();
        let maker = Maker::new(&DOCUMENT, Style::Plain);
        let arguments = requests::full(&DOCUMENT, operation, &maker);
        let (arguments, _) = requests::patched(operation, 0, arguments);
        let kept = match (entry.call)(&client, &arguments).unwrap().await {
            Ok(result) => result.value.unwrap(),
            Err(error) => {
                findings.push(error.to_string());
                continue;
            }
        };
        let last = |value: &Value| match value {
            Value::Array(members) => (members.len(), members.last().cloned()),
            value => {
                let entries = value.as_object().unwrap();
                (entries.len(), entries.values().next_back().cloned())
            }
        };
        if last(&kept) != last(&response) {
            findings.push(format!("{}: {kept}", entry.id));
        }
    }
    assert_none(&findings);
    assert!(responses > 0);
}
