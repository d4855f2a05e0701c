//! The canonical form of a document: the facts of the interface, and no more,
//! in an order that does not depend on the source.
//!
//! What stays is listed, Object by Object of OpenAPI 3.0.3; prose and vendor
//! extensions do not. Our own words are put in again afterwards.

use std::collections::{BTreeMap, BTreeSet};

use launchdarkly_api_codegen::SECRET_SIGN;
use serde_json::{Map, Value, json};

use super::{drafts::DRAFTS, keep_descriptions, yaml::Ordered};

type Object = Map<String, Value>;

/// The omitted keys, and how many times each occurs.
pub(crate) type LeftOut = BTreeMap<String, usize>;

/// Keys that hold prose, and are left out without a word.
const PROSE: &[&str] = &[
    "description",
    "summary",
    "example",
    "examples",
    "title",
    "externalDocs",
];

const METHODS: &[&str] = &[
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// A Schema Object's keys, in the order they are written in.
const SCHEMA: &[&str] = &[
    "$ref",
    "description",
    DRAFTS,
    "deprecated",
    "type",
    "format",
    "nullable",
    "enum",
    "default",
    "pattern",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "readOnly",
    "writeOnly",
    "required",
    "properties",
    "additionalProperties",
    "items",
    "patternProperties",
    "prefixItems",
    "$defs",
    "$dynamicRef",
    "discriminator",
    "oneOf",
    SECRET_SIGN,
    "example",
];
/// Those of them that hold lists of schemas, and those that hold schemas by name.
/// Some are of OpenAPI 3.1, for corrections to replace.
const COMBINED: &[&str] = &["oneOf", "anyOf", "allOf", "prefixItems"];
const NAMED: &[&str] = &["properties", "patternProperties", "$defs"];
const OPERATION: &[&str] = &[
    "operationId",
    "summary",
    "description",
    DRAFTS,
    "deprecated",
    "tags",
    "security",
    "parameters",
    "requestBody",
    "responses",
];
const PARAMETER: &[&str] = &[
    "name",
    "in",
    "required",
    "deprecated",
    "description",
    DRAFTS,
    "style",
    "explode",
    "allowEmptyValue",
    "allowReserved",
    "schema",
    "content",
    "example",
];
const DOCUMENT: &[&str] = &[
    "openapi",
    "info",
    "servers",
    "security",
    "tags",
    "paths",
    "components",
];

/// The facts of a document, without prose.
pub(crate) struct Facts {
    pub(crate) root: Value,
    pub(crate) left_out: LeftOut,
}

/// Takes the facts from a document of OpenAPI 3.0, with component parameters,
/// headers, responses and request bodies written where they are used.
pub(crate) fn facts(root: &Value) -> Facts {
    let mut taker = Taker::default();
    let root = taker.document(root);
    Facts {
        root,
        left_out: taker.left_out,
    }
}

#[derive(Default)]
struct Taker {
    left_out: LeftOut,
}

impl Taker {
    fn document(&mut self, root: &Value) -> Value {
        let mut paths = Object::new();
        for (path, item) in object(&root["paths"]) {
            paths.insert(path.clone(), self.path_item(path, item));
        }
        let mut schemas = Object::new();
        for (name, schema) in object(&root["components"]["schemas"]) {
            schemas.insert(name.clone(), self.schema(schema));
        }
        let mut schemes = Object::new();
        for (name, scheme) in object(&root["components"]["securitySchemes"]) {
            let kept = ["type", "in", "name", "scheme", "bearerFormat"];
            schemes.insert(name.clone(), self.kept(scheme, &kept));
        }
        // The tags that operations have, whether or not they are listed.
        let tags: BTreeSet<&str> = keep_descriptions::operations(root)
            .flat_map(|(_, _, operation)| list(&operation["tags"]).filter_map(Value::as_str))
            .collect();
        let servers: Vec<Value> = list(&root["servers"])
            .map(|server| json!({"url": server["url"].as_str().unwrap_or_default().trim_end_matches('/')}))
            .collect();
        let mut facts = json!({
            "openapi": "3.0.3",
            "info": {"title": root["info"]["title"], "version": root["info"]["version"]},
            "servers": servers,
            "tags": tags.into_iter().map(|name| json!({"name": name})).collect::<Vec<_>>(),
            "paths": paths,
            "components": {"schemas": schemas},
        });
        if !schemes.is_empty() {
            facts["components"]["securitySchemes"] = Value::Object(schemes);
        }
        if let Some(security) = root.get("security") {
            facts["security"] = security.clone();
        }
        facts
    }

    fn path_item(&mut self, path: &str, item: &Value) -> Value {
        let mut facts = Object::new();
        for (key, value) in object(item) {
            if METHODS.contains(&key.as_str()) {
                // Parameters of the path item belong to each of its operations.
                let mut operation = value.clone();
                let shared: Vec<Value> = list(&item["parameters"]).cloned().collect();
                if !shared.is_empty() && operation.is_object() {
                    let own: Vec<Value> = list(&value["parameters"]).cloned().collect();
                    let overridden = |parameter: &Value| {
                        own.iter()
                            .any(|o| o["name"] == parameter["name"] && o["in"] == parameter["in"])
                    };
                    let mut all: Vec<Value> =
                        shared.into_iter().filter(|p| !overridden(p)).collect();
                    all.extend(own.iter().cloned());
                    operation["parameters"] = Value::Array(all);
                }
                facts.insert(key.clone(), self.operation(path, &operation));
            } else if key != "parameters" {
                self.note(key);
            }
        }
        Value::Object(facts)
    }

    fn operation(&mut self, path: &str, operation: &Value) -> Value {
        let mut facts = Object::new();
        for (key, value) in object(operation) {
            let value = match key.as_str() {
                "operationId" | "tags" | "security" => value.clone(),
                "deprecated" if value == true => value.clone(),
                "deprecated" => continue,
                "parameters" => self.parameters(path, value),
                "requestBody" => {
                    let mut body = Object::new();
                    if value["required"] == true {
                        body.insert("required".into(), json!(true));
                    }
                    body.insert("content".into(), self.content(&value["content"]));
                    Value::Object(body)
                }
                "responses" => Value::Object(
                    object(value)
                        .map(|(status, response)| (status.clone(), self.response(response)))
                        .collect(),
                ),
                _ => {
                    self.note(key);
                    continue;
                }
            };
            facts.insert(key.clone(), value);
        }
        Value::Object(facts)
    }

    /// The parameters in the order of the path, then by place and name.
    fn parameters(&mut self, path: &str, parameters: &Value) -> Value {
        let mut facts: Vec<Value> = list(parameters)
            .map(|parameter| self.parameter(parameter))
            .collect();
        if facts.is_empty() {
            return Value::Array(facts);
        }
        facts.sort_by_cached_key(|parameter| {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            let place = parameter["in"].as_str().unwrap_or_default();
            let rank = ["path", "query", "header", "cookie"]
                .iter()
                .position(|p| *p == place);
            let in_path = path
                .find(&format!("{{{name}}}"))
                .filter(|_| place == "path");
            (rank, in_path, name)
        });
        Value::Array(facts)
    }

    fn parameter(&mut self, parameter: &Value) -> Value {
        let mut facts = Object::new();
        let place = parameter["in"].as_str().unwrap_or_default();
        let style = match place {
            "query" | "cookie" => "form",
            _ => "simple",
        };
        for (key, value) in object(parameter) {
            let value = match key.as_str() {
                "schema" => self.schema(value),
                "content" => self.content(value),
                // What is so anyway need not be said (OpenAPI 3.0.3, "Parameter Object").
                "style" if value == style => continue,
                "explode" => {
                    let form = parameter
                        .get("style")
                        .map_or(style == "form", |s| s == "form");
                    let several = matches!(
                        parameter["schema"]["type"].as_str(),
                        Some("array" | "object")
                    );
                    if *value == Value::Bool(form) || !several {
                        continue;
                    }
                    value.clone()
                }
                "required" | "deprecated" | "allowEmptyValue" | "allowReserved"
                    if value == false =>
                {
                    continue;
                }
                DRAFTS => continue,
                known if PARAMETER.contains(&known) && !PROSE.contains(&known) => value.clone(),
                _ => {
                    self.note(key);
                    continue;
                }
            };
            facts.insert(key.clone(), value);
        }
        Value::Object(facts)
    }

    fn response(&mut self, response: &Value) -> Value {
        let mut facts = Object::new();
        for (key, value) in object(response) {
            match key.as_str() {
                "content" => {
                    facts.insert(key.clone(), self.content(value));
                }
                "headers" => {
                    let headers = object(value)
                        .map(|(name, header)| (name.clone(), self.parameter(header)))
                        .collect();
                    facts.insert(key.clone(), Value::Object(headers));
                }
                _ => self.note(key),
            }
        }
        // A description is required by OpenAPI.
        facts.insert("description".into(), json!(""));
        Value::Object(facts)
    }

    fn content(&mut self, content: &Value) -> Value {
        let facts = object(content)
            .map(|(media_type, media)| {
                let mut facts = Object::new();
                for (key, value) in object(media) {
                    if key == "schema" {
                        facts.insert(key.clone(), self.schema(value));
                    } else {
                        self.note(key);
                    }
                }
                (media_type.clone(), Value::Object(facts))
            })
            .collect();
        Value::Object(facts)
    }

    fn schema(&mut self, schema: &Value) -> Value {
        // The short forms of `additionalProperties`.
        let Value::Object(source) = schema else {
            return schema.clone();
        };
        if let Some(reference) = source.get("$ref") {
            return json!({"$ref": reference});
        }
        let mut facts = Object::new();
        for (key, value) in source {
            let value = match key.as_str() {
                named if NAMED.contains(&named) => Value::Object(
                    object(value)
                        .map(|(name, inner)| (name.clone(), self.schema(inner)))
                        .collect(),
                ),
                "items" | "additionalProperties" | "not" => self.schema(value),
                combined if COMBINED.contains(&combined) => {
                    Value::Array(list(value).map(|inner| self.schema(inner)).collect())
                }
                "required" => {
                    let mut names: Vec<&str> = list(value).filter_map(Value::as_str).collect();
                    names.sort_unstable();
                    names.dedup();
                    json!(names)
                }
                "nullable" | "deprecated" | "readOnly" | "writeOnly" | "uniqueItems"
                    if value == false =>
                {
                    continue;
                }
                // One that only repeats the type.
                "format" if Some(value) == source.get("type") => continue,
                DRAFTS => continue,
                known if SCHEMA.contains(&known) && !PROSE.contains(&known) => value.clone(),
                _ => {
                    self.note(key);
                    continue;
                }
            };
            facts.insert(key.clone(), value);
        }
        Value::Object(facts)
    }

    fn kept(&mut self, source: &Value, keys: &[&str]) -> Value {
        let mut facts = Object::new();
        for (key, value) in object(source) {
            if keys.contains(&key.as_str()) {
                facts.insert(key.clone(), value.clone());
            } else {
                self.note(key);
            }
        }
        Value::Object(facts)
    }

    fn note(&mut self, key: &str) {
        if !PROSE.contains(&key) && key != DRAFTS {
            *self.left_out.entry(key.to_owned()).or_default() += 1;
        }
    }
}

/// A document with the keys of its objects in the order they are written in.
pub(crate) fn ordered(root: &Value) -> Ordered {
    keyed(root, DOCUMENT, |key, value| match key {
        "paths" => named(value, |item| {
            keyed(item, METHODS, |_, operation| {
                keyed(operation, OPERATION, operation_part)
            })
        }),
        "components" => keyed(
            value,
            &["schemas", "securitySchemes"],
            |key, value| match key {
                "schemas" => named(value, schema),
                _ => data(value),
            },
        ),
        "info" => keyed(value, &["title", "version", "description"], |_, value| {
            data(value)
        }),
        "tags" => each(value, |tag| {
            keyed(tag, &["name", "description", DRAFTS], |_, value| {
                data(value)
            })
        }),
        "servers" => each(value, |server| {
            keyed(server, &["url", "description"], |_, value| data(value))
        }),
        _ => data(value),
    })
}

fn operation_part(key: &str, value: &Value) -> Ordered {
    match key {
        "parameters" => each(value, parameter),
        "requestBody" => keyed(
            value,
            &["description", "required", "content"],
            |key, value| match key {
                "content" => named(value, media),
                _ => data(value),
            },
        ),
        "responses" => named(value, |response| {
            keyed(
                response,
                &["description", DRAFTS, "headers", "content"],
                |key, value| match key {
                    "content" => named(value, media),
                    "headers" => named(value, parameter),
                    _ => data(value),
                },
            )
        }),
        _ => data(value),
    }
}

fn parameter(value: &Value) -> Ordered {
    keyed(value, PARAMETER, |key, value| match key {
        "schema" => schema(value),
        "content" => named(value, media),
        _ => data(value),
    })
}

fn media(value: &Value) -> Ordered {
    keyed(value, &["schema", "example"], |key, value| match key {
        "schema" => schema(value),
        _ => data(value),
    })
}

fn schema(value: &Value) -> Ordered {
    keyed(value, SCHEMA, |key, value| match key {
        names if NAMED.contains(&names) => named(value, schema),
        "items" | "additionalProperties" | "not" => schema(value),
        combined if COMBINED.contains(&combined) => each(value, schema),
        _ => data(value),
    })
}

/// An object whose keys have a set order; unknown ones follow by name.
fn keyed(value: &Value, order: &[&str], inner: impl Fn(&str, &Value) -> Ordered) -> Ordered {
    let Value::Object(source) = value else {
        return data(value);
    };
    let mut entries: Vec<(&String, &Value)> = source.iter().collect();
    entries.sort_by_key(|(key, _)| {
        let place = order
            .iter()
            .position(|known| known == key)
            .unwrap_or(order.len());
        (place, *key)
    });
    Ordered::Map(
        entries
            .into_iter()
            .map(|(key, value)| (key.clone(), inner(key, value)))
            .collect(),
    )
}

/// An object whose keys are names, by name.
fn named(value: &Value, inner: impl Fn(&Value) -> Ordered) -> Ordered {
    keyed(value, &[], |_, value| inner(value))
}

fn each(value: &Value, inner: impl Fn(&Value) -> Ordered) -> Ordered {
    match value {
        Value::Array(values) => Ordered::List(values.iter().map(inner).collect()),
        _ => data(value),
    }
}

/// Data as it is, objects by name.
fn data(value: &Value) -> Ordered {
    match value {
        Value::Object(_) => named(value, data),
        Value::Array(_) => each(value, data),
        _ => Ordered::Scalar(value.clone()),
    }
}

pub(crate) fn object(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

pub(crate) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
