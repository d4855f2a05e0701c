//! Compares values in the properties that a schema describes.

use serde_json::{Map, Value};

use crate::document::Document;

/// The first place where two values differ. Ignores properties that the schema
/// does not describe. Null, missing and an empty list or object are equal, and so
/// are `1` and `1.0`.
#[must_use]
pub fn difference(
    document: &Document,
    schema: &Value,
    before: &Value,
    after: &Value,
) -> Option<String> {
    Comparison { document }.at(String::new(), &[schema], before, after)
}

/// The schemas with their references resolved, and the parts of their `allOf`,
/// `oneOf` and `anyOf`.
#[must_use]
pub fn flat<'s>(document: &'s Document, schemas: &[&'s Value]) -> Vec<&'s Value> {
    let mut flattened = Vec::new();
    for schema in schemas {
        let schema = document.resolved(schema);
        flattened.push(schema);
        for key in ["allOf", "oneOf", "anyOf"] {
            let parts: Vec<&Value> = schema[key].as_array().into_iter().flatten().collect();
            flattened.extend(flat(document, &parts));
        }
    }
    flattened
}

struct Comparison<'a> {
    document: &'a Document,
}

impl Comparison<'_> {
    /// `schemas` describe the value.
    fn at<'s>(
        &self,
        place: String,
        schemas: &[&Value],
        before: &'s Value,
        after: &'s Value,
    ) -> Option<String> {
        let schemas = flat(self.document, schemas);
        match (before, after) {
            _ if is_nothing(before) && is_nothing(after) => None,
            (Value::Object(before), Value::Object(after)) => {
                let keys = before.keys().chain(after.keys());
                keys.filter_map(|key| {
                    let inner = within(&schemas, key)?;
                    let value =
                        |object: &'s Map<String, Value>| object.get(key).unwrap_or(&Value::Null);
                    let place = format!("{place}/{key}");
                    self.at(place, &inner, value(before), value(after))
                })
                .next()
            }
            (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
                let inner: Vec<&Value> = schemas.iter().map(|schema| &schema["items"]).collect();
                before
                    .iter()
                    .zip(after)
                    .enumerate()
                    .find_map(|(index, (before, after))| {
                        self.at(format!("{place}/{index}"), &inner, before, after)
                    })
            }
            (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => None,
            _ if before == after => None,
            _ => Some(format!(
                "{place}: {} became {}",
                short(before),
                short(after)
            )),
        }
    }
}

/// The schemas of a property. `None` if no schema describes the property.
#[must_use]
pub fn within<'s>(schemas: &[&'s Value], key: &str) -> Option<Vec<&'s Value>> {
    let mut found = Vec::new();
    let mut has_properties = false;
    for schema in schemas {
        has_properties |= schema["properties"].is_object();
        if let Some(property) = schema["properties"].get(key) {
            found.push(property);
        } else if schema["additionalProperties"].is_object() {
            found.push(&schema["additionalProperties"]);
        }
    }
    // A type without described properties keeps all.
    (!found.is_empty() || !has_properties).then_some(found)
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(values) => values.is_empty(),
        Value::Object(object) => object.is_empty(),
        _ => false,
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(80).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_that_differ_only_in_form_are_equal() {
        let document = Document::from(Value::Null);
        let schema = json!({"properties": {
            "n": {"type": "integer"},
            "l": {"type": "array", "items": {"properties": {"x": {"type": "string"}}}},
            "free": {"type": "object"},
        }});
        let differs = |before, after| difference(&document, &schema, &before, &after);
        assert_eq!(
            differs(json!({"n": 1, "l": null}), json!({"n": 1.0, "l": []})),
            None
        );
        assert_eq!(differs(json!({"unknown": 1}), json!({})), None);
        assert!(differs(json!({"free": {"a": 1}}), json!({"free": {}})).is_some());
        assert!(differs(json!({"l": [{"x": "a"}]}), json!({"l": [{}]})).is_some());
        assert!(differs(json!({}), json!({"n": 0})).is_some());
    }
}
