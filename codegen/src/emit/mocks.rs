//! `mod mocks`: a method for each operation that mocks it, and the setters of
//! what it is called with and what it answers. What they do is the wrapper's
//! (`src/mock/`).

use super::{
    operation_builders::{self, held},
    source::{INLINE, Source, literal},
};
use crate::api::{Api, Body, Operation, Parameter, Response, Type};

use heck::ToShoutySnakeCase;

/// What httpmock's server has methods of its own for, which would be called in
/// place of the mocks', and what the trait has beside them.
const SERVERS_OWN: [&str; 14] = [
    "address",
    "base_url",
    "connect",
    "forward_to",
    "host",
    "mock",
    "mock_async",
    "mock_server",
    "playback",
    "port",
    "proxy",
    "record",
    "reset",
    "url",
];

/// A panic about an invalid value names the place in the test that set it.
const TRACKED: &str = "#[track_caller]";

/// What a request and an answer have methods for in any case.
const OWN: [&str; 2] = ["and", "into_inner"];

/// The documentation of the module of the mocks.
pub(super) fn module_docs(source: &mut Source) {
    source.docs("Mocks of the operations.");
}

/// What the module of the mocks imports.
pub(super) const IMPORTS: &str = "use crate::{builder, mock::{Then, When, then, when}, call::argument::{IntoValue, Argument}, types};";

/// The setters of the mocks of an area's operations.
pub(super) fn write(source: &mut Source, api: &Api, feature: &str) {
    for (id, operation) in api.operations_of(feature) {
        source.line("");
        request(source, api, id, operation);
        response(source, api, id, operation);
    }
}

fn cfg(area: &str) -> String {
    let area = literal(area);
    format!("#[cfg_attr(docsrs, doc(cfg(all(feature = \"httpmock\", feature = {area}))))]")
}

/// The documentation of the module of [`operations`].
pub(super) fn operations_docs(source: &mut Source) {
    source.docs("The expected request and the response of each operation's mock, by name.");
    source.line("#[cfg_attr(docsrs, doc(cfg(feature = \"httpmock\")))]");
}

/// The names of what the setters are of, for the operations of an area.
pub(super) fn operations(source: &mut Source, api: &Api, feature: &str) {
    for (id, operation) in api.operations_of(feature) {
        let name = operation_builders::name(id);
        let builder = operation_builders::path(api, id, operation);
        for (part, what) in [("When", "expected request"), ("Then", "response")] {
            source.docs(&format!(
                "The {what} of a mock of [`Client::{id}`](crate::Client::{id})."
            ));
            source.line(cfg(&operation.area));
            source.line(format!(
                "pub type {name}{part} = crate::mock::{part}<crate::builder::{builder}>;"
            ));
        }
    }
}

/// The trait with a method for each operation. `condition` returns the attribute
/// of an area's methods, if they have one.
pub(super) fn methods(source: &mut Source, api: &Api, condition: &dyn Fn(&str) -> Option<String>) {
    source.docs(
        "Mocks of the operations, named as the methods of [`Client`](crate::Client).\n\nIt is \
         implemented for [`MockServer`](::httpmock::MockServer); a test's own server can have it \
         too.",
    );
    source.line("#[cfg_attr(docsrs, doc(cfg(feature = \"httpmock\")))]");
    source.line("pub trait MockServerExt {");
    source.docs("The server that the mocks belong to.");
    source.line("fn mock_server(&self) -> &::httpmock::MockServer;");
    for (id, operation) in &api.operations {
        let name = operation_builders::name(id);
        let method = if SERVERS_OWN.contains(&id.as_str()) {
            format!("{id}_operation")
        } else {
            id.clone()
        };
        source.docs(&format!(
            "Mocks [`Client::{id}`](crate::Client::{id}): `{} {}`.",
            operation.method, operation.path
        ));
        source.line(cfg(&operation.area));
        condition(&operation.area)
            .into_iter()
            .for_each(|cfg| source.line(cfg));
        source.line(format!(
            "fn {method}<R>(&self, mock: impl ::std::ops::FnOnce(operations::{name}When, operations::{name}Then) -> R) -> ::httpmock::Mock<'_> {{"
        ));
        source.line(format!(
            "crate::mock::mock(self.mock_server(), &crate::operations::{}, mock)",
            id.to_shouty_snake_case()
        ));
        source.line("}");
    }
    source.line("}");
    source.line("impl MockServerExt for ::httpmock::MockServer {");
    source.line("fn mock_server(&self) -> &::httpmock::MockServer {");
    source.line("self");
    source.line("}");
    source.line("}");
}

/// What a mock is asked.
fn request(source: &mut Source, api: &Api, id: &str, operation: &Operation) {
    if operation.setters().next().is_none() {
        return;
    }
    let name = operation_builders::path(api, id, operation);
    source.line(cfg(&operation.area));
    source.line(format!("impl When<builder::{name}> {{"));
    for parameter in &operation.parameters {
        parameter_setter(source, api, operation, parameter);
    }
    match &operation.body {
        Some(Body::Json { setter, ty, .. }) => {
            source.docs("Expects this request body.");
            let function = match ty {
                Type::Generated(name) if api.is_struct(ty) => {
                    format!("json_from_builder::<_, types::{name}, _>(self, ")
                }
                _ => "json(self, ".to_owned(),
            };
            value_setter(source, api, setter, "body", ty, &function);
        }
        Some(Body::Patch { setter, .. }) => {
            source.docs("Expects this request body.");
            source.line(TRACKED);
            source.line(format!(
                "pub fn {}<P>(self, patch: P) -> Self",
                free(setter)
            ));
            source.line(format!(
                "where P: crate::PatchDocument, builder::{name}: crate::AcceptsPatch<P::Format> {{"
            ));
            source.line("when::patch(self, Argument::from_patch(patch))");
            source.line("}");
        }
        Some(Body::Multipart(fields)) => {
            for field in fields {
                let (setter, wire) = (free(&field.setter), literal(&field.wire));
                source.docs(&format!("Expects the part `{}` of the form.", field.wire));
                if field.is_file {
                    source.line(format!(
                        "pub fn {setter}(self, content: impl ::std::convert::Into<::std::vec::Vec<u8>>) -> Self {{"
                    ));
                    source.line(format!("when::form_file(self, {wire}, content.into())"));
                } else {
                    source.line(format!(
                        "pub fn {setter}(self, value: impl ::std::fmt::Display) -> Self {{"
                    ));
                    source.line(format!(
                        "when::form_text(self, {wire}, Argument::Set(value.to_string()))"
                    ));
                }
                source.line("}");
            }
        }
        None => {}
    }
    source.line("}");
}

/// A setter's name, another one where there is a method of it in any case.
fn free(ident: &str) -> String {
    if OWN.contains(&ident) {
        format!("{ident}_parameter")
    } else {
        ident.to_owned()
    }
}

fn parameter_setter(source: &mut Source, api: &Api, operation: &Operation, parameter: &Parameter) {
    let (name, location) = (&parameter.wire, parameter.location.name());
    source.docs(&format!("Expects this {location} parameter `{name}`."));
    let wire = literal(name);
    let function = match operation_builders::method(parameter) {
        Some(method) => format!("{method}(self, {wire}, "),
        None => {
            let mut places = operation.path_parameters();
            let place = places.position(|other| other == name).unwrap_or_default();
            format!("path(self, {place}, {wire}, ")
        }
    };
    value_setter(
        source,
        api,
        &parameter.setter,
        name,
        &parameter.ty,
        &function,
    );
}

/// A setter of a value; `function` begins the call that adds it to the request.
fn value_setter(
    source: &mut Source,
    api: &Api,
    setter: &str,
    wire: &str,
    ty: &Type,
    function: &str,
) {
    let (setter, wire) = (free(setter), literal(wire));
    source.line(TRACKED);
    if let Type::Vec(inner) = ty {
        source.line(format!(
            "pub fn {setter}(self, values: impl ::std::iter::IntoIterator<Item = impl IntoValue<{}>>) -> Self {{",
            inner.text("types::")
        ));
        source.line(format!("when::{function}Argument::list({wire}, values))"));
    } else {
        let ty = held(api, ty).text("types::");
        source.line(format!(
            "pub fn {setter}(self, value: impl IntoValue<{ty}>) -> Self {{"
        ));
        source.line(format!(
            "when::{function}Argument::<{ty}>::new({wire}, value))"
        ));
    }
    source.line("}");
}

/// What a mock answers.
fn response(source: &mut Source, api: &Api, id: &str, operation: &Operation) {
    if operation.successes.is_empty() {
        return;
    }
    let name = operation_builders::path(api, id, operation);
    source.line(cfg(&operation.area));
    source.line(format!("impl Then<builder::{name}> {{"));
    for success in &operation.successes {
        let (status, method) = (success.status, success.name());
        match &operation.response {
            Response::Json(ty) if success.has_body => {
                let ty = borrowed(ty);
                source.docs(&format!("Responds with {status} and this value."));
                source.line(INLINE);
                source.line(format!("pub fn {method}(self, value: &{ty}) -> Self {{"));
                source.line(format!("then::json(self, {status}, value)"));
            }
            Response::Bytes if success.has_body => {
                source.docs(&format!("Responds with {status} and these bytes."));
                source.line(format!(
                    "pub fn {method}(self, body: impl ::std::convert::AsRef<[u8]>) -> Self {{"
                ));
                source.line(format!("then::bytes(self, {status}, body)"));
            }
            _ => {
                source.docs(&format!("Responds with {status} and no body."));
                source.line(INLINE);
                source.line(format!("pub fn {method}(self) -> Self {{"));
                source.line(format!("then::empty(self, {status})"));
            }
        }
        source.line("}");
    }
    source.line("}");
}

/// A type as it is borrowed: of a list its members, of a text `str`.
fn borrowed(ty: &Type) -> String {
    match ty {
        Type::Vec(inner) => format!("[{}]", inner.text("types::")),
        string if *string == Type::string() => "str".to_owned(),
        other => other.text("types::"),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Document, Settings, generate};

    #[test]
    fn no_name_hides_one_that_is_there_in_any_case() {
        let document = Document::parse(
            "flag.yaml",
            r#"
            openapi: 3.0.3
            info: {title: t, version: "1"}
            servers: [{url: "https://app.launchdarkly.com"}, {url: "https://app.launchdarkly.us"}]
            paths:
              /reset/{and}:
                get:
                  operationId: reset
                  tags: [P]
                  parameters:
                    - {name: and, in: path, required: true, schema: {type: string}}
                  responses:
                    "202": {description: Done}
                    "226": {description: Done}
            "#,
        )
        .unwrap();
        let settings = Settings {
            mocks: true,
            ..Settings::default()
        };
        let code = generate(&document, &settings).unwrap();
        for expected in [
            "fn reset_operation<R>(&self",
            "pub fn and_parameter(self, ",
            "pub fn accepted(self)",
            "pub fn status_226(self)",
        ] {
            assert!(code.contains(expected), "{expected}");
        }
    }
}
