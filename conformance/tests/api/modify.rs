//! Changes each property of every resource that takes a JSON Patch with `modify`,
//! also properties that the server sends as null or not at all.

use std::collections::HashMap;

use conformance::{
    document::Operation,
    instance::{Maker, Style},
    requests, table,
};
use launchdarkly_api::Client;
use serde_json::{Value, json};

use crate::{
    lenient::spots,
    server::Server,
    support::{DOCUMENT, assert_none},
    wire::client,
};

/// A change of one value in a resource.
#[derive(Debug, Clone)]
enum Change {
    /// Sets the value, which may be missing.
    Set(Value),
    /// Removes the first element of the array.
    RemoveFirst,
    /// Moves the last element of the array to the front.
    Rotate,
    /// Adds an element to the array.
    Append(Value),
}

#[tokio::test]
async fn modify_changes_each_property_of_every_resource_with_a_json_patch() {
    let server = Server::start().await;
    let client = client(server.url());
    let mut seen = HashMap::new();
    let (mut findings, mut resources, mut types_differ, mut changes) = (Vec::new(), 0, 0, 0);
    for operation in DOCUMENT.operations() {
        let entry = requests::entry(operation).unwrap();
        let get = DOCUMENT
            .operations()
            .find(|get| get.method == "GET" && get.path == operation.path)
            .filter(|_| entry.patches.contains(&"Json"));
        assert_eq!(entry.modify.is_some(), get.is_some(), "{}", entry.id);
        let (Some(modify), Some(get)) = (entry.modify, get) else {
            continue;
        };
        resources += 1;
        let schema = |operation| DOCUMENT.successes(operation).find_map(|(_, schema)| schema);
        let (read, written) = (schema(get).unwrap(), schema(operation).unwrap());
        let patched = (read != written).then(|| Maker::new(&DOCUMENT, Style::Plain).full(written));
        types_differ += usize::from(patched.is_some());
        let resource = Resource {
            patched,
            server: &server,
            client: &client,
            operation,
            modify,
            round_trip: requests::entry(get).unwrap().response.unwrap(),
        };
        let mut raw = Maker::new(&DOCUMENT, Style::Plain).full(read);
        // Unknown properties are not changed.
        let typed = (resource.round_trip)(raw.to_string().as_bytes()).unwrap();
        let mut positions = HashMap::new();
        for spot in spots(read, &raw.clone()) {
            let has_properties = |schema: &&Value| schema["properties"].is_object();
            if spot.schemas.iter().any(has_properties) {
                raw.pointer_mut(&spot.pointer).unwrap()["unknown"] = json!({"of": spot.pointer});
            }
            positions.insert(spot.pointer, spot.position);
        }
        for (name, value) in typed.as_object().unwrap() {
            let pointer = format!("/{name}");
            let mut cases = Vec::new();
            add_changes(&mut cases, &pointer, value);
            // Only the server changes versions.
            cases.retain(|(pointer, _)| !is_identity(pointer) && !pointer.ends_with("ersion"));
            // Change each property that the document describes only once.
            cases.retain(|(pointer, _)| match positions.get(pointer) {
                Some(position) => {
                    let place = (entry.id, pointer.clone());
                    *seen.entry(*position).or_insert_with(|| place.clone()) == place
                }
                None => true,
            });
            let mut cases: Vec<_> = cases
                .into_iter()
                .map(|(pointer, change)| (raw.clone(), pointer, change))
                .collect();
            let mut absent = raw.clone();
            absent[name] = Value::Null;
            cases.push((absent.clone(), pointer.clone(), Change::Set(value.clone())));
            absent.as_object_mut().unwrap().remove(name);
            cases.push((absent, pointer, Change::Set(value.clone())));
            for (raw, pointer, change) in cases {
                changes += 1;
                if let Err(found) = resource.modified(raw, &pointer, &change).await {
                    findings.push(format!("{}: {pointer}: {change:?}: {found}", entry.id));
                }
            }
        }
    }
    assert_none(&findings);
    assert!(resources > 0);
    assert!(changes > 10 * resources, "{changes}");
    println!("{resources} resources, {types_differ} of two types, {changes} changes");
}

/// Adds changes of a value and of the values in it.
fn add_changes(found: &mut Vec<(String, Change)>, pointer: &str, value: &Value) {
    let mut add = |change| found.push((pointer.to_owned(), change));
    match value {
        Value::Null => {}
        Value::Bool(value) => add(Change::Set((!value).into())),
        Value::Number(number) => match number.as_i64() {
            Some(number) => add(Change::Set((number + 1).into())),
            None => add(Change::Set(0.1.into())),
        },
        Value::String(text) => add(Change::Set(format!("{text} changed").into())),
        Value::Array(elements) => {
            // An optional array that becomes empty is removed.
            if elements.len() > 1 {
                add(Change::RemoveFirst);
                add(Change::Rotate);
            }
            if let Some(last) = elements.last() {
                add(Change::Append(another(last)));
                let index = elements.len() - 1;
                add_changes(found, &format!("{pointer}/{index}"), last);
            }
        }
        Value::Object(members) => {
            // Only the server changes links and permissions, of which there are many.
            let is_written =
                |(name, _): &(&String, &Value)| *name != "_links" && *name != "_access";
            for (name, value) in members.iter().filter(is_written) {
                let name = name.replace('~', "~0").replace('/', "~1");
                add_changes(found, &format!("{pointer}/{name}"), value);
            }
        }
    }
}

/// Whether the value identifies an element of an array.
fn is_identity(pointer: &str) -> bool {
    let mut tokens = pointer.rsplit('/');
    let name = tokens.next().unwrap_or_default();
    let is_element = tokens
        .next()
        .is_some_and(|token| token.parse::<usize>().is_ok());
    is_element && ["_id", "id", "key"].contains(&name)
}

/// A different value of the same type.
fn another(value: &Value) -> Value {
    match value {
        Value::Bool(value) => (!value).into(),
        Value::Number(number) => number
            .as_i64()
            .map_or(json!(0.1), |number| (number + 1).into()),
        Value::String(text) => format!("{text} new").into(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), another(value)))
            .collect(),
        other => other.clone(),
    }
}

impl Change {
    fn make(&self, whole: &mut Value, pointer: &str) {
        let array = |whole: &mut Value, change: fn(&mut Vec<Value>)| {
            if let Some(elements) = whole.pointer_mut(pointer).and_then(Value::as_array_mut) {
                change(elements);
            }
        };
        match self {
            Self::Set(value) => {
                let (parent, name) = pointer.rsplit_once('/').unwrap();
                let name = name.replace("~1", "/").replace("~0", "~");
                match whole.pointer_mut(parent) {
                    Some(Value::Array(elements)) => {
                        elements[name.parse::<usize>().unwrap()] = value.clone();
                    }
                    Some(parent) => parent[name] = value.clone(),
                    None => {}
                }
            }
            Self::RemoveFirst => array(whole, |elements| drop(elements.remove(0))),
            Self::Rotate => array(whole, |elements| elements.rotate_right(1)),
            Self::Append(element) => {
                if let Some(elements) = whole.pointer_mut(pointer).and_then(Value::as_array_mut) {
                    elements.push(element.clone());
                }
            }
        }
    }
}

struct Resource<'a> {
    server: &'a Server,
    client: &'a Client,
    operation: Operation<'a>,
    modify: table::Modify,
    round_trip: table::RoundTrip,
    /// The response to the PATCH, if it has another type.
    patched: Option<Value>,
}

impl Resource<'_> {
    /// Makes a change, and checks the patch and the server's resource.
    async fn modified(&self, raw: Value, pointer: &str, change: &Change) -> Result<(), String> {
        let round_trip = |value: &Value| (self.round_trip)(value.to_string().as_bytes());
        let mut typed = round_trip(&raw).map_err(|fault| fault.to_string())?;
        let before = typed.clone();
        change.make(&mut typed, pointer);
        let typed = round_trip(&typed).map_err(|fault| fault.to_string())?;
        // The server must get the properties of the new value that the type has.
        let mut expected = raw.clone();
        match change {
            Change::Set(_) => match typed.pointer(pointer) {
                _ if typed == before => {}
                Some(value) => Change::Set(value.clone()).make(&mut expected, pointer),
                None => return Err("the type does not keep the value".to_owned()),
            },
            Change::Append(_) => {
                let elements = typed.pointer(pointer).and_then(Value::as_array);
                let last = elements.and_then(|elements| elements.last()).cloned();
                Change::Append(last.unwrap_or_default()).make(&mut expected, pointer);
            }
            other => other.make(&mut expected, pointer),
        }

        self.server.holds(raw, self.patched.clone());
        let maker = Maker::new(&DOCUMENT, Style::Plain);
        let arguments = requests::least(&DOCUMENT, self.operation, &maker);
        let (change, place) = (change.clone(), pointer.to_owned());
        let change = Box::new(move |typed: &mut Value| change.make(typed, &place));
        let modifying =
            (self.modify)(self.client, &arguments, change).map_err(|e| e.to_string())?;
        let returned = modifying.await.map_err(|error| error.to_string())?;
        if returned != typed {
            return Err(format!("modify returned {returned}, not {typed}"));
        }
        let resource = self.server.resource();
        if resource != expected {
            return Err(format!("the server has {resource}, not {expected}"));
        }
        let requests = self.server.take();
        let patches: Vec<Value> = requests
            .iter()
            .filter(|(parts, _)| parts.method == "PATCH")
            .map(|(_, body)| serde_json::from_slice(body).unwrap())
            .collect();
        let operations: Vec<&Value> = patches
            .iter()
            .filter_map(Value::as_array)
            .flatten()
            .collect();
        let changes = operations
            .iter()
            .filter(|operation| operation["op"] != "test");
        let wanted = usize::from(typed != before);
        if patches.len() != wanted || changes.count() != wanted {
            return Err(format!("{} patches with {operations:?}", patches.len()));
        }
        Ok(())
    }
}
