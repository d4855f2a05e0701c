//! `spec describe`: descriptions from a file into the document.

use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::{
    undocumented::{OperationTexts, SchemaTexts, Texts, lacks},
    vendored,
};

pub(crate) fn run(file: &Path) -> anyhow::Result<()> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?;
    let texts: Texts = if text.trim().is_empty() {
        Texts::default()
    } else {
        serde_saphyr::from_str(&text)
            .with_context(|| format!("{name} is not a file of descriptions"))?
    };
    let mut root = vendored::read()?;
    describe(&mut root, &texts).with_context(|| format!("in {name}"))?;
    vendored::write(&root).map(drop)
}

/// Puts the texts in; one for a place that the document does not have is an
/// error. Empty texts are left out.
fn describe(root: &mut Value, texts: &Texts) -> anyhow::Result<()> {
    for (name, text) in filled(&texts.tags) {
        let tag = items(root, "tags").find(|tag| tag["name"] == **name);
        put(
            tag.with_context(|| format!("there is no tag {name:?}"))?,
            "description",
            text,
        );
    }
    for (id, texts) in &texts.operations {
        let operation = operations(root)
            .find(|operation| operation["operationId"] == **id)
            .with_context(|| format!("there is no operation {id:?}"))?;
        describe_operation(operation, texts).with_context(|| format!("at operation {id:?}"))?;
    }
    for (name, texts) in &texts.schemas {
        let schema = root["components"]["schemas"]
            .get_mut(name)
            .with_context(|| format!("there is no schema {name:?}"))?;
        describe_schema(schema, texts).with_context(|| format!("at schema {name:?}"))?;
    }
    for operation in operations(root) {
        for parameter in items(operation, "parameters") {
            let text = parameter["name"]
                .as_str()
                .and_then(|name| texts.parameters.get(name));
            if let Some(text) = text.cloned()
                && lacks(parameter, "description")
            {
                put(parameter, "description", &text);
            }
        }
        for (status, response) in operation["responses"].as_object_mut().into_iter().flatten() {
            if let Some(text) = texts.responses.get(status)
                && lacks(response, "description")
            {
                put(response, "description", text);
            }
        }
    }
    Ok(())
}

fn operations(root: &mut Value) -> impl Iterator<Item = &mut Value> {
    entries(root, "paths")
        .flat_map(|(_, item)| item.as_object_mut().into_iter().flatten())
        .map(|(_, operation)| operation)
}

fn describe_operation(operation: &mut Value, texts: &OperationTexts) -> anyhow::Result<()> {
    for (key, text) in [
        ("summary", &texts.summary),
        ("description", &texts.description),
    ] {
        if let Some(text) = text.as_ref().filter(|text| !text.is_empty()) {
            put(operation, key, text);
        }
    }
    if let Some(text) = &texts.body {
        ensure!(
            operation.get("requestBody").is_some(),
            "it has no request body"
        );
        put(&mut operation["requestBody"], "description", text);
    }
    for (name, text) in filled(&texts.parameters) {
        let parameter = items(operation, "parameters")
            .find(|parameter| parameter["name"] == **name)
            .with_context(|| format!("it has no parameter {name:?}"))?;
        put(parameter, "description", text);
    }
    for (status, text) in filled(&texts.responses) {
        let response = operation["responses"]
            .get_mut(status)
            .with_context(|| format!("it has no response {status:?}"))?;
        put(response, "description", text);
    }
    Ok(())
}

fn describe_schema(schema: &mut Value, texts: &SchemaTexts) -> anyhow::Result<()> {
    if let Some(text) = texts.description.as_ref().filter(|text| !text.is_empty()) {
        ensure!(
            schema.get("$ref").is_none(),
            "it is a reference, beside which nothing can stand"
        );
        put(schema, "description", text);
    }
    for (place, text) in filled(&texts.properties) {
        let property =
            property(schema, place).with_context(|| format!("it has no property {place:?}"))?;
        ensure!(
            property.get("$ref").is_none(),
            "the property {place:?} is a reference, beside which nothing can stand"
        );
        put(property, "description", text);
    }
    Ok(())
}

/// The property at a place such as `a[].b`.
fn property<'a>(schema: &'a mut Value, place: &str) -> Option<&'a mut Value> {
    place.split('.').try_fold(schema, |schema, step| {
        let name = step.trim_end_matches(['[', ']', '{', '}']);
        let mut inner = if name.is_empty() {
            schema
        } else {
            own(schema, name)?
        };
        let mut rest = &step[name.len()..];
        while !rest.is_empty() {
            let (key, after) = match rest.strip_prefix("[]") {
                Some(after) => ("items", after),
                None => ("additionalProperties", rest.strip_prefix("{}")?),
            };
            inner = inner.get_mut(key)?;
            rest = after;
        }
        Some(inner)
    })
}

/// The members of a list that may not be there. (Indexing would add it.)
fn items<'a>(value: &'a mut Value, key: &str) -> impl Iterator<Item = &'a mut Value> {
    value
        .get_mut(key)
        .and_then(Value::as_array_mut)
        .into_iter()
        .flatten()
}

/// The entries of an object that may not be there.
fn entries<'a>(
    value: &'a mut Value,
    key: &str,
) -> impl Iterator<Item = (&'a String, &'a mut Value)> {
    value
        .get_mut(key)
        .and_then(Value::as_object_mut)
        .into_iter()
        .flatten()
}

/// The property of a schema or of one it is combined of.
fn own<'a>(schema: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    if schema.pointer(&format!("/properties/{name}")).is_none() {
        let parts = schema.get_mut("allOf")?.as_array_mut()?;
        return parts.iter_mut().find_map(|part| own(part, name));
    }
    schema.get_mut("properties")?.get_mut(name)
}

fn filled<'a, K>(
    texts: impl IntoIterator<Item = (K, &'a String)>,
) -> impl Iterator<Item = (K, &'a String)> {
    texts.into_iter().filter(|(_, text)| !text.is_empty())
}

fn put(value: &mut Value, key: &str, text: &str) {
    value[key] = json!(text.trim_end());
}
