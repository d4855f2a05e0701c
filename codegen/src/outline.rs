//! What the generated code looks like from outside, as data: what tests of it
//! are written from. It is made of the same model and facts as the code, so
//! that the two agree in every name.

use std::{collections::BTreeMap, fmt};

use heck::ToUpperCamelCase;

use crate::Settings;

/// The operations and types that a document becomes.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Outline {
    /// By the name of the client's method.
    pub operations: BTreeMap<String, Operation>,
    /// Every type in `types`, by its name there.
    pub types: BTreeMap<String, TypeOutline>,
}

/// An operation: a method of the client, and the builder it returns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Operation {
    /// The HTTP method, in upper case.
    pub method: String,
    /// The template of the path.
    pub path: String,
    /// What the builder has for each parameter and for the body.
    pub setters: Vec<Setter>,
    /// What it has for each part of a body that is a form.
    pub form: Vec<FormSetter>,
    /// What a success answers.
    pub answer: Answer,
    /// The documented successes: the status, the method of a mock that answers
    /// it, and whether it has a body.
    pub successes: Vec<(u16, String, bool)>,
    /// Whether a success may come without the body it is documented to have.
    pub may_answer_nothing: bool,
    /// Whether it is marked `#[deprecated]`.
    pub deprecated: bool,
}

/// A method of an operation's builder that takes an argument.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Setter {
    /// The method's name.
    pub name: String,
    /// The parameter's name; `body` for the body.
    pub wire: String,
    /// Where it is sent.
    pub location: Location,
    /// What it sets, as it is written to the wire.
    pub ty: Type,
    /// Whether nothing is sent without it.
    pub required: bool,
}

/// Where an argument is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Location {
    /// In the path, the query or a header, as OpenAPI calls them.
    Parameter(String),
    /// As the JSON body.
    Body,
    /// As a body that is a patch document, of one of these formats: `Json`,
    /// `Merge` and `Semantic`.
    Patch(Vec<&'static str>),
}

/// A method of an operation's builder that sets a part of the form it sends.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormSetter {
    /// The method's name.
    pub name: String,
    /// The part's name.
    pub wire: String,
    /// Whether it is a file rather than text.
    pub is_file: bool,
    /// Whether nothing is sent without it.
    pub required: bool,
}

/// What a success answers.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Answer {
    /// No body.
    Nothing,
    /// Bytes.
    Stream,
    /// JSON.
    Json(Type),
}

/// A type in `types`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TypeOutline {
    /// What it is made of.
    pub kind: Kind,
    /// Whether it is part of what is sent, so that an object has a builder.
    pub is_sent: bool,
    /// The document's schemas that became this type, by name.
    pub schemas: Vec<String>,
}

/// What a type is made of.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// An object.
    Struct(Vec<Property>),
    /// A string: the values that are known.
    Enum(Vec<String>),
    /// One of several types.
    Union(Vec<Type>),
    /// Another type under a name.
    Wrapper(Type),
}

/// A property of an object.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Property {
    /// The field's name, and the builder's method.
    pub name: String,
    /// The property's name.
    pub wire: String,
    /// The field's type.
    pub ty: Type,
    /// Whether it is always there.
    pub required: bool,
}

/// A Rust type. Shown as it is written outside of the crate.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Type {
    /// One in `types`, by its name.
    Generated(String),
    /// One from elsewhere, with its path.
    Foreign(String),
    /// An `Option`.
    Option(Box<Type>),
    /// A `Vec`.
    Vec(Box<Type>),
    /// A `BTreeMap` by `String`.
    Map(Box<Type>),
    /// A `Box`.
    Box(Box<Type>),
}

impl Outline {
    /// Notes which schema became which type. One that only names a scalar, a
    /// list or a map became none.
    pub(crate) fn add_schemas(&mut self, schemas: &[String], settings: &Settings) {
        for schema in schemas {
            let renamed = settings.names.schemas.iter();
            let renamed = renamed.filter(|(_, members)| members.contains(schema));
            let names = [schema].into_iter().chain(renamed.map(|(name, _)| name));
            let mut names = names.map(|name| name.to_upper_camel_case());
            // Not every schema that is listed there has got its new name: it
            // may have become different from the others.
            if let Some(name) = names.find(|name| self.types.contains_key(name))
                && let Some(ty) = self.types.get_mut(&name)
            {
                ty.schemas.push(schema.clone());
            }
        }
    }
}

impl Type {
    /// The type without the `Option` around it.
    #[must_use]
    pub fn bare(&self) -> &Self {
        match self {
            Self::Option(inner) => inner,
            other => other,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Generated(name) => write!(f, "::launchdarkly_api::types::{name}"),
            Self::Foreign(text) => f.write_str(&text.replace("crate::", "::launchdarkly_api::")),
            Self::Option(inner) => write!(f, "::std::option::Option<{inner}>"),
            Self::Vec(inner) => write!(f, "::std::vec::Vec<{inner}>"),
            Self::Map(inner) => write!(
                f,
                "::std::collections::BTreeMap<::std::string::String, {inner}>"
            ),
            Self::Box(inner) => write!(f, "::std::boxed::Box<{inner}>"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Document, Settings, generate, outline};

    #[test]
    fn every_name_in_the_outline_is_one_in_the_code() {
        let document = Document::parse(
            "flag.yaml",
            r##"
            openapi: 3.0.3
            info: {title: t, version: "1"}
            servers: [{url: "https://app.launchdarkly.com"}, {url: "https://app.launchdarkly.us"}]
            paths:
              /p/{type}:
                post:
                  operationId: postP
                  tags: [P]
                  parameters:
                    - {name: type, in: path, required: true, schema: {type: string}}
                    - {name: ids, in: query, schema: {type: array, items: {type: string}}}
                    - {name: send, in: query, schema: {type: boolean}}
                  requestBody:
                    required: true
                    content: {application/json: {schema: {$ref: "#/components/schemas/PBody"}}}
                  responses:
                    "200":
                      description: P
                      content: {application/json: {schema: {$ref: "#/components/schemas/PBody"}}}
            components:
              schemas:
                PBody:
                  type: object
                  required: [_id]
                  properties: {_id: {type: string}, kind: {type: string, enum: [a]}}
            "##,
        )
        .unwrap();
        let outline = outline(&document, &Settings::default()).unwrap();
        let code = generate(&document, &Settings::default()).unwrap();
        let operation = &outline.operations["post_p"];
        assert!(code.contains("pub fn post_p(&self)"));
        let setters: Vec<String> = operation
            .setters
            .iter()
            .map(|setter| {
                assert!(
                    code.contains(&format!("pub fn {}(mut self", setter.name)),
                    "{setter:?}"
                );
                format!(
                    "{} {} {:?} {} {}",
                    setter.name, setter.wire, setter.location, setter.ty, setter.required
                )
            })
            .collect();
        let mut sorted = setters.clone();
        sorted.sort();
        assert_eq!(
            sorted,
            [
                "body body Body ::launchdarkly_api::types::PBody true",
                "ids ids Parameter(\"query\") ::std::vec::Vec<::std::string::String> false",
                "send_parameter send Parameter(\"query\") bool false",
                "type_ type Parameter(\"path\") ::std::string::String true",
            ]
        );
        for (name, ty) in &outline.types {
            assert!(ty.is_sent, "{name}");
            let is_schema = matches!(ty.kind, super::Kind::Struct(_));
            assert_eq!(!ty.schemas.is_empty(), is_schema, "{name}");
            assert!(
                code.contains(&format!("pub struct {name} {{"))
                    || code.contains(&format!("pub enum {name} ")),
                "{name}"
            );
        }
        assert_eq!(outline.types.len(), 2);
    }
}
