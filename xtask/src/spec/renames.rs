//! Renamed operations and schemas. A renamed operation has a new id at the same
//! path; a renamed schema has a new name and mostly the same content.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use launchdarkly_api_codegen::SECRET_SIGN;
use serde_json::Value;

use super::{
    canonical::{list, object},
    keep_descriptions,
    semantic_equality::schema_name,
};

/// The renamed operations: the new id and the old one, in snake case.
pub(crate) fn operations(old: &Value, new: &Value) -> BTreeMap<String, String> {
    let places = |root: &Value| -> BTreeMap<String, (String, String)> {
        keep_descriptions::operations(root)
            .filter_map(|(path, method, operation)| {
                let id = operation["operationId"].as_str()?.to_snake_case();
                Some((id, (method.clone(), path.clone())))
            })
            .collect()
    };
    at_the_same_place(&places(old), &places(new))
}

/// Of operations by id, with their methods and paths, the ones whose id differs
/// and whose place does not: the new id and the old one. The names of a path's
/// parameters may differ.
pub(crate) fn at_the_same_place(
    old: &BTreeMap<String, (String, String)>,
    new: &BTreeMap<String, (String, String)>,
) -> BTreeMap<String, String> {
    let place = |(method, path): &(String, String)| {
        let steps = path.split('/');
        let plain = steps.map(|step| if step.starts_with('{') { "{}" } else { step });
        (method.to_lowercase(), plain.collect::<Vec<_>>().join("/"))
    };
    let removed: BTreeMap<_, &String> = old
        .iter()
        .filter(|(id, _)| !new.contains_key(*id))
        .map(|(id, at)| (place(at), id))
        .collect();
    new.iter()
        .filter(|(id, _)| !old.contains_key(*id))
        .filter_map(|(id, at)| Some((id.clone(), (*removed.get(&place(at))?).clone())))
        .collect()
}

/// How much of what two schemas say they must have in common, in percent.
const ALIKE: usize = 75;

/// What fewer facts say is said by many.
const FEWEST: usize = 3;

/// The renamed schemas: the new name, and the old one. Of several that are
/// equally alike none is taken.
///
/// Schemas that refer to each other may be renamed together. A reference to one
/// that may be renamed says only that, until its old name is found.
pub(crate) fn schemas<'a>(old: &'a Value, new: &'a Value) -> BTreeMap<&'a str, &'a str> {
    let mut renamed = BTreeMap::new();
    loop {
        let found = more_schemas(old, new, &renamed);
        if found.is_empty() {
            return renamed;
        }
        renamed.extend(found);
    }
}

/// The renamed schemas beside the known ones.
fn more_schemas<'a>(
    old: &'a Value,
    new: &'a Value,
    known: &BTreeMap<&'a str, &'a str>,
) -> BTreeMap<&'a str, &'a str> {
    let old_names: BTreeSet<&str> = known.values().copied().collect();
    // Each schema by its old name, if it has one.
    let in_old = |name: &'a str| {
        let is_known = has(new, name) || old_names.contains(name);
        is_known.then_some(name)
    };
    let in_new = |name: &'a str| has(old, name).then_some(name).or(known.get(name).copied());
    let gone = unknown(old, &in_old);
    let come = unknown(new, &in_new);
    let mut renamed = BTreeMap::new();
    for (name, facts) in &come {
        if let Some(old) = most_alike(facts, &gone)
            && let Some((_, facts)) = gone.iter().find(|(name, _)| *name == old)
            && most_alike(facts, &come) == Some(name)
        {
            renamed.insert(*name, old);
        }
    }
    renamed
}

fn has(root: &Value, name: &str) -> bool {
    !root["components"]["schemas"][name].is_null()
}

/// The schemas without an old name, and what they say.
fn unknown<'a>(root: &'a Value, old_name: &OldName<'a, '_>) -> Vec<(&'a str, BTreeSet<String>)> {
    object(&root["components"]["schemas"])
        .filter(|(name, _)| old_name(name).is_none())
        .map(|(name, schema)| (name.as_str(), facts(name, schema, old_name)))
        .filter(|(_, facts)| facts.len() >= FEWEST)
        .collect()
}

/// The old name of a schema, if it is known.
type OldName<'a, 'b> = dyn Fn(&'a str) -> Option<&'a str> + 'b;

/// The one that is more alike than all others, if it is alike enough.
fn most_alike<'a>(facts: &BTreeSet<String>, of: &[(&'a str, BTreeSet<String>)]) -> Option<&'a str> {
    let mut best: Option<(usize, &'a str)> = None;
    let mut is_tied = false;
    for (name, others) in of {
        let common = facts.intersection(others).count() * 100 / facts.union(others).count();
        match best {
            Some((most, _)) if common < most => {}
            Some((most, _)) if common == most => is_tied = true,
            _ => (best, is_tied) = (Some((common, *name)), false),
        }
    }
    best.filter(|(common, _)| !is_tied && *common >= ALIKE)
        .map(|(_, name)| name)
}

/// What a schema says, a line for each fact.
fn facts<'a>(own_name: &str, schema: &'a Value, old_name: &OldName<'a, '_>) -> BTreeSet<String> {
    let mut facts = BTreeSet::new();
    collect(own_name, schema, "", old_name, &mut facts);
    facts
}

fn collect<'a>(
    own_name: &str,
    schema: &'a Value,
    at: &str,
    old_name: &OldName<'a, '_>,
    facts: &mut BTreeSet<String>,
) {
    if let Some(name) = schema.get("$ref").and_then(schema_name) {
        let name = match name == own_name {
            true => "itself",
            false => old_name(name).unwrap_or("another"),
        };
        facts.insert(format!("{at} is {name}"));
        return;
    }
    for (key, value) in object(schema) {
        match key.as_str() {
            "properties" => {
                for (name, property) in object(value) {
                    collect(own_name, property, &format!("{at}.{name}"), old_name, facts);
                }
            }
            "items" | "additionalProperties" => {
                collect(own_name, value, &format!("{at}/{key}"), old_name, facts);
            }
            "oneOf" | "anyOf" | "allOf" => {
                for inner in list(value) {
                    collect(own_name, inner, &format!("{at}/{key}"), old_name, facts);
                }
            }
            "required" | "enum" => {
                facts.extend(list(value).map(|name| format!("{at} {key} {name}")));
            }
            "description" | "example" | "title" | SECRET_SIGN => {}
            _ => {
                facts.insert(format!("{at} {key} {value}"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_operation_is_renamed_if_its_id_is_new_and_its_place_is_not() {
        let document = |ids: [(&str, &str); 2]| {
            let paths: serde_json::Map<String, Value> = ids
                .into_iter()
                .map(|(path, id)| (path.to_owned(), json!({"get": {"operationId": id}})))
                .collect();
            json!({"paths": paths})
        };
        let old = document([("/a/{key}", "getA"), ("/b", "getB")]);
        let renamed = |ids| operations(&old, &document(ids));
        assert_eq!(
            renamed([("/a/{aKey}", "readA"), ("/b", "get-b")]),
            BTreeMap::from([("read_a".to_owned(), "get_a".to_owned())])
        );
        // The id moved, so that the one at its old place is another operation.
        let moved = renamed([("/a/{key}", "getOther"), ("/c", "getA")]);
        assert_eq!(moved, BTreeMap::new());
    }

    fn document(schemas: Value) -> Value {
        json!({"components": {"schemas": schemas}})
    }

    fn object_of(names: &[&str]) -> Value {
        let properties: serde_json::Map<String, Value> = names
            .iter()
            .map(|name| ((*name).to_owned(), json!({"type": "string"})))
            .collect();
        json!({"type": "object", "properties": properties})
    }

    #[test]
    fn a_schema_that_is_nearly_equal_under_another_name_is_renamed() {
        let old =
            document(json!({"Old": object_of(&["a", "b", "c", "d"]), "Stays": object_of(&["x"])}));
        let new = document(
            json!({"New": object_of(&["a", "b", "c", "d", "e"]), "Stays": object_of(&["x"])}),
        );
        assert_eq!(schemas(&old, &new), BTreeMap::from([("New", "Old")]));
    }

    #[test]
    fn schemas_that_refer_to_each_other_are_renamed_together() {
        let named = |names: [&str; 4]| {
            let [key, list, links, other] = names;
            let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
            let list_of = |item: &str| {
                json!({"type": "object", "properties": {
                    "items": {"type": "array", "items": to(item)}, "links": to(links),
                    "total": {"type": "integer"}
                }})
            };
            let mut key_of = object_of(&["name", "value"]);
            key_of["properties"]["list"] = to(list);
            key_of["properties"]["links"] = to(links);
            // Equal to the list, but for what its items are.
            document(json!({
                key: key_of,
                list: list_of(key),
                other: list_of(links),
                links: object_of(&["self", "next"]),
            }))
        };
        let old_names = ["Key", "Keys", "KeyLinks", "LinkLists"];
        let new_names = ["Credential", "AllCredentials", "CredentialLinks", "Many"];
        assert_eq!(
            schemas(&named(old_names), &named(new_names)),
            new_names.into_iter().zip(old_names).collect()
        );
    }

    #[test]
    fn one_that_is_too_different_too_small_or_one_of_several_is_not() {
        let of = |old: Value, new: Value| schemas(&document(old), &document(new)).len();
        let abcd = || object_of(&["a", "b", "c", "d"]);
        assert_eq!(
            of(
                json!({"A": abcd()}),
                json!({"B": object_of(&["a", "x", "y"])})
            ),
            0
        );
        assert_eq!(
            of(
                json!({"A": {"type": "string"}}),
                json!({"B": {"type": "string"}})
            ),
            0
        );
        assert_eq!(
            of(json!({"A": abcd(), "A2": abcd()}), json!({"B": abcd()})),
            0
        );
        assert_eq!(
            of(json!({"A": abcd()}), json!({"B": abcd(), "B2": abcd()})),
            0
        );
        assert_eq!(
            of(json!({"A": abcd()}), json!({"A": abcd(), "B": abcd()})),
            0
        );
    }
}
