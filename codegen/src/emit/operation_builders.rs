//! `mod builder`: for each operation a builder of its arguments, whose
//! `send()` sends it.

use heck::{ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

use super::{
    Unexpected, lists,
    model::{Answer, Argument, Model, Shape, Signature, Ty, unraw},
    source::{Source, literal},
    unexpected,
};
use crate::facts::{Facts, Operation, Parameter, PatchFormat};

/// Names of a builder's own methods, which no argument's may be.
pub(crate) const RESERVED: [&str; 6] = ["send", "new", "client", "body_map", "pages", "items"];

/// An argument of an operation, with what the document says of it.
pub(crate) struct Setter<'a> {
    pub(crate) ident: String,
    pub(crate) ty: &'a Ty,
    pub(crate) required: bool,
    /// Whether it is a body that has a builder.
    pub(super) is_built: bool,
    pub(crate) role: Role<'a>,
}

pub(crate) enum Role<'a> {
    Parameter(&'a Parameter),
    Body,
    /// A body that is a patch document.
    Patch(&'a [PatchFormat]),
}

impl Setter<'_> {
    pub(crate) fn is_patch(&self) -> bool {
        matches!(self.role, Role::Patch(_))
    }

    /// The name and the place of what is set.
    pub(crate) fn place(&self) -> (&str, &str) {
        match self.role {
            Role::Parameter(parameter) => (&parameter.name, &parameter.location),
            Role::Body | Role::Patch(_) => ("body", "body"),
        }
    }
}

/// What the module of the builders takes from the crate.
const IMPORTED: [&str; 7] = [
    "ByteStream",
    "Client",
    "Draft",
    "Error",
    "IntoValue",
    "Part",
    "ResponseValue",
];

/// What an operation's builder is called.
pub(super) fn name(id: &str) -> String {
    let name = id.to_upper_camel_case();
    if IMPORTED.contains(&name.as_str()) {
        return format!("{name}Operation");
    }
    name
}

/// How the area's feature is shown in the documentation.
pub(super) fn cfg(area: &str) -> String {
    format!("#[cfg_attr(docsrs, doc(cfg(feature = {})))]", literal(area))
}

pub(super) fn write(source: &mut Source, model: &Model, facts: &Facts) -> Result<(), Unexpected> {
    source.docs("The arguments of each operation, and the sending of it.");
    source.line("pub mod builder {");
    source.line("#[allow(unused_imports)]");
    source.line("use super::{operations, types};");
    source.line("#[allow(unused_imports)]");
    source.line("use crate::{ByteStream, Client, Error, ResponseValue, draft::Draft, part::{IntoValue, Part}};");
    for (id, operation) in &facts.operations {
        let signature = signature(model, id)?;
        source.line("");
        builder(source, model, id, operation, signature)
            .map_err(|reason| unexpected(format!("the operation `{id}` {reason}")))?;
    }
    source.line("}");
    Ok(())
}

/// What progenitor has made of an operation.
pub(crate) fn signature<'a>(model: &'a Model, id: &str) -> Result<&'a Signature, Unexpected> {
    model
        .operations
        .get(id)
        .or_else(|| model.operations.get(&format!("{id}_")))
        .ok_or_else(|| unexpected(format!("the operation `{id}` has no method")))
}

fn builder(
    source: &mut Source,
    model: &Model,
    id: &str,
    operation: &Operation,
    signature: &Signature,
) -> Result<(), String> {
    let name = name(id);
    let setters = setters(model, operation, signature)?;
    let has_form = !operation.form.is_empty();
    source.docs(&format!(
        "The arguments of [`Client::{id}`](crate::Client::{id})."
    ));
    source.line(if has_form {
        "#[derive(Debug)]"
    } else {
        "#[derive(Clone, Debug)]"
    });
    source.line("#[must_use = \"nothing is sent before `send()`\"]");
    source.line(cfg(&operation.area));
    source.line(format!("pub struct {name} {{"));
    source.line("client: Client,");
    for setter in &setters {
        if matches!(setter.role, Role::Patch(_)) {
            source.line(format!("{}: Part<crate::patch::Body>,", setter.ident));
        } else if !(has_form && matches!(setter.role, Role::Body)) {
            let ty = held(model, setter.ty).text("types::");
            source.line(format!("{}: Part<{ty}>,", setter.ident));
        }
    }
    for field in &operation.form {
        let ty = if field.is_file {
            "crate::FilePart"
        } else {
            "::std::string::String"
        };
        source.line(format!("{}: Part<{ty}>,", field.ident));
    }
    source.line("}");

    source.line(format!("impl {name} {{"));
    source.line("pub(crate) fn new(client: &Client) -> Self {");
    source.line("Self {");
    source.line("client: client.clone(),");
    for setter in &setters {
        if !(has_form && matches!(setter.role, Role::Body)) {
            source.line(format!("{}: Part::Unset,", setter.ident));
        }
    }
    for field in &operation.form {
        source.line(format!("{}: Part::Unset,", field.ident));
    }
    source.line("}");
    source.line("}");
    for setter in &setters {
        if !(has_form && matches!(setter.role, Role::Body)) {
            write_setter(source, model, operation, setter);
        }
    }
    for field in &operation.form {
        let required = if field.required { " Required." } else { "" };
        let text = sentence(&field.description);
        source.docs(&format!(
            "{text}The part `{}` of the form.{required}",
            field.name
        ));
        let (ident, wire) = (&field.ident, literal(&field.name));
        if field.is_file {
            source.line(format!(
                "pub fn {ident}(mut self, file: impl IntoValue<crate::FilePart>) -> Self {{"
            ));
            source.line(format!("self.{ident} = Part::new({wire}, file);"));
        } else {
            source.line(format!(
                "pub fn {ident}(mut self, value: impl ::std::fmt::Display) -> Self {{"
            ));
            source.line(format!(
                "self.{ident} = Part::new({wire}, value.to_string());"
            ));
        }
        source.line("self");
        source.line("}");
    }
    send(source, id, operation, signature, &setters);
    source.line("}");
    for format in &operation.patches {
        source.line(format!(
            "impl crate::AcceptsPatch<crate::format::{}> for {name} {{}}",
            format.variant()
        ));
    }
    lists::write(source, model, id, operation, signature, &setters);
    Ok(())
}

pub(crate) fn setters<'a>(
    model: &Model,
    operation: &'a Operation,
    signature: &'a Signature,
) -> Result<Vec<Setter<'a>>, String> {
    let mut setters = Vec::new();
    for Argument {
        ident,
        ty,
        required,
    } in &signature.arguments
    {
        let plain = unraw(ident);
        let parameter = operation
            .parameters
            .iter()
            .find(|parameter| parameter.name.to_snake_case() == plain.trim_end_matches('_'));
        let role = match parameter {
            Some(parameter) => Role::Parameter(parameter),
            None if plain.trim_end_matches('_') != "body" => {
                return Err(format!("has an argument `{ident}` that is no parameter"));
            }
            None if !operation.patches.is_empty() => Role::Patch(&operation.patches),
            None => Role::Body,
        };
        let mut ident = ident.clone();
        if RESERVED.contains(&plain.as_str())
            || matches!(role, Role::Parameter(_)) && plain == "body"
        {
            ident.push_str("_parameter");
        }
        let is_built = matches!(role, Role::Body)
            && matches!(ty, Ty::Generated(name) if is_struct(model, name));
        setters.push(Setter {
            ident,
            ty,
            // progenitor requires every body.
            required: match role {
                Role::Parameter(_) => *required,
                Role::Body => operation.requires_body,
                Role::Patch(_) => true,
            },
            is_built,
            role,
        });
    }
    Ok(setters)
}

/// What a builder holds of an argument: of a body that is built, the builder.
pub(super) fn held(model: &Model, ty: &Ty) -> Ty {
    match ty {
        Ty::Generated(name) if is_struct(model, name) => Ty::Generated(format!("builder::{name}")),
        other => other.clone(),
    }
}

fn is_struct(model: &Model, name: &str) -> bool {
    model
        .types
        .get(name)
        .is_some_and(|definition| matches!(definition.shape, Shape::Struct(_)))
}

/// A description to be followed by more.
fn sentence(text: &str) -> String {
    match text.trim().trim_end_matches('.') {
        "" => String::new(),
        text if text.contains('\n') => format!("{text}.\n\n"),
        text => format!("{text}. "),
    }
}

fn write_setter(source: &mut Source, model: &Model, operation: &Operation, setter: &Setter<'_>) {
    let ident = &setter.ident;
    let required = if setter.required { " Required." } else { "" };
    let wire = match setter.role {
        Role::Parameter(parameter) => {
            let text = sentence(&parameter.description);
            let (name, location) = (&parameter.name, &parameter.location);
            source.docs(&format!(
                "{text}The {location} parameter `{name}`.{required}"
            ));
            parameter.name.as_str()
        }
        Role::Body => {
            let text = sentence(&operation.body);
            source.docs(&format!("{text}The request body.{required}"));
            "body"
        }
        Role::Patch(formats) => {
            let text = sentence(&operation.body);
            let formats: Vec<&str> = formats.iter().map(PatchFormat::documented).collect();
            source.docs(&format!(
                "{text}The request body.{required} {}.",
                formats.join(" or ")
            ));
            "body"
        }
    };
    let wire = literal(wire);
    if let Role::Patch(_) = setter.role {
        source.line(format!("pub fn {ident}<P>(mut self, patch: P) -> Self"));
        source.line("where P: crate::PatchDocument, Self: crate::AcceptsPatch<P::Format> {");
        source.line(format!("self.{ident} = Part::of_patch(patch);"));
        source.line("self");
        source.line("}");
        return;
    }
    if let (Ty::Vec(inner), Role::Body | Role::Parameter(_)) = (setter.ty, &setter.role) {
        source.line(format!(
            "pub fn {ident}(mut self, values: impl ::std::iter::IntoIterator<Item = impl IntoValue<{}>>) -> Self {{",
            inner.text("types::")
        ));
        source.line(format!("self.{ident} = Part::all({wire}, values);"));
    } else {
        let ty = held(model, setter.ty).text("types::");
        source.line(format!(
            "pub fn {ident}(mut self, value: impl IntoValue<{ty}>) -> Self {{"
        ));
        source.line(format!("self.{ident} = Part::new({wire}, value);"));
    }
    source.line("self");
    source.line("}");
    if let (Role::Body, Ty::Generated(name)) = (&setter.role, setter.ty)
        && is_struct(model, name)
    {
        source.docs("Changes the request body, property by property.");
        source.line(format!(
            "pub fn body_map(mut self, change: impl ::std::ops::FnOnce(types::builder::{name}) -> types::builder::{name}) -> Self {{"
        ));
        source.line(format!("self.{ident} = self.{ident}.changed(change);"));
        source.line("self");
        source.line("}");
    }
}

fn send(
    source: &mut Source,
    id: &str,
    operation: &Operation,
    signature: &Signature,
    setters: &[Setter<'_>],
) {
    let documented = if operation.errors.is_empty() {
        String::new()
    } else {
        format!("\nThe documented answers are listed at\n[`Client::{id}`](crate::Client::{id}).")
    };
    source.docs(&format!(
        "Sends the request.\n\n# Errors\n\nAn argument that is missing or not valid, before \
         anything is sent; then whatever [`Error`](crate::Error) tells of: no answer, an answer \
         that is not a success, or one that does not decode.{documented}",
    ));
    let (value, read) = match &signature.answer {
        Answer::Nothing => ("()".to_owned(), "answer_nothing"),
        Answer::Stream => ("ByteStream".to_owned(), "answer_stream"),
        Answer::Json(ty) if operation.may_answer_nothing => {
            (ty.text("types::"), "answer_json_or_nothing")
        }
        Answer::Json(ty) => (ty.text("types::"), "answer_json"),
    };
    // Not an `async fn`: what waits is in the draft, once, as each future of
    // its own costs the compiler more than all the rest of an operation.
    source.line(format!(
        "pub fn send(self) -> impl ::std::future::Future<Output = ::std::result::Result<ResponseValue<{value}>, Error>> {{"
    ));
    let segments: Vec<String> = operation
        .path_parameters()
        .filter_map(|name| {
            setters.iter().find_map(|setter| match setter.role {
                Role::Parameter(p) if p.location == "path" && p.name == name => Some(format!(
                    "self.{}.segment({}, {})",
                    setter.ident,
                    literal(name),
                    literal(&setter.ident)
                )),
                _ => None,
            })
        })
        .collect();
    source.line(format!(
        "Draft::new(self.client, &operations::{}, [{}])",
        id.to_shouty_snake_case(),
        segments.join(", ")
    ));
    for setter in setters {
        if let Role::Parameter(parameter) = setter.role {
            let is_list = matches!(setter.ty, Ty::Vec(_));
            let method = match (parameter.location.as_str(), is_list, parameter.explode) {
                ("path", ..) => continue,
                ("query", true, true) => "query_each",
                ("query", true, false) => "query_joined",
                ("query", false, _) => "query",
                _ => "header",
            };
            let (name, argument) = (literal(&parameter.name), argument(setter));
            source.line(format!("    .{method}({name}, {argument})"));
        } else if operation.form.is_empty() {
            source.line(format!("    {}", body(setter)));
        }
    }
    for field in &operation.form {
        let method = if field.is_file { "file" } else { "text" };
        let (ident, name) = (&field.ident, literal(&field.name));
        let argument = if field.required {
            format!("self.{ident}.needed({name}, {})", literal(ident))
        } else {
            format!("self.{ident}")
        };
        source.line(format!("    .{method}({name}, {argument})"));
    }
    source.line(format!("    .{read}()"));
    source.line("}");
}

/// An argument as it is given to the draft of a request.
fn argument(setter: &Setter<'_>) -> String {
    let (ident, (name, _)) = (&setter.ident, setter.place());
    if setter.required {
        format!("self.{ident}.needed({}, {})", literal(name), literal(ident))
    } else {
        format!("self.{ident}")
    }
}

/// The call that gives the draft of a request its body, which is no form.
pub(super) fn body(setter: &Setter<'_>) -> String {
    let argument = argument(setter);
    match setter.ty {
        _ if setter.is_patch() => format!(".patch({argument})"),
        Ty::Generated(ty) if setter.is_built => format!(".built::<types::{ty}, _>({argument})"),
        _ => format!(".json({argument})"),
    }
}
