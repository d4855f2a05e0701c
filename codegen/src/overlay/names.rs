//! One schema where the document repeats it.
//!
//! Which equal schemas are the same thing, and what it is called, is said in
//! `openapi/names.yaml`: two may be equal by chance, and a type's name must not
//! change because another schema has.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use serde::Deserialize;
use serde_json::{Value, json, map::Entry};

use super::Acronyms;
use crate::spec::{
    prose, secret_signs,
    visit::{self, Object},
};

/// Names for what the document repeats or names badly.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Names {
    /// Schemas that are equal: the name of all, and those that have it.
    pub(crate) schemas: BTreeMap<String, Vec<String>>,
    /// Schemas that are equal by chance.
    pub(crate) distinct: Vec<Vec<String>>,
    /// Enumerations that are written where they are used: the name, the
    /// property that has one, and its values.
    pub(crate) enums: BTreeMap<String, InlineEnum>,
    /// Renamed areas: the feature of the old name, and that of the new one.
    pub(crate) areas: BTreeMap<String, String>,
    /// Acronyms that are one word in every Rust name.
    pub(crate) acronyms: Acronyms,
}

#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct InlineEnum {
    pub(crate) property: Vec<String>,
    pub(crate) values: Vec<String>,
}

/// What applying the names did.
#[derive(Debug, PartialEq)]
pub(crate) struct Named {
    /// The published names of the schemas, by the name they have now.
    pub(crate) published: BTreeMap<String, Vec<String>>,
    /// The names that schemas have now, by the published ones.
    pub(crate) renamed: BTreeMap<String, String>,
    /// The names that there is no occasion for.
    pub(crate) stale: Vec<String>,
}

/// Applies the names to the schemas. References have the published names until
/// [`refer`] changes them: once, because each visit is slow in a build script.
pub(crate) fn apply(root: &mut Value, names: &Names) -> Named {
    let mut stale = Vec::new();
    let names_before: Vec<String> = schemas(root)
        .into_iter()
        .flat_map(|schemas| schemas.keys().cloned())
        .collect();
    inline_enums(root, names, &mut stale);
    let classes = classes(&listed(root, names));
    let mut renamed: BTreeMap<String, String> = BTreeMap::new();
    for (name, members) in &names.schemas {
        // Those that are as most of them are, or as the first one if there is a tie.
        let mut by_class: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for member in members {
            match classes.get(member.as_str()) {
                Some(class) => by_class.entry(*class).or_default().push(member),
                None => stale.push(format!(
                    "{name}: there is no schema `{member}`: remove it from `schemas`"
                )),
            }
        }
        let Some(class) = by_class
            .iter()
            .max_by_key(|(_, equal)| {
                let first = members.iter().position(|member| member == equal[0]);
                (equal.len(), Reverse(first))
            })
            .map(|(class, _)| *class)
        else {
            continue;
        };
        if classes
            .get(name.as_str())
            .is_some_and(|other| *other != class)
        {
            stale.push(format!(
                "{name}: the document has a different schema of that name: choose another name"
            ));
            continue;
        }
        for (other, members) in by_class {
            for member in members {
                if other == class {
                    renamed.insert(member.to_owned(), name.clone());
                } else {
                    stale.push(format!(
                        "{name}: `{member}` is no longer equal to the others: remove it from `schemas`"
                    ));
                }
            }
        }
    }
    let mut published: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for old in names_before {
        let new = renamed.get(&old).unwrap_or(&old).clone();
        published.entry(new).or_default().push(old);
    }
    rename(root, &renamed);
    Named {
        published,
        renamed,
        stale,
    }
}

fn schemas(root: &mut Value) -> Option<&mut Object> {
    root.pointer_mut("/components/schemas")?.as_object_mut()
}

/// Gives schemas their new names where they stand.
pub(crate) fn rename(root: &mut Value, renamed: &BTreeMap<String, String>) {
    if let Some(schemas) = schemas(root) {
        let (moved, kept): (Object, Object) = std::mem::take(schemas)
            .into_iter()
            .partition(|(name, _)| renamed.get(name).is_some_and(|new| new != name));
        *schemas = kept;
        for (old, schema) in moved {
            match schemas.entry(&renamed[&old]) {
                Entry::Vacant(place) => {
                    place.insert(schema);
                }
                Entry::Occupied(kept) => secret_signs::copy_marks(&schema, kept.into_mut()),
            }
        }
    }
}

/// Gives schemas their new names where they are used.
pub(crate) fn refer(root: &mut Value, renamed: &BTreeMap<String, String>) {
    // The visitor refuses nothing.
    let _ = visit::schemas_mut(root, &mut |_, schema| {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && let Some(name) = visit::schema_name(reference)
            && let Some(new) = renamed.get(&name)
            && *new != name
        {
            *schema = json!({"$ref": format!("#/components/schemas/{new}")});
        }
        Ok(())
    });
}

/// Returns the schemas that `names.yaml` lists, and those they refer to. Comparing
/// all schemas is slow in a build script.
fn listed<'a>(root: &'a Value, names: &Names) -> BTreeMap<&'a str, &'a Value> {
    let schemas = root.pointer("/components/schemas");
    let schemas = schemas.and_then(Value::as_object);
    let mut listed = BTreeMap::new();
    let names = names.schemas.iter();
    let mut open: Vec<String> = names
        .flat_map(|(name, members)| members.iter().chain([name]).cloned())
        .collect();
    while let Some(name) = open.pop() {
        if let Some((name, schema)) = schemas.and_then(|schemas| schemas.get_key_value(&name))
            && listed.insert(name.as_str(), schema).is_none()
        {
            visit::referenced_schemas(schema, &mut |name| open.push(name));
        }
    }
    listed
}

/// Numbers the schemas so that equal ones have the same number. Annotations do not
/// count, and references to equal schemas are equal.
pub(crate) fn classes<'a>(schemas: &BTreeMap<&'a str, &Value>) -> BTreeMap<&'a str, usize> {
    let indexes: BTreeMap<&str, usize> = schemas
        .keys()
        .enumerate()
        .map(|(index, name)| (*name, index))
        .collect();
    // The number of the text without the references, and what they refer to.
    let mut texts: BTreeMap<String, usize> = BTreeMap::new();
    let schemas: Vec<(usize, Vec<Option<usize>>)> = schemas
        .values()
        .map(|schema| {
            let (mut text, mut references) = (String::new(), Vec::new());
            write(&prose::without(schema), &mut text, &mut |name| {
                references.push(indexes.get(name).copied());
            });
            let number = texts.len();
            (*texts.entry(text).or_insert(number), references)
        })
        .collect();
    let mut classes = vec![0; schemas.len()];
    let mut count = 1;
    loop {
        let mut seen: BTreeMap<(usize, Vec<Option<usize>>), usize> = BTreeMap::new();
        let mut next = Vec::new();
        for (text, references) in &schemas {
            let class = |index: &Option<usize>| index.map(|index| classes[index]);
            let key = (*text, references.iter().map(class).collect());
            let number = seen.len();
            next.push(*seen.entry(key).or_insert(number));
        }
        classes = next;
        if seen.len() == count {
            break;
        }
        count = seen.len();
    }
    indexes
        .into_iter()
        .map(|(name, index)| (name, classes[index]))
        .collect()
}

/// The text of a schema without annotations. References are reported.
fn write(value: &Value, text: &mut String, reference: &mut dyn FnMut(&str)) {
    match value {
        Value::Object(object) => {
            if let Some(name) = object
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(visit::schema_name)
            {
                text.push_str("->");
                reference(&name);
                return;
            }
            // A description stands beside a reference by `allOf`.
            if let Some([only]) = object
                .get("allOf")
                .and_then(Value::as_array)
                .map(Vec::as_slice)
                && object.len() == 1
            {
                return write(only, text, reference);
            }
            text.push('{');
            for (key, value) in object {
                text.push_str(key);
                text.push(':');
                match value {
                    // A set.
                    Value::Array(names) if key == "required" => {
                        let mut names: Vec<String> = names.iter().map(Value::to_string).collect();
                        names.sort_unstable();
                        text.push_str(&names.join(","));
                    }
                    value => write(value, text, reference),
                }
            }
            text.push('}');
        }
        Value::Array(values) => {
            text.push('[');
            for value in values {
                write(value, text, reference);
                text.push(',');
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

/// Makes components of the enumerations that have a name.
fn inline_enums(root: &mut Value, names: &Names, stale: &mut Vec<String>) {
    // One dialect names those that the other writes where they are used.
    let components: BTreeMap<String, Value> = schemas(root)
        .into_iter()
        .flatten()
        .filter(|(_, schema)| schema.get("enum").is_some())
        .map(|(name, schema)| (name.clone(), schema.clone()))
        .collect();
    let properties: BTreeSet<&str> = names
        .enums
        .values()
        .flat_map(|known| known.property.iter().map(String::as_str))
        .collect();
    let mut found: BTreeMap<&str, Value> = BTreeMap::new();
    let _ = visit::schemas_mut(root, &mut |at, schema| {
        let property = at.property().filter(|name| properties.contains(name));
        let Some(property) = property else {
            return Ok(());
        };
        let named = visit::target(schema).and_then(|name| components.get(&name));
        let definition = named.unwrap_or(schema);
        let Some(values) = definition.get("enum").and_then(Value::as_array) else {
            return Ok(());
        };
        let values: BTreeSet<&str> = values.iter().filter_map(Value::as_str).collect();
        for (name, known) in &names.enums {
            if known.property.iter().any(|known| known == property)
                && values == known.values.iter().map(String::as_str).collect()
            {
                let mut plain = definition.clone();
                if let Some(plain) = plain.as_object_mut() {
                    plain.retain(|key, _| matches!(key.as_str(), "type" | "enum"));
                }
                found.insert(name, plain);
                let reference = json!({"$ref": format!("#/components/schemas/{name}")});
                *schema = match schema.get("description") {
                    Some(description) => json!({"description": description, "allOf": [reference]}),
                    None => reference,
                };
                break;
            }
        }
        Ok(())
    });
    for name in names.enums.keys() {
        if !found.contains_key(name.as_str()) {
            stale.push(format!(
                "{name}: no listed property has exactly these values: update `values`, or remove it from `enums`"
            ));
        }
    }
    if let Some(schemas) = schemas(root) {
        for (name, schema) in found {
            schemas.entry(name).or_insert(schema);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(yaml: &str) -> Names {
        crate::spec::yaml::from_str(yaml).unwrap()
    }

    #[test]
    fn the_order_of_required_properties_makes_no_difference() {
        let schema =
            |required: [&str; 2]| json!({"required": required, "properties": {"a": {}, "b": {}}});
        let schemas = [["a", "b"], ["b", "a"], ["a", "c"]].map(schema);
        let classes = classes(&["A", "B", "C"].into_iter().zip(&schemas).collect());
        assert_eq!(classes["A"], classes["B"]);
        assert_ne!(classes["A"], classes["C"]);
    }

    #[test]
    fn what_listed_schemas_are_made_of_is_compared_whether_or_not_it_is_listed() {
        let of = |name: &str| json!({"items": {"$ref": format!("#/components/schemas/{name}")}});
        let mut root = json!({"components": {"schemas": {
            "A": of("C"), "B": of("D"), "C": of("E"), "D": of("F"), "G": of("H"),
            "E": {"type": "string"}, "F": {"type": "string", "title": "F"}, "H": of("I"),
            "I": {"type": "integer"},
        }}});
        let named = apply(&mut root, &names("schemas: {Same: [A, B, G]}"));
        assert_eq!(
            named.stale,
            ["Same: `G` is no longer equal to the others: remove it from `schemas`"]
        );
        assert_eq!(root["components"]["schemas"]["Same"], of("C"));
    }

    #[test]
    fn of_two_different_schemas_the_first_one_gets_the_common_name() {
        for (listed, other) in [("[A, B]", "B"), ("[B, A]", "A")] {
            let mut root = json!({"components": {"schemas": {
                "A": {"type": "string"}, "B": {"type": "integer"}, "C": {"type": "string"},
            }}});
            let named = apply(&mut root, &names(&format!("schemas: {{Same: {listed}}}")));
            assert!(named.stale[0].contains(&format!("`{other}` is no longer equal")));
            assert!(root["components"]["schemas"].get(other).is_some());
        }
    }

    #[test]
    fn equal_schemas_become_one_and_what_has_become_different_stays() {
        let reason = |extra: &str| json!({"description": extra, "properties": {"effect": {"type": "string", "enum": ["allow", "deny"]}}});
        let mut root = json!({"components": {"schemas": {
            "AReason": reason("one"), "BReason": reason("two"),
            "CReason": {"type": "string"},
            "A": {"properties": {"reason": {"$ref": "#/components/schemas/AReason"}}},
            "B": {"properties": {"reason": {"$ref": "#/components/schemas/BReason"}}},
        }}});
        let names = names(
            r#"{"schemas": {"Reason": ["AReason", "BReason", "CReason", "DReason"], "Access": ["A", "B"]},
                "enums": {
                    "Effect": {"property": ["effect"], "values": ["deny", "allow"]},
                    "Color": {"property": ["color"], "values": ["red"]}
                }}"#,
        );
        let named = apply(&mut root, &names);
        refer(&mut root, &named.renamed);
        assert_eq!(
            root["components"]["schemas"],
            json!({
                "Effect": {"type": "string", "enum": ["allow", "deny"]},
                "Reason": {"description": "one", "properties": {"effect": {"$ref": "#/components/schemas/Effect"}}},
                "CReason": {"type": "string"},
                "Access": {"properties": {"reason": {"$ref": "#/components/schemas/Reason"}}},
            })
        );
        let published = |name: &str| named.published.get(name).map(Vec::as_slice);
        assert_eq!(
            published("Reason"),
            Some(["AReason", "BReason"].map(str::to_owned).as_slice())
        );
        assert_eq!(
            published("CReason"),
            Some(["CReason"].map(str::to_owned).as_slice())
        );
        assert_eq!(published("Effect"), None);
        assert_eq!(
            named.stale,
            [
                "Color: no listed property has exactly these values: update `values`, or remove it from `enums`",
                "Reason: there is no schema `DReason`: remove it from `schemas`",
                "Reason: `CReason` is no longer equal to the others: remove it from `schemas`",
            ]
        );
    }
}
