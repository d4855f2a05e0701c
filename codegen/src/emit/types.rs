//! `mod types`: the schemas as Rust types.
//!
//! A type is its definition and a list of its properties; how an object is
//! read and written is the wrapper's (`src/codec/`), so that a type costs
//! the compiler little, and everything that LaunchDarkly may leave out, add or
//! get wrong is dealt with in one place.

use std::collections::BTreeSet;

use super::{
    prose::Prose,
    source::{INLINE, Source, literal},
};
use crate::api::{Alternative, Api, Field, Shape, Type, TypeDefinition, Variant};

/// The documentation of the module of the types.
pub(super) fn module_docs(source: &mut Source) {
    source.docs("The types of requests and responses: the schemas of the OpenAPI document.");
}

/// The types with these names. The module around them imports `codec`, and not
/// what is in it: a schema may be called like that.
pub(super) fn write<'a>(source: &mut Source, api: &Api, names: impl IntoIterator<Item = &'a str>) {
    for name in names {
        source.line("");
        write_type(source, api, name, &api.types[name]);
    }
}

fn write_type(source: &mut Source, api: &Api, name: &str, definition: &TypeDefinition) {
    let prose = Prose::of_type(api, name);
    if !matches!(definition.shape, Shape::Enum { .. }) {
        source.docs(&prose.rust(or(
            &definition.docs,
            "LaunchDarkly's document does not describe this type.",
        )));
    }
    match &definition.shape {
        Shape::Struct(fields) => {
            let extra = definition.extra();
            write_struct(source, name, fields, extra.as_deref(), &prose);
        }
        Shape::Enum { variants, unknown } => {
            let docs = or(
                &definition.docs,
                "Known values, and whatever else LaunchDarkly sends.",
            );
            write_enum(source, name, docs, variants, unknown);
        }
        Shape::Union {
            alternatives,
            unknown,
        } => write_union(source, api, name, alternatives, unknown),
        Shape::Wrapper(ty) => {
            source.line("#[derive(Clone, Debug, PartialEq)]");
            source.line(format!("pub struct {name}(pub {});", ty.text("")));
            source.line(format!("crate::codec::wrapper!({name});"));
        }
    }
}

/// The documentation, or another text if there is none.
fn or<'a>(docs: &'a str, text: &'a str) -> &'a str {
    if docs.is_empty() { text } else { docs }
}

/// The documentation of a field and its setter.
pub(super) fn field_docs(field: &Field, prose: &Prose<'_>) -> String {
    if field.docs.is_empty() {
        let text = "LaunchDarkly's document does not describe it.";
        format!("The property `{}`. {text}", field.wire)
    } else {
        prose.rust(&field.docs)
    }
}

/// Writes an object, which keeps unknown properties in the field `extra`.
pub(super) fn write_struct(
    source: &mut Source,
    name: &str,
    fields: &[Field],
    extra: Option<&str>,
    prose: &Prose<'_>,
) {
    let derives_debug = extra.is_none()
        && !fields
            .iter()
            .any(|field| field.secret || field.ty.is_untyped());
    let debug = if derives_debug { ", Debug" } else { "" };
    source.line(format!("#[derive(Clone{debug}, PartialEq)]"));
    source.line("#[non_exhaustive]");
    source.line(format!("pub struct {name} {{"));
    for field in fields {
        source.docs(&field_docs(field, prose));
        source.line(format!("pub {}: {},", field.name, field.ty.text("")));
    }
    if let Some(extra) = extra {
        source.line(format!("pub(crate) {extra}: codec::Extra,"));
    }
    source.line("}");

    if let Some(extra) = extra {
        source.line(format!("impl {name} {{"));
        source.docs("Returns the properties that are unknown to this version of the crate.");
        source.line(INLINE);
        source.line(
            "pub fn extra(&self) -> &::serde_json::Map<::std::string::String, ::serde_json::Value> {",
        );
        source.line(format!("self.{extra}.map()"));
        source.line("}");
        source.line("}");
    }

    source.line(format!("impl codec::Value for {name} {{"));
    let required = fields.iter().filter(|field| field.required);
    let required: Vec<String> = required.map(|field| literal(&field.wire)).collect();
    if !required.is_empty() {
        source.line(format!(
            "const REQUIRED: &'static [&'static str] = &[{}];",
            required.join(", ")
        ));
    }
    source.line(INLINE);
    source.line("fn error_corrected_default() -> Self {");
    source.line("Self {");
    for field in fields {
        // The constant costs the compiler less than a call, which could panic.
        let value = match &field.ty {
            Type::Option(_) => "::std::option::Option::None",
            _ => "codec::Value::error_corrected_default()",
        };
        source.line(format!("{}: {value},", field.name));
    }
    if let Some(extra) = extra {
        source.line(format!("{extra}: codec::Extra::NONE,"));
    }
    source.line("}");
    source.line("}");
    source.line("fn read_property<R: codec::ReadProperty>(&mut self, name: &str, value: &mut R) {");
    source.line("match name {");
    for field in fields {
        let wire = literal(&field.wire);
        source.line(format!(
            "{wire} => value.read_into(&mut self.{}),",
            field.name
        ));
    }
    source.line(match extra {
        Some(extra) => format!("_ => value.keep(name, &mut self.{extra}),"),
        None => "_ => value.ignore(),".to_owned(),
    });
    source.line("}");
    source.line("}");
    source.line("fn write_properties<W: codec::WriteProperties>(&self, to: &mut W) {");
    for field in fields {
        let wire = literal(&field.wire);
        let method = if field.required {
            "required"
        } else {
            "optional"
        };
        source.line(format!("to.{method}({wire}, &self.{});", field.name));
    }
    if let Some(extra) = extra {
        source.line(format!("to.extra(&self.{extra});"));
    }
    source.line("}");
    source.line("}");
    source.line(format!("crate::codec::object!({name});"));
    if is_clause(fields) {
        source.line(format!("crate::targeting::clause_methods!({name});"));
    }

    if fields.iter().all(|field| !field.required) {
        source.line(format!("impl ::std::default::Default for {name} {{"));
        source.line(INLINE);
        source.line("fn default() -> Self {");
        source.line("codec::Value::error_corrected_default()");
        source.line("}");
        source.line("}");
    }

    if !derives_debug {
        source.docs(
            "Shows no secrets. Of JSON without a schema it shows the structure, of unknown properties \
             the names.",
        );
        source.line(format!("impl ::std::fmt::Debug for {name} {{"));
        source.line(INLINE);
        source.line("fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {");
        // Two arrays, as `derive(Debug)` has them: pairs cost the compiler more.
        let names: Vec<String> = fields.iter().map(|field| literal(&field.name)).collect();
        source.line(format!(
            "crate::redact::debug(f, {}, &[{}], &[",
            literal(name),
            names.join(", ")
        ));
        for field in fields {
            let name = &field.name;
            let shown = if field.secret {
                format!("&crate::redact::presence(&self.{name})")
            } else if field.ty.is_untyped() {
                format!("&crate::redact::shape(&self.{name})")
            } else {
                format!("&self.{name}")
            };
            source.line(format!("    {shown},"));
        }
        source.line(match extra {
            Some(extra) => format!("], &self.{extra})"),
            None => "], &codec::Extra::NONE)".to_owned(),
        });
        source.line("}");
        source.line("}");
    }
}

/// Whether an object is a clause of a targeting rule.
fn is_clause(fields: &[Field]) -> bool {
    let has = |name: &str, ty: &str| {
        fields
            .iter()
            .any(|field| field.name == name && field.ty.text("") == ty)
    };
    has("attribute", "::std::string::String")
        && has(
            "context_kind",
            "::std::option::Option<::std::string::String>",
        )
        && has("negate", "bool")
        && has("op", "::std::string::String")
        && has("values", "::std::vec::Vec<::serde_json::Value>")
}

pub(super) fn write_enum(
    source: &mut Source,
    name: &str,
    docs: &str,
    variants: &[Variant],
    unknown: &str,
) {
    source.line("crate::codec::open_enum! {");
    source.docs(docs);
    source.line(format!("pub enum {name} or {unknown} {{"));
    for Variant { name, wire } in variants {
        source.line(format!("{name} = {},", literal(wire)));
    }
    source.line("}");
    source.line("}");
}

fn write_union(
    source: &mut Source,
    api: &Api,
    name: &str,
    alternatives: &[Alternative],
    unknown: &str,
) {
    source.line("#[derive(Clone, PartialEq)]");
    source.line("#[non_exhaustive]");
    source.line(format!("pub enum {name} {{"));
    for Alternative { name, ty } in alternatives {
        source.docs(&format!("A value of the type `{ty}`."));
        source.line(format!("{name}({}),", ty.text("")));
    }
    source.docs("A value of none of these types, unchanged.");
    source.line(format!("{unknown}(::serde_json::Value),"));
    source.line("}");

    source.docs("Shows only the structure of JSON without a schema.");
    source.line(format!("impl ::std::fmt::Debug for {name} {{"));
    source.line(INLINE);
    source.line("fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {");
    source.line("match self {");
    let known = alternatives.iter();
    let known = known.map(|one| (one.name.as_str(), one.ty.is_untyped()));
    for (name, is_untyped) in known.chain([(unknown, true)]) {
        let shown = if is_untyped {
            "&crate::redact::shape(value)"
        } else {
            "value"
        };
        source.line(format!(
            "Self::{name}(value) => f.debug_tuple({}).field({shown}).finish(),",
            literal(name)
        ));
    }
    source.line("}");
    source.line("}");
    source.line("}");

    source.line(format!("impl crate::codec::Union for {name} {{"));
    source.line(INLINE);
    source.line("fn choose(value: ::serde_json::Value) -> Self {");
    for Alternative { name, ty } in alternatives {
        let required: Vec<String> = required(api, ty).iter().map(|wire| literal(wire)).collect();
        let tags: String = tags(api, alternatives, ty)
            .iter()
            .map(|(wire, value)| format!("value[{}] == {} && ", literal(wire), literal(value)))
            .collect();
        // A value that the type does not know may be known to the next one.
        let known = match unknown_of(api, ty) {
            Some((ty, unknown)) => format!(" && !matches!(value, {ty}::{unknown}(_))"),
            None => String::new(),
        };
        source.line(format!(
            "if {tags}let Some(value) = codec::alternative(&value, &[{}]){known} {{",
            required.join(", ")
        ));
        source.line(format!("return Self::{name}(value);"));
        source.line("}");
    }
    source.line(format!("Self::{unknown}(codec::no_alternative(value))"));
    source.line("}");
    source.line("fn write<S: ::serde::Serializer>(&self, to: S) -> ::std::result::Result<S::Ok, S::Error> {");
    source.line("match self {");
    let names = alternatives.iter().map(|one| one.name.as_str());
    for name in names.chain([unknown]) {
        source.line(format!(
            "Self::{name}(value) => ::serde::Serialize::serialize(value, to),"
        ));
    }
    source.line("}");
    source.line("}");
    source.line("fn alternatives<A: codec::Alternatives<Self>>(to: &mut A) {");
    for Alternative { name, ty } in alternatives {
        source.line(format!("to.add::<{}>(Self::{name});", ty.text("")));
    }
    source.line("}");
    source.line("}");
    source.line(format!("crate::codec::union!({name});"));
    let mut seen = BTreeSet::new();
    for alternative in alternatives {
        let ty = alternative.ty.text("");
        if seen.insert(ty.clone()) {
            source.line(format!("impl ::std::convert::From<{ty}> for {name} {{"));
            source.line(INLINE);
            source.line(format!("fn from(value: {ty}) -> Self {{"));
            source.line(format!("Self::{}(value)", alternative.name));
            source.line("}");
            source.line("}");
        }
    }
}

/// The properties by whose values an object of this type differs from the other
/// alternatives, and the value of each: it has one known value in this type, and
/// another one in another alternative.
fn tags<'a>(api: &'a Api, alternatives: &[Alternative], ty: &Type) -> Vec<(&'a str, &'a str)> {
    let mut tags = constants(api, ty);
    tags.retain(|(wire, value)| {
        alternatives.iter().any(|other| {
            constants(api, &other.ty)
                .iter()
                .any(|(other_wire, other)| other_wire == wire && other != value)
        })
    });
    tags
}

/// The type and the variant that holds unknown values, if a type has one.
fn unknown_of<'a>(api: &'a Api, ty: &'a Type) -> Option<(&'a str, &'a str)> {
    let Type::Generated(name) = ty else {
        return None;
    };
    match &api.types.get(name)?.shape {
        Shape::Enum { unknown, .. } | Shape::Union { unknown, .. } => Some((name, unknown)),
        Shape::Struct(_) | Shape::Wrapper(_) => None,
    }
}

/// The required properties of a type that have one known value, and the value.
fn constants<'a>(api: &'a Api, ty: &Type) -> Vec<(&'a str, &'a str)> {
    let Type::Generated(name) = ty else {
        return Vec::new();
    };
    let fields = api.types.get(name).map(TypeDefinition::fields);
    fields
        .into_iter()
        .flatten()
        .filter(|field| field.required)
        .filter_map(|field| {
            let definition = api.types.get(field.ty.generated()?)?;
            match &definition.shape {
                Shape::Enum { variants, .. } => match variants.as_slice() {
                    [only] => Some((field.wire.as_str(), only.wire.as_str())),
                    _ => None,
                },
                _ => None,
            }
        })
        .collect()
}

/// The properties that an object of this type always has.
fn required<'a>(api: &'a Api, ty: &Type) -> Vec<&'a str> {
    let Type::Generated(name) = ty else {
        return Vec::new();
    };
    let fields = api.types.get(name).map(TypeDefinition::fields);
    fields
        .into_iter()
        .flatten()
        .filter(|field| field.required)
        .map(|field| field.wire.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Document, Settings, generate};

    #[test]
    fn types_of_responses_keep_unknown_properties_and_types_of_requests_alone_do_not() {
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let content = |name: &str| json!({"application/json": {"schema": to(name)}});
        let object =
            |name: &str, ty: serde_json::Value| json!({"type": "object", "properties": {name: ty}});
        let root = json!({
            "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
            "servers": [
                {"url": "https://app.launchdarkly.com"},
                {"url": "https://app.launchdarkly.us"},
            ],
            "paths": {"/p": {"post": {
                "operationId": "postP", "tags": ["t"],
                "requestBody": {"content": content("Sent")},
                "responses": {"200": {"description": "", "content": content("Received")}}
            }}},
            "components": {"schemas": {
                "Sent": object("both", to("Both")),
                "Received": object("all", json!({"type": "array", "items": to("Both")})),
                "Both": object("extra", json!({"type": "string"})),
            }}
        });
        let document = Document::parse("d.json", &root.to_string()).unwrap();
        let code = generate(&document, &Settings::default()).unwrap();
        let (types, builders) = code
            .split_once("pub mod builder {\n    ")
            .unwrap_or(("", ""));
        assert!(!types.is_empty() && !builders.is_empty(), "{code}");
        let has = |text: &str| code.contains(text);
        assert!(has("impl Received {\n"), "{code}");
        assert!(has("self.extra.map()"));
        // A property has the name of the field.
        assert!(has("self.extra_.map()"));
        assert!(has(
            "to.optional(\"extra\", &self.extra);\n            to.extra(&self.extra_);"
        ));
        assert_eq!(code.matches("pub fn extra(&self)").count(), 2);
        assert_eq!(code.matches("_ => value.ignore(),").count(), 1);
        // A builder keeps those of a value that was read.
        assert_eq!(code.matches("extra_: value.extra_,").count(), 1);
    }
}
