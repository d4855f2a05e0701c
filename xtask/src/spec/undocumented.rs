//! `spec undocumented`: the places without a description of ours, in the form
//! that `spec describe` reads.
//!
//! An operation needs a summary and a description; a parameter, a response, a
//! schema and a property need a description.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
};

use jsonptr::PointerBuf;
use launchdarkly_api_codegen::area;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    areas,
    canonical::{list, object},
    drafts, keep_descriptions, vendored,
};

/// Descriptions by what they describe.
#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Texts {
    /// By tag.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tags: BTreeMap<String, String>,
    /// By operation id.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) operations: BTreeMap<String, OperationTexts>,
    /// By schema name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) schemas: BTreeMap<String, SchemaTexts>,
    /// By name, for every parameter of that name without a description.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parameters: BTreeMap<String, String>,
    /// By status, for every response of that status without a description.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) responses: BTreeMap<String, String>,
    /// By name, for every property of that name without a description.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) properties: BTreeMap<String, String>,
}

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OperationTexts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// Of the request body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) body: Option<String>,
    /// By parameter name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parameters: BTreeMap<String, String>,
    /// By status.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) responses: BTreeMap<String, String>,
}

#[derive(Debug, Default, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SchemaTexts {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    /// By property, `a.b` for one inside another, `a[].b` inside a list's
    /// members, `a{}.b` inside a map's values.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) properties: BTreeMap<String, String>,
}

/// A place that has no description.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Place<'a> {
    /// The object that needs the text.
    pub(crate) pointer: PointerBuf,
    /// The text's key: `summary` or `description`.
    pub(crate) key: &'static str,
    pub(crate) subject: Subject<'a>,
}

/// The subject of a description.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Subject<'a> {
    Tag(&'a str),
    Operation {
        path: &'a str,
        method: &'a str,
        operation: &'a Value,
    },
    Parameter {
        operation: &'a Value,
        parameter: &'a Value,
    },
    Response {
        operation: &'a Value,
        status: &'a str,
    },
    Schema(&'a str),
    Property {
        schema: &'a str,
        /// As [`SchemaTexts::properties`] names it.
        place: String,
        property: &'a Value,
    },
}

impl Texts {
    fn operation(&mut self, operation: &Value) -> &mut OperationTexts {
        let id = operation["operationId"].as_str().unwrap_or_default();
        self.operations.entry(id.to_owned()).or_default()
    }

    fn add(&mut self, place: &Place<'_>, text: String) {
        match &place.subject {
            Subject::Tag(name) => {
                self.tags.insert((*name).to_owned(), text);
            }
            Subject::Operation { operation: of, .. } if place.key == "summary" => {
                self.operation(of).summary = Some(text);
            }
            Subject::Operation { operation: of, .. } => self.operation(of).description = Some(text),
            Subject::Parameter {
                operation: of,
                parameter,
            } => {
                let name = parameter["name"].as_str().unwrap_or_default();
                self.operation(of).parameters.insert(name.to_owned(), text);
            }
            Subject::Response {
                operation: of,
                status,
            } => {
                self.operation(of)
                    .responses
                    .insert((*status).to_owned(), text);
            }
            Subject::Schema(name) => {
                self.schemas
                    .entry((*name).to_owned())
                    .or_default()
                    .description = Some(text);
            }
            Subject::Property { schema, place, .. } => {
                let schema = self.schemas.entry((*schema).to_owned()).or_default();
                schema.properties.insert(place.clone(), text);
            }
        }
    }
}

pub(crate) fn run(only: &[String]) -> anyhow::Result<()> {
    print!("{}", text(&vendored::read()?, only)?);
    Ok(())
}

/// The drafts of some areas, or of all, as YAML documents: the operations, the
/// arguments, the schemas of the default areas, the other schemas.
pub(crate) fn text(root: &Value, only: &[String]) -> anyhow::Result<String> {
    let reached = |wanted: &dyn Fn(&str) -> bool| {
        let mut reached = BTreeSet::new();
        for (_, _, operation) in keep_descriptions::operations(root) {
            if wanted(&area_of(operation)) {
                reach(root, operation, &mut reached);
            }
        }
        reached
    };
    let is_wanted = |area: &str| only.is_empty() || only.iter().any(|wanted| wanted == area);
    let used = reached(&is_wanted);
    let by_default = areas::by_default()?;
    let default = reached(&|area| by_default.contains(area));
    let mut sections = [
        "operations",
        "arguments",
        "schemas of the default areas",
        "other schemas",
    ]
    .map(|name| (name, 0, Texts::default()));
    for (place, draft) in drafts::of(root) {
        let (section, is_wanted) = match &place.subject {
            Subject::Tag(name) => (0, is_wanted(&area(name))),
            Subject::Operation { operation, .. } | Subject::Response { operation, .. } => {
                (0, is_wanted(&area_of(operation)))
            }
            Subject::Parameter { operation, .. } => (1, is_wanted(&area_of(operation))),
            Subject::Schema(name) | Subject::Property { schema: name, .. } => (
                if default.contains(*name) { 2 } else { 3 },
                only.is_empty() || used.contains(*name),
            ),
        };
        if is_wanted {
            let (_, count, texts) = &mut sections[section];
            *count += 1;
            texts.add(&place, draft);
        }
    }
    let mut text = String::new();
    for (name, count, texts) in sections.iter().filter(|(_, count, _)| *count > 0) {
        if !text.is_empty() {
            text.push_str("---\n");
        }
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "# Drafts of {name}: {count}\n{}",
            serde_saphyr::to_string(texts)?
        );
    }
    Ok(text)
}

fn area_of(operation: &Value) -> String {
    operation["tags"][0].as_str().map(area).unwrap_or_default()
}

/// The places without a description.
pub(crate) fn places(root: &Value) -> Vec<Place<'_>> {
    let mut places = Places::default();
    for (index, tag) in list(&root["tags"]).enumerate() {
        let name = tag["name"].as_str().unwrap_or_default();
        let at = PointerBuf::from_tokens(["tags", &index.to_string()]);
        places.add(tag, "description", &at, || Subject::Tag(name));
    }
    for (path, method, operation) in keep_descriptions::operations(root) {
        let at = PointerBuf::from_tokens(["paths", path, method]);
        for key in ["summary", "description"] {
            places.add(operation, key, &at, || Subject::Operation {
                path,
                method,
                operation,
            });
        }
        for (index, parameter) in list(&operation["parameters"]).enumerate() {
            let at = inside(&at, &["parameters", &index.to_string()]);
            places.add(parameter, "description", &at, || Subject::Parameter {
                operation,
                parameter,
            });
        }
        for (status, response) in object(&operation["responses"]) {
            let at = inside(&at, &["responses", status]);
            places.add(response, "description", &at, || Subject::Response {
                operation,
                status,
            });
        }
    }
    for (name, schema) in object(&root["components"]["schemas"]) {
        let at = PointerBuf::from_tokens(["components", "schemas", name]);
        if schema.get("$ref").is_none() {
            places.add(schema, "description", &at, || Subject::Schema(name));
        }
        places.add_properties(name, schema, "", &at);
    }
    places.0
}

#[derive(Default)]
struct Places<'a>(Vec<Place<'a>>);

impl<'a> Places<'a> {
    fn add(
        &mut self,
        value: &Value,
        key: &'static str,
        at: &PointerBuf,
        subject: impl FnOnce() -> Subject<'a>,
    ) {
        if value.is_object() && lacks(value, key) {
            self.0.push(Place {
                pointer: at.clone(),
                key,
                subject: subject(),
            });
        }
    }

    fn add_properties(&mut self, schema: &'a str, value: &'a Value, place: &str, at: &PointerBuf) {
        for (name, property) in object(&value["properties"]) {
            let at = inside(at, &["properties", name]);
            let place = match place {
                "" => name.clone(),
                _ => format!("{place}.{name}"),
            };
            if can_have_description(property) {
                self.add(property, "description", &at, || Subject::Property {
                    schema,
                    place: place.clone(),
                    property,
                });
            }
            self.add_properties(schema, property, &place, &at);
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            for (index, part) in list(&value[key]).enumerate() {
                let at = inside(at, &[key, &index.to_string()]);
                self.add_properties(schema, part, place, &at);
            }
        }
        for (key, suffix) in [("items", "[]"), ("additionalProperties", "{}")] {
            if value[key].is_object() {
                let place = format!("{place}{suffix}");
                self.add_properties(schema, &value[key], &place, &inside(at, &[key]));
            }
        }
    }
}

fn inside(at: &PointerBuf, tokens: &[&str]) -> PointerBuf {
    let mut pointer = at.clone();
    tokens.iter().for_each(|token| pointer.push_back(*token));
    pointer
}

/// Whether a property can have a description: OpenAPI 3.0 ignores one beside a
/// reference.
fn can_have_description(property: &Value) -> bool {
    property.get("$ref").is_none() && property.get("allOf").is_none()
}

fn lacks(value: &Value, key: &str) -> bool {
    value[key].as_str().is_none_or(str::is_empty)
}

/// Adds the schemas that a value refers to, and those they refer to.
fn reach(root: &Value, value: &Value, used: &mut BTreeSet<String>) {
    match value {
        Value::Object(inner) => {
            if let Some(name) = inner
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| reference.strip_prefix("#/components/schemas/"))
                && used.insert(name.to_owned())
            {
                reach(root, &root["components"]["schemas"][name], used);
            }
            inner.values().for_each(|value| reach(root, value, used));
        }
        Value::Array(values) => values.iter().for_each(|value| reach(root, value, used)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn drafts_are_listed_by_visibility_and_by_area() {
        let operation = |id: &str, tag: &str, schema: &str| {
            json!({"get": {
                "operationId": id, "tags": [tag],
                "parameters": [{"name": "key", "in": "path", "schema": {"type": "string"}}],
                "responses": {"200": {"description": "Done.", "content": {"application/json": {
                    "schema": {"$ref": format!("#/components/schemas/{schema}")}
                }}}}
            }})
        };
        let schema = json!({"properties": {"name": {"type": "string"}}});
        let root = json!({
            "tags": [{"name": "Teams", "description": "t"}, {"name": "Metrics", "description": "m"}],
            "paths": {
                "/a/{key}": operation("getMetric", "Metrics", "AMetric"),
                "/t/{key}": operation("getTeam", "Teams", "Team"),
            },
            "components": {"schemas": {"AMetric": schema, "Team": schema}}
        });
        let outline = |only: &[String]| -> Vec<String> {
            let text = text(&root, only).unwrap();
            let lines = text.lines().filter(|line| {
                line.starts_with('#') || (line.starts_with("  ") && !line.starts_with("   "))
            });
            lines.map(|line| line.trim().to_owned()).collect()
        };
        assert_eq!(
            outline(&[]),
            [
                "# Drafts of operations: 4",
                "getMetric:",
                "getTeam:",
                "# Drafts of arguments: 2",
                "getMetric:",
                "getTeam:",
                "# Drafts of schemas of the default areas: 2",
                "Team:",
                "# Drafts of other schemas: 2",
                "AMetric:",
            ]
        );
        assert_eq!(
            outline(&["metrics".to_owned()]),
            [
                "# Drafts of operations: 2",
                "getMetric:",
                "# Drafts of arguments: 1",
                "getMetric:",
                "# Drafts of other schemas: 2",
                "AMetric:",
            ]
        );
    }
}
