//! `types::builder`: builders of what is sent, and of nothing else. What is
//! answered is built by nobody.

use std::collections::BTreeSet;

use super::{
    model::{Model, Property, Shape, Ty},
    source::{Source, literal},
};

pub(super) fn write(source: &mut Source, model: &Model, sent: &BTreeSet<String>) {
    let structs: Vec<(&String, &Vec<Property>)> = sent
        .iter()
        .filter_map(|name| match &model.types.get(name)?.shape {
            Shape::Struct(properties) => Some((name, properties)),
            _ => None,
        })
        .collect();
    if structs.is_empty() {
        return;
    }
    let bodies = bodies(model);
    for (name, _) in &structs {
        source.line("");
        source.line(format!("impl {name} {{"));
        source.docs("A builder of such a value.");
        source.line(format!("pub fn builder() -> builder::{name} {{"));
        source.line("::std::default::Default::default()");
        source.line("}");
        source.line("}");
    }
    source.line("");
    source.docs("Builders of the types that are sent.");
    source.line("pub mod builder {");
    // By module: a schema may be called what is in it.
    source.line("use crate::part;");
    for (name, properties) in structs {
        source.line("");
        builder(source, name, properties, bodies.contains(name));
    }
    source.line("}");
}

/// The types that are the body of an operation.
fn bodies(model: &Model) -> BTreeSet<String> {
    model
        .operations
        .values()
        .flat_map(|operation| &operation.arguments)
        .filter_map(|argument| match &argument.ty {
            Ty::Generated(name) => Some(name.clone()),
            _ => None,
        })
        .collect()
}

fn builder(source: &mut Source, name: &str, properties: &[Property], is_body: bool) {
    source.docs(&format!("Builds a [`{name}`](super::{name})."));
    source.line("#[derive(Clone, Debug, Default)]");
    source.line("#[must_use = \"a builder does nothing until it is built\"]");
    source.line(format!("pub struct {name} {{"));
    for property in properties {
        let ty = bare(property).text("super::");
        source.line(format!("{}: part::Part<{ty}>,", property.ident));
    }
    source.line("}");

    source.line(format!("impl {name} {{"));
    for property in properties {
        setter(source, property);
    }
    source.docs(
        "The value.\n\n# Errors\n\nA property that is required and was not set, or was set to \
         something that is not valid; the error names it.",
    );
    source.line(format!(
        "pub fn build(self) -> ::std::result::Result<super::{name}, part::InvalidValue> {{"
    ));
    source.line("::std::convert::TryInto::try_into(self)");
    source.line("}");
    source.line("}");

    source.line(format!(
        "impl ::std::convert::TryFrom<{name}> for super::{name} {{"
    ));
    source.line("type Error = part::InvalidValue;");
    source.line("#[allow(unused_variables)]");
    source.line(format!(
        "fn try_from(value: {name}) -> ::std::result::Result<Self, part::InvalidValue> {{"
    ));
    source.line("Ok(Self {");
    for Property {
        ident,
        wire,
        ty,
        required,
        ..
    } in properties
    {
        let taken = match (required, ty) {
            (_, Ty::Option(_)) => "optional()".to_owned(),
            (true, _) => format!("required({}, {})", literal(wire), literal(ident)),
            (false, _) => "or_default()".to_owned(),
        };
        source.line(format!("{ident}: value.{ident}.{taken}?,"));
    }
    source.line("})");
    source.line("}");
    source.line("}");

    if is_body {
        source.line(format!(
            "impl ::std::convert::From<super::{name}> for {name} {{"
        ));
        source.line("#[allow(unused_variables)]");
        source.line(format!("fn from(value: super::{name}) -> Self {{"));
        source.line("Self {");
        for Property { ident, ty, .. } in properties {
            let part = match ty {
                Ty::Option(_) => "part::Part::of_option",
                _ => "part::Part::Set",
            };
            source.line(format!("{ident}: {part}(value.{ident}),"));
        }
        source.line("}");
        source.line("}");
        source.line("}");
    }
}

/// What a setter sets: the property's type without the `Option` that says that
/// it may be left out.
fn bare(property: &Property) -> &Ty {
    property.ty.bare()
}

fn setter(source: &mut Source, property: &Property) {
    source.docs(&property.docs);
    let (ident, wire) = (&property.ident, literal(&property.wire));
    // The builder has a `build()` of its own.
    let setter = if ident == "build" {
        "build_property"
    } else {
        ident
    };
    match bare(property) {
        Ty::Vec(inner) => {
            source.line(format!(
                "pub fn {setter}(mut self, values: impl ::std::iter::IntoIterator<Item = impl part::IntoValue<{}>>) -> Self {{",
                inner.text("super::")
            ));
            source.line(format!("self.{ident} = part::Part::all({wire}, values);"));
        }
        ty => {
            source.line(format!(
                "pub fn {setter}(mut self, value: impl part::IntoValue<{}>) -> Self {{",
                ty.text("super::")
            ));
            source.line(format!("self.{ident} = part::Part::new({wire}, value);"));
        }
    }
    source.line("self");
    source.line("}");
}
