//! `mod builder`: for each operation a builder of its arguments, whose
//! `send()` sends it.

use heck::{ToShoutySnakeCase, ToUpperCamelCase};

use super::{
    lists,
    prose::Prose,
    source::{INLINE, Source, literal},
};
use crate::api::{
    Api, Body, FormField, Location, Operation, Parameter, PatchFormat, Response, Type,
};

/// What the module of the builders takes from the crate.
const IMPORTED: [&str; 8] = [
    "ByteStream",
    "Client",
    "RequestBuilder",
    "Error",
    "IntoValue",
    "Argument",
    "ResponseFuture",
    "ResponseValue",
];

/// The crate evaluates it, not the generator: the feature does not change the
/// generated code.
const BLOCKING: &str = "#[cfg(feature = \"blocking\")]";

/// What an operation's builder is called.
pub(super) fn name(id: &str) -> String {
    let name = id.to_upper_camel_case();
    if IMPORTED.contains(&name.as_str()) {
        return format!("{name}Operation");
    }
    name
}

/// The path of an operation's builder from the module `builder`.
pub(super) fn path(api: &Api, id: &str, operation: &Operation) -> String {
    format!("{}::{}", api.areas[&operation.area].module, name(id))
}

/// How the area's feature is shown in the documentation.
pub(super) fn cfg(area: &str) -> String {
    format!("#[cfg_attr(docsrs, doc(cfg(feature = {})))]", literal(area))
}

/// The documentation of the module of an area's builders.
pub(super) fn module_docs(source: &mut Source, api: &Api, feature: &str) {
    source.docs(&format!(
        "The request builders of the area \"{}\" (feature `{feature}`).",
        api.areas[feature].title
    ));
    source.line(cfg(feature));
}

/// What is in the module of an area's builders.
pub(super) fn write(source: &mut Source, api: &Api, feature: &str) {
    source.line("use crate::{ByteStream, Client, Error, ResponseFuture, ResponseValue, call::request_builder::RequestBuilder, call::argument::{IntoValue, Argument}, operations, types};");
    for (id, operation) in api.operations_of(feature) {
        source.line("");
        builder(source, api, id, operation);
    }
}

fn builder(source: &mut Source, api: &Api, id: &str, operation: &Operation) {
    let name = name(id);
    let parts = parts(api, operation);
    source.docs(&format!(
        "The request builder of [`Client::{id}`](crate::Client::{id})."
    ));
    source.line(if operation.form().is_empty() {
        "#[derive(Clone, Debug)]"
    } else {
        "#[derive(Debug)]"
    });
    source.line("#[must_use = \"nothing is sent before `send()`\"]");
    source.line(format!("pub struct {name} {{"));
    source.line("client: Client,");
    for (setter, ty) in &parts {
        source.line(format!("{setter}: Argument<{ty}>,"));
    }
    source.line("}");

    source.line(format!("impl {name} {{"));
    source.line(INLINE);
    source.line("pub(crate) fn new(client: &Client) -> Self {");
    source.line("Self {");
    source.line("client: client.clone(),");
    for (setter, _) in &parts {
        source.line(format!("{setter}: Argument::Unset,"));
    }
    source.line("}");
    source.line("}");
    for parameter in &operation.parameters {
        parameter_setter(source, api, operation, parameter);
    }
    match &operation.body {
        Some(body @ (Body::Json { .. } | Body::Patch { .. })) => {
            body_setter(source, api, operation, body)
        }
        Some(Body::Multipart(fields)) => fields.iter().for_each(|field| form_setter(source, field)),
        None => {}
    }
    send(source, api, id, operation);
    source.line("}");
    for format in operation.patch_formats() {
        source.line(format!(
            "impl crate::AcceptsPatch<crate::format::{}> for {name} {{}}",
            format.variant()
        ));
    }
    lists::write(source, api, id, operation);
}

/// The fields of a builder beside the client: setters and the types they set.
fn parts<'a>(api: &Api, operation: &'a Operation) -> Vec<(&'a str, String)> {
    let mut parts: Vec<(&str, String)> = operation
        .parameters
        .iter()
        .map(|parameter| {
            let ty = held(api, &parameter.ty).text("types::");
            (parameter.setter.as_str(), ty)
        })
        .collect();
    match &operation.body {
        Some(Body::Json { setter, ty, .. }) => {
            parts.push((setter, held(api, ty).text("types::")));
        }
        Some(Body::Patch { setter, .. }) => {
            parts.push((setter, "crate::patch::PatchBody".to_owned()));
        }
        Some(Body::Multipart(fields)) => parts.extend(fields.iter().map(|field| {
            let ty = if field.is_file {
                "crate::FilePart"
            } else {
                "::std::string::String"
            };
            (field.setter.as_str(), ty.to_owned())
        })),
        None => {}
    }
    parts
}

/// The type that a builder holds of an argument: the builder of an object.
pub(super) fn held(api: &Api, ty: &Type) -> Type {
    match ty {
        Type::Generated(name) if api.is_struct(ty) => Type::Generated(format!("builder::{name}")),
        other => other.clone(),
    }
}

/// A description to be followed by more.
fn sentence(text: &str) -> String {
    match text.trim().trim_end_matches('.') {
        "" => String::new(),
        text if text.contains('\n') => format!("{text}.\n\n"),
        text => format!("{text}. "),
    }
}

/// The end of a setter's documentation.
fn required(required: bool) -> &'static str {
    if required { " Required." } else { "" }
}

fn parameter_setter(source: &mut Source, api: &Api, operation: &Operation, parameter: &Parameter) {
    let text = sentence(&Prose::of_parameters(api, operation).rust(&parameter.description));
    let (name, location) = (&parameter.wire, parameter.location.name());
    let required = required(parameter.required);
    source.docs(&format!(
        "{text}The {location} parameter `{name}`.{required}"
    ));
    value_setter(source, api, &parameter.setter, name, &parameter.ty);
}

/// A setter of a value.
fn value_setter(source: &mut Source, api: &Api, setter: &str, wire: &str, ty: &Type) {
    let wire = literal(wire);
    if let Type::Vec(inner) = ty {
        source.line(format!(
            "pub fn {setter}(mut self, values: impl ::std::iter::IntoIterator<Item = impl IntoValue<{}>>) -> Self {{",
            inner.text("types::")
        ));
        source.line(format!("self.{setter} = Argument::list({wire}, values);"));
    } else {
        let ty = held(api, ty).text("types::");
        source.line(format!(
            "pub fn {setter}(mut self, value: impl IntoValue<{ty}>) -> Self {{"
        ));
        source.line(format!("self.{setter}.set({wire}, value);"));
    }
    source.line("self");
    source.line("}");
}

fn body_setter(source: &mut Source, api: &Api, operation: &Operation, body: &Body) {
    let prose = Prose::of_operation(api, operation);
    match body {
        Body::Json {
            setter,
            ty,
            required: is_required,
            or_empty,
            description,
        } => {
            let text = sentence(&prose.rust(description));
            let without = match or_empty {
                true => " An empty object by default.",
                false => required(*is_required),
            };
            source.docs(&format!("{text}The request body.{without}"));
            value_setter(source, api, setter, "body", ty);
            if let Type::Generated(name) = ty
                && api.is_struct(ty)
            {
                source.docs("Changes the request body by the setters of its properties.");
                source.line(format!(
                    "pub fn body_map(mut self, change: impl ::std::ops::FnOnce(types::builder::{name}) -> types::builder::{name}) -> Self {{"
                ));
                source.line(format!("self.{setter} = self.{setter}.update(change);"));
                source.line("self");
                source.line("}");
            }
        }
        Body::Patch {
            setter,
            formats,
            description,
        } => {
            let text = sentence(&prose.rust(description));
            let formats: Vec<&str> = formats.iter().map(documented).collect();
            source.docs(&format!(
                "{text}The request body. Required: {}.",
                formats.join(" or ")
            ));
            source.line(format!("pub fn {setter}<P>(mut self, patch: P) -> Self"));
            source.line("where P: crate::PatchDocument, Self: crate::AcceptsPatch<P::Format> {");
            source.line(format!("self.{setter} = Argument::from_patch(patch);"));
            source.line("self");
            source.line("}");
        }
        Body::Multipart(_) => {}
    }
}

/// What documentation calls a patch format, with the type that it is.
fn documented(format: &PatchFormat) -> &'static str {
    match format {
        PatchFormat::Json => "a JSON Patch ([`JsonPatch`](crate::JsonPatch))",
        PatchFormat::Merge => "a JSON Merge Patch ([`MergePatch`](crate::MergePatch))",
        PatchFormat::Semantic => "a semantic patch ([`SemanticPatch`](crate::SemanticPatch))",
    }
}

fn form_setter(source: &mut Source, field: &FormField) {
    let text = sentence(&field.description);
    source.docs(&format!(
        "{text}The part `{}` of the form.{}",
        field.wire,
        required(field.required)
    ));
    let (setter, wire) = (&field.setter, literal(&field.wire));
    if field.is_file {
        source.line(format!(
            "pub fn {setter}(mut self, file: impl IntoValue<crate::FilePart>) -> Self {{"
        ));
        source.line(format!("self.{setter}.set({wire}, file);"));
    } else {
        source.line(format!(
            "pub fn {setter}(mut self, value: impl ::std::fmt::Display) -> Self {{"
        ));
        source.line(format!("self.{setter}.set({wire}, value.to_string());"));
    }
    source.line("self");
    source.line("}");
}

fn send(source: &mut Source, api: &Api, id: &str, operation: &Operation) {
    let documented = if operation.errors.is_empty() {
        String::new()
    } else {
        format!(
            "\nThe documented error responses are listed at\n[`Client::{id}`](crate::Client::{id})."
        )
    };
    source.docs(&format!(
        "Sends the request.\n\n# Errors\n\nNothing is sent if a required argument is missing or an \
         argument is not valid. After that, the call fails if no response arrives, the response is \
         not a success, or its body does not decode: see [`Error`](crate::Error).{documented}",
    ));
    let (value, read) = match &operation.response {
        Response::Empty => ("()".to_owned(), "send_empty"),
        Response::Bytes => ("ByteStream".to_owned(), "send_stream"),
        Response::Json(ty) if operation.response_may_be_empty() => {
            (ty.text("types::"), "send_json_or_empty")
        }
        Response::Json(ty) => (ty.text("types::"), "send_json"),
    };
    // Not `async fn`s: the waiting code is in `RequestBuilder`, once. A future of
    // its own, or one without a name, costs the compiler more than all the rest of
    // an operation.
    source.line(INLINE);
    source.line(sends("send", &value));
    source.line(format!("self.into_request().{read}()"));
    source.line("}");
    source.docs("Sends the request and blocks the thread until the call ends.\n\n# Errors\n\nThose of [`send`](Self::send). In async code, nothing is sent: see [`blocking`](crate::blocking).");
    source.line(BLOCKING);
    source.line(INLINE);
    source.line(format!(
        "pub fn send_blocking(self) -> ::std::result::Result<ResponseValue<{value}>, Error> {{ crate::blocking::block_on(self.send()) }}"
    ));
    source.docs("Sends the request and returns the body of the response as it came.\n\n# Errors\n\nThose of [`send`](Self::send), except that the body is not decoded.");
    source.line(INLINE);
    source.line(sends("send_bytes", "::bytes::Bytes"));
    source.line("self.into_request().send_bytes()");
    source.line("}");
    source.docs("Sends the request and decodes the body of the response into any type, as [`ResponseValue::json`](crate::ResponseValue::json) does.\n\n# Errors\n\nThose of [`send`](Self::send).");
    source.line(sends("send_as<T: ::serde::de::DeserializeOwned>", "T"));
    source.line("self.into_request().send_as()");
    source.line("}");
    source.line(INLINE);
    source.line("fn into_request(self) -> RequestBuilder {");
    let segments: Vec<String> = operation
        .path_parameters()
        .filter_map(|name| {
            let mut parameters = operation.parameters.iter();
            let parameter = parameters.find(|p| p.location == Location::Path && p.wire == name)?;
            let setter = &parameter.setter;
            Some(format!(
                "self.{setter}.path_segment({}, {})",
                literal(name),
                literal(setter)
            ))
        })
        .collect();
    source.line(format!(
        "RequestBuilder::new(self.client, &operations::{}, [{}])",
        id.to_shouty_snake_case(),
        segments.join(", ")
    ));
    for parameter in &operation.parameters {
        if let Some(method) = method(parameter) {
            let argument = argument(&parameter.setter, &parameter.wire, parameter.required);
            source.line(format!(
                "    .{method}({}, {argument})",
                literal(&parameter.wire)
            ));
        }
    }
    if let Some(call) = operation.body.as_ref().and_then(|one| body(api, one)) {
        source.line(format!("    {call}"));
    }
    for field in operation.form() {
        let method = if field.is_file {
            "form_file"
        } else {
            "form_text"
        };
        let argument = argument(&field.setter, &field.wire, field.required);
        source.line(format!(
            "    .{method}({}, {argument})",
            literal(&field.wire)
        ));
    }
    source.line("}");
}

/// The first line of a function that sends a request and returns a response
/// with this value.
fn sends(function: &str, value: &str) -> String {
    format!("pub fn {function}(self) -> ResponseFuture<{value}> {{")
}

/// The method that adds a parameter to a request, and a mock's request; `None`
/// for one of the path.
pub(super) fn method(parameter: &Parameter) -> Option<&'static str> {
    let is_list = matches!(parameter.ty, Type::Vec(_));
    match (parameter.location, is_list, parameter.explode) {
        (Location::Path, ..) => None,
        (Location::Query, true, true) => Some("query_each"),
        (Location::Query, true, false) => Some("query_joined"),
        (Location::Query, false, _) => Some("query"),
        (Location::Header, ..) => Some("header"),
    }
}

/// The call that adds the body to a request; `None` for a form.
pub(super) fn body(api: &Api, body: &Body) -> Option<String> {
    match body {
        Body::Json {
            setter,
            ty,
            required,
            or_empty,
            ..
        } => {
            let argument = match or_empty {
                true => format!("self.{setter}.or_empty()"),
                false => argument(setter, "body", *required),
            };
            Some(match ty {
                Type::Generated(name) if api.is_struct(ty) => {
                    format!(".json_from_builder::<types::{name}, _>({argument})")
                }
                _ => format!(".json({argument})"),
            })
        }
        Body::Patch { setter, .. } => Some(format!(".patch({})", argument(setter, "body", true))),
        Body::Multipart(_) => None,
    }
}

/// The value of a setter, checked if it is required.
fn argument(setter: &str, wire: &str, required: bool) -> String {
    if required {
        format!(
            "self.{setter}.ensure_set({}, {})",
            literal(wire),
            literal(setter)
        )
    } else {
        format!("self.{setter}")
    }
}
