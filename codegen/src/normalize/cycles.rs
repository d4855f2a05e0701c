//! No schema is made of itself.
//!
//! A type may hold itself in a property, an array or a map. What is itself by
//! references and `allOf`, `anyOf`, `oneOf` or `not` alone describes nothing,
//! and whatever follows such a cycle does not end.

use std::collections::BTreeMap;

use jsonptr::PointerBuf;
use serde_json::Value;

use crate::{
    error::Fault,
    spec::visit::{self, join},
};

/// How many schemas may be made of one another, one inside the other.
/// LaunchDarkly's documents have no more than four.
const LONGEST: usize = 64;

/// The keywords that build a schema from other schemas.
const MADE_OF: [&str; 5] = ["$ref", "allOf", "anyOf", "oneOf", "not"];

pub(crate) fn apply(root: &mut Value) -> Result<(), Fault> {
    let at = PointerBuf::from_tokens(["components", "schemas"]);
    let schemas = root["components"]["schemas"].as_object();
    let mut lengths = BTreeMap::new();
    for (name, schema) in schemas.into_iter().flatten() {
        // Most schemas have none of them: skip the slow check.
        if MADE_OF.iter().any(|key| schema.get(key).is_some()) {
            measure(root, join(&at, name), &mut lengths)?;
        }
    }
    Ok(())
}

/// A schema whose parts are being followed.
struct Open {
    at: PointerBuf,
    parts: Vec<PointerBuf>,
    /// The length of the longest chain that begins with a part.
    longest: usize,
}

impl Open {
    fn new(root: &Value, at: PointerBuf) -> Self {
        Self {
            parts: parts(root, &at),
            at,
            longest: 0,
        }
    }
}

/// Follows the parts of a schema to their ends, depth first. `lengths` holds
/// the length of the longest chain that begins with each schema.
fn measure(
    root: &Value,
    start: PointerBuf,
    lengths: &mut BTreeMap<PointerBuf, usize>,
) -> Result<(), Fault> {
    let mut path = Vec::new();
    let mut next = Some(start);
    loop {
        if let Some(at) = next.take() {
            if let Some(begin) = path.iter().position(|open: &Open| open.at == at) {
                let cycle = names(path[begin..].iter().map(|open| &open.at).chain([&at]));
                let last = path.pop().map(|open| open.at).unwrap_or_default();
                return Err(Fault::at(
                    last,
                    format!("is made of itself: {cycle}: remove one of these references"),
                ));
            }
            match lengths.get(&at) {
                Some(&length) => {
                    if let Some(open) = path.last_mut() {
                        open.longest = open.longest.max(length);
                    }
                }
                None => path.push(Open::new(root, at)),
            }
        }
        let Some(open) = path.last_mut() else {
            return Ok(());
        };
        next = open.parts.pop();
        if next.is_none() {
            let length = open.longest + 1;
            if length > LONGEST {
                let reason = format!("is made of more than {LONGEST} others, each inside the next");
                return Err(Fault::at(open.at.clone(), reason));
            }
            // Whatever contains it meets it again, with a length.
            next = path.pop().map(|open| open.at);
            lengths.extend(next.clone().map(|at| (at, length)));
        }
    }
}

/// The places of the schemas that a schema is made of.
fn parts(root: &Value, at: &PointerBuf) -> Vec<PointerBuf> {
    let Ok(schema) = at.resolve(root) else {
        return Vec::new();
    };
    let mut parts: Vec<PointerBuf> = schema["$ref"]
        .as_str()
        .and_then(|reference| PointerBuf::parse(reference.strip_prefix('#')?).ok())
        .into_iter()
        .collect();
    for name in ["allOf", "anyOf", "oneOf"] {
        let members = schema[name].as_array().map_or(0, Vec::len);
        let at = join(at, name);
        parts.extend((0..members).map(|index| join(&at, &index.to_string())));
    }
    if schema["not"].is_object() {
        parts.push(join(at, "not"));
    }
    parts
}

/// A cycle by the names of its schemas: `A -> B -> A`.
fn names<'a>(cycle: impl Iterator<Item = &'a PointerBuf>) -> String {
    let names: Vec<String> = cycle
        .filter_map(|at| visit::schema_name(&format!("#{at}")).filter(|name| !name.contains('/')))
        .collect();
    names.join(" -> ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn to(name: &str) -> Value {
        json!({"$ref": format!("#/components/schemas/{name}")})
    }

    fn applied(schemas: Value) -> Result<(), (String, String)> {
        apply(&mut json!({"components": {"schemas": schemas}}))
            .map_err(|fault| (fault.pointer.to_string(), fault.reason))
    }

    #[test]
    fn a_schema_that_is_made_of_itself_is_refused_with_its_place_and_its_cycle() {
        for kind in ["allOf", "anyOf", "oneOf"] {
            let of = |name: &str| json!({kind: [{"type": "string"}, to(name)]});
            for (schemas, place, cycle) in [
                (json!({"A": of("A")}), "A/*/1", "A -> A"),
                (json!({"A": of("B"), "B": of("A")}), "B/*/1", "A -> B -> A"),
                (
                    json!({"A": of("B"), "B": to("C"), "C": to("D"), "D": of("B")}),
                    "D/*/1",
                    "B -> C -> D -> B",
                ),
                (
                    json!({"A": {"allOf": [{"oneOf": [{"not": to("A")}]}]}}),
                    "A/allOf/0/oneOf/0/not",
                    "A -> A",
                ),
                (json!({"A": to("A")}), "A", "A -> A"),
                (json!({"A": to("B"), "B": to("A")}), "B", "A -> B -> A"),
            ] {
                let place = format!("/components/schemas/{}", place.replace('*', kind));
                let reason = format!("is made of itself: {cycle}: remove one of these references");
                assert_eq!(applied(schemas), Err((place, reason)));
            }
        }
    }

    #[test]
    fn a_schema_that_holds_itself_or_another_twice_is_not_made_of_itself() {
        let schemas = json!({
            "Tree": {"type": "array", "items": to("Tree")},
            "Map": {"additionalProperties": to("Map")},
            "Node": {"allOf": [to("Base"), to("Base"), {"properties": {"next": to("Node")}}]},
            "Either": {"oneOf": [to("Base"), to("Node")]},
            "Base": {"properties": {"either": to("Either")}},
        });
        assert_eq!(applied(schemas), Ok(()));
    }

    #[test]
    fn a_cycle_that_a_correction_makes_is_refused_too() {
        let text = json!({
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "paths": {},
            "components": {"schemas": {"A": {"type": "object"}}},
        });
        let document = crate::Document::parse("d.json", &text.to_string()).unwrap();
        let settings = crate::Settings {
            corrections: crate::spec::yaml::from_str(
                "[{what: w, evidence: e, patch: [{op: add, path: /components/schemas/A/allOf,
                    value: [{$ref: '#/components/schemas/A'}]}]}]",
            )
            .unwrap(),
            ..crate::Settings::default()
        };
        let error = crate::generate(&document, &settings).unwrap_err();
        assert!(error.reason().contains("A -> A"), "{error}");
    }

    #[test]
    fn a_chain_that_is_too_long_is_refused() {
        let chain = |length: usize| {
            let mut schemas = json!({"S1": {"type": "string"}});
            for index in 2..=length {
                schemas[format!("S{index}")] = to(&format!("S{}", index - 1));
            }
            applied(schemas)
        };
        assert_eq!(chain(LONGEST), Ok(()));
        for length in [LONGEST + 1, 10_000] {
            let (place, reason) = chain(length).unwrap_err();
            assert_eq!(place, format!("/components/schemas/S{}", LONGEST + 1));
            assert!(reason.contains("more than 64"), "{reason}");
        }
    }
}
