//! `types::builder`: builders of what is sent, and of nothing else. What is
//! answered is built by nobody.

use super::{
    prose::Prose,
    source::{Source, literal},
    types::field_docs,
};
use crate::api::{Api, Field, Shape, Type, TypeDefinition};

pub(super) fn write(source: &mut Source, api: &Api) {
    let structs: Vec<(&String, &TypeDefinition)> = api
        .types
        .iter()
        .filter(|(_, definition)| definition.in_request)
        .filter(|(_, definition)| matches!(definition.shape, Shape::Struct(_)))
        .collect();
    if structs.is_empty() {
        return;
    }
    for (name, _) in &structs {
        source.line("");
        source.line(format!("impl {name} {{"));
        source.docs("Returns a builder, in which nothing is set.");
        source.line(format!("pub fn builder() -> builder::{name} {{"));
        source.line("::std::default::Default::default()");
        source.line("}");
        source.line("}");
    }
    source.line("");
    source.docs("Builders of the types of requests.");
    source.line("pub mod builder {");
    // By module: a schema may be called what is in it.
    source.line("use crate::call::argument;");
    for (name, definition) in structs {
        source.line("");
        builder(source, name, definition, &Prose::of_type(api, name));
    }
    source.line("}");
}

fn builder(source: &mut Source, name: &str, definition: &TypeDefinition, prose: &Prose<'_>) {
    let (fields, extra) = (definition.fields(), definition.extra());
    source.docs(&format!("Builds a [`{name}`](super::{name})."));
    source.line("#[derive(Clone, Debug, Default)]");
    source.line("#[must_use = \"a builder does nothing until it is built\"]");
    source.line(format!("pub struct {name} {{"));
    for field in fields {
        let ty = field.ty.bare().text("super::");
        source.line(format!("{}: argument::Argument<{ty}>,", field.name));
    }
    if let Some(extra) = &extra {
        source.line(format!("{extra}: crate::codec::Extra,"));
    }
    source.line("}");

    source.line(format!("impl {name} {{"));
    for field in fields {
        setter(source, field, prose);
    }
    source.docs(
        "Builds the value.\n\n# Errors\n\nA required property is not set, or a property is set \
         to an invalid value. The error names it.",
    );
    source.line(format!(
        "pub fn build(self) -> ::std::result::Result<super::{name}, argument::InvalidValue> {{"
    ));
    source.line("::std::convert::TryInto::try_into(self)");
    source.line("}");
    source.line("}");

    source.line(format!(
        "impl ::std::convert::TryFrom<{name}> for super::{name} {{"
    ));
    source.line("type Error = argument::InvalidValue;");
    source.line(format!(
        "fn try_from(value: {name}) -> ::std::result::Result<Self, argument::InvalidValue> {{"
    ));
    source.line("Ok(Self {");
    for field in fields {
        let name = &field.name;
        let taken = match (field.required, &field.ty) {
            (_, Type::Option(_)) => "optional()".to_owned(),
            (true, _) => format!("required({}, {})", literal(&field.wire), literal(name)),
            (false, _) => "or_default()".to_owned(),
        };
        source.line(format!("{name}: value.{name}.{taken}?,"));
    }
    if let Some(extra) = &extra {
        source.line(format!("{extra}: value.{extra},"));
    }
    source.line("})");
    source.line("}");
    source.line("}");

    if definition.is_argument {
        source.line(format!(
            "impl ::std::convert::From<super::{name}> for {name} {{"
        ));
        source.line(format!("fn from(value: super::{name}) -> Self {{"));
        source.line("Self {");
        for Field { name, ty, .. } in fields {
            let part = match ty {
                Type::Option(_) => "argument::Argument::from_option",
                _ => "argument::Argument::Set",
            };
            source.line(format!("{name}: {part}(value.{name}),"));
        }
        if let Some(extra) = &extra {
            source.line(format!("{extra}: value.{extra},"));
        }
        source.line("}");
        source.line("}");
        source.line("}");
    }
}

/// The setter of a field, which takes a value without the `Option` that says that
/// it may be absent.
fn setter(source: &mut Source, field: &Field, prose: &Prose<'_>) {
    source.docs(&field_docs(field, prose));
    let (name, wire) = (&field.name, literal(&field.wire));
    // The builder has a `build()` of its own.
    let setter = if name == "build" {
        "build_property"
    } else {
        name
    };
    match field.ty.bare() {
        Type::Vec(inner) => {
            source.line(format!(
                "pub fn {setter}(mut self, values: impl ::std::iter::IntoIterator<Item = impl argument::IntoValue<{}>>) -> Self {{",
                inner.text("super::")
            ));
            source.line(format!(
                "self.{name} = argument::Argument::list({wire}, values);"
            ));
        }
        ty => {
            source.line(format!(
                "pub fn {setter}(mut self, value: impl argument::IntoValue<{}>) -> Self {{",
                ty.text("super::")
            ));
            source.line(format!(
                "self.{name} = argument::Argument::new({wire}, value);"
            ));
        }
    }
    source.line("self");
    source.line("}");
}
