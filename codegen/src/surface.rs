//! What callers see of the generated code, as data: to compare what two
//! documents become.

use std::collections::BTreeMap;

use crate::{
    emit::{list_item, setters},
    facts::{Facts, Operation as OperationFacts},
    progenitor::read::{Answer, Model, Shape, Ty},
};

/// The types and operations that a document becomes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Surface {
    /// By name.
    pub types: BTreeMap<String, Type>,
    /// By the name of the method of `Client`.
    pub operations: BTreeMap<String, Operation>,
}

/// A type of `types`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Type {
    /// What it is.
    pub shape: TypeShape,
    /// Whether it is part of a request, and has a builder.
    pub is_sent: bool,
}

/// What a type is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TypeShape {
    /// A struct: its fields, by name.
    Struct(BTreeMap<String, Field>),
    /// An open enumeration: its variants, by name, with the values they stand
    /// for, and the name of the variant for every other value.
    Enum {
        /// The known values.
        variants: BTreeMap<String, String>,
        /// The variant for every other value.
        other: String,
    },
    /// One of several types: the variants, by name, with their types.
    Union(BTreeMap<String, String>),
    /// Another type under a name.
    Wrapper(String),
}

/// A field of a struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// The property's name.
    pub wire: String,
    /// Its Rust type, as written in `types`.
    pub ty: String,
    /// Whether a value must have it.
    pub required: bool,
}

/// An operation: a method of `Client`, and the builder it returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The HTTP method.
    pub method: String,
    /// The path.
    pub path: String,
    /// The area, which is the feature that the operation is behind.
    pub area: String,
    /// Whether it is asked for as beta.
    pub beta: bool,
    /// Whether it is deprecated.
    pub deprecated: bool,
    /// The Rust type of the answer's body.
    pub answer: String,
    /// The builder's setters, by name.
    pub arguments: BTreeMap<String, Argument>,
    /// The formats of patches it takes.
    pub patches: Vec<String>,
    /// If it answers a list, the type of its items.
    pub item: Option<String>,
}

/// A setter of an operation's builder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// The parameter's name; `body` for a request's body.
    pub wire: String,
    /// `path`, `query`, `header`, `body` or `form`.
    pub location: String,
    /// The Rust type that it takes.
    pub ty: String,
    /// Whether `send()` refuses to be without it.
    pub required: bool,
}

pub(crate) fn of(model: &Model, facts: &Facts) -> Result<Surface, String> {
    let sent = model.sent();
    let types = model
        .types
        .iter()
        .map(|(name, definition)| {
            let ty = Type {
                shape: shape(&definition.shape),
                is_sent: sent.contains(name),
            };
            (name.clone(), ty)
        })
        .collect();
    let operations = facts
        .operations
        .iter()
        .map(|(id, facts)| Ok((id.clone(), operation(model, id, facts)?)))
        .collect::<Result<_, String>>()?;
    Ok(Surface { types, operations })
}

fn shape(shape: &Shape) -> TypeShape {
    match shape {
        Shape::Struct(properties) => TypeShape::Struct(
            properties
                .iter()
                .map(|property| {
                    let field = Field {
                        wire: property.wire.clone(),
                        ty: text(&property.ty),
                        required: property.required,
                    };
                    (property.ident.clone(), field)
                })
                .collect(),
        ),
        Shape::Enum(variants) => TypeShape::Enum {
            variants: variants
                .iter()
                .map(|variant| (variant.ident.clone(), variant.wire.clone()))
                .collect(),
            other: crate::emit::other_variant(variants.iter().map(|v| v.ident.as_str())),
        },
        Shape::Union(variants) => TypeShape::Union(
            variants
                .iter()
                .map(|(ident, ty)| (ident.clone(), text(ty)))
                .collect(),
        ),
        Shape::Wrapper(ty) => TypeShape::Wrapper(text(ty)),
    }
}

fn operation(model: &Model, id: &str, facts: &OperationFacts) -> Result<Operation, String> {
    let signature = crate::emit::signature(model, id)?;
    let mut arguments = BTreeMap::new();
    for setter in setters(model, facts, signature)? {
        let has_form = !facts.form.is_empty();
        let (wire, location) = setter.place();
        if !(has_form && location == "body") {
            let ty = if setter.is_patch() {
                "a patch".to_owned()
            } else {
                text(setter.ty)
            };
            let argument = Argument {
                wire: wire.to_owned(),
                location: location.to_owned(),
                ty,
                required: setter.required,
            };
            arguments.insert(setter.ident, argument);
        }
    }
    for field in &facts.form {
        let ty = if field.is_file { "a file" } else { "a text" };
        let argument = Argument {
            wire: field.name.clone(),
            location: "form".to_owned(),
            ty: ty.to_owned(),
            required: field.required,
        };
        arguments.insert(field.ident.clone(), argument);
    }
    Ok(Operation {
        method: facts.method.clone(),
        path: facts.path.clone(),
        area: facts.area.clone(),
        beta: facts.beta,
        deprecated: facts.deprecated,
        answer: match &signature.answer {
            Answer::Nothing => "()".to_owned(),
            Answer::Stream => "ByteStream".to_owned(),
            Answer::Json(ty) => text(ty),
        },
        arguments,
        patches: facts
            .patches
            .iter()
            .map(|format| format.variant().to_owned())
            .collect(),
        item: facts
            .paging
            .and_then(|_| list_item(model, signature))
            .map(text),
    })
}

/// A type as a reader would write it.
fn text(ty: &Ty) -> String {
    [
        "::std::option::",
        "::std::vec::",
        "::std::string::",
        "::std::collections::",
        "::std::boxed::",
        "::serde_json::",
        "crate::",
    ]
    .iter()
    .fold(ty.text(""), |text, path| text.replace(path, ""))
}
