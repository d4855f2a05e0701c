//! `mod types`: the schemas as Rust types.
//!
//! A type is its definition and a list of its properties; how an object is
//! read and written is the wrapper's (`src/object.rs`), so that a type costs
//! the compiler little, and everything that LaunchDarkly may leave out, add or
//! get wrong is dealt with in one place.

use std::collections::BTreeSet;

use super::{
    model::{Definition, Model, Property, Shape, Ty, Variant},
    source::{Source, literal},
    type_builders,
};
use crate::facts::Facts;

pub(super) fn write(source: &mut Source, model: &Model, facts: &Facts) {
    let sent = model.sent();
    source.docs("The types of what is sent and answered: the schemas of the OpenAPI document.");
    source.line("pub mod types {");
    // By module: a schema may be called what is in it.
    source.line("#[allow(unused_imports)]");
    source.line("use crate::object;");
    for (name, definition) in &model.types {
        source.line("");
        write_type(source, model, name, definition, facts);
    }
    type_builders::write(source, model, &sent);
    source.line("}");
}

fn write_type(
    source: &mut Source,
    model: &Model,
    name: &str,
    definition: &Definition,
    facts: &Facts,
) {
    if !matches!(definition.shape, Shape::Enum(_)) {
        source.docs(&definition.docs);
    }
    match &definition.shape {
        Shape::Struct(properties) => {
            let secrets: BTreeSet<&str> = properties
                .iter()
                .map(|property| property.wire.as_str())
                .filter(|property| facts.is_secret(name, property))
                .collect();
            write_struct(source, name, properties, &secrets);
        }
        Shape::Enum(variants) => write_enum(source, name, &definition.docs, variants),
        Shape::Union(variants) => write_union(source, model, name, variants),
        Shape::Wrapper(ty) => {
            source.line("#[derive(Clone, Debug, PartialEq)]");
            source.line(format!("pub struct {name}(pub {});", ty.text("")));
            source.line(format!("crate::object::wrapper!({name});"));
        }
    }
}

pub(super) fn write_struct(
    source: &mut Source,
    name: &str,
    properties: &[Property],
    secrets: &BTreeSet<&str>,
) {
    let derives_debug = secrets.is_empty() && !properties.iter().any(|p| p.ty.is_untyped());
    let debug = if derives_debug { ", Debug" } else { "" };
    source.line(format!("#[derive(Clone{debug}, PartialEq)]"));
    source.line("#[non_exhaustive]");
    source.line(format!("pub struct {name} {{"));
    for property in properties {
        source.docs(&property.docs);
        source.line(format!("pub {}: {},", property.ident, property.ty.text("")));
    }
    source.line("}");

    source.line(format!("impl object::Object for {name} {{"));
    source.line("fn corrected() -> Self {");
    source.line("Self {");
    for property in properties {
        source.line(format!("{}: object::Value::corrected(),", property.ident));
    }
    source.line("}");
    source.line("}");
    source.line("#[allow(unused_variables)]");
    source.line("fn read<R: object::ReadProperty>(&mut self, name: &str, value: R) {");
    source.line("match name {");
    for property in properties {
        let wire = literal(&property.wire);
        source.line(format!(
            "{wire} => value.into(&mut self.{}),",
            property.ident
        ));
    }
    source.line("_ => value.ignored(),");
    source.line("}");
    source.line("}");
    source.line("#[allow(unused_variables)]");
    source.line("fn write<W: object::WriteProperties>(&self, to: &mut W) {");
    for property in properties {
        let wire = literal(&property.wire);
        let method = if property.required {
            "always"
        } else {
            "if_any"
        };
        source.line(format!("to.{method}({wire}, &self.{});", property.ident));
    }
    source.line("}");
    source.line("}");
    source.line(format!("crate::object::object!({name});"));

    if properties.iter().all(|property| !property.required) {
        source.line(format!("impl ::std::default::Default for {name} {{"));
        source.line("fn default() -> Self {");
        source.line("object::Object::corrected()");
        source.line("}");
        source.line("}");
    }

    if !derives_debug {
        source.docs("Shows no secrets, and of JSON without a schema only its structure.");
        source.line(format!("impl ::std::fmt::Debug for {name} {{"));
        source.line("fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {");
        source.line(format!("crate::redact::debug(f, {}, &[", literal(name)));
        for property in properties {
            let ident = &property.ident;
            let shown = if secrets.contains(property.wire.as_str()) {
                format!("&crate::redact::shown(&self.{ident})")
            } else if property.ty.is_untyped() {
                format!("&crate::redact::shape(&self.{ident})")
            } else {
                format!("&self.{ident}")
            };
            source.line(format!("    ({}, {shown}),", literal(ident)));
        }
        source.line("])");
        source.line("}");
        source.line("}");
    }
}

pub(super) fn write_enum(source: &mut Source, name: &str, docs: &str, variants: &[Variant]) {
    let other = other_variant(variants.iter().map(|variant| variant.ident.as_str()));
    source.line("crate::object::open_enum! {");
    source.docs(docs);
    source.line(format!("pub enum {name} or {other} {{"));
    for Variant { ident, wire } in variants {
        source.line(format!("{ident} = {},", literal(wire)));
    }
    source.line("}");
    source.line("}");
}

/// The variant for every other value, which may not be called what a known one
/// is.
pub(crate) fn other_variant<'a>(known: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut other = String::from("Unknown");
    while known.clone().any(|ident| ident == other) {
        other.push('_');
    }
    other
}

fn write_union(source: &mut Source, model: &Model, name: &str, variants: &[(String, Ty)]) {
    source.line("#[derive(Clone, PartialEq)]");
    source.line("#[non_exhaustive]");
    source.line(format!("pub enum {name} {{"));
    for (ident, ty) in variants {
        source.line(format!("{ident}({}),", ty.text("")));
    }
    let other = other_variant(variants.iter().map(|(ident, _)| ident.as_str()));
    source.docs("What is none of these, as it came.");
    source.line(format!("{other}(::serde_json::Value),"));
    source.line("}");

    source.docs("Shows only the structure of JSON without a schema.");
    source.line(format!("impl ::std::fmt::Debug for {name} {{"));
    source.line("fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {");
    source.line("match self {");
    let untyped = Ty::Foreign("::serde_json::Value".into());
    let known = variants.iter().map(|(ident, ty)| (ident, ty));
    for (ident, ty) in known.chain([(&other, &untyped)]) {
        let shown = if ty.is_untyped() {
            "&crate::redact::shape(value)"
        } else {
            "value"
        };
        source.line(format!(
            "Self::{ident}(value) => f.debug_tuple({}).field({shown}).finish(),",
            literal(ident)
        ));
    }
    source.line("}");
    source.line("}");
    source.line("}");

    source.line(format!("impl crate::object::Union for {name} {{"));
    source.line("fn choose(value: ::serde_json::Value) -> Self {");
    for (ident, ty) in variants {
        let required: Vec<String> = required(model, ty)
            .iter()
            .map(|name| literal(name))
            .collect();
        source.line(format!(
            "if let Some(value) = object::alternative(&value, &[{}]) {{",
            required.join(", ")
        ));
        source.line(format!("return Self::{ident}(value);"));
        source.line("}");
    }
    source.line(format!("Self::{other}(value)"));
    source.line("}");
    source.line("fn write<S: ::serde::Serializer>(&self, to: S) -> ::std::result::Result<S::Ok, S::Error> {");
    source.line("match self {");
    for ident in variants.iter().map(|(ident, _)| ident).chain([&other]) {
        source.line(format!(
            "Self::{ident}(value) => ::serde::Serialize::serialize(value, to),"
        ));
    }
    source.line("}");
    source.line("}");
    source.line("fn alternatives<A: object::Alternatives<Self>>(to: &mut A) {");
    for (ident, ty) in variants {
        source.line(format!("to.add::<{}>(Self::{ident});", ty.text("")));
    }
    source.line("}");
    source.line("}");
    source.line(format!("crate::object::union!({name});"));
    let mut seen = BTreeSet::new();
    for (ident, ty) in variants {
        let ty = ty.text("");
        if seen.insert(ty.clone()) {
            source.line(format!("impl ::std::convert::From<{ty}> for {name} {{"));
            source.line(format!("fn from(value: {ty}) -> Self {{"));
            source.line(format!("Self::{ident}(value)"));
            source.line("}");
            source.line("}");
        }
    }
}

/// The properties that an object of this type has in any case.
fn required<'a>(model: &'a Model, ty: &Ty) -> Vec<&'a str> {
    let Ty::Generated(name) = ty else {
        return Vec::new();
    };
    match model.types.get(name).map(|definition| &definition.shape) {
        Some(Shape::Struct(properties)) => properties
            .iter()
            .filter(|property| property.required)
            .map(|property| property.wire.as_str())
            .collect(),
        _ => Vec::new(),
    }
}
