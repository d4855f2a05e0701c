//! Values made from schemas.

use std::cell::Cell;

use serde_json::{Map, Number, Value, json};

use crate::document::Document;

/// Makes values from schemas.
#[derive(Debug)]
pub struct Maker<'a> {
    document: &'a Document,
    style: Style,
    items: usize,
    choice: usize,
    alternatives: Cell<usize>,
    count: Cell<i64>,
}

/// The style of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Letters and digits.
    Plain,
    /// Characters that break requests without correct escaping.
    Hostile,
}

/// The properties that an object gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    Full,
    Required,
}

/// Characters with a meaning in URLs, forms, JSON or headers, and others.
const HOSTILE: &str = "a b/ü?&=#%2F+\"'\\..;:@$|{}<>";

impl<'a> Maker<'a> {
    /// Makes values from the schemas of a document.
    #[must_use]
    pub fn new(document: &'a Document, style: Style) -> Self {
        Self {
            document,
            style,
            items: 2,
            choice: 0,
            alternatives: Cell::new(1),
            count: Cell::new(0),
        }
    }

    /// The number of items in a list. Default: 2.
    #[must_use]
    pub fn items(self, items: usize) -> Self {
        Self { items, ..self }
    }

    /// The index of the alternative that a `oneOf` or `anyOf` uses.
    #[must_use]
    pub fn choice(self, choice: usize) -> Self {
        Self { choice, ..self }
    }

    /// The largest number of alternatives in the schemas used so far.
    #[must_use]
    pub fn alternatives(&self) -> usize {
        self.alternatives.get()
    }

    /// A value with every property.
    #[must_use]
    pub fn full(&self, schema: &Value) -> Value {
        let made = self.make("value", schema, Extent::Full, &mut Vec::new());
        made.unwrap_or_default()
    }

    /// A value with only the required properties.
    #[must_use]
    pub fn least(&self, schema: &Value) -> Value {
        let made = self.make("value", schema, Extent::Required, &mut Vec::new());
        made.unwrap_or_default()
    }

    /// `None` if a schema contains itself.
    fn make(
        &self,
        name: &str,
        schema: &Value,
        extent: Extent,
        inside: &mut Vec<String>,
    ) -> Option<Value> {
        if let Some(reference) = schema["$ref"].as_str() {
            if inside.iter().any(|outer| outer == reference) {
                return None;
            }
            inside.push(reference.to_owned());
            let made = self.make(name, self.document.resolved(schema), extent, inside);
            inside.pop();
            return made;
        }
        if let Some(parts) = schema["allOf"].as_array() {
            return self.merged(name, schema, parts.iter(), extent, inside);
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(parts) = schema[key].as_array() {
                let most = self.alternatives.get().max(parts.len());
                self.alternatives.set(most);
                let part = parts.iter().skip(self.choice % parts.len()).take(1);
                return self.merged(name, schema, part, extent, inside);
            }
        }
        if let Some(values) = schema["enum"].as_array() {
            return match self.style {
                Style::Plain => values.first().cloned(),
                Style::Hostile => values.last().cloned(),
            };
        }
        match schema["type"].as_str() {
            Some("string") => Some(self.text(name, schema).into()),
            Some("integer") => Some(self.integer(schema).into()),
            Some("number") => Some(self.number(schema)),
            Some("boolean") => Some(true.into()),
            Some("array") => self.list(name, schema, extent, inside),
            Some("object") => self.object(schema, extent, inside),
            _ if schema["properties"].is_object() => self.object(schema, extent, inside),
            _ => Some(json!({"any": [null, 1, 1.5, true, {"thing": self.text(name, schema)}]})),
        }
    }

    /// An object with the properties of several schemas, or the value of the one
    /// schema that is not an object.
    fn merged<'s>(
        &self,
        name: &str,
        schema: &Value,
        parts: impl Iterator<Item = &'s Value>,
        extent: Extent,
        inside: &mut Vec<String>,
    ) -> Option<Value> {
        let mut merged = match self.properties(schema, extent, inside) {
            properties if properties.is_empty() => None,
            properties => Some(Value::Object(properties)),
        };
        for part in parts {
            let made = self.make(name, part, extent, inside)?;
            merged = match (merged, made) {
                (Some(Value::Object(mut merged)), Value::Object(made)) => {
                    merged.extend(made);
                    Some(Value::Object(merged))
                }
                (_, made) => Some(made),
            };
        }
        merged
    }

    fn object(&self, schema: &Value, extent: Extent, inside: &mut Vec<String>) -> Option<Value> {
        let mut object = self.properties(schema, extent, inside);
        let has_properties = schema["properties"]
            .as_object()
            .is_some_and(|properties| !properties.is_empty());
        let entries = match &schema["additionalProperties"] {
            Value::Bool(false) => None,
            // The document does not describe further properties.
            Value::Null | Value::Bool(true) if has_properties => None,
            Value::Object(_) => Some(&schema["additionalProperties"]),
            _ => Some(&Value::Null),
        };
        if let (Some(entries), Extent::Full) = (entries, extent) {
            for number in 0..self.items {
                let key = self.text(&format!("key{number}"), &Value::Null);
                if let Some(value) = self.make("entry", entries, extent, inside) {
                    object.insert(key, value);
                }
            }
        }
        Some(Value::Object(object))
    }

    fn properties(
        &self,
        schema: &Value,
        extent: Extent,
        inside: &mut Vec<String>,
    ) -> Map<String, Value> {
        let properties = schema["properties"].as_object().into_iter().flatten();
        properties
            .filter(|(name, _)| {
                extent == Extent::Full
                    || schema["required"]
                        .as_array()
                        .is_some_and(|required| required.iter().any(|other| other == *name))
            })
            .filter_map(|(name, property)| {
                Some((name.clone(), self.make(name, property, extent, inside)?))
            })
            .collect()
    }

    fn list(
        &self,
        name: &str,
        schema: &Value,
        extent: Extent,
        inside: &mut Vec<String>,
    ) -> Option<Value> {
        let items = &schema["items"];
        let count = match extent {
            Extent::Full => self.items,
            Extent::Required => schema["minItems"].as_u64().unwrap_or(0).try_into().ok()?,
        };
        if count == 0 {
            return Some(json!([]));
        }
        let item = self.document.resolved(items);
        if is_patch_operation(item) {
            return Some(self.patch());
        }
        // One item for each known value.
        let known = &item["enum"];
        if known.is_array() {
            return Some(known.clone());
        }
        let members = (0..count)
            .map_while(|number| self.make(&format!("{name}{number}"), items, extent, inside));
        Some(Value::Array(members.collect()))
    }

    /// A JSON Patch (RFC 6902) with every kind of operation. The document names
    /// neither the kinds nor `from`.
    fn patch(&self) -> Value {
        let pointer = || {
            let token = self.text("token", &Value::Null);
            format!("/{}", token.replace('~', "~0").replace('/', "~1"))
        };
        let value = || json!({"any": [null, 1, 1.5, {"thing": self.text("value", &Value::Null)}]});
        json!([
            {"op": "test", "path": pointer(), "value": value()},
            {"op": "remove", "path": pointer()},
            {"op": "add", "path": format!("{}/-", pointer()), "value": value()},
            {"op": "replace", "path": pointer(), "value": null},
            {"op": "move", "from": pointer(), "path": pointer()},
            {"op": "copy", "from": pointer(), "path": pointer()},
        ])
    }

    fn text(&self, name: &str, schema: &Value) -> String {
        let number = self.next();
        let text = match (schema["format"].as_str(), self.style) {
            (Some("date-time"), _) => "2024-04-15T12:34:56Z".to_owned(),
            (Some("uuid"), _) => format!("00000000-0000-4000-8000-{number:012}"),
            (_, Style::Plain) => format!("{name}-{number}"),
            (_, Style::Hostile) => format!("{HOSTILE}{name}{number}"),
        };
        let most = schema["maxLength"].as_u64().map(usize::try_from);
        match most {
            Some(Ok(most)) => text.chars().take(most).collect(),
            _ => text,
        }
    }

    /// A multiple of 1000, so that an exponent can express it. Does not fit in 32
    /// bits, unless the schema limits it.
    fn integer(&self, schema: &Value) -> i64 {
        let number = self.next() * 1000;
        let limit = |key: &str| schema[key].as_i64();
        let number = match (schema["format"].as_str(), self.style) {
            (Some("int32"), _) | (_, Style::Plain) => number,
            _ => 1_700_000_000_000 + number,
        };
        number
            .min(limit("maximum").unwrap_or(i64::MAX))
            .max(limit("minimum").unwrap_or(i64::MIN))
    }

    fn number(&self, schema: &Value) -> Value {
        // A fraction that `f32` represents exactly.
        let number = 0.5 + f64::from(u16::try_from(self.next() % 1000).unwrap_or_default());
        let limit = |key: &str| schema[key].as_f64();
        let number = if limit("maximum").is_some_and(|most| most < number) {
            0.5
        } else {
            number
        };
        Number::from_f64(number).map_or(Value::Null, Value::Number)
    }

    /// A number that was not used before, so that no two values are equal.
    fn next(&self) -> i64 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }
}

fn is_patch_operation(schema: &Value) -> bool {
    let required = schema["required"].as_array();
    let requires = |name: &str| required.is_some_and(|names| names.iter().any(|n| n == name));
    requires("op") && requires("path")
}
