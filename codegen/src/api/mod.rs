//! The model of the API: what a document and the files beside it become.
//!
//! It is built once ([`Api::read`]) and everything is written from it: the code
//! of the crate, the table of the conformance tests and `cargo xtask spec diff`.

mod areas;
mod build;
mod operations;
mod pagination;
pub(crate) mod secrets;
mod servers;
mod suspects;

use std::collections::BTreeMap;

pub use areas::Area;
pub(crate) use pagination::{Identity, PageLimit};
pub use pagination::{List, Paging};
pub(crate) use secrets::Secrets;

pub use crate::model::{
    Alternative, Field, Location, PatchFormat, Response, Shape, Type, TypeDefinition, Variant,
};
use crate::{
    model::path_parameters,
    overlay::{ConfigField, InstructionModule},
};

/// The API that a document describes, as the crate offers it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Api {
    /// By the name of the client's method.
    pub operations: BTreeMap<String, Operation>,
    /// The areas of the operations, by feature.
    pub areas: BTreeMap<String, Area>,
    /// The client's methods by published operation id, also those of areas that
    /// are not generated.
    pub(crate) methods: BTreeMap<String, String>,
    /// The indexes of all operations, also of areas that are not generated, by the
    /// name of the client's method.
    pub(crate) indexes: BTreeMap<String, usize>,
    /// By name.
    pub types: BTreeMap<String, TypeDefinition>,
    /// The origins of the servers, by the name the client has for each.
    pub(crate) servers: BTreeMap<&'static str, String>,
    /// The names by which secrets are found in a request's body, of all areas.
    pub(crate) secrets: Secrets,
    /// Properties that look like secrets and are in no list, by type and property,
    /// with what suggests it.
    pub(crate) suspects: BTreeMap<(String, String), String>,
    /// The instructions of semantic patches, of the operations that are here:
    /// with the name of the client's method.
    pub(crate) instructions: Vec<(String, InstructionModule)>,
    /// The configurations of audit log subscriptions, by integration key and
    /// property.
    pub(crate) integrations: BTreeMap<String, BTreeMap<String, ConfigField>>,
}

/// An operation: a method of the client, and the builder it returns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Operation {
    /// The published id (OpenAPI `operationId`), in camel case.
    pub id: String,
    /// The HTTP method, in upper case.
    pub method: String,
    /// The template of the path, with parameters in braces.
    pub path: String,
    /// The area, which is the feature that the operation is behind.
    pub area: String,
    /// Whether it is sent with `LD-API-Version: beta`.
    pub beta: bool,
    /// Whether LaunchDarkly has deprecated it.
    pub deprecated: bool,
    /// If it is deprecated, the reason and the replacement; may be empty.
    pub replacement: String,
    /// A line of documentation.
    pub summary: String,
    /// The documentation.
    pub description: String,
    /// The parameters: those of the path as they stand in it, those of the query
    /// and then the headers by name.
    pub parameters: Vec<Parameter>,
    /// The body of the request.
    pub body: Option<Body>,
    /// The body of a successful response.
    pub response: Response,
    /// The documented successes.
    pub successes: Vec<Success>,
    /// The documented error responses: status and description.
    pub errors: Vec<(String, String)>,
    /// The list that it returns page by page; `None` if it returns no list, or a
    /// whole one.
    pub list: Option<List>,
}

/// A parameter of an operation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Parameter {
    /// The builder's setter.
    pub setter: String,
    /// The parameter's name.
    pub wire: String,
    /// Where it is sent.
    pub location: Location,
    /// What the setter takes.
    pub ty: Type,
    /// Whether the operation cannot be called without it.
    pub required: bool,
    /// Whether each value of a list is a parameter of its own (OpenAPI
    /// `explode`).
    pub explode: bool,
    /// The documentation.
    pub description: String,
}

/// The body of an operation's request.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Body {
    /// A JSON value.
    Json {
        /// The builder's setter.
        setter: String,
        /// Its type.
        ty: Type,
        /// Whether the operation cannot be called without it.
        required: bool,
        /// Whether an empty object is sent without it: the document requires a
        /// body, and the body has no required property.
        or_empty: bool,
        /// The documentation.
        description: String,
    },
    /// A patch document, which is always required.
    Patch {
        /// The builder's setter.
        setter: String,
        /// The formats that the server accepts.
        formats: Vec<PatchFormat>,
        /// The documentation.
        description: String,
    },
    /// A form (`multipart/form-data`): its fields.
    Multipart(Vec<FormField>),
}

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormField {
    /// The builder's setter.
    pub setter: String,
    /// The field's name.
    pub wire: String,
    /// Whether it is a file rather than text.
    pub is_file: bool,
    /// Whether the operation cannot be called without it.
    pub required: bool,
    /// The documentation.
    pub description: String,
}

/// A documented success.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Success {
    /// The status code.
    pub status: u16,
    /// Whether the response has a body.
    pub has_body: bool,
}

impl Api {
    /// The operations of an area, by the name of the client's method.
    pub(crate) fn operations_of(&self, area: &str) -> impl Iterator<Item = (&str, &Operation)> {
        let operations = self.operations.iter();
        operations
            .filter(move |(_, operation)| operation.area == area)
            .map(|(id, operation)| (id.as_str(), operation))
    }

    /// Whether a type is an object.
    pub(crate) fn is_struct(&self, ty: &Type) -> bool {
        matches!(ty, Type::Generated(name) if self
            .types
            .get(name)
            .is_some_and(|definition| matches!(definition.shape, Shape::Struct(_))))
    }
}

impl Operation {
    /// The names of the path's parameters, as they stand in it.
    pub(crate) fn path_parameters(&self) -> impl Iterator<Item = &str> {
        path_parameters(&self.path)
    }

    /// The types of the arguments: those of the parameters and of a JSON body.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &Type> {
        let parameters = self.parameters.iter().map(|parameter| &parameter.ty);
        let body = self.body.iter().filter_map(|body| match body {
            Body::Json { ty, .. } => Some(ty),
            Body::Patch { .. } | Body::Multipart(_) => None,
        });
        parameters.chain(body)
    }

    /// The types of the arguments and of the value that it returns.
    pub(crate) fn types(&self) -> impl Iterator<Item = &Type> {
        let response = match &self.response {
            Response::Json(ty) => Some(ty),
            Response::Empty | Response::Bytes => None,
        };
        self.arguments().chain(response)
    }

    /// Whether a success may come without the body that another success has.
    #[must_use]
    pub fn response_may_be_empty(&self) -> bool {
        self.successes.iter().any(|success| success.has_body)
            && self.successes.iter().any(|success| !success.has_body)
    }

    /// The patch formats that the server accepts; empty if the body is no patch.
    #[must_use]
    pub fn patch_formats(&self) -> &[PatchFormat] {
        match &self.body {
            Some(Body::Patch { formats, .. }) => formats,
            _ => &[],
        }
    }

    /// The fields of the form that is sent; empty if the body is no form.
    #[must_use]
    pub fn form(&self) -> &[FormField] {
        match &self.body {
            Some(Body::Multipart(fields)) => fields,
            _ => &[],
        }
    }

    /// The setters of the arguments that the operation cannot be called without.
    pub(crate) fn required_setters(&self) -> impl Iterator<Item = &str> {
        let parameters = self
            .parameters
            .iter()
            .filter(|parameter| parameter.required);
        let parameters = parameters.map(|parameter| parameter.setter.as_str());
        let body = self.body.iter().filter_map(|body| match body {
            Body::Json {
                setter, required, ..
            } => required.then_some(setter.as_str()),
            Body::Patch { setter, .. } => Some(setter.as_str()),
            Body::Multipart(_) => None,
        });
        let fields = self.form().iter().filter(|field| field.required);
        let fields = fields.map(|field| field.setter.as_str());
        parameters.chain(body).chain(fields)
    }

    /// The setters of the builder, each with the name of what it sets.
    pub(crate) fn setters(&self) -> impl Iterator<Item = (&str, &str)> {
        let parameters = self
            .parameters
            .iter()
            .map(|parameter| (parameter.setter.as_str(), parameter.wire.as_str()));
        let body = self.body.iter().filter_map(|body| match body {
            Body::Json { setter, .. } | Body::Patch { setter, .. } => {
                Some((setter.as_str(), "request body"))
            }
            Body::Multipart(_) => None,
        });
        let fields = self
            .form()
            .iter()
            .map(|field| (field.setter.as_str(), field.wire.as_str()));
        parameters.chain(body).chain(fields)
    }
}

impl Success {
    /// The status by name, such as `no_content` (RFC 9110, section 15.3, and
    /// the registry of status codes).
    #[must_use]
    pub fn name(&self) -> String {
        match self.status {
            200 => "ok".to_owned(),
            201 => "created".to_owned(),
            202 => "accepted".to_owned(),
            203 => "non_authoritative_information".to_owned(),
            204 => "no_content".to_owned(),
            205 => "reset_content".to_owned(),
            206 => "partial_content".to_owned(),
            207 => "multi_status".to_owned(),
            other => format!("status_{other}"),
        }
    }
}
