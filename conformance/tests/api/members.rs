//! Answers that are a list, or a map, with null among their members.

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
async fn a_null_member_of_an_answer_does_not_cost_the_others() {
    let server = Server::start().await;
    let client = client(server.url());
    let (mut findings, mut answers) = (Vec::new(), 0);
    for operation in DOCUMENT.operations() {
        let Some((status, Some(schema))) = DOCUMENT.successes(operation).next() else {
            continue;
        };
        let mut answer = Maker::new(&DOCUMENT, Style::Plain).full(schema);
        let resolved = DOCUMENT.resolved(schema);
        match &mut answer {
            Value::Array(members) => members.insert(0, Value::Null),
            Value::Object(entries) if resolved["additionalProperties"].is_object() => {
                entries.insert("a".into(), Value::Null);
            }
            _ => continue,
        }
        answers += 1;
        server.answers(status, Some(answer.clone()));
        let entry = requests::entry(operation).unwrap();
        let maker = Maker::new(&DOCUMENT, Style::Plain);
        let arguments = requests::full(&DOCUMENT, operation, &maker);
        let (arguments, _) = requests::patched(operation, 0, arguments);
        let kept = match (entry.call)(&client, &arguments).unwrap().await {
            Ok(answered) => answered.value.unwrap(),
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
        if last(&kept) != last(&answer) {
            findings.push(format!("{}: {kept}", entry.id));
        }
    }
    assert_none(&findings);
    assert!(answers > 0);
}
