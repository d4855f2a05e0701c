//! The outline: the names in what is written, as data.

use super::{
    Unexpected, mocks,
    model::{self, Model, Shape, Ty},
    operation_builders::{self, Role},
    unexpected,
};
use crate::{
    facts::{self, Facts, PatchFormat},
    outline::{
        Answer, FormSetter, Kind, Location, Operation, Outline, Property, Setter, Type, TypeOutline,
    },
};

pub(super) fn read(model: &Model, facts: &Facts) -> Result<Outline, Unexpected> {
    let sent = model.sent();
    let operations = facts
        .operations
        .iter()
        .map(|(id, facts)| Ok((id.clone(), operation(model, id, facts)?)))
        .collect::<Result<_, Unexpected>>()?;
    let types = model
        .types
        .iter()
        .map(|(name, definition)| {
            let outline = TypeOutline {
                kind: kind(&definition.shape),
                is_sent: sent.contains(name),
                schemas: Vec::new(),
            };
            (name.clone(), outline)
        })
        .collect();
    Ok(Outline { operations, types })
}

fn operation(model: &Model, id: &str, facts: &facts::Operation) -> Result<Operation, Unexpected> {
    let signature = operation_builders::signature(model, id)?;
    let setters = operation_builders::setters(model, facts, signature)
        .map_err(|reason| unexpected(format!("the operation `{id}` {reason}")))?;
    let has_form = !facts.form.is_empty();
    Ok(Operation {
        method: facts.method.clone(),
        path: facts.path.clone(),
        setters: setters
            .into_iter()
            .filter(|setter| !(has_form && matches!(setter.role, Role::Body)))
            .map(|setter| {
                let (wire, location) = match setter.role {
                    Role::Parameter(parameter) => (
                        parameter.name.clone(),
                        Location::Parameter(parameter.location.clone()),
                    ),
                    Role::Body => ("body".to_owned(), Location::Body),
                    Role::Patch(formats) => (
                        "body".to_owned(),
                        Location::Patch(formats.iter().map(PatchFormat::variant).collect()),
                    ),
                };
                Setter {
                    name: setter.ident,
                    wire,
                    location,
                    ty: ty(setter.ty),
                    required: setter.required,
                }
            })
            .collect(),
        form: facts
            .form
            .iter()
            .map(|field| FormSetter {
                name: field.ident.clone(),
                wire: field.name.clone(),
                is_file: field.is_file,
                required: field.required,
            })
            .collect(),
        answer: match &signature.answer {
            model::Answer::Nothing => Answer::Nothing,
            model::Answer::Stream => Answer::Stream,
            model::Answer::Json(answer) => Answer::Json(ty(answer)),
        },
        successes: facts
            .successes
            .iter()
            .map(|&(status, has_body)| (status, mocks::method(status), has_body))
            .collect(),
        may_answer_nothing: facts.may_answer_nothing,
        deprecated: facts.deprecated,
    })
}

fn kind(shape: &Shape) -> Kind {
    match shape {
        Shape::Struct(properties) => Kind::Struct(
            properties
                .iter()
                .map(|property| Property {
                    name: property.ident.clone(),
                    wire: property.wire.clone(),
                    ty: ty(&property.ty),
                    required: property.required,
                })
                .collect(),
        ),
        Shape::Enum(variants) => Kind::Enum(variants.iter().map(|v| v.wire.clone()).collect()),
        Shape::Union(variants) => {
            Kind::Union(variants.iter().map(|(_, inner)| ty(inner)).collect())
        }
        Shape::Wrapper(inner) => Kind::Wrapper(ty(inner)),
    }
}

fn ty(from: &Ty) -> Type {
    let inside = |inner: &Ty| Box::new(ty(inner));
    match from {
        Ty::Generated(name) => Type::Generated(name.clone()),
        Ty::Foreign(text) => Type::Foreign(text.clone()),
        Ty::Option(inner) => Type::Option(inside(inner)),
        Ty::Vec(inner) => Type::Vec(inside(inner)),
        Ty::Map(inner) => Type::Map(inside(inner)),
        Ty::Box(inner) => Type::Box(inside(inner)),
    }
}
