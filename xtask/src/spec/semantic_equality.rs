//! What a part of a document means, whichever dialect says it: two parts that
//! mean the same have equal values here.
//!
//! The dialects differ in what they name. One has a component for a scalar or
//! an enumeration where the other writes it in place, so a reference to such a
//! component counts as what it refers to. So does one to a component that the
//! other document does not have at all.

use heck::ToSnakeCase;
use launchdarkly_api_codegen::{SECRET_SIGN, area};
use serde_json::{Map, Value, json};

use super::canonical::{list, object};

/// Keys that say nothing of the interface where their values are text.
const WORDS: [&str; 4] = ["description", "summary", "title", SECRET_SIGN];

/// Headers whose definition as a parameter counts for nothing (OpenAPI 3.0.3,
/// "Parameter Object"): the client writes them.
const IGNORED_HEADERS: [&str; 3] = ["Accept", "Authorization", "Content-Type"];

/// How deep references are followed: a schema may lead back to itself.
const DEEPEST: usize = 24;

/// A document, seen beside another one.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) root: &'a Value,
    pub(crate) other: &'a Value,
}

impl Reader<'_> {
    /// The meaning of an operation, a schema, or a part of one.
    pub(crate) fn meaning(self, value: &Value) -> Value {
        self.of(value, false, 0)
    }

    fn of(self, value: &Value, is_named: bool, depth: usize) -> Value {
        match value {
            Value::Object(source) => self.of_object(source, is_named, depth),
            Value::Array(values) => values
                .iter()
                .map(|value| self.of(value, false, depth))
                .collect(),
            scalar => scalar.clone(),
        }
    }

    fn of_object(self, source: &Map<String, Value>, is_named: bool, depth: usize) -> Value {
        if !is_named {
            if let Some(name) = source.get("$ref").and_then(schema_name) {
                let target = &self.root["components"]["schemas"][name];
                let is_shared = !self.other["components"]["schemas"][name].is_null();
                if depth < DEEPEST && (!is_shared || is_plain(target)) {
                    return self.of(target, false, depth + 1);
                }
                return json!({"$ref": name});
            }
            // What lets a description stand beside a reference.
            if let Some([only]) = source
                .get("allOf")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
                && source
                    .keys()
                    .all(|key| key == "allOf" || is_word(key, &source[key]))
            {
                return self.of(only, false, depth);
            }
        }
        let mut meaning = Map::new();
        for (key, value) in source {
            let value = match key.as_str() {
                _ if is_named => self.of(value, false, depth),
                _ if is_word(key, value) => continue,
                "example" => continue,
                "operationId" => json!(value.as_str().map(ToSnakeCase::to_snake_case)),
                "tags" if value.is_array() => json!(value[0].as_str().map(area)),
                "properties" | "responses" | "content" | "headers" => self.of(value, true, depth),
                "requestBody" => {
                    // Every body is needed, as codegen has it; one dialect
                    // never says so.
                    let mut body = self.of(value, false, depth);
                    if let Some(body) = body.as_object_mut() {
                        body.remove("required");
                    }
                    body
                }
                "parameters" => {
                    let mut parameters: Vec<Value> = list(value)
                        .filter(|parameter| !is_ignored(parameter))
                        .map(|parameter| self.of(parameter, false, depth))
                        .collect();
                    parameters.sort_by_cached_key(|parameter| {
                        (parameter["in"].to_string(), parameter["name"].to_string())
                    });
                    Value::Array(parameters)
                }
                "enum" => {
                    let mut values: Vec<Value> = list(value).cloned().collect();
                    values.sort_by_cached_key(ToString::to_string);
                    Value::Array(values)
                }
                "additionalProperties" if *value == true => json!({}),
                _ => self.of(value, false, depth),
            };
            let says_nothing = match key.as_str() {
                "parameters" | "required" => value == json!([]),
                "properties" => value == json!({}),
                _ => false,
            };
            if !says_nothing {
                meaning.insert(key.clone(), value);
            }
        }
        Value::Object(meaning)
    }
}

/// Whether a parameter is a header that the client writes.
pub(crate) fn is_ignored(parameter: &Value) -> bool {
    parameter["in"] == "header"
        && parameter["name"].as_str().is_some_and(|name| {
            IGNORED_HEADERS
                .iter()
                .any(|ignored| ignored.eq_ignore_ascii_case(name))
        })
}

/// Whether a schema is a scalar, an enumeration or a list, which one dialect
/// names and the other does not.
pub(crate) fn is_plain(schema: &Value) -> bool {
    matches!(
        schema["type"].as_str(),
        Some("string" | "integer" | "number" | "boolean" | "array")
    )
}

/// The name of the schema that a reference refers to.
pub(crate) fn schema_name(reference: &Value) -> Option<&str> {
    reference.as_str()?.strip_prefix("#/components/schemas/")
}

/// Calls with each schema name that a value refers to.
pub(crate) fn references<'a>(value: &'a Value, found: &mut dyn FnMut(&'a str)) {
    match value {
        Value::Object(inner) => {
            if let Some(name) = inner.get("$ref").and_then(schema_name) {
                found(name);
            }
            for (key, value) in object(value) {
                if key != "example" || !value.is_string() {
                    references(value, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| references(value, found)),
        _ => {}
    }
}

fn is_word(key: &str, value: &Value) -> bool {
    WORDS.contains(&key) && value.is_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(schemas: Value) -> Value {
        json!({"components": {"schemas": schemas}})
    }

    fn same(left: &Value, right: &Value, name: &str) -> bool {
        let of = |root: &Value, other: &Value| {
            Reader { root, other }.meaning(&root["components"]["schemas"][name])
        };
        of(left, right) == of(right, left)
    }

    #[test]
    fn a_named_and_a_written_out_scalar_mean_the_same() {
        let named = document(json!({
            "Effect": {"type": "string", "enum": ["deny", "allow"], "title": "Effect"},
            "S": {"properties": {"effect": {"$ref": "#/components/schemas/Effect"}}, "title": "S"},
        }));
        let written = document(json!({
            "S": {"properties": {"effect": {"type": "string", "enum": ["allow", "deny"]}}},
        }));
        assert!(same(&named, &written, "S"));
        let other = document(json!({
            "S": {"properties": {"effect": {"type": "string", "enum": ["allow"]}}},
        }));
        assert!(!same(&named, &other, "S"));
    }

    #[test]
    fn objects_of_the_same_name_are_compared_by_name_and_others_by_what_they_hold() {
        let refers =
            |to: &str| json!({"properties": {"a": {"$ref": format!("#/components/schemas/{to}")}}});
        let object = json!({"type": "object", "properties": {"b": {"type": "string"}}});
        let ours = document(json!({"S": refers("A"), "A": object}));
        let theirs = document(json!({"S": refers("B"), "B": object}));
        assert!(same(&ours, &theirs, "S"));
        let both = document(json!({"S": refers("B"), "A": object, "B": object}));
        let both_too = document(json!({"S": refers("A"), "A": object, "B": object}));
        assert!(!same(&both, &both_too, "S"));
    }

    #[test]
    fn a_property_called_like_a_word_is_a_property() {
        let with = document(json!({"S": {"properties": {"title": {"type": "string"}}}}));
        let without = document(json!({"S": {"properties": {}}}));
        assert!(!same(&with, &without, "S"));
    }

    #[test]
    fn a_schema_that_holds_itself_has_a_meaning() {
        let ours = document(json!({"S": {"items": {"$ref": "#/components/schemas/S"}}}));
        assert!(!same(&ours, &document(json!({})), "S"));
    }
}
