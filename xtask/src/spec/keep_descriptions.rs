//! Our words, from the old document to the new one.
//!
//! Words belong to a place. An operation is the same if its id is, wherever
//! its path has gone; a parameter if its name and location are; a
//! schema if its name is, or it has been renamed; everything else if its JSON
//! pointer is, within what it belongs to.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use launchdarkly_api_codegen::SECRET_SIGN;
use serde_json::Value;

use super::{canonical::object, renames};

/// The keys that hold our words, and the one that marks a possible secret until
/// `properties.yaml` decides: a document without descriptions has no sign of it.
const WORDS: [&str; 4] = ["summary", "description", "example", SECRET_SIGN];

/// Puts the words of `old` into `new`, where `new` has none.
pub(crate) fn words(old: &Value, new: &mut Value) {
    for part in [
        "/info",
        "/servers",
        "/tags",
        "/components/schemas",
        "/components/securitySchemes",
    ] {
        // Indexing would insert a part that the document does not have.
        if let (Some(old), Some(new)) = (old.pointer(part), new.pointer_mut(part)) {
            carry(old, new);
        }
    }
    let before: BTreeMap<String, &Value> = operations(old)
        .map(|(_, _, operation)| (id(operation), operation))
        .collect();
    let renamed = renames::operations(old, new);
    let after = new["paths"].as_object_mut().into_iter().flatten();
    for operation in after.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten()) {
        let id = id(operation.1);
        if let Some(old) = before.get(renamed.get(&id).unwrap_or(&id)) {
            carry(old, operation.1);
        }
    }
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

/// The name and location that identify an item of a list, at any index.
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
            "paths": {"/new": {"get": {"operationId": "get-thing"}}},
            "components": {"schemas": {"ThingRep": schema(false)}}
        });
        let parts = new.clone();
        words(&old, &mut new);
        assert_eq!(new["paths"]["/new"]["get"]["summary"], "Get it");
        assert_eq!(new["components"]["schemas"]["ThingRep"], schema(true));
        // Nothing but texts is added.
        let keys = |value: &Value| {
            object(value)
                .map(|(key, _)| key.clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(keys(&new), keys(&parts));
        assert_eq!(keys(&new["components"]), keys(&parts["components"]));
    }
}
