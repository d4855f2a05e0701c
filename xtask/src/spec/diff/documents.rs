//! Differences of the documents that Rust does not show: described errors, limits
//! of values, prose.

use std::collections::{BTreeMap, BTreeSet};

use heck::{ToSnakeCase, ToUpperCamelCase};
use serde_json::Value;

use super::{
    Side,
    change::{Change, Effect, Kind, Subject},
};
use crate::spec::{canonical::object, keep_descriptions::operations, semantic_equality::Reader};

/// The changes of operations and schemas that `known` has no change of.
/// `old` is the old facts and the old document, with the new names of what is
/// renamed.
pub(super) fn changes(old: (&Value, &Value), new: &Side, known: &[Change]) -> Vec<Change> {
    // Names in Rust and in the document differ in how they divide words.
    let letters = |name: &str| name.replace('_', "").to_lowercase();
    let known: BTreeSet<String> = known
        .iter()
        .map(|change| letters(change.place.split(['.', ':']).next().unwrap_or_default()))
        .collect();
    let mut changes = Vec::new();
    let mut reworded = 0;
    let parts = [
        (
            Subject::Operation,
            by_id as fn(&Value) -> BTreeMap<String, &Value>,
        ),
        (Subject::Schema, by_name),
    ];
    for (subject, parts) in parts {
        let (before, after) = (parts(old.0), parts(&new.facts));
        let (words_before, words_after) = (parts(old.1), parts(&new.document));
        for (name, now) in &after {
            let Some(was) = before.get(name) else {
                continue;
            };
            if was == now {
                reworded += usize::from(words_before.get(name) != words_after.get(name));
            } else if !known.contains(&letters(name))
                && meaning(old.0, &new.facts, was) != meaning(&new.facts, old.0, now)
            {
                let keys = differing(was, now).join("`, `");
                let reason = format!("`{keys}` of it in the document, not its Rust interface");
                changes.push(Change::new(
                    Effect::Invisible,
                    Kind::Changed,
                    subject,
                    name,
                    reason,
                ));
            }
        }
    }
    if reworded > 0 {
        let place = "descriptions and examples";
        let reason = format!("of {reworded} operations and schemas; the crate has its own");
        changes.push(Change::new(
            Effect::Invisible,
            Kind::Changed,
            Subject::Document,
            place,
            reason,
        ));
    }
    changes
}

/// What an operation or a schema of a document means, beside another document: they
/// differ in which scalars are components.
fn meaning(root: &Value, other: &Value, part: &Value) -> Value {
    Reader { root, other }.meaning(part)
}

fn by_id(root: &Value) -> BTreeMap<String, &Value> {
    operations(root)
        .filter_map(|(_, _, operation)| {
            Some((
                operation["operationId"].as_str()?.to_snake_case(),
                operation,
            ))
        })
        .collect()
}

/// By what a schema's type is called.
fn by_name(root: &Value) -> BTreeMap<String, &Value> {
    object(&root["components"]["schemas"])
        .map(|(name, schema)| (name.to_upper_camel_case(), schema))
        .collect()
}

/// The keys whose values differ.
fn differing<'a>(old: &'a Value, new: &'a Value) -> Vec<&'a str> {
    let keys: BTreeSet<&str> = object(old)
        .chain(object(new))
        .map(|(key, _)| key.as_str())
        .filter(|key| old.get(*key) != new.get(*key))
        .collect();
    keys.into_iter().collect()
}
