//! Unions in the one form that gives a Rust enum with a type in each variant.
//!
//! - Properties beside the alternatives are moved into each of them: an enum has
//!   no place for them.
//! - `anyOf` becomes `oneOf`: the first alternative that a value matches is read.
//! - Objects that are written in place become components. Of these typify would
//!   make an enum that is tagged, by an order of rules that depends on the
//!   properties, or with the properties in the variants.

use std::collections::BTreeMap;

use heck::ToUpperCamelCase;
use serde_json::{Map, Value, json};

use super::compositions::{Parts, is_composed};
use crate::{
    error::Fault,
    spec::{
        prose,
        visit::{self, At, Object, Place},
    },
};

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    if move_properties(root)? {
        while name_objects(root)? {}
    }
    Ok(())
}

/// Moves the properties beside alternatives into them. Returns whether
/// [`name_objects`] may have something to do: it is slow in a build script.
fn move_properties(root: &mut Value) -> Result<bool, Fault> {
    let mut shared = BTreeMap::new();
    let mut has_objects = false;
    visit::schemas_mut(root, &mut |_, schema| {
        if let Value::Object(schema) = schema {
            has_objects |= spread(schema, &mut shared);
        }
        has_objects |= is_composed(schema);
        Ok(())
    })?;
    for (name, properties) in shared {
        add(&mut root["components"]["schemas"][name], &properties);
    }
    Ok(has_objects)
}

/// Moves the properties of a schema into its alternatives: `shared` has those of
/// components. Returns whether an alternative needs a name, or may need one.
fn spread(union: &mut Object, shared: &mut BTreeMap<String, Object>) -> bool {
    if !union.contains_key("oneOf") && !union.contains_key("anyOf") {
        return false;
    }
    for key in ["oneOf", "anyOf"] {
        let only_limits = |alternatives: &Vec<Value>| alternatives.iter().all(is_limit);
        if union
            .get(key)
            .and_then(Value::as_array)
            .is_some_and(only_limits)
        {
            union.remove(key);
        }
    }
    any_to_one(union);
    only_alternative(union);
    flatten(union);
    if !union.contains_key("oneOf") {
        return false;
    }
    // That they are required is not moved with them: an alternative is
    // known by what it requires itself.
    let properties = match union.remove("properties") {
        Some(Value::Object(properties)) => properties,
        _ => Map::new(),
    };
    // The alternatives decide on the rest.
    union.retain(|key, _| {
        matches!(key.as_str(), "oneOf" | "allOf" | "nullable") || prose::is_annotation(key)
    });
    let mut is_nullable = false;
    let mut has_objects = false;
    let alternatives = union.get_mut("oneOf").and_then(Value::as_array_mut);
    for alternative in alternatives.into_iter().flatten() {
        if let Some(alternative) = alternative.as_object_mut() {
            let nullable = alternative.remove("nullable");
            is_nullable |= nullable.is_some_and(|nullable| nullable == true);
        }
        match visit::target(alternative) {
            Some(name) => {
                *alternative = json!({"$ref": format!("#/components/schemas/{name}")});
                shared.entry(name).or_default().extend(properties.clone());
                // They are not visited any more.
                has_objects |= !properties.values().all(visit::is_flat);
            }
            None => {
                add(alternative, &properties);
                has_objects |= is_named(alternative);
            }
        }
    }
    if is_nullable {
        union.insert("nullable".into(), json!(true));
    }
    has_objects
}

fn any_to_one(union: &mut Object) {
    if let Some(alternatives) = union.remove("anyOf") {
        union.entry("oneOf").or_insert(alternatives);
    }
}

/// Replaces a union among the alternatives by its own alternatives: one that takes
/// every value would leave none to those after it.
fn flatten(union: &mut Object) {
    let Some(Value::Array(alternatives)) = union.get_mut("oneOf") else {
        return;
    };
    let mut flat = Vec::new();
    let mut open: Vec<Value> = std::mem::take(alternatives).into_iter().rev().collect();
    while let Some(mut alternative) = open.pop() {
        if let Some(inner) = alternative.as_object_mut() {
            any_to_one(inner);
            only_alternative(inner);
            let is_union = |key: &String| key == "oneOf" || prose::is_annotation(key);
            if inner.contains_key("oneOf") && inner.keys().all(is_union) {
                let members = inner.get_mut("oneOf").and_then(Value::as_array_mut);
                open.extend(
                    members
                        .into_iter()
                        .flat_map(|members| members.drain(..).rev()),
                );
                continue;
            }
        }
        flat.push(alternative);
    }
    *alternatives = flat;
}

/// Replaces a union of one alternative by that alternative.
fn only_alternative(union: &mut Object) {
    while union
        .get("oneOf")
        .and_then(Value::as_array)
        .is_some_and(|alternatives| alternatives.len() == 1)
    {
        match union.remove("oneOf").map(|mut one| one[0].take()) {
            Some(Value::Object(only)) if !only.contains_key("$ref") => {
                for (key, value) in only {
                    union.entry(key).or_insert(value);
                }
                any_to_one(union);
            }
            Some(only) if union.is_empty() => {
                union.extend(only.as_object().cloned().into_iter().flatten());
            }
            Some(only) => {
                let members = union.entry("allOf").or_insert_with(|| json!([]));
                members
                    .as_array_mut()
                    .into_iter()
                    .for_each(|members| members.push(only.clone()));
            }
            None => {}
        }
    }
}

/// Whether a schema only limits the values of the one around it.
fn is_limit(schema: &Value) -> bool {
    schema.as_object().is_some_and(|schema| {
        !schema.is_empty()
            && schema
                .keys()
                .all(|key| matches!(key.as_str(), "required" | "not") || prose::is_annotation(key))
    })
}

/// Adds properties to an object that has others.
fn add(schema: &mut Value, properties: &Map<String, Value>) {
    if let Some(Value::Object(own)) = schema.get_mut("properties") {
        for (name, property) in properties {
            own.entry(name).or_insert_with(|| property.clone());
        }
    } else if schema["type"] == "object" && !properties.is_empty() {
        schema["properties"] = json!(properties);
    }
}

/// Makes components of the objects among several alternatives. Returns whether
/// there were any: they may contain others.
fn name_objects(root: &mut Value) -> Result<bool, Fault> {
    // A copy to read from while the document changes.
    let mut whole = visit::components(root);
    for (Place { path, method }, operation) in visit::operations(root) {
        whole["paths"][path][method]["operationId"] = json!(operation.get("operationId"));
    }
    let mut named = BTreeMap::new();
    let mut put = |mut name: String, schema: &mut Value| {
        while named.contains_key(&name) || !whole["components"]["schemas"][&name].is_null() {
            name.push('X');
        }
        let reference = json!({"$ref": format!("#/components/schemas/{name}")});
        named.insert(name, std::mem::replace(schema, reference));
    };
    visit::schemas_mut(root, &mut |at, schema| {
        let is_composed_here = is_composed(schema);
        if is_composed_here && Parts::of(&whole, schema).is_none() {
            let reason = "combines schemas by `allOf` that are not all objects with properties";
            return Err(Fault::at(at.pointer(), reason));
        }
        let is_component = || at.tokens().len() == 3;
        if is_composed_here && !is_component() {
            let own: Object = schema
                .as_object_mut()
                .into_iter()
                .flat_map(|schema| {
                    let own = ["description", "nullable"];
                    own.map(|key| schema.remove_entry(key))
                })
                .flatten()
                .collect();
            put(type_name(at, &whole), schema);
            if !own.is_empty() {
                *schema = json!({"allOf": [schema.take()]});
                schema
                    .as_object_mut()
                    .into_iter()
                    .for_each(|schema| schema.extend(own.clone()));
            }
        }
        if let Some(Value::Array(alternatives)) = schema.get_mut("oneOf")
            && alternatives.len() > 1
        {
            let suffixes = suffixes(alternatives);
            for (alternative, suffix) in alternatives.iter_mut().zip(suffixes) {
                if is_named(alternative) {
                    let name = format!("{}{suffix}", type_name(at, &whole));
                    put(name, alternative);
                }
            }
        }
        Ok(())
    })?;
    let found = !named.is_empty();
    for (name, schema) in named {
        root["components"]["schemas"][name] = schema;
    }
    Ok(found)
}

/// Whether an alternative becomes a component: an object with properties, written
/// in place.
fn is_named(alternative: &Value) -> bool {
    alternative["properties"].is_object()
        || alternative["required"].is_array()
        || is_composed(alternative)
}

/// How the alternatives differ, for their names: by the constant that a property
/// has in each of them, else by number.
fn suffixes(alternatives: &[Value]) -> Vec<String> {
    let constants = |name: &str| -> Option<Vec<String>> {
        let mut values = Vec::new();
        for alternative in alternatives {
            let value = match alternative["properties"][name]["enum"]
                .as_array()?
                .as_slice()
            {
                [Value::String(value)] => value.to_upper_camel_case(),
                _ => return None,
            };
            let is_new = !value.is_empty() && !values.contains(&value);
            if !is_new {
                return None;
            }
            values.push(value);
        }
        Some(values)
    };
    let names = alternatives
        .first()
        .and_then(|first| first["properties"].as_object());
    let mut names = names.into_iter().flatten().map(|(name, _)| name);
    names.find_map(|name| constants(name)).unwrap_or_else(|| {
        (0..alternatives.len())
            .map(|number| format!("Variant{number}"))
            .collect()
    })
}

/// A name for the schema at a place, after the component or the operation that it
/// is in and the properties that lead to it.
fn type_name(at: &At<'_>, whole: &Value) -> String {
    let tokens = at.tokens();
    let (mut words, inside): (Vec<&str>, &[&str]) = match tokens.as_slice() {
        [_, _, component, inside @ ..] if tokens[0] == "components" => (vec![component], inside),
        [_, path, method, inside @ ..] => {
            let id = whole["paths"][path][method]["operationId"].as_str();
            (id.into_iter().collect(), inside)
        }
        other => (Vec::new(), other),
    };
    let mut inside = inside.iter();
    while let Some(token) = inside.next() {
        match *token {
            "properties" | "schema" | "content" | "application/json" | "allOf" | "oneOf" => {}
            "requestBody" => words.push("body"),
            "responses" => {
                words.push("response");
                // One status is left.
                inside.next();
            }
            "items" => words.push("item"),
            "additionalProperties" => words.push("value"),
            word => words.push(word),
        }
    }
    words
        .iter()
        .map(|word| word.to_upper_camel_case())
        .collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_property_beside_alternatives_is_in_each_that_is_an_object() {
        let mut root = json!({"components": {"schemas": {
            "Maintainer": {
                "type": "object", "required": ["kind"],
                "properties": {"kind": {"type": "string"}},
                "oneOf": [
                    {"$ref": "#/components/schemas/Member"},
                    {"type": "object", "properties": {"kind": {"type": "boolean"}}},
                    {"type": "string"},
                ]
            },
            "Member": {"type": "object", "properties": {"email": {"type": "string"}}},
        }}});
        apply(&mut root).unwrap();
        assert_eq!(
            root["components"]["schemas"],
            json!({
                "Maintainer": {"oneOf": [
                    {"$ref": "#/components/schemas/Member"},
                    {"$ref": "#/components/schemas/MaintainerVariant1"},
                    {"type": "string"},
                ]},
                "MaintainerVariant1":
                    {"type": "object", "properties": {"kind": {"type": "boolean"}}},
                "Member": {"type": "object", "properties":
                    {"email": {"type": "string"}, "kind": {"type": "string"}}},
            })
        );
    }

    #[test]
    fn objects_among_alternatives_become_components_named_by_their_constants() {
        let tagged = |value: &str| {
            json!({"type": "object", "required": ["kind"], "properties": {
                "kind": {"type": "string", "enum": [value]}, "inner": {"anyOf": [
                    {"type": "object", "properties": {"a": {}}}, {"type": "string"},
                ]},
            }})
        };
        let mut root = json!({
            "paths": {"/p": {"get": {"operationId": "get-p", "responses": {"200": {
                "content": {"application/json": {"schema": {"items": {"oneOf": [
                    {"required": ["a"]}, {"type": "object", "properties": {"b": {}}},
                ]}}}}
            }}}}},
            "components": {"schemas": {
                "Lamp": {"properties": {"owner": {"oneOf": [tagged("member"), tagged("the-team")]}}},
                "LampOwnerTheTeam": {"type": "string"},
            }},
        });
        apply(&mut root).unwrap();
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let schemas = root["components"]["schemas"].as_object().unwrap();
        let names: Vec<_> = schemas.keys().collect();
        assert_eq!(
            names,
            [
                "GetPResponseItemVariant0",
                "GetPResponseItemVariant1",
                "Lamp",
                "LampOwnerMember",
                "LampOwnerMemberInnerVariant0",
                "LampOwnerTheTeam",
                "LampOwnerTheTeamX",
                "LampOwnerTheTeamXInnerVariant0",
            ]
        );
        assert_eq!(
            schemas["Lamp"]["properties"]["owner"],
            json!({"oneOf": [to("LampOwnerMember"), to("LampOwnerTheTeamX")]})
        );
        assert_eq!(
            schemas["LampOwnerMember"]["properties"]["inner"],
            json!({"oneOf": [to("LampOwnerMemberInnerVariant0"), {"type": "string"}]})
        );
    }

    #[test]
    fn unions_that_are_none_are_simplified() {
        for (schema, expected) in [
            (
                json!({"properties": {"a": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}),
                json!({"properties": {"a": {}}}),
            ),
            (
                json!({"description": "d", "oneOf": [{"anyOf": [{"type": "string"}]}]}),
                json!({"description": "d", "type": "string"}),
            ),
            (
                json!({"anyOf": [{"$ref": "#/components/schemas/A"}]}),
                json!({"$ref": "#/components/schemas/A"}),
            ),
            (
                json!({"oneOf": [{"type": "string"}, {"anyOf": [{"type": "integer"}, {"oneOf": [{}, {"type": "array"}]}]}]}),
                json!({"oneOf": [{"type": "string"}, {"type": "integer"}, {}, {"type": "array"}]}),
            ),
            (
                json!({"oneOf": [{"type": "string", "nullable": true}, {"type": "integer"}]}),
                json!({"nullable": true, "oneOf": [{"type": "string"}, {"type": "integer"}]}),
            ),
        ] {
            let mut root = json!({"components": {"schemas": {"A": {}, "S": schema}}});
            apply(&mut root).unwrap();
            assert_eq!(root["components"]["schemas"]["S"], expected);
        }
    }
}
