//! A part of the API into the whole: its operations, and the schemas they
//! reach, replace the vendored ones or join them. Nothing else is removed.
//!
//! Where both mean the same the vendored form stays, part by part, so that a
//! change shows as what has changed and not as another dialect.

use std::collections::BTreeSet;

use anyhow::Context;
use heck::{ToLowerCamelCase, ToSnakeCase};
use launchdarkly_api_codegen::area;
use serde_json::{Map, Value, json};

use super::{
    canonical::list,
    keep_descriptions::{self, operations},
    semantic_equality::{self, Reader, schema_name},
};

/// A document with at most one operation for so many of the vendored one's is a
/// part of it.
const SHARE: usize = 10;

/// What the documentation site puts before the tags of its pages.
const PAGE_TAG: &str = "subpackage_";

/// Whether a document is so small beside the vendored one that it is a part.
pub(crate) fn is_part(vendored: &Value, incoming: &Value) -> bool {
    operations(incoming).count() * SHARE <= operations(vendored).count()
}

/// The vendored document with the facts of a part of the API.
pub(crate) fn merge(vendored: &Value, incoming: &Value) -> anyhow::Result<Value> {
    let mut incoming = incoming.clone();
    in_our_dialect(&mut incoming, vendored);
    let merger = Merger {
        old: Reader {
            root: vendored,
            other: &incoming,
        },
        new: Reader {
            root: &incoming,
            other: vendored,
        },
    };
    let mut root = vendored.clone();
    for (path, method, operation) in operations(&incoming) {
        let place = place_of(vendored, path, method, operation);
        let merged = match place {
            Some((old_path, old_method)) => {
                let old = &vendored["paths"][old_path][old_method];
                remove(&mut root, old_path, old_method);
                merger.combine(old, operation)
            }
            None => operation.clone(),
        };
        let tag = &merged["tags"][0];
        if !list(&root["tags"]).any(|known| known["name"] == *tag)
            && let Some(tags) = root["tags"].as_array_mut()
        {
            tags.push(json!({"name": tag}));
            tags.sort_by_cached_key(|tag| tag["name"].as_str().map(str::to_owned));
        }
        insert(&mut root, path, method, merged).with_context(|| format!("at {method} {path}"))?;
    }
    for name in reached(&incoming) {
        let old = &vendored["components"]["schemas"][name];
        if !old.is_null() {
            let schema = merger.combine(old, &incoming["components"]["schemas"][name]);
            root["components"]["schemas"][name] = schema;
        }
    }
    add_missing(&mut root, &incoming);
    // The vendored form has no new marks of secrets.
    keep_descriptions::words(&incoming, &mut root);
    Ok(root)
}

struct Merger<'a> {
    old: Reader<'a>,
    new: Reader<'a>,
}

impl Merger<'_> {
    /// The new value, with the old form of those of its parts that mean the
    /// same.
    fn combine(&self, old: &Value, new: &Value) -> Value {
        if self.old.meaning(old) == self.new.meaning(new) {
            return old.clone();
        }
        match (old, new) {
            (Value::Object(old), Value::Object(new)) => new
                .iter()
                .map(|(key, value)| {
                    let value = match (key.as_str(), old.get(key)) {
                        ("operationId", Some(old)) if same_id(old, value) => old.clone(),
                        ("tags", Some(old)) if same_area(old, value) => old.clone(),
                        (_, Some(old)) => self.combine(old, value),
                        (_, None) => value.clone(),
                    };
                    (key.clone(), value)
                })
                .collect::<Map<_, _>>()
                .into(),
            (Value::Array(old), Value::Array(new)) => new
                .iter()
                .map(|value| {
                    let same = |other: &&Value| {
                        value["name"].is_string()
                            && other["name"] == value["name"]
                            && other["in"] == value["in"]
                    };
                    match old.iter().find(same) {
                        Some(old) => self.combine(old, value),
                        None => value.clone(),
                    }
                })
                .collect(),
            _ => new.clone(),
        }
    }
}

fn same_id(old: &Value, new: &Value) -> bool {
    let snake = |id: &Value| id.as_str().map(ToSnakeCase::to_snake_case);
    old.is_string() && snake(old) == snake(new)
}

fn same_area(old: &Value, new: &Value) -> bool {
    old[0].is_string() && old[0].as_str().map(area) == new[0].as_str().map(area)
}

/// Where the vendored document has an operation: by its id, else by its place.
fn place_of<'a>(
    vendored: &'a Value,
    path: &'a str,
    method: &'a str,
    operation: &Value,
) -> Option<(&'a str, &'a str)> {
    operations(vendored)
        .find(|(_, _, other)| same_id(&other["operationId"], &operation["operationId"]))
        .map(|(path, method, _)| (path.as_str(), method.as_str()))
        .or_else(|| (!vendored["paths"][path][method].is_null()).then_some((path, method)))
}

fn remove(root: &mut Value, path: &str, method: &str) {
    let Some(paths) = root["paths"].as_object_mut() else {
        return;
    };
    if let Some(item) = paths.get_mut(path).and_then(Value::as_object_mut) {
        item.remove(method);
        if item.is_empty() {
            paths.remove(path);
        }
    }
}

fn insert(root: &mut Value, path: &str, method: &str, operation: Value) -> anyhow::Result<()> {
    root["paths"]
        .as_object_mut()
        .context("`paths` is not an object")?
        .entry(path)
        .or_insert_with(|| json!({}))
        .as_object_mut()
        .context("it is not an object")?
        .insert(method.to_owned(), operation);
    Ok(())
}

/// The schemas that the operations reach.
fn reached(root: &Value) -> BTreeSet<&str> {
    let mut reached = BTreeSet::new();
    let mut open = Vec::new();
    semantic_equality::references(&root["paths"], &mut |name| open.push(name));
    while let Some(name) = open.pop() {
        if reached.insert(name) {
            let schema = &root["components"]["schemas"][name];
            semantic_equality::references(schema, &mut |name| open.push(name));
        }
    }
    reached
}

/// Adds the schemas that are referred to and not there.
fn add_missing(root: &mut Value, incoming: &Value) {
    loop {
        let mut missing = BTreeSet::new();
        semantic_equality::references(root, &mut |name| {
            if root["components"]["schemas"][name].is_null()
                && !incoming["components"]["schemas"][name].is_null()
            {
                missing.insert(name.to_owned());
            }
        });
        if missing.is_empty() {
            return;
        }
        for name in missing {
            root["components"]["schemas"][&name] = incoming["components"]["schemas"][&name].clone();
        }
    }
}

/// Writes what a documentation page has as the vendored document would: ids,
/// tags, and scalars where they are used.
pub(crate) fn in_our_dialect(incoming: &mut Value, vendored: &Value) {
    let source = incoming.clone();
    let is_page = operations(&source).any(|(_, _, operation)| {
        operation["tags"][0]
            .as_str()
            .is_some_and(|tag| tag.starts_with(PAGE_TAG))
    });
    let items = incoming["paths"].as_object_mut().into_iter().flatten();
    for operation in items.flat_map(|(_, item)| item.as_object_mut().into_iter().flatten()) {
        let operation = operation.1;
        if let Some(parameters) = operation
            .get_mut("parameters")
            .and_then(Value::as_array_mut)
        {
            parameters.retain(|parameter| !semantic_equality::is_ignored(parameter));
        }
        if !is_page {
            continue;
        }
        if let Some(id) = operation["operationId"]
            .as_str()
            .filter(|id| id.contains('-'))
        {
            operation["operationId"] = json!(id.to_lower_camel_case());
        }
        if let Some(tag) = operation["tags"][0].as_str() {
            operation["tags"] = json!([our_tag(tag, vendored)]);
        }
        if operation.get("requestBody").is_some_and(Value::is_object) {
            operation["requestBody"]["required"] = json!(true);
        }
    }
    if is_page {
        let mut written = incoming.clone();
        write_out(&mut written, &source, vendored, 0);
        *incoming = written;
    }
}

/// The vendored document's tag for the same area, else one made of the words.
fn our_tag(tag: &str, vendored: &Value) -> String {
    let name = area(tag);
    let known = list(&vendored["tags"])
        .filter_map(|tag| tag["name"].as_str())
        .find(|tag| area(tag) == name);
    if let Some(known) = known {
        return known.to_owned();
    }
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    let capital = letters.next().map(|first| first.to_ascii_uppercase());
    let words: String = capital.into_iter().chain(letters).collect();
    match words.strip_suffix(" beta") {
        Some(words) => format!("{words} (beta)"),
        None => words,
    }
}

/// Puts scalars and enumerations that the vendored document does not name in
/// the places that refer to them.
fn write_out(value: &mut Value, source: &Value, vendored: &Value, depth: usize) {
    const DEEPEST: usize = 100;
    if depth > DEEPEST {
        return;
    }
    if let Some(name) = value.get("$ref").and_then(schema_name) {
        let target = &source["components"]["schemas"][name];
        if vendored["components"]["schemas"][name].is_null()
            && semantic_equality::is_plain(target)
            && target["type"] != "array"
        {
            *value = target.clone();
        }
        return;
    }
    match value {
        Value::Object(inner) => inner
            .values_mut()
            .for_each(|value| write_out(value, source, vendored, depth + 1)),
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| write_out(value, source, vendored, depth + 1)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{canonical::object, changes};

    fn vendored() -> Value {
        json!({
            "tags": [{"name": "Feature flags", "description": "Flags."}],
            "paths": {
                "/flags/{key}": {
                    "get": {
                        "operationId": "getFlag", "summary": "Get it", "tags": ["Feature flags"],
                        "parameters": [{"name": "key", "in": "path", "required": true, "schema": {"type": "string"}}],
                        "responses": {"200": {"description": "It", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Flag"}}}}}
                    },
                    "delete": {"operationId": "deleteFlag", "tags": ["Feature flags"], "responses": {}}
                }
            },
            "components": {"schemas": {
                "Flag": {"type": "object", "description": "A flag.", "properties": {
                    "kind": {"type": "string", "enum": ["a", "b"], "description": "Its kind."}
                }},
                "Other": {"type": "object"}
            }}
        })
    }

    /// The same operation as a documentation page has it.
    fn page() -> Value {
        json!({
            "paths": {
                "/flags/{key}": {
                    "get": {
                        "operationId": "get-flag", "tags": ["subpackage_featureFlags"],
                        "parameters": [
                            {"name": "key", "in": "path", "required": true, "schema": {"type": "string"}},
                            {"name": "Authorization", "in": "header", "required": true, "schema": {"type": "string"}}
                        ],
                        "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Flag"}}}}}
                    }
                }
            },
            "components": {"schemas": {
                "Flag": {"type": "object", "properties": {"kind": {"$ref": "#/components/schemas/FlagKind"}}},
                "FlagKind": {"type": "string", "enum": ["a", "b"]},
                "UnixMillis": {"type": "integer", "format": "int64"}
            }}
        })
    }

    #[test]
    fn a_part_that_means_the_same_in_another_dialect_changes_nothing() {
        assert_eq!(merge(&vendored(), &page()).unwrap(), vendored());
    }

    #[test]
    fn what_a_page_adds_is_written_as_the_vendored_document_writes_it() {
        let mut page = page();
        page["components"]["schemas"]["Flag"]["properties"]["created"] =
            json!({"$ref": "#/components/schemas/UnixMillis"});
        let mut expected = vendored()["components"]["schemas"].clone();
        let flag = expected["Flag"].as_object_mut().unwrap();
        flag.remove("description");
        flag["properties"]["created"] = json!({"type": "integer", "format": "int64"});
        let merged = merge(&vendored(), &page).unwrap();
        assert_eq!(merged["components"]["schemas"], expected);
        assert_eq!(
            merged["paths"],
            vendored()["paths"],
            "only the schema differs"
        );
        assert_eq!(
            changes::between(&vendored(), &merged).lines,
            ["changed: schema `Flag`"]
        );
    }

    #[test]
    fn a_new_operation_brings_its_schemas_and_its_tag_and_the_rest_stays() {
        let new = json!({
            "paths": {"/teams": {"post": {
                "operationId": "post-team", "tags": ["subpackage_teamsBeta"],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Team"}}}},
                "responses": {}
            }}},
            "components": {"schemas": {
                "Team": {"type": "object", "properties": {"lead": {"$ref": "#/components/schemas/Lead"}}},
                "Lead": {"type": "object"},
                "Unused": {"type": "object"}
            }}
        });
        let merged = merge(&vendored(), &new).unwrap();
        let team = &merged["paths"]["/teams"]["post"];
        assert_eq!(team["operationId"], "postTeam");
        assert_eq!(team["tags"], json!(["Teams (beta)"]));
        assert_eq!(team["requestBody"]["required"], true);
        let names: Vec<_> = object(&merged["components"]["schemas"])
            .map(|(name, _)| name.as_str())
            .collect();
        assert_eq!(names, ["Flag", "Lead", "Other", "Team"]);
        assert_eq!(
            merged["paths"]["/flags/{key}"],
            vendored()["paths"]["/flags/{key}"]
        );
    }

    #[test]
    fn an_operation_that_moved_is_where_the_part_has_it_and_nowhere_else() {
        let mut page = page();
        let item = page["paths"]["/flags/{key}"].take();
        page["paths"] = json!({"/v3/flags/{key}": item});
        let merged = merge(&vendored(), &page).unwrap();
        assert!(merged["paths"]["/flags/{key}"].get("get").is_none());
        assert!(merged["paths"]["/flags/{key}"].get("delete").is_some());
        assert_eq!(
            merged["paths"]["/v3/flags/{key}"]["get"],
            vendored()["paths"]["/flags/{key}"]["get"]
        );
    }

    #[test]
    fn a_handful_beside_the_whole_is_a_part_and_a_whole_is_none() {
        let of = |count: usize| {
            let paths: Map<String, Value> = (0..count)
                .map(|index| (format!("/{index}"), json!({"get": {}})))
                .collect();
            json!({"paths": paths})
        };
        assert!(is_part(&of(385), &of(1)));
        assert!(is_part(&of(385), &of(38)));
        assert!(!is_part(&of(385), &of(337)));
        assert!(!is_part(&of(1), &of(1)));
    }
}
