//! `types::builder`: builders of the types of requests. Only servers build those
//! that are in responses alone.

use super::{
    prose::Prose,
    source::{INLINE, Source, literal},
    types::field_docs,
};
use crate::api::{Api, Field, Shape, Type, TypeDefinition};

/// The path of the types from wherever the builders are.
const TYPES: &str = "crate::types::";

/// The documentation of the module of the builders.
pub(super) fn module_docs(source: &mut Source) {
    source.docs("Builders of the types of requests.");
}

/// Whether a type has a builder.
pub(super) fn has(definition: &TypeDefinition) -> bool {
    definition.in_request && matches!(definition.shape, Shape::Struct(_))
}

/// The builders of the types with these names, which have one. `cfg` returns the
/// attribute of the impls that only the type of an argument has, if they have one.
/// The module around them imports `argument`, and not what is in it: a schema may
/// be called like that.
pub(super) fn write<'a>(
    source: &mut Source,
    api: &Api,
    names: impl IntoIterator<Item = &'a str>,
    cfg: &dyn Fn(&str) -> Option<String>,
) {
    for name in names {
        let definition = &api.types[name];
        let prose = Prose::of_type(api, name);
        source.line("");
        source.line(format!("impl crate::types::{name} {{"));
        source.docs("Returns a builder, in which nothing is set.");
        source.line(INLINE);
        source.line(format!("pub fn builder() -> {name} {{"));
        source.line("::std::default::Default::default()");
        source.line("}");
        source.line("}");
        source.line("");
        builder(source, name, definition, &prose);
        if definition.is_argument {
            from(source, name, definition, cfg(name));
        }
    }
}

fn builder(source: &mut Source, name: &str, definition: &TypeDefinition, prose: &Prose<'_>) {
    let (fields, extra) = (definition.fields(), definition.extra());
    source.docs(&format!("Builds a [`{name}`](crate::types::{name})."));
    source.line("#[derive(Clone, Debug, Default)]");
    source.line("#[must_use = \"a builder does nothing until it is built\"]");
    source.line(format!("pub struct {name} {{"));
    for field in fields {
        let ty = field.ty.bare().text(TYPES);
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
    source.line(INLINE);
    source.line(format!(
        "pub fn build(self) -> ::std::result::Result<crate::types::{name}, argument::InvalidValue> {{"
    ));
    source.line("::std::convert::TryInto::try_into(self)");
    source.line("}");
    source.line("}");

    source.line(format!(
        "impl ::std::convert::TryFrom<{name}> for crate::types::{name} {{"
    ));
    source.line("type Error = argument::InvalidValue;");
    source.line(INLINE);
    source.line(format!(
        "fn try_from(value: {name}) -> ::std::result::Result<Self, argument::InvalidValue> {{"
    ));
    // Each `?` would be a branch that drops all fields before it.
    source.line("let mut check = argument::Check::default();");
    source.line("let built = Self {");
    for field in fields {
        let name = &field.name;
        let (wire, setter) = (literal(&field.wire), literal(name));
        source.line(match (field.required, &field.ty) {
            (_, Type::Option(_)) => format!("{name}: check.optional(value.{name}),"),
            (true, _) => format!("{name}: check.required({wire}, {setter}, value.{name}),"),
            (false, _) => {
                format!("{name}: check.required({wire}, {setter}, value.{name}.or_empty()),")
            }
        });
    }
    if let Some(extra) = &extra {
        source.line(format!("{extra}: value.{extra},"));
    }
    source.line("};");
    source.line("check.finish(built)");
    source.line("}");
    source.line("}");
}

/// The conversion of a type to its builder.
fn from(source: &mut Source, name: &str, definition: &TypeDefinition, cfg: Option<String>) {
    cfg.into_iter().for_each(|cfg| source.line(cfg));
    source.line(format!(
        "impl ::std::convert::From<crate::types::{name}> for {name} {{"
    ));
    source.line(INLINE);
    source.line(format!("fn from(value: crate::types::{name}) -> Self {{"));
    source.line("Self {");
    for Field { name, ty, .. } in definition.fields() {
        let part = match ty {
            Type::Option(_) => "argument::Argument::from_option",
            _ => "argument::Argument::Set",
        };
        source.line(format!("{name}: {part}(value.{name}),"));
    }
    if let Some(extra) = definition.extra() {
        source.line(format!("{extra}: value.{extra},"));
    }
    source.line("}");
    source.line("}");
    source.line("}");
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
                inner.text(TYPES)
            ));
            source.line(format!(
                "self.{name} = argument::Argument::list({wire}, values);"
            ));
        }
        ty => {
            source.line(format!(
                "pub fn {setter}(mut self, value: impl argument::IntoValue<{}>) -> Self {{",
                ty.text(TYPES)
            ));
            source.line(format!("self.{name}.set({wire}, value);"));
        }
    }
    source.line("self");
    source.line("}");
}
