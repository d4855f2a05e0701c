//! Schemas, their properties and their values, as the types callers see.
//!
//! Structs and enumerations are `#[non_exhaustive]`: callers read fields, match
//! some variants, and make values by builders.

use std::collections::BTreeMap;

use launchdarkly_api_codegen::api::{Alternative, Api, Field, Shape, TypeDefinition, Variant};

use super::change::{Change, Effect, Kind, Subject};

use Effect::{Additive, Breaking, Invisible};
use Kind::{Added, Changed, Removed};

pub(super) fn changes(old: &Api, new: &Api) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, before) in &old.types {
        match new.types.get(name) {
            Some(after) => change(name, before, after, &mut changes),
            None => changes.push(Change::new(
                Breaking,
                Removed,
                Subject::Schema,
                name,
                "the type is gone",
            )),
        }
    }
    for name in new
        .types
        .keys()
        .filter(|name| !old.types.contains_key(*name))
    {
        changes.push(Change::new(
            Additive,
            Added,
            Subject::Schema,
            name,
            "a type more",
        ));
    }
    changes
}

fn change(name: &str, before: &TypeDefinition, after: &TypeDefinition, changes: &mut Vec<Change>) {
    let mut push = |effect, reason: &str| {
        changes.push(Change::new(effect, Changed, Subject::Schema, name, reason));
    };
    let is_struct = |ty: &TypeDefinition| matches!(ty.shape, Shape::Struct(_));
    if is_struct(before) && is_struct(after) && before.in_request != after.in_request {
        if after.in_request {
            push(Additive, "it is sent too, and has a builder");
        } else {
            push(Breaking, "it is no longer sent: its builder is gone");
        }
    }
    match (&before.shape, &after.shape) {
        (Shape::Struct(old), Shape::Struct(new)) => {
            let has_default = |fields: &[Field]| fields.iter().all(|field| !field.required);
            match (has_default(old), has_default(new)) {
                (true, false) => push(
                    Breaking,
                    "it is no longer `Default`: a property is required",
                ),
                (false, true) => push(Additive, "it is `Default`: no property is required"),
                _ => {}
            }
            let is_sent = before.in_request && after.in_request;
            fields(name, &by_name(old), &by_name(new), is_sent, changes);
        }
        (
            Shape::Enum {
                variants: old,
                unknown: other,
            },
            Shape::Enum {
                variants: new,
                unknown: other_now,
            },
        ) => {
            if other != other_now {
                push(
                    Breaking,
                    &format!(
                        "values that are not known are `{other_now}`, and no longer `{other}`"
                    ),
                );
            }
            let values_of = |variants: &[Variant]| {
                let variants = variants.iter();
                variants.map(|v| (v.name.clone(), v.wire.clone())).collect()
            };
            values(name, &values_of(old), &values_of(new), other_now, changes);
        }
        (
            Shape::Union {
                alternatives: old, ..
            },
            Shape::Union {
                alternatives: new, ..
            },
        ) => {
            let types_of = |alternatives: &[Alternative]| {
                let alternatives = alternatives.iter();
                alternatives
                    .map(|one| (one.name.clone(), one.ty.to_string()))
                    .collect()
            };
            variants(name, &types_of(old), &types_of(new), changes);
        }
        (Shape::Wrapper(old), Shape::Wrapper(new)) if old == new => {}
        (Shape::Wrapper(old), Shape::Wrapper(new)) => {
            push(
                Breaking,
                &format!("it holds `{new}`, and no longer `{old}`"),
            );
        }
        (old, new) => push(
            Breaking,
            &format!("it is {}, and no longer {}", told(new), told(old)),
        ),
    }
}

fn told(shape: &Shape) -> &'static str {
    match shape {
        Shape::Struct(_) => "a struct",
        Shape::Enum { .. } => "an enumeration",
        Shape::Union { .. } => "one of several types",
        Shape::Wrapper(_) => "a wrapper",
        _ => "something else",
    }
}

fn by_name(fields: &[Field]) -> BTreeMap<&str, &Field> {
    fields
        .iter()
        .map(|field| (field.name.as_str(), field))
        .collect()
}

fn fields(
    name: &str,
    before: &BTreeMap<&str, &Field>,
    after: &BTreeMap<&str, &Field>,
    is_sent: bool,
    changes: &mut Vec<Change>,
) {
    let subject = Subject::Property;
    // A value that may be null need not be set.
    let is_refused = |field: &Field| is_sent && field.required && !field.ty.is_option();
    for (ident, field) in before {
        let place = format!("{name}.{ident}");
        let Some(now) = after.get(ident) else {
            changes.push(Change::new(
                Breaking,
                Removed,
                subject,
                place,
                "the field is gone",
            ));
            continue;
        };
        if !field.secret && now.secret {
            let reason = "`Debug` redacts it";
            changes.push(Change::new(Invisible, Changed, subject, &place, reason));
        } else if field.secret && !now.secret {
            let reason = format!(
                "security: `Debug` shows it and redacted it before; if it is a secret, add \
                 `{name}.{}` to `secret` in openapi/properties.yaml",
                now.wire
            );
            changes.push(Change::breaking_at_run_time(
                Changed, subject, &place, reason,
            ));
        }
        if field.ty != now.ty {
            let refused = match is_refused(now) && !is_refused(field) {
                true => "; the builder refuses to be without it",
                false => "",
            };
            let reason = format!("it is `{}`, and no longer `{}`{refused}", now.ty, field.ty);
            changes.push(Change::new(Breaking, Changed, subject, &place, reason));
        } else if is_refused(now) && !is_refused(field) {
            let reason = "it is now required: the builder refuses to be without it";
            changes.push(Change::breaking_at_run_time(
                Changed, subject, &place, reason,
            ));
        } else if field.required != now.required {
            let now = if now.required {
                "is always sent"
            } else {
                "may be missing"
            };
            changes.push(Change::new(
                Invisible,
                Changed,
                subject,
                &place,
                format!("it {now}, and its type is the same"),
            ));
        }
        if field.wire != now.wire {
            let reason = format!("it is sent as `{}`", now.wire);
            changes.push(Change::new(Invisible, Changed, subject, &place, reason));
        }
    }
    for (ident, field) in after
        .iter()
        .filter(|(ident, _)| !before.contains_key(*ident))
    {
        let place = format!("{name}.{ident}");
        changes.push(if is_refused(field) {
            let reason =
                "it is required: the builder refuses to be without it, in callers that compile";
            Change::breaking_at_run_time(Added, subject, place, reason)
        } else {
            Change::new(
                Additive,
                Added,
                subject,
                place,
                format!("a field more: `{}`", field.ty),
            )
        });
    }
}

fn values(
    name: &str,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    other: &str,
    changes: &mut Vec<Change>,
) {
    let differs = |place, wire: &str, now: &str| {
        let reason = format!("it stands for {now:?}, and no longer {wire:?}");
        Change::breaking_at_run_time(Changed, Subject::Value, place, reason)
    };
    let more =
        |wire: &str| format!("a variant more; what matches `{other}({wire:?})` no longer does");
    members(name, before, after, differs, more, changes);
}

fn variants(
    name: &str,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    changes: &mut Vec<Change>,
) {
    let differs = |place, ty: &str, now: &str| {
        let reason = format!("it holds `{now}`, and no longer `{ty}`");
        Change::new(Breaking, Changed, Subject::Value, place, reason)
    };
    let more = |_: &str| "a variant more; what is one no longer is what it was taken for".into();
    members(name, before, after, differs, more, changes);
}

/// The variants that are gone, are another thing, or are new.
fn members(
    name: &str,
    before: &BTreeMap<String, String>,
    after: &BTreeMap<String, String>,
    differs: impl Fn(String, &str, &str) -> Change,
    more: impl Fn(&str) -> String,
    changes: &mut Vec<Change>,
) {
    let subject = Subject::Value;
    for (ident, what) in before {
        let place = format!("{name}::{ident}");
        match after.get(ident) {
            None => {
                let reason = "the variant is gone";
                changes.push(Change::new(Breaking, Removed, subject, place, reason));
            }
            Some(now) if now != what => changes.push(differs(place, what, now)),
            Some(_) => {}
        }
    }
    for (ident, what) in after
        .iter()
        .filter(|(ident, _)| !before.contains_key(*ident))
    {
        let place = format!("{name}::{ident}");
        changes.push(Change::new(Additive, Added, subject, place, more(what)));
    }
}
