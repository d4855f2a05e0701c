//! What an import changes in the vendored document.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToSnakeCase;
use launchdarkly_api_codegen::area;
use serde_json::Value;

use super::{
    canonical::{list, object},
    keep_descriptions::operations,
    renames,
};

/// The changes from one document to another.
#[derive(Debug, PartialEq)]
pub(crate) struct Changes {
    /// A line for each operation, schema, parameter and property.
    pub(crate) lines: Vec<String>,
    /// The number of operations and schemas that are new or changed.
    pub(crate) changed: usize,
    /// The number of operations that are removed.
    pub(crate) removed_operations: usize,
}

/// Compares two documents: operations by id and, if renamed, by path; schemas by
/// name and, if renamed, by content.
pub(crate) fn between(before: &Value, after: &Value) -> Changes {
    let mut changes = Changes {
        lines: Vec::new(),
        changed: 0,
        removed_operations: 0,
    };
    changes.areas(before, after);
    changes.operations(before, after);
    changes.schemas(before, after);
    changes
}

/// An operation with its place, such as `GET /flags`.
type Operations<'a> = BTreeMap<String, (String, &'a Value)>;

fn by_id(root: &Value) -> Operations<'_> {
    operations(root)
        .map(|(path, method, operation)| {
            let place = format!("{} {path}", method.to_uppercase());
            let id = operation["operationId"].as_str().unwrap_or(&place);
            (id.to_snake_case(), (place, operation))
        })
        .collect()
}

/// An area that no operation is in any more.
struct GoneArea {
    area: String,
    /// The number of its operations.
    operations: usize,
    /// The area that most of those that are left are in, and their number.
    most_are_in: Option<(String, usize)>,
}

fn gone_areas(before: &Value, after: &Value) -> Vec<GoneArea> {
    let of = |operation: &Value| operation["tags"][0].as_str().map(area);
    let renamed = renames::operations(before, after);
    let (before, after) = (by_id(before), by_id(after));
    let kept: BTreeSet<String> = after.values().filter_map(|(_, now)| of(now)).collect();
    let now: BTreeMap<&String, &Value> = after
        .iter()
        .map(|(id, (_, operation))| (renamed.get(id).unwrap_or(id), *operation))
        .collect();
    let mut gone: BTreeMap<String, Vec<Option<String>>> = BTreeMap::new();
    for (id, (_, operation)) in &before {
        if let Some(area) = of(operation).filter(|area| !kept.contains(area)) {
            let now = now.get(id).and_then(|operation| of(operation));
            gone.entry(area).or_default().push(now);
        }
    }
    let gone = gone.into_iter().map(|(area, now)| {
        let operations = now.len();
        let mut moved: BTreeMap<String, usize> = BTreeMap::new();
        for new in now.into_iter().flatten() {
            *moved.entry(new).or_default() += 1;
        }
        GoneArea {
            area,
            operations,
            most_are_in: moved.into_iter().max_by_key(|(_, count)| *count),
        }
    });
    gone.collect()
}

/// The areas that are gone, each with the one that most of its operations are in.
pub(crate) fn moved_areas(before: &Value, after: &Value) -> BTreeMap<String, String> {
    let gone = gone_areas(before, after).into_iter();
    gone.filter_map(|gone| {
        let (new, count) = gone.most_are_in?;
        (2 * count > gone.operations).then_some((gone.area, new))
    })
    .collect()
}

impl Changes {
    fn change(&mut self, line: String) {
        self.lines.push(line);
        self.changed += 1;
    }

    /// Each area that is gone is a feature that users can no longer enable, unless
    /// it was renamed.
    fn areas(&mut self, before: &Value, after: &Value) {
        for gone in gone_areas(before, after) {
            let (area, all) = (gone.area, gone.operations);
            self.lines.push(match gone.most_are_in {
                Some((new, count)) => format!(
                    "removed: area `{area}`; {count} of its {all} operations are in `{new}` \
                     (if it was renamed, add `{area}: {new}` to `areas` in names.yaml)"
                ),
                None => format!("removed: area `{area}`"),
            });
        }
    }

    fn operations(&mut self, before: &Value, after: &Value) {
        let renamed = renames::operations(before, after);
        let (before, after) = (by_id(before), by_id(after));
        let mut removed = before.clone();
        for (id, (place, operation)) in &after {
            let old = renamed.get(id).unwrap_or(id);
            let Some((old_place, old_operation)) = removed.remove(old) else {
                self.change(format!("added: {place}"));
                continue;
            };
            let name = |operation: &Value| operation["operationId"].as_str().map(str::to_owned);
            if old != id {
                let (old, new) = (name(old_operation), name(operation));
                let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
                self.change(format!("renamed: operation `{old}` is now `{new}`"));
            }
            if old_place != *place {
                self.change(format!("moved: {old_place} is now {place}"));
            } else if old == id && old_operation != *operation {
                self.change(format!("changed: {place}"));
            }
            let parameters = |operation: &Value| -> BTreeSet<String> {
                let parameters = list(&operation["parameters"]);
                parameters
                    .filter_map(|parameter| parameter["name"].as_str().map(str::to_owned))
                    .collect()
            };
            for parameter in parameters(old_operation).difference(&parameters(operation)) {
                self.lines
                    .push(format!("removed: parameter `{parameter}` of {place}"));
            }
        }
        self.removed_operations = removed.len();
        for (place, operation) in removed.values() {
            let id = operation["operationId"].as_str().unwrap_or_default();
            self.lines.push(format!("removed: {place} (`{id}`)"));
        }
    }

    fn schemas(&mut self, before: &Value, after: &Value) {
        let renamed = renames::schemas(before, after);
        let (before, after) = (
            &before["components"]["schemas"],
            &after["components"]["schemas"],
        );
        let mut removed: BTreeSet<&str> = object(before).map(|(name, _)| name.as_str()).collect();
        for (name, schema) in object(after) {
            let old = renamed.get(name.as_str()).copied().unwrap_or(name);
            if !removed.remove(old) {
                self.change(format!("added: schema `{name}`"));
                continue;
            }
            if old != name {
                self.change(format!("renamed: schema `{old}` is now `{name}`"));
            } else if before[old] != *schema {
                self.change(format!("changed: schema `{name}`"));
            }
            let mut properties = BTreeSet::new();
            collect(schema, "", &mut properties);
            let mut old_properties = BTreeSet::new();
            collect(&before[old], "", &mut old_properties);
            for property in old_properties.difference(&properties) {
                self.lines
                    .push(format!("removed: property `{name}.{property}`"));
            }
        }
        for name in removed {
            self.lines.push(format!("removed: schema `{name}`"));
        }
    }
}

/// Collects the properties of a schema: `a`, `a.b`, `a[].b`, `a{}.b`.
pub(crate) fn collect(schema: &Value, place: &str, properties: &mut BTreeSet<String>) {
    for (name, property) in object(&schema["properties"]) {
        let place = match place {
            "" => name.clone(),
            _ => format!("{place}.{name}"),
        };
        collect(property, &place, properties);
        properties.insert(place);
    }
    for (key, suffix) in [("items", "[]"), ("additionalProperties", "{}")] {
        if schema[key].is_object() {
            collect(&schema[key], &format!("{place}{suffix}"), properties);
        }
    }
    for key in ["allOf", "anyOf", "oneOf"] {
        for part in list(&schema[key]) {
            collect(part, place, properties);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        let operation = |id: &str| json!({"operationId": id, "parameters": [{"name": "limit"}]});
        json!({
            "paths": {
                "/lamps": {"get": operation("getLamps"), "post": operation("postLamp")},
                "/lamps/{key}": {"get": operation("getLamp"), "delete": operation("deleteLamp")},
            },
            "components": {"schemas": {
                "Lamp": {"type": "object", "properties": {
                    "watts": {"type": "integer"},
                    "bulbs": {"items": {"properties": {"hue": {"type": "string"}}}},
                }},
                "Post": {"type": "object", "properties": {
                    "a": {"type": "string"}, "b": {"type": "string"}, "c": {"type": "string"},
                }},
                "Gone": {"type": "string"},
            }}
        })
    }

    fn lines(change: impl Fn(&mut Value)) -> Vec<String> {
        let mut after = document();
        change(&mut after);
        between(&document(), &after).lines
    }

    #[test]
    fn everything_that_is_removed_has_a_line() {
        let mut after = document();
        after["paths"]["/lamps"].take();
        after["paths"]["/lamps/{key}"]["get"]["parameters"] = json!([]);
        let schemas = &mut after["components"]["schemas"];
        schemas.as_object_mut().unwrap().remove("Gone");
        schemas["Lamp"]["properties"] = json!({"bulbs": {"items": {}}});
        let changes = between(&document(), &after);
        assert_eq!(
            changes.lines,
            [
                "changed: GET /lamps/{key}",
                "removed: parameter `limit` of GET /lamps/{key}",
                "removed: GET /lamps (`getLamps`)",
                "removed: POST /lamps (`postLamp`)",
                "changed: schema `Lamp`",
                "removed: property `Lamp.bulbs[].hue`",
                "removed: property `Lamp.watts`",
                "removed: schema `Gone`",
            ]
        );
        assert_eq!((changes.changed, changes.removed_operations), (2, 2));
    }

    #[test]
    fn an_area_that_is_gone_has_a_line_and_where_its_operations_are() {
        let tagged = |tag: &str| {
            let mut root = document();
            root["paths"]["/lamps"]["get"]["tags"] = json!([tag]);
            root["paths"]["/lamps"]["post"]["tags"] = json!([tag]);
            root
        };
        let mut after = tagged("Lights");
        after["paths"]["/lamps"]
            .as_object_mut()
            .unwrap()
            .remove("post");
        assert_eq!(
            between(&tagged("Lamps (beta)"), &after).lines[0],
            "removed: area `lamps-beta`; 1 of its 2 operations are in `lights` (if it was \
             renamed, add `lamps-beta: lights` to `areas` in names.yaml)"
        );
        assert_eq!(
            between(&tagged("Lamps"), &document()).lines[0],
            "removed: area `lamps`"
        );
        // It moved if most of its operations did, whatever they are called now.
        assert_eq!(moved_areas(&tagged("Lamps"), &after), BTreeMap::new());
        let mut after = tagged("Lights");
        after["paths"]["/lamps"]["get"]["operationId"] = json!("listLights");
        assert_eq!(
            moved_areas(&tagged("Lamps"), &after),
            [("lamps".to_owned(), "lights".to_owned())].into()
        );
    }

    #[test]
    fn renamed_and_moved_items_are_neither_added_nor_removed() {
        assert_eq!(
            lines(|after| {
                after["paths"]["/lamps"]["get"]["operationId"] = json!("listLamps");
                let item = after["paths"]["/lamps/{key}"].take();
                after["paths"]["/v3/lamps/{lampKey}"] = item;
                let schemas = after["components"]["schemas"].as_object_mut().unwrap();
                let post = schemas.remove("Post").unwrap();
                schemas.insert("LampPost".into(), post);
            }),
            [
                "moved: DELETE /lamps/{key} is now DELETE /v3/lamps/{lampKey}",
                "moved: GET /lamps/{key} is now GET /v3/lamps/{lampKey}",
                "renamed: operation `getLamps` is now `listLamps`",
                "renamed: schema `Post` is now `LampPost`",
            ]
        );
        // The same operations in the other dialect.
        assert_eq!(
            lines(|after| after["paths"]["/lamps"]["get"]["operationId"] = json!("get-lamps")),
            ["changed: GET /lamps"]
        );
    }
}
