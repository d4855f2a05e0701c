//! Our words, from the old document to the new one.
//!
//! Words belong to a place. An operation is the same if its id is, wherever
//! its path has gone; a parameter if its name and location are; a
//! schema if its name is, or it has been renamed; everything else if its JSON
//! pointer is, within what it belongs to.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use serde_json::Value;

use super::{canonical::object, renames};

/// The keys that hold our words.
const WORDS: [&str; 3] = ["summary", "description", "example"];

/// Puts the words of `old` into `new`, where `new` has none. Tells of the
/// schemas that were found under another name: the new one and the old one.
pub(crate) fn words(old: &Value, new: &mut Value) -> Vec<(String, String)> {
    for part in ["info", "servers", "tags"] {
        carry(&old[part], &mut new[part]);
    }
    let before: BTreeMap<String, &Value> = operations(old)
        .map(|(_, _, operation)| (id(operation), operation))
        .collect();
    let after = new["paths"].as_object_mut().into_iter().flatten();
    for (path, item) in after {
        for (method, operation) in item.as_object_mut().into_iter().flatten() {
            let same = before.get(&id(operation)).copied();
            if let Some(old) = same.or_else(|| old["paths"].get(path)?.get(method)) {
                carry(old, operation);
            }
        }
    }
    carry(
        &old["components"]["schemas"],
        &mut new["components"]["schemas"],
    );
    carry(
        &old["components"]["securitySchemes"],
        &mut new["components"]["securitySchemes"],
    );
    let renamed: Vec<(String, String)> = renames::schemas(old, new)
        .into_iter()
        .map(|(new, old)| (new.to_owned(), old.to_owned()))
        .collect();
    for (name, before) in &renamed {
        carry(
            &old["components"]["schemas"][before],
            &mut new["components"]["schemas"][name],
        );
    }
    renamed
}

/// The operations of a document: path, method, operation.
pub(crate) fn operations(root: &Value) -> impl Iterator<Item = (&String, &String, &Value)> {
    object(&root["paths"]).flat_map(|(path, item)| {
        object(item).map(move |(method, operation)| (path, method, operation))
    })
}

/// An operation's id, however it is written.
fn id(operation: &Value) -> String {
    operation["operationId"]
        .as_str()
        .unwrap_or_default()
        .to_snake_case()
}

fn carry(old: &Value, new: &mut Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new.iter_mut() {
                if let Some(old) = old.get(key) {
                    carry(old, value);
                }
            }
            for key in WORDS {
                // `properties` may have one of that name, which is no text.
                let is_word = |value: &Value| key == "example" || value.is_string();
                let empty = new.get(key).is_none_or(|text| text == "");
                if let Some(text) = old.get(key).filter(|text| is_word(text))
                    && empty
                    && !new.contains_key("$ref")
                {
                    new.insert(key.to_owned(), text.clone());
                }
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for (index, value) in new.iter_mut().enumerate() {
                let same = old
                    .iter()
                    .find(|other| identity(other).is_some() && identity(other) == identity(value));
                if let Some(old) = same.or_else(|| old.get(index).filter(|o| identity(o).is_none()))
                {
                    carry(old, value);
                }
            }
        }
        _ => {}
    }
}

/// What tells a member of a list from the others, wherever it stands.
fn identity(value: &Value) -> Option<(&str, Option<&str>)> {
    let name = value.get("name").or_else(|| value.get("url"))?;
    Some((name.as_str()?, value.get("in").and_then(Value::as_str)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operation_that_moved_and_a_schema_that_was_renamed_keep_their_words() {
        let schema = |words: bool| {
            let mut schema = json!({"type": "object", "properties": {
                "a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "integer"}
            }});
            if words {
                schema["description"] = json!("A thing.");
                schema["properties"]["c"]["description"] = json!("In metres.");
            }
            schema
        };
        let old = json!({
            "paths": {"/old": {"get": {"operationId": "getThing", "summary": "Get it"}}},
            "components": {"schemas": {"Thing": schema(true)}}
        });
        let mut new = json!({
            "info": {}, "servers": [], "tags": [],
            "paths": {"/new": {"get": {"operationId": "get-thing"}}},
            "components": {"schemas": {"ThingRep": schema(false)}, "securitySchemes": {}}
        });
        let renamed = words(&old, &mut new);
        assert_eq!(renamed, [("ThingRep".to_owned(), "Thing".to_owned())]);
        assert_eq!(new["paths"]["/new"]["get"]["summary"], "Get it");
        assert_eq!(new["components"]["schemas"]["ThingRep"], schema(true));
    }
}
