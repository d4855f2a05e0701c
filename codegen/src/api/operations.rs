//! The operations: what a normalized document says of each, joined with the
//! types that progenitor has made for it.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use serde_json::Value;

use super::{Body, FormField, Location, Operation, Parameter, Success};
use crate::{
    error::Fault,
    model::{Content, content},
    normalize::{operation_ids, parameters},
    overlay::{
        Acronyms,
        corrections::{BETA, REPLACEMENT},
    },
    progenitor::{Argument, Method},
    spec::visit::{Object, Place},
};

/// The methods that every builder has, and those of the standard library's traits
/// that a setter would hide. No setter has such a name.
const RESERVED: [&str; 20] = [
    "send",
    "send_bytes",
    "send_as",
    "send_blocking",
    "into_request",
    "new",
    "client",
    "body_map",
    "pages",
    "items",
    "items_as",
    "borrow",
    "clone",
    "clone_into",
    "fmt",
    "from",
    "into",
    "to_owned",
    "try_into",
    "type_id",
];

/// Reads an operation. The arguments of its method are, in this order, the
/// parameters of the document and the JSON body.
pub(super) fn read(
    root: &Value,
    place: &Place<'_>,
    object: &Object,
    method: Method,
    acronyms: &Acronyms,
) -> Result<Operation, Fault> {
    let value = &Value::Object(object.clone());
    let mut arguments = method.arguments.into_iter();
    let mut next = || {
        arguments
            .next()
            .ok_or_else(|| place.fault(&[], "has a method with too few arguments"))
    };
    let parameters = parameters::of_the_caller(value)
        .map(|declared| Ok(parameter(declared, next()?)))
        .collect::<Result<Vec<_>, Fault>>()?;
    let description = text(&value["requestBody"], "description");
    let content = content(root, place.method, value)
        .map_err(|_| place.fault(&["requestBody", "content"], "is neither JSON nor a form"))?;
    let body = match content {
        None => None,
        Some(Content::Json) => {
            let argument = next()?;
            Some(Body::Json {
                setter: setter(argument.name),
                ty: argument.ty,
                // progenitor requires every body.
                required: value["requestBody"]["required"] == true,
                // It depends on all types.
                or_empty: false,
                description,
            })
        }
        Some(Content::Patch(formats)) => Some(Body::Patch {
            setter: "body".to_owned(),
            formats,
            description,
        }),
        Some(Content::Multipart(schema)) => Some(Body::Multipart(form(schema, acronyms))),
    };
    if arguments.next().is_some() {
        return Err(place.fault(&[], "has a method with too many arguments"));
    }
    let area = value["tags"][0].as_str().unwrap_or_default().to_owned();
    let operation = Operation {
        id: operation_ids::published(object),
        method: place.method.to_ascii_uppercase(),
        path: place.path.to_owned(),
        beta: area.ends_with("-beta") || parameters::asks_for_beta(value) || value[BETA] == true,
        area,
        deprecated: value["deprecated"] == true,
        replacement: text(value, REPLACEMENT),
        summary: text(value, "summary"),
        description: text(value, "description"),
        parameters,
        body,
        response: method.response,
        successes: responses(value)
            .filter_map(|(status, response)| {
                Some(Success {
                    status: status.parse().ok().filter(|status| status / 100 == 2)?,
                    has_body: response.get("content").is_some(),
                })
            })
            .collect(),
        errors: responses(value)
            .filter(|(status, _)| !status.starts_with('2'))
            .map(|(status, response)| {
                let description = response["description"].as_str().unwrap_or_default();
                (status.clone(), description.to_owned())
            })
            .collect(),
        // It depends on all types.
        list: None,
    };
    check_setters(place, &operation)?;
    Ok(operation)
}

fn responses(operation: &Value) -> impl Iterator<Item = (&String, &Value)> {
    operation["responses"].as_object().into_iter().flatten()
}

fn parameter(declared: &Value, argument: Argument) -> Parameter {
    let mut setter = setter(argument.name);
    // Beside the body's setter.
    if setter == "body" {
        setter.push_str("_parameter");
    }
    Parameter {
        setter,
        wire: text(declared, "name"),
        location: parameters::location(declared).unwrap_or(Location::Query),
        ty: argument.ty,
        required: argument.required,
        explode: declared["explode"] != false,
        description: text(declared, "description"),
    }
}

/// The name of a setter that is not one of the builder's other methods.
fn setter(mut name: String) -> String {
    if RESERVED.contains(&name.as_str()) {
        name.push_str("_parameter");
    }
    name
}

/// Two setters of one name are refused with the names of what they set.
fn check_setters(place: &Place<'_>, operation: &Operation) -> Result<(), Fault> {
    let mut seen = BTreeMap::new();
    for (setter, wire) in operation.setters() {
        if let Some(other) = seen.insert(setter, wire) {
            return Err(place.fault(
                &[],
                format!("has `{other}` and `{wire}`, which would both be the argument `{setter}`"),
            ));
        }
    }
    Ok(())
}

/// The fields of a form, by the schema of its body.
fn form(schema: &Value, acronyms: &Acronyms) -> Vec<FormField> {
    let required = |name: &str| {
        schema["required"]
            .as_array()
            .is_some_and(|names| names.iter().any(|other| other == name))
    };
    let fields = schema["properties"].as_object().into_iter().flatten();
    fields
        .map(|(name, property)| FormField {
            setter: field_setter(name, acronyms),
            wire: name.clone(),
            required: required(name),
            is_file: property["format"] == "binary",
            description: text(property, "description"),
        })
        .collect()
}

/// The setter of a form's field.
fn field_setter(name: &str, acronyms: &Acronyms) -> String {
    let mut ident: String = acronyms
        .join(&name.to_snake_case())
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '_'
            }
        })
        .collect();
    if !ident.starts_with(|first: char| first.is_ascii_alphabetic()) {
        ident.insert_str(0, "field_");
    }
    if !typify::accept_as_ident(&ident) {
        // A keyword.
        ident.push('_');
    }
    setter(ident)
}

/// The text at a key, trimmed; empty if there is none.
fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{
        Document, Settings,
        api::{Api, Type},
    };

    /// The operation of a document that has no other.
    fn read(method: &str, path: &str, operation: Value) -> crate::Result<Operation> {
        let servers = [
            "https://app.launchdarkly.com",
            "https://app.launchdarkly.us",
        ];
        let mut operation = operation;
        operation["operationId"] = json!("x");
        if operation["tags"].is_null() {
            operation["tags"] = json!(["t"]);
        }
        if operation["responses"].is_null() {
            operation["responses"] = json!({"204": {"description": ""}});
        }
        let root = json!({
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "servers": servers.map(|url| json!({"url": url})),
            "paths": {path: {
                "parameters": [{"name": "b", "in": "path", "required": true,
                    "description": " The b. ", "schema": {"type": "string"}}],
                method: operation
            }}
        });
        let document = Document::parse("d.json", &root.to_string()).unwrap();
        let mut api = Api::read(&document, &Settings::default())?;
        Ok(api.operations.remove("x").unwrap())
    }

    fn query(name: &str) -> Value {
        json!({"name": name, "in": "query", "schema": {"type": "string"}})
    }

    #[test]
    fn everything_that_the_document_says_of_an_operation_is_read() {
        let schema = json!({"type": "object", "properties": {"f": {"type": "string"}}});
        let operation = read(
            "put",
            "/a/{b}",
            json!({
                "summary": "Get",
                "parameters": [
                    {"name": "LD-API-Version", "in": "header", "required": true,
                     "schema": {"type": "string", "enum": ["beta"]}},
                    query("z"), query("a"),
                    {"name": "X-Y", "in": "header", "schema": {"type": "string"}},
                ],
                "requestBody": {"content": {"multipart/form-data": {"schema": schema}}},
                "responses": {
                    "200": {"description": "", "content": {"application/json": {"schema": schema}}},
                    "204": {"description": ""},
                    "404": {"description": "Not there"}
                }
            }),
        )
        .unwrap();
        assert_eq!(
            (operation.method.as_str(), operation.path.as_str()),
            ("PUT", "/a/{b}")
        );
        assert!(operation.beta && operation.response_may_be_empty());
        assert_eq!(
            operation.errors,
            [("404".to_owned(), "Not there".to_owned())]
        );
        assert_eq!(operation.path_parameters().collect::<Vec<_>>(), ["b"]);
        let parameters: Vec<_> = operation
            .parameters
            .iter()
            .map(|p| (p.location, p.wire.as_str(), p.setter.as_str()))
            .collect();
        assert_eq!(
            parameters,
            [
                (Location::Path, "b", "b"),
                (Location::Query, "a", "a"),
                (Location::Query, "z", "z"),
                (Location::Header, "X-Y", "x_y"),
            ]
        );
        assert_eq!(operation.parameters[0].description, "The b.");
        assert_eq!(operation.form()[0].wire, "f");
    }

    #[test]
    fn an_operation_is_beta_by_its_area_its_header_or_a_correction() {
        let beta = |tag: &str, parameters: Value| {
            let operation = json!({"tags": [tag], "parameters": parameters});
            read("get", "/a/{b}", operation).unwrap().beta
        };
        let header = |values: Value| json!([{"name": "ld-api-version", "in": "header", "schema": {"type": "string", "enum": values}}]);
        assert!(!beta("flags", json!([])));
        assert!(beta("flags-beta", json!([])));
        assert!(beta("flags", header(json!(["beta"]))));
        assert!(!beta("flags", header(json!(["20240415"]))));
        assert!(read("get", "/a/{b}", json!({BETA: true})).unwrap().beta);
    }

    #[test]
    fn what_would_be_one_argument_is_refused_with_both_names() {
        let reason = |parameters: Value, content: Value| {
            let operation = json!({"parameters": parameters, "requestBody": {"content": content}});
            let error = read("post", "/a/{b}", operation).unwrap_err();
            assert_eq!(error.pointer().as_str(), "/paths/~1a~1{b}/post");
            error.reason().to_owned()
        };
        let json = json!({"application/json": {"schema": {"type": "string"}}});
        let reason_of = reason(json!([query("fooBar"), query("foo_bar")]), json.clone());
        assert!(reason_of.contains("`fooBar` and `foo_bar`"), "{reason_of}");
        let reason_of = reason(json!([query("send"), query("sendParameter")]), json);
        assert!(
            reason_of.contains("`send` and `sendParameter`"),
            "{reason_of}"
        );
        let form =
            json!({"multipart/form-data": {"schema": {"properties": {"foo": {"type": "string"}}}}});
        let reason_of = reason(json!([query("foo")]), form);
        assert!(reason_of.contains("`foo` and `foo`"), "{reason_of}");
    }

    #[test]
    fn a_parameter_may_be_called_body_beside_a_body() {
        let content = json!({"application/json": {"schema": {"type": "boolean"}}});
        let operation = read(
            "post",
            "/a/{b}",
            json!({"parameters": [query("body")], "requestBody": {"content": content}}),
        )
        .unwrap();
        let setters: Vec<_> = operation.setters().map(|(setter, _)| setter).collect();
        assert_eq!(setters, ["b", "body_parameter", "body"]);
        assert!(
            matches!(operation.body, Some(Body::Json { ty: Type::Foreign(ty), .. }) if ty == "bool")
        );
    }

    #[test]
    fn a_forms_field_has_a_name_that_rust_takes() {
        for (name, setter) in [
            ("fileName", "file_name"),
            ("type", "type_"),
            ("send", "send_parameter"),
            ("sendBytes", "send_bytes_parameter"),
            ("2nd", "field_2nd"),
        ] {
            assert_eq!(field_setter(name, &Acronyms::default()), setter);
        }
    }
}
