//! Renamed types and operations, so that a rename is one change.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use launchdarkly_api_codegen::api::{Api, Body, Response, Shape, Type};
use serde_json::{Value, json};

use super::change::{Change, Effect, Kind, Subject};
use crate::spec::{keep_descriptions::operations, renames, semantic_equality::schema_name};

/// Gives the old interface the new names of its renamed types and operations, and
/// returns the renames. `old_facts` and `new_facts` are the documents.
pub(super) fn apply(old: &mut Api, new: &Api, old_facts: &Value, new_facts: &Value) -> Vec<Change> {
    let types = types(old, new, &renames::schemas(old_facts, new_facts));
    let methods = renames::at_the_same_place(&places(old), &places(new));
    let mut changes = Vec::new();
    for (old, new) in &types {
        let reason = format!("the type is now called `{new}`");
        changes.push(breaking(Subject::Schema, old, reason));
    }
    for (new, old) in &methods {
        let reason = format!("the method is now called `{new}`");
        changes.push(breaking(Subject::Operation, old, reason));
    }
    for (new_id, old_id) in methods {
        if let Some(operation) = old.operations.remove(&old_id) {
            old.operations.insert(new_id, operation);
        }
    }
    rename_types(old, &types);
    changes
}

/// The document with the new names of the schemas and operations that `new`
/// renames.
pub(super) fn document(root: &Value, old_facts: &Value, new_facts: &Value) -> Value {
    let schemas: BTreeMap<&str, &str> = renames::schemas(old_facts, new_facts)
        .into_iter()
        .map(|(new, old)| (old, new))
        .collect();
    let renamed = renames::operations(old_facts, new_facts);
    let operations: BTreeMap<&String, &str> = operations(new_facts)
        .filter_map(|(_, _, operation)| {
            let id = operation["operationId"].as_str()?;
            Some((renamed.get(&id.to_snake_case())?, id))
        })
        .collect();
    let mut root = root.clone();
    if let Some(definitions) = root["components"]["schemas"].as_object_mut() {
        *definitions = std::mem::take(definitions)
            .into_iter()
            .map(|(name, schema)| match schemas.get(name.as_str()) {
                Some(new) => ((*new).to_owned(), schema),
                None => (name, schema),
            })
            .collect();
    }
    rename_within(&mut root, &schemas, &operations);
    root
}

fn rename_within(
    value: &mut Value,
    schemas: &BTreeMap<&str, &str>,
    operations: &BTreeMap<&String, &str>,
) {
    match value {
        Value::Object(object) => {
            if let Some(new) = object
                .get("$ref")
                .and_then(schema_name)
                .and_then(|name| schemas.get(name))
            {
                object.insert("$ref".into(), json!(format!("#/components/schemas/{new}")));
            }
            if let Some(new) = object
                .get("operationId")
                .and_then(Value::as_str)
                .and_then(|id| operations.get(&id.to_snake_case()))
            {
                object.insert("operationId".into(), json!(new));
            }
            for value in object.values_mut() {
                rename_within(value, schemas, operations);
            }
        }
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| rename_within(value, schemas, operations)),
        _ => {}
    }
}

fn breaking(subject: Subject, place: &str, reason: String) -> Change {
    Change::new(Effect::Breaking, Kind::Renamed, subject, place, reason)
}

fn places(api: &Api) -> BTreeMap<String, (String, String)> {
    let operations = api.operations.iter();
    operations
        .map(|(id, operation)| {
            let place = (operation.method.clone(), operation.path.clone());
            (id.clone(), place)
        })
        .collect()
}

/// The renamed types: the old name and the new one. `schemas` has the renamed
/// schemas: the new name and the old one.
fn types(old: &Api, new: &Api, schemas: &BTreeMap<&str, &str>) -> BTreeMap<String, String> {
    let type_of = |api: &Api, schema: &str| {
        api.types
            .iter()
            .find(|(_, definition)| definition.schemas.iter().any(|name| name == schema))
            .map(|(name, _)| name.clone())
    };
    let removed: BTreeSet<&String> = old
        .types
        .keys()
        .filter(|name| !new.types.contains_key(*name))
        .collect();
    let is_added = |name: &String| new.types.contains_key(name) && !old.types.contains_key(name);
    let mut renamed = BTreeMap::new();
    for (new_schema, old_schema) in schemas {
        if let (Some(old_name), Some(new_name)) =
            (type_of(old, old_schema), type_of(new, new_schema))
            && removed.contains(&old_name)
            && is_added(&new_name)
        {
            renamed.insert(old_name, new_name);
        }
    }
    // The types of its inline schemas, which are named after it.
    let mut inline = BTreeMap::new();
    for (old_name, new_name) in &renamed {
        for name in removed.iter().filter(|name| !renamed.contains_key(**name)) {
            if let Some(rest) = name.strip_prefix(old_name.as_str()) {
                let inner = format!("{new_name}{rest}");
                if is_added(&inner) && old.types[*name].schemas.is_empty() {
                    inline.insert((*name).clone(), inner);
                }
            }
        }
    }
    renamed.extend(inline);
    renamed
}

fn rename_types(api: &mut Api, names: &BTreeMap<String, String>) {
    let types = std::mem::take(&mut api.types);
    for (name, mut definition) in types {
        match &mut definition.shape {
            Shape::Struct(fields) => fields
                .iter_mut()
                .for_each(|field| rename(&mut field.ty, names)),
            Shape::Union { alternatives, .. } => alternatives
                .iter_mut()
                .for_each(|alternative| rename(&mut alternative.ty, names)),
            Shape::Wrapper(ty) => rename(ty, names),
            _ => {}
        }
        let name = names.get(&name).cloned().unwrap_or(name);
        api.types.insert(name, definition);
    }
    for operation in api.operations.values_mut() {
        for parameter in &mut operation.parameters {
            rename(&mut parameter.ty, names);
        }
        if let Some(Body::Json { ty, .. }) = &mut operation.body {
            rename(ty, names);
        }
        if let Response::Json(ty) = &mut operation.response {
            rename(ty, names);
        }
        if let Some(list) = &mut operation.list {
            rename(&mut list.item, names);
        }
    }
}

fn rename(ty: &mut Type, names: &BTreeMap<String, String>) {
    match ty {
        Type::Generated(name) => {
            if let Some(new) = names.get(name) {
                name.clone_from(new);
            }
        }
        Type::Option(inner) | Type::Vec(inner) | Type::Map(inner) | Type::Box(inner) => {
            rename(inner, names);
        }
        _ => {}
    }
}
