//! Operations and their parameters, as callers see them.

use std::collections::{BTreeMap, BTreeSet};

use launchdarkly_api_codegen::api::{Api, Body, Operation, Response};

use super::change::{Change, Effect, Kind, Subject};
use Effect::{Additive, Breaking, Invisible};
use Kind::{Added, Changed, Removed};

/// The new area of each renamed one, by name.
type Renamed = BTreeMap<String, String>;

/// The areas that have come and gone, each a feature of the crate.
pub(super) fn areas(old: &Api, new: &Api, renamed: &Renamed) -> Vec<Change> {
    let of = |api: &Api| -> BTreeSet<String> {
        api.operations.values().map(|o| o.area.clone()).collect()
    };
    let (before, after) = (of(old), of(new));
    let gone = before.difference(&after).map(|area| {
        match renamed.get(area).filter(|new| after.contains(*new)) {
            Some(new) => Change::new(
                Invisible,
                Changed,
                Subject::Area,
                area,
                format!("its operations are in `{new}`, which the feature `{area}` still enables"),
            ),
            None => Change::new(
                Breaking,
                Removed,
                Subject::Area,
                area,
                format!("the feature `{area}` is gone"),
            ),
        }
    });
    let come = after.difference(&before).map(|area| {
        let reason = format!("the feature `{area}` is new");
        Change::new(Additive, Added, Subject::Area, area, reason)
    });
    gone.chain(come).collect()
}

pub(super) fn changes(old: &Api, new: &Api, renamed: &Renamed) -> Vec<Change> {
    let (before, after) = (&old.operations, &new.operations);
    let mut changes = Vec::new();
    for (id, operation) in before {
        match after.get(id) {
            Some(now) => {
                change(id, operation, now, renamed, &mut changes);
            }
            None => changes.push(Change::new(
                Breaking,
                Removed,
                Subject::Operation,
                id,
                "the method is gone",
            )),
        }
    }
    for (id, operation) in after.iter().filter(|(id, _)| !before.contains_key(*id)) {
        let reason = format!("{} {}", operation.method, operation.path);
        changes.push(Change::new(Additive, Added, Subject::Operation, id, reason));
    }
    changes
}

fn change(
    id: &str,
    before: &Operation,
    after: &Operation,
    renamed: &Renamed,
    changes: &mut Vec<Change>,
) {
    let mut push = |effect, reason: String| {
        changes.push(Change::new(effect, Changed, Subject::Operation, id, reason));
    };
    if before.area != after.area {
        if renamed.get(&before.area) == Some(&after.area) {
            push(
                Invisible,
                format!(
                    "it is in `{}`, which the feature `{}` still enables",
                    after.area, before.area
                ),
            );
        } else {
            push(
                Breaking,
                format!(
                    "it needs the feature `{}`, and no longer `{}`",
                    after.area, before.area
                ),
            );
        }
    }
    if before.response != after.response {
        push(
            Breaking,
            format!(
                "it returns `{}`, and no longer `{}`",
                response(after),
                response(before)
            ),
        );
    }
    let (old, new) = (before.patch_formats(), after.patch_formats());
    for format in old.iter().filter(|format| !new.contains(format)) {
        let format = format.variant();
        push(
            Breaking,
            format!("it no longer takes the patch format {format}"),
        );
    }
    for format in new.iter().filter(|format| !old.contains(format)) {
        let format = format.variant();
        push(Additive, format!("it takes the patch format {format}"));
    }
    let item = |operation: &Operation| operation.list.as_ref().map(|list| list.item.to_string());
    match (item(before), item(after)) {
        (None, Some(_)) => push(Additive, "it has `pages()` and `items()`".into()),
        (Some(_), None) => push(Breaking, "`pages()` and `items()` are gone".into()),
        (Some(old), Some(new)) if old != new => {
            push(
                Breaking,
                format!("its items are `{new}`, and no longer `{old}`"),
            );
        }
        _ => {}
    }
    if (&before.method, &before.path) != (&after.method, &after.path) {
        push(
            Invisible,
            format!(
                "it asks for {} {}, and no longer {} {}",
                after.method, after.path, before.method, before.path
            ),
        );
    }
    if before.beta != after.beta {
        let now = if after.beta { "beta" } else { "stable" };
        push(Invisible, format!("it is {now}"));
    }
    if before.deprecated != after.deprecated {
        let now = if after.deprecated {
            "deprecated, which warns callers"
        } else {
            "no longer deprecated"
        };
        push(Additive, format!("it is {now}"));
    }
    compare_arguments(id, &arguments(before), &arguments(after), changes);
}

/// The Rust type of the response's body.
fn response(operation: &Operation) -> String {
    match &operation.response {
        Response::Empty => "()".to_owned(),
        Response::Bytes => "ByteStream".to_owned(),
        Response::Json(ty) => ty.to_string(),
        other => format!("{other:?}"),
    }
}

/// A setter of an operation's builder.
#[derive(PartialEq)]
struct Argument<'a> {
    /// The name of what it sets.
    wire: &'a str,
    /// Where it is sent.
    location: &'static str,
    ty: String,
    required: bool,
}

/// The setters of an operation's builder, by name.
fn arguments(operation: &Operation) -> BTreeMap<&str, Argument<'_>> {
    let mut arguments = BTreeMap::new();
    for parameter in &operation.parameters {
        let argument = Argument {
            wire: &parameter.wire,
            location: parameter.location.name(),
            ty: parameter.ty.to_string(),
            required: parameter.required,
        };
        arguments.insert(parameter.setter.as_str(), argument);
    }
    let body = |ty: String, required: bool| Argument {
        wire: "body",
        location: "body",
        ty,
        required,
    };
    match &operation.body {
        Some(Body::Json {
            setter,
            ty,
            required,
            ..
        }) => {
            arguments.insert(setter, body(ty.to_string(), *required));
        }
        Some(Body::Patch { setter, .. }) => {
            arguments.insert(setter, body("a patch".to_owned(), true));
        }
        _ => {}
    }
    for field in operation.form() {
        let ty = if field.is_file { "a file" } else { "a text" };
        let argument = Argument {
            wire: &field.wire,
            location: "form",
            ty: ty.to_owned(),
            required: field.required,
        };
        arguments.insert(&field.setter, argument);
    }
    arguments
}

fn compare_arguments(
    id: &str,
    before: &BTreeMap<&str, Argument<'_>>,
    after: &BTreeMap<&str, Argument<'_>>,
    changes: &mut Vec<Change>,
) {
    let refused = "`send()` refuses to be without it, in callers that compile";
    for (ident, argument) in before {
        let place = format!("{id}.{ident}");
        let subject = Subject::Parameter;
        let Some(now) = after.get(ident) else {
            changes.push(Change::new(
                Breaking,
                Removed,
                subject,
                place,
                "the setter is gone",
            ));
            continue;
        };
        if argument.ty != now.ty {
            let reason = format!("it takes `{}`, and no longer `{}`", now.ty, argument.ty);
            changes.push(Change::new(Breaking, Changed, subject, &place, reason));
        }
        if now.required && !argument.required {
            let reason = format!("it is now required: {refused}");
            changes.push(Change::breaking_at_run_time(
                Changed, subject, &place, reason,
            ));
        }
        if argument.required && !now.required {
            let reason = "it may be left out";
            changes.push(Change::new(Additive, Changed, subject, &place, reason));
        }
        if (&argument.wire, &argument.location) != (&now.wire, &now.location) {
            let reason = format!("it is sent as {} `{}`", now.location, now.wire);
            changes.push(Change::new(Invisible, Changed, subject, &place, reason));
        }
    }
    for (ident, argument) in after
        .iter()
        .filter(|(ident, _)| !before.contains_key(*ident))
    {
        let place = format!("{id}.{ident}");
        changes.push(if argument.required {
            let reason = format!("it is required: {refused}");
            Change::breaking_at_run_time(Added, Subject::Parameter, place, reason)
        } else {
            Change::new(Additive, Added, Subject::Parameter, place, "a setter more")
        });
    }
}
