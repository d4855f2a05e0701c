//! `spec describe`: puts descriptions from a file into the document.

use std::{collections::BTreeSet, path::Path};

use anyhow::{Context, ensure};
use serde_json::{Value, json};

use super::{
    drafts,
    undocumented::{self, OperationTexts, SchemaTexts, Subject, Texts},
    vendored,
};

pub(crate) fn run(file: &Path) -> anyhow::Result<()> {
    let name = file.display();
    let text = std::fs::read_to_string(file).with_context(|| format!("{name} cannot be read"))?;
    let documents: Vec<Texts> = serde_saphyr::from_multiple(&text)
        .with_context(|| format!("{name} is not a file of descriptions"))?;
    let mut root = vendored::read()?;
    describe_all(&mut root, &documents).with_context(|| format!("in {name}"))?;
    vendored::write(&root, &vendored::path().display().to_string())?;
    Ok(())
}

/// Puts the texts of several documents in. A text that repeats the draft of its
/// place leaves it a draft.
fn describe_all(root: &mut Value, documents: &[Texts]) -> anyhow::Result<()> {
    let drafts: Vec<(String, &str, String)> = drafts::of(root)
        .map(|(place, text)| (place.pointer.to_string(), place.key, text))
        .collect();
    documents
        .iter()
        .try_for_each(|texts| describe(root, texts))?;
    for (pointer, key, draft) in drafts {
        if let Some(place) = root.pointer_mut(&pointer)
            && place[key] == draft
        {
            place[key] = json!("");
        }
    }
    Ok(())
}

/// Puts the texts in. Empty texts are skipped; a text for a place that the
/// document does not have is an error.
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
    for (pointer, text) in shared(root, texts) {
        if let Some(place) = root.pointer_mut(&pointer) {
            put(place, "description", &text);
        }
    }
    Ok(())
}

/// The places without a description that take a text for many places: of
/// parameters and properties by their name, of responses by their status.
fn shared(root: &Value, texts: &Texts) -> Vec<(String, String)> {
    let mut unused: BTreeSet<(&str, &str)> = [
        ("parameter", &texts.parameters),
        ("property", &texts.properties),
        ("response", &texts.responses),
    ]
    .into_iter()
    .flat_map(|(kind, texts)| filled(texts).map(move |(name, _)| (kind, name.as_str())))
    .collect();
    let mut found = Vec::new();
    for place in &undocumented::places(root) {
        let (kind, texts, name) = match &place.subject {
            Subject::Parameter { parameter, .. } => {
                let name = parameter["name"].as_str().unwrap_or_default();
                ("parameter", &texts.parameters, name)
            }
            Subject::Property { place, .. } => {
                let name = place.rsplit('.').next().unwrap_or(place);
                ("property", &texts.properties, name)
            }
            Subject::Response { status, .. } => ("response", &texts.responses, *status),
            _ => continue,
        };
        if let Some(text) = texts.get(name).filter(|text| !text.is_empty()) {
            unused.retain(|known| *known != (kind, name));
            found.push((place.pointer.to_string(), text.clone()));
        }
    }
    for (kind, name) in unused {
        eprintln!("skipped: no {kind} `{name}` is without a description");
    }
    found
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
            "it is a reference, beside which OpenAPI 3.0 ignores a description"
        );
        put(schema, "description", text);
    }
    for (place, text) in filled(&texts.properties) {
        let property =
            property(schema, place).with_context(|| format!("it has no property {place:?}"))?;
        ensure!(
            property.get("$ref").is_none(),
            "the property {place:?} is a reference, beside which OpenAPI 3.0 ignores a description"
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

/// The property of a schema, or of a schema that is a part of it.
fn own<'a>(schema: &'a mut Value, name: &str) -> Option<&'a mut Value> {
    let has = |schema: &Value| schema["properties"].get(name).is_some();
    if has(schema) {
        return schema.get_mut("properties")?.get_mut(name);
    }
    let schema = schema.as_object_mut()?;
    let parts = schema
        .iter_mut()
        .filter(|(key, _)| matches!(key.as_str(), "allOf" | "anyOf" | "oneOf"));
    parts
        .flat_map(|(_, parts)| parts.as_array_mut().into_iter().flatten())
        .find_map(|part| own(part, name))
}

fn filled<'a, K>(
    texts: impl IntoIterator<Item = (K, &'a String)>,
) -> impl Iterator<Item = (K, &'a String)> {
    texts.into_iter().filter(|(_, text)| !text.is_empty())
}

fn put(value: &mut Value, key: &str, text: &str) {
    value[key] = json!(text.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two lamps with a parameter, a response and a property each.
    fn document() -> Value {
        let item = |id: &str| {
            json!({"get": {
                "operationId": id, "summary": "s", "description": "d", "tags": ["Lamps"],
                "parameters": [{"name": "lampKey", "in": "path", "schema": {"type": "string"}}],
                "responses": {"200": {"description": ""}}
            }})
        };
        let lamp = json!({"description": "d", "allOf": [{"properties": {
            "watts": {"type": "integer"},
            "parts": {"type": "array", "items": {"properties": {"watts": {"type": "integer"}}}}
        }}]});
        json!({
            "tags": [{"name": "Lamps", "description": "d"}],
            "paths": {"/a": item("getA"), "/b": item("getB")},
            "components": {"schemas": {"Lamp": lamp, "OldLamp": lamp}}
        })
    }

    fn described(yaml: &str) -> anyhow::Result<Value> {
        let mut root = document();
        describe_all(&mut root, &serde_saphyr::from_multiple(yaml)?)?;
        Ok(root)
    }

    #[test]
    fn one_text_describes_every_place_of_that_name_without_a_description() {
        let root = described(
            "operations: {getA: {parameters: {lampKey: Its own.}}}\n---\n\
             parameters: {lampKey: The key.}\nproperties: {parts: Its parts., watts: In watts.}\n\
             responses: {'200': Done.}\n",
        )
        .unwrap();
        assert_eq!(undocumented::places(&root), [], "{root}");
        let parameter = |path: &str| &root["paths"][path]["get"]["parameters"][0]["description"];
        assert_eq!(
            (parameter("/a"), parameter("/b")),
            (&json!("Its own."), &json!("The key."))
        );
        for lamp in ["Lamp", "OldLamp"] {
            let properties = &root["components"]["schemas"][lamp]["allOf"][0]["properties"];
            assert_eq!(properties["watts"]["description"], "In watts.");
            let part = &properties["parts"]["items"]["properties"]["watts"];
            assert_eq!(part["description"], "In watts.");
        }
    }

    #[test]
    fn one_anchored_text_describes_every_place_with_its_alias() {
        let root = described(
            "schemas:\n  Lamp: {properties: {watts: &watts In watts.}}\n  \
             OldLamp: {properties: {watts: *watts, 'parts[].watts': *watts}}\n",
        )
        .unwrap();
        let schemas = &root["components"]["schemas"];
        for place in [
            "/Lamp/allOf/0/properties/watts",
            "/OldLamp/allOf/0/properties/watts",
            "/OldLamp/allOf/0/properties/parts/items/properties/watts",
        ] {
            assert_eq!(schemas.pointer(place).unwrap()["description"], "In watts.");
        }
    }

    #[test]
    fn a_text_that_repeats_the_draft_leaves_a_draft() {
        let before = document();
        let drafts = undocumented::text(&before, &[]).unwrap();
        let root = described(&drafts).unwrap();
        let count = |root: &Value| undocumented::places(root).len();
        assert_eq!(count(&root), count(&before));
        let edited = drafts.replacen("The key of the lamp.", "The lamp's key.", 1);
        assert_ne!(edited, drafts);
        assert_eq!(count(&described(&edited).unwrap()), count(&before) - 1);
    }

    #[test]
    fn a_place_that_the_document_does_not_have_is_an_error_that_names_it() {
        for (yaml, name) in [
            ("tags: {Gone: a}", "Gone"),
            ("operations: {getGone: {summary: a}}", "getGone"),
            ("operations: {getA: {parameters: {gone: a}}}", "gone"),
            ("operations: {getA: {responses: {'404': a}}}", "404"),
            ("operations: {getA: {body: a}}", "request body"),
            ("schemas: {Gone: {description: a}}", "Gone"),
            ("schemas: {Lamp: {properties: {'parts[].gone': a}}}", "gone"),
        ] {
            let error = format!("{:#}", described(yaml).unwrap_err());
            assert!(error.contains(name), "{yaml}: {error}");
        }
    }
}
