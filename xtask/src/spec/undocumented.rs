//! What has no description, in the form `spec describe` reads.
//!
//! An operation needs a summary and a description, a parameter and a response
//! a description, a schema one too. A property needs one where its name does
//! not say enough: numbers (the unit), formatted strings, enumerations, and
//! values of any form.

use std::collections::{BTreeMap, BTreeSet};

use launchdarkly_api_codegen::area;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    canonical::{list, object},
    keep_descriptions, vendored,
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
    /// By parameter name: for those parameters that have none of their own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) parameters: BTreeMap<String, String>,
    /// By status: for those responses that have none of their own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) responses: BTreeMap<String, String>,
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

impl Texts {
    /// How many places these are.
    pub(crate) fn count(&self) -> usize {
        let operations = self.operations.values().map(|operation| {
            [&operation.summary, &operation.description, &operation.body]
                .into_iter()
                .flatten()
                .count()
                + operation.parameters.len()
                + operation.responses.len()
        });
        let schemas = self
            .schemas
            .values()
            .map(|schema| usize::from(schema.description.is_some()) + schema.properties.len());
        self.tags.len()
            + operations.sum::<usize>()
            + schemas.sum::<usize>()
            + self.parameters.len()
            + self.responses.len()
    }
}

pub(crate) fn run(areas: &[String]) -> anyhow::Result<()> {
    let texts = of(&vendored::read()?, areas);
    print!("{}", serde_saphyr::to_string(&texts)?);
    Ok(())
}

/// The places that lack a description, each with an empty text.
pub(crate) fn of(root: &Value, areas: &[String]) -> Texts {
    let mut texts = Texts::default();
    let wanted = |operation: &Value| {
        areas.is_empty()
            || operation["tags"][0]
                .as_str()
                .is_some_and(|tag| areas.contains(&area(tag)))
    };
    for tag in list(&root["tags"]) {
        let name = tag["name"].as_str().unwrap_or_default();
        if lacks(tag, "description") && (areas.is_empty() || areas.contains(&area(name))) {
            texts.tags.insert(name.to_owned(), String::new());
        }
    }
    let mut used = BTreeSet::new();
    for (_, _, operation) in
        keep_descriptions::operations(root).filter(|(_, _, operation)| wanted(operation))
    {
        let found = operation_texts(operation);
        if found != OperationTexts::default() {
            let id = operation["operationId"].as_str().unwrap_or_default();
            texts.operations.insert(id.to_owned(), found);
        }
        reach(root, operation, &mut used);
    }
    for (name, schema) in object(&root["components"]["schemas"]) {
        if !areas.is_empty() && !used.contains(name) {
            continue;
        }
        let mut found = SchemaTexts::default();
        if schema.get("$ref").is_none() && lacks(schema, "description") {
            found.description = Some(String::new());
        }
        properties(schema, "", &mut found.properties);
        if found != SchemaTexts::default() {
            texts.schemas.insert(name.clone(), found);
        }
    }
    texts
}

fn operation_texts(operation: &Value) -> OperationTexts {
    let mut found = OperationTexts::default();
    let empty = |key| lacks(operation, key).then(String::new);
    found.summary = empty("summary");
    found.description = empty("description");
    for parameter in list(&operation["parameters"]).filter(|p| lacks(p, "description")) {
        let name = parameter["name"].as_str().unwrap_or_default();
        found.parameters.insert(name.to_owned(), String::new());
    }
    for (status, _) in object(&operation["responses"]).filter(|(_, r)| lacks(r, "description")) {
        found.responses.insert(status.clone(), String::new());
    }
    found
}

fn properties(schema: &Value, at: &str, found: &mut BTreeMap<String, String>) {
    for (name, property) in object(&schema["properties"]) {
        let at = if at.is_empty() {
            name.clone()
        } else {
            format!("{at}.{name}")
        };
        if needs_words(property) && lacks(property, "description") {
            found.insert(at.clone(), String::new());
        }
        properties(property, &at, found);
    }
    if schema["items"].is_object() {
        properties(&schema["items"], &format!("{at}[]"), found);
    }
    if schema["additionalProperties"].is_object() {
        properties(&schema["additionalProperties"], &format!("{at}{{}}"), found);
    }
}

/// Whether a property's name cannot say enough.
fn needs_words(property: &Value) -> bool {
    // Beside a reference nothing can stand.
    if property.get("$ref").is_some() {
        return false;
    }
    match property["type"].as_str() {
        Some("integer" | "number") => true,
        Some("string") => property.get("format").is_some() || property.get("enum").is_some(),
        Some("array") => needs_words(&property["items"]),
        Some("boolean") => false,
        Some("object") => {
            property.get("properties").is_none() && property.get("additionalProperties").is_none()
        }
        _ => property.get("allOf").is_none(),
    }
}

pub(crate) fn lacks(value: &Value, key: &str) -> bool {
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
