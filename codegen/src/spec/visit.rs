//! Visiting what an OpenAPI document holds: its operations, and its schemas
//! wherever the specification allows one.

use jsonptr::PointerBuf;
use serde_json::{Map, Value};

use super::prose::is_annotation;
use crate::error::Fault;

/// The methods a path item may have (OpenAPI 3.0.3, "Path Item Object").
pub(crate) const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// How many schemas may stand inside one another, references not counted.
/// LaunchDarkly's have no more than five.
pub(crate) const DEEPEST: usize = 10;

/// The keys under which schemas stand in a schema.
const INSIDE: [&str; 7] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "items",
    "not",
    "oneOf",
    "properties",
];

pub(crate) type Object = Map<String, Value>;

/// The pointer one step further in.
pub(crate) fn join(pointer: &PointerBuf, token: &str) -> PointerBuf {
    let mut pointer = pointer.clone();
    pointer.push_back(token);
    pointer
}

/// A place in a document. Passes visit every schema and need the pointer of few,
/// so that a place is no more than a list on the stack.
pub(crate) struct At<'a> {
    token: &'a str,
    outer: Option<&'a At<'a>>,
}

impl At<'_> {
    /// The whole document.
    pub(crate) const ROOT: Self = At {
        token: "",
        outer: None,
    };

    /// The place one step further in.
    pub(crate) fn join<'b>(&'b self, token: &'b str) -> At<'b> {
        At {
            token,
            outer: Some(self),
        }
    }

    /// The tokens of the pointer (RFC 6901, section 3), decoded.
    pub(crate) fn tokens(&self) -> Vec<&str> {
        let mut tokens = Vec::new();
        let mut at = self;
        while let Some(outer) = at.outer {
            tokens.push(at.token);
            at = outer;
        }
        tokens.reverse();
        tokens
    }

    pub(crate) fn pointer(&self) -> PointerBuf {
        PointerBuf::from_tokens(self.tokens())
    }

    /// The property that the schema at this place is of, or the items of.
    pub(crate) fn property(&self) -> Option<&str> {
        let outer = self.outer?;
        if outer.token == "properties" {
            return Some(self.token);
        }
        (self.token == "items" && outer.outer?.token == "properties").then_some(outer.token)
    }
}

/// How many schemas the one at a place stands in.
pub(crate) fn depth(at: &At<'_>) -> usize {
    let mut at = at;
    let mut depth = 0;
    while let Some(outer) = at.outer {
        depth += usize::from(INSIDE.contains(&at.token));
        at = outer;
    }
    depth
}

/// The fault of a schema that stands in more than [`DEEPEST`] others.
pub(crate) fn too_deep(at: &At<'_>) -> Fault {
    let reason = format!(
        "is a schema inside more than {DEEPEST} others: make a component of it or of one around it"
    );
    Fault::at(at.pointer(), reason)
}

/// The place of an operation in a document.
pub(crate) struct Place<'a> {
    pub(crate) path: &'a str,
    pub(crate) method: &'a str,
}

impl Place<'_> {
    /// Creates the pointer. Passes visit every operation, and only faults need it.
    pub(crate) fn pointer(&self) -> PointerBuf {
        PointerBuf::from_tokens(["paths", self.path, self.method])
    }

    pub(crate) fn fault(&self, within: &[&str], reason: impl Into<String>) -> Fault {
        let pointer = within
            .iter()
            .fold(self.pointer(), |pointer, token| join(&pointer, token));
        Fault::at(pointer, reason)
    }
}

/// The operations, in the document's order. What is none is left out:
/// [`operations_mut`] refuses it.
pub(crate) fn operations(root: &Value) -> impl Iterator<Item = (Place<'_>, &Object)> {
    let paths = root["paths"].as_object().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        METHODS.into_iter().filter_map(move |method| {
            let operation = item.get(method)?.as_object()?;
            Some((Place { path, method }, operation))
        })
    })
}

/// Visits every operation, in the document's order.
pub(crate) fn operations_mut(
    root: &mut Value,
    mut visit: impl FnMut(&Place<'_>, &mut Object) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let Some(paths) = root.get_mut("paths") else {
        return Ok(());
    };
    let no_object = |tokens: &[&str]| {
        let pointer = PointerBuf::from_tokens(tokens.iter().copied());
        Err(Fault::at(pointer, "is not an object"))
    };
    let Value::Object(paths) = paths else {
        return no_object(&["paths"]);
    };
    for (path, item) in paths {
        let Value::Object(item) = item else {
            return no_object(&["paths", path]);
        };
        for method in METHODS {
            match item.get_mut(method) {
                None => {}
                Some(Value::Object(operation)) => visit(&Place { path, method }, operation)?,
                Some(_) => return no_object(&["paths", path, method]),
            }
        }
    }
    Ok(())
}

/// Visits every Schema Object of the document, an outer one before those
/// inside it. References are visited as they stand, not followed.
pub(crate) fn schemas_mut(
    root: &mut Value,
    visit: &mut dyn FnMut(&At<'_>, &mut Value) -> Result<(), Fault>,
) -> Result<(), Fault> {
    if let Some(Value::Object(components)) = root.get_mut("components") {
        let at = At::ROOT.join("components");
        each(components, &at, "schemas", &mut |at, schema| {
            schema_mut(at, schema, visit)
        })?;
        for holders in ["parameters", "headers", "requestBodies", "responses"] {
            each(components, &at, holders, &mut |at, holder| {
                holder_mut(at, holder, visit)
            })?;
        }
    }
    if let Some(Value::Object(paths)) = root.get_mut("paths") {
        let at_paths = At::ROOT.join("paths");
        for (path, item) in paths {
            let at_path = at_paths.join(path);
            let Value::Object(item) = item else { continue };
            each(item, &at_path, "parameters", &mut |at, parameter| {
                holder_mut(at, parameter, visit)
            })?;
            for method in METHODS {
                let at_method = at_path.join(method);
                let Some(Value::Object(operation)) = item.get_mut(method) else {
                    continue;
                };
                for holders in ["parameters", "responses"] {
                    each(operation, &at_method, holders, &mut |at, holder| {
                        holder_mut(at, holder, visit)
                    })?;
                }
                if let Some(body) = operation.get_mut("requestBody") {
                    holder_mut(&at_method.join("requestBody"), body, visit)?;
                }
            }
        }
    }
    Ok(())
}

type Visit<'a> = dyn FnMut(&At<'_>, &mut Value) -> Result<(), Fault> + 'a;

/// Visits the members of an object's member, be it an object or an array.
fn each(object: &mut Object, at: &At<'_>, name: &str, visit: &mut Visit<'_>) -> Result<(), Fault> {
    match object.get_mut(name) {
        Some(value) => members(value, &at.join(name), visit),
        None => Ok(()),
    }
}

/// Visits the members of an object or an array.
fn members(value: &mut Value, at: &At<'_>, visit: &mut Visit<'_>) -> Result<(), Fault> {
    match value {
        Value::Object(members) => {
            for (key, value) in members {
                visit(&at.join(key), value)?;
            }
        }
        Value::Array(members) => {
            for (index, value) in members.iter_mut().enumerate() {
                visit(&at.join(&index.to_string()), value)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// Visits the schemas of what holds them: a parameter, header, request body or
/// response.
fn holder_mut(at: &At<'_>, holder: &mut Value, visit: &mut Visit<'_>) -> Result<(), Fault> {
    let Value::Object(holder) = holder else {
        return Ok(());
    };
    for (key, inner) in holder {
        match key.as_str() {
            "schema" => schema_mut(&at.join(key), inner, visit)?,
            "content" | "headers" => {
                members(inner, &at.join(key), &mut |at, inner| {
                    holder_mut(at, inner, visit)
                })?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Visits a schema, then the schemas inside it.
fn schema_mut(at: &At<'_>, schema: &mut Value, visit: &mut Visit<'_>) -> Result<(), Fault> {
    visit(at, schema)?;
    let Value::Object(schema) = schema else {
        return Ok(());
    };
    for (key, inner) in schema {
        // Most members are scalars: do not compare their keys.
        if matches!(inner, Value::Null | Value::Number(_) | Value::String(_)) {
            continue;
        }
        let at = at.join(key);
        match key.as_str() {
            "properties" | "allOf" | "anyOf" | "oneOf" => {
                members(inner, &at, &mut |at, inner| schema_mut(at, inner, visit))?;
            }
            // A boolean `additionalProperties` is a setting, not a schema.
            "additionalProperties" if inner.is_boolean() => {}
            "items" | "additionalProperties" | "not" if inner.is_object() || inner.is_boolean() => {
                schema_mut(&at, inner, visit)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Visits a schema and the schemas inside it.
pub(crate) fn each_schema_mut(schema: &mut Value, visit: &mut dyn FnMut(&mut Value)) {
    // The visitor refuses nothing.
    let _ = schema_mut(&At::ROOT, schema, &mut |_, schema| {
        visit(schema);
        Ok(())
    });
}

/// Whether a schema contains no other: a reference does not.
pub(crate) fn is_flat(schema: &Value) -> bool {
    for (_, member) in schema.as_object().into_iter().flatten() {
        if member.is_object() || member.is_array() {
            return false;
        }
    }
    true
}

/// The name a reference into `components/schemas` has.
pub(crate) fn schema_name(reference: &str) -> Option<String> {
    let token = reference.strip_prefix("#/components/schemas/")?;
    // Few names are escaped, and `replace` is slow in a build script.
    if !token.contains('~') {
        return Some(token.to_owned());
    }
    Some(token.replace("~1", "/").replace("~0", "~"))
}

/// The only member of a schema's `allOf`, beside which stand no more than
/// annotations and `nullable` (OpenAPI 3.0.3 allows nothing beside `$ref`).
pub(crate) fn annotated(schema: &Object) -> Option<&Value> {
    let [only] = schema.get("allOf")?.as_array()?.as_slice() else {
        return None;
    };
    schema
        .keys()
        .all(|key| matches!(key.as_str(), "allOf" | "nullable") || is_annotation(key))
        .then_some(only)
}

/// The component that a schema stands for: a reference, which may be
/// [`annotated`].
pub(crate) fn target(schema: &Value) -> Option<String> {
    let reference = annotated(schema.as_object()?).unwrap_or(schema);
    schema_name(reference["$ref"].as_str()?)
}

/// A document with a copy of the components, to follow references in while the
/// document itself changes.
pub(crate) fn components(root: &Value) -> Value {
    let mut copy = Object::new();
    copy.insert("components".into(), root["components"].clone());
    copy.into()
}

/// A schema, or the component that it refers to. There are no cycles: normalizing
/// refuses them.
pub(crate) fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let mut schema = schema;
    while let Some(name) = schema["$ref"].as_str().and_then(schema_name) {
        schema = &root["components"]["schemas"][&name];
    }
    schema
}

/// The component schemas a value refers to, directly.
pub(crate) fn referenced_schemas(value: &Value, found: &mut dyn FnMut(String)) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match value {
                    Value::Object(_) | Value::Array(_) => referenced_schemas(value, found),
                    Value::String(reference) if key == "$ref" => {
                        schema_name(reference).into_iter().for_each(&mut *found);
                    }
                    _ => {}
                }
            }
        }
        Value::Array(values) => values
            .iter()
            .for_each(|value| referenced_schemas(value, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_place_a_schema_may_stand_is_visited_and_no_other() {
        let mut root = json!({
            "components": {
                "schemas": {"A": {
                    "properties": {"type": {"items": {"x": 1}}, "b": {"additionalProperties": true}},
                    "allOf": [{"not": {}}],
                    "example": {"properties": {"never": {}}}
                }},
                "responses": {"R": {"content": {"application/json": {"schema": {}}}}}
            },
            "paths": {"/p": {
                "parameters": [{"schema": {}}],
                "get": {
                    "requestBody": {"content": {"a/b": {"schema": {}}}},
                    "responses": {"200": {"headers": {"h": {"schema": {}}}}}
                }
            }}
        });
        let mut seen = Vec::new();
        schemas_mut(&mut root, &mut |at, _| {
            seen.push(at.pointer().to_string());
            Ok(())
        })
        .unwrap();
        assert_eq!(
            seen,
            [
                "/components/schemas/A",
                "/components/schemas/A/allOf/0",
                "/components/schemas/A/allOf/0/not",
                "/components/schemas/A/properties/b",
                "/components/schemas/A/properties/type",
                "/components/schemas/A/properties/type/items",
                "/components/responses/R/content/application~1json/schema",
                "/paths/~1p/parameters/0/schema",
                "/paths/~1p/get/responses/200/headers/h/schema",
                "/paths/~1p/get/requestBody/content/a~1b/schema",
            ]
        );
    }

    #[test]
    fn an_operation_that_is_no_object_is_told_with_its_place() {
        let mut root = json!({"paths": {"/a/b": {"get": 1}}});
        let fault = operations_mut(&mut root, |_, _| Ok(())).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/paths/~1a~1b/get");
    }
}
