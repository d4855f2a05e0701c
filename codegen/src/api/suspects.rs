//! Properties that look like secrets and are in no list of `properties.yaml`: they
//! are redacted until the list says what they are, and `cargo xtask spec check`
//! asks.
//!
//! Reasons are the property's name, a sign that normalizing marked in its schema
//! ([`secret_signs`]), and a type that resembles or contains the type of a known
//! secret. They decide redaction alone, no name and no type in Rust.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;
use serde_json::Value;

use super::TypeDefinition;
use crate::{
    model::{Shape, Type},
    normalize::operation_ids,
    overlay::Properties,
    spec::{
        secret_signs::{self, SECRET_SIGN},
        visit,
    },
};

/// How many properties two types have in common if one resembles the other: at
/// least so many, and at least half of all.
const IN_COMMON: usize = 4;

/// The reasons why properties look like secrets, by type and property.
pub(super) type Suspects = BTreeMap<(String, String), String>;

/// The properties of objects, by the name of the type.
pub(super) type Objects = BTreeMap<String, BTreeSet<String>>;

/// Finds the suspects among the properties of `types`, which progenitor made of a
/// normalized document. `objects` are those of all areas.
pub(super) fn find(
    root: &Value,
    objects: &Objects,
    types: &BTreeMap<String, TypeDefinition>,
    known: &Properties,
) -> Suspects {
    let signs = Signs::of(root, known);
    let mut suspects = Suspects::new();
    for (ty, definition) in types {
        let properties = wires(definition);
        for field in definition.fields() {
            let property = &field.wire;
            if !contains_text(types, &field.ty, &mut BTreeSet::new())
                || known.is_secret(ty, property)
                || known.is_public(ty, property)
            {
                continue;
            }
            let reason = if secret_signs::is_in_name(property) {
                Some("its name".to_owned())
            } else if let Some(like) = resembled(objects, ty, &properties, property, known) {
                Some(format!("`{like}.{property}`, which is one"))
            } else {
                // A type without a name begins with the name of what it is in.
                let is_of = |sign: &&Sign| {
                    sign.property == *property
                        && (sign.owner == *ty
                            || sign.is_inline
                                && ty.starts_with(&sign.owner)
                                && definition.schemas.is_empty())
                };
                signs.iter().find(is_of).map(|sign| sign.reason.clone())
            };
            if let Some(reason) = reason {
                suspects.insert((ty.clone(), property.clone()), reason);
            }
        }
    }
    suspects
}

fn wires(definition: &TypeDefinition) -> BTreeSet<String> {
    let fields = definition.fields().iter();
    fields.map(|field| field.wire.clone()).collect()
}

/// The objects among the components of a lowered document.
pub(super) fn objects(root: &Value) -> Objects {
    let schemas = root["components"]["schemas"].as_object();
    schemas
        .into_iter()
        .flatten()
        .filter_map(|(name, schema)| {
            let properties = schema["properties"].as_object()?;
            Some((name.clone(), properties.keys().cloned().collect()))
        })
        .collect()
}

/// A type that another one resembles, and whose property of that name is a secret.
fn resembled<'a>(
    objects: &Objects,
    ty: &str,
    properties: &BTreeSet<String>,
    property: &str,
    known: &'a Properties,
) -> Option<&'a str> {
    let with_secret = known
        .secret
        .iter()
        .filter_map(|entry| entry.split_once('.'))
        .filter(|(other, secret)| *other != "*" && *other != ty && *secret == property);
    with_secret.map(|(other, _)| other).find(|other| {
        // Its name is enough: a document may have the other under a new name alone.
        ty.to_lowercase().contains(&other.to_lowercase())
            || objects.get(*other).is_some_and(|others| {
                let common = others.intersection(properties).count();
                common >= IN_COMMON && 2 * common >= others.union(properties).count()
            })
    })
}

/// A property of which the document suggests that it is a secret.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Sign {
    /// The component that has the property, or the operation in the form of a
    /// type's name.
    owner: String,
    /// Whether the property may be of a schema inside it.
    is_inline: bool,
    property: String,
    reason: String,
}

/// Collects the signs of a normalized document.
struct Signs<'a> {
    root: &'a Value,
    known: &'a Properties,
    found: BTreeSet<Sign>,
    /// The owners with the components they receive properties from, directly or in
    /// a schema inside them: a component may lead back to itself.
    done: BTreeSet<(String, String, bool)>,
}

impl<'a> Signs<'a> {
    fn of(root: &'a Value, known: &'a Properties) -> BTreeSet<Sign> {
        let mut signs = Self {
            root,
            known,
            found: BTreeSet::new(),
            done: BTreeSet::new(),
        };
        let schemas = root["components"]["schemas"].as_object();
        for (name, schema) in schemas.into_iter().flatten() {
            signs.collect(schema, name, name, false);
        }
        for (_, operation) in visit::operations(root) {
            let owner = operation_ids::method_of(operation).to_upper_camel_case();
            let parts = ["parameters", "requestBody", "responses"];
            for part in parts.iter().filter_map(|part| operation.get(*part)) {
                signs.of_part(part, &owner);
            }
        }
        signs.found
    }

    /// The signs of the schemas of a part of an operation.
    fn of_part(&mut self, part: &'a Value, owner: &str) {
        match part {
            Value::Object(object) => {
                for (key, value) in object {
                    if key == "schema" {
                        self.collect(value, owner, "", true);
                    } else {
                        self.of_part(value, owner);
                    }
                }
            }
            Value::Array(values) => values.iter().for_each(|value| self.of_part(value, owner)),
            _ => {}
        }
    }

    /// The signs of the properties that a schema has, receives by `allOf`, or gives
    /// to its alternatives, and of those of the schemas inside it. `component` is
    /// the one that the schema is of or in.
    fn collect(&mut self, schema: &'a Value, owner: &str, component: &str, is_inline: bool) {
        // Most schemas: skip the slow checks.
        if visit::is_flat(schema) {
            return;
        }
        self.properties(schema, owner, component, is_inline);
        for inside in ["items", "additionalProperties"] {
            if let Some(schema) = schema.get(inside) {
                self.collect(schema, owner, component, true);
            }
        }
        // Most of them combine nothing.
        if MEMBERS.iter().all(|key| schema.get(key).is_none()) {
            return;
        }
        // A reference with a description receives nothing.
        let is_reference = schema.as_object().and_then(visit::annotated).is_some();
        for (key, member) in members(schema) {
            // An alternative that is written in place becomes a type of its own.
            let is_inline = is_inline || key != "allOf";
            match member["$ref"].as_str().and_then(visit::schema_name) {
                Some(_) if is_reference => {}
                Some(name) => {
                    let done = (owner.to_owned(), name.clone(), is_inline);
                    if self.done.insert(done) {
                        let target = &self.root["components"]["schemas"][&name];
                        self.collect(target, owner, &name, is_inline);
                    }
                    // Properties beside alternatives become properties of each.
                    if key != "allOf" {
                        self.properties(schema, &name, component, true);
                    }
                }
                None => self.collect(member, owner, component, is_inline),
            }
        }
        if members(schema).any(|(key, _)| key != "allOf") {
            self.properties(schema, owner, component, true);
        }
    }

    fn properties(&mut self, schema: &'a Value, owner: &str, component: &str, is_inline: bool) {
        let properties = schema["properties"].as_object();
        for (property, schema) in properties.into_iter().flatten() {
            let reason = if component != owner && self.known.is_secret(component, property) {
                Some(format!("`{component}.{property}`, which is one"))
            } else {
                mark_of(self.root, schema, &mut BTreeSet::new())
            };
            if let Some(reason) = reason {
                self.found.insert(Sign {
                    owner: owner.to_owned(),
                    is_inline,
                    property: property.clone(),
                    reason,
                });
            }
            self.collect(schema, owner, component, true);
        }
    }
}

/// The keywords that combine schemas.
const MEMBERS: [&str; 3] = ["allOf", "anyOf", "oneOf"];

/// What a schema combines.
fn members(schema: &Value) -> impl Iterator<Item = (&'static str, &Value)> {
    MEMBERS.into_iter().flat_map(move |key| {
        let members = schema[key].as_array().into_iter().flatten();
        members.map(move |member| (key, member))
    })
}

/// The sign of a schema: its own, or that of the texts in its arrays and maps.
fn mark_of(root: &Value, schema: &Value, seen: &mut BTreeSet<String>) -> Option<String> {
    if let Some(name) = schema["$ref"].as_str().and_then(visit::schema_name) {
        // An array may contain itself.
        let target = &root["components"]["schemas"][&name];
        return seen
            .insert(name)
            .then(|| mark_of(root, target, seen))
            .flatten();
    }
    if schema["properties"].is_object() {
        return None;
    }
    if let Some(sign) = schema[SECRET_SIGN].as_str() {
        return Some(sign.to_owned());
    }
    if visit::is_flat(schema) {
        return None;
    }
    for inside in ["items", "additionalProperties"] {
        if let Some(inside) = schema.get(inside)
            && let Some(sign) = mark_of(root, inside, seen)
        {
            return Some(sign);
        }
    }
    members(schema).find_map(|(_, member)| mark_of(root, member, seen))
}

/// Whether a value of a type can contain text that is not in a property.
fn contains_text<'a>(
    types: &'a BTreeMap<String, TypeDefinition>,
    ty: &'a Type,
    seen: &mut BTreeSet<&'a str>,
) -> bool {
    match ty {
        Type::Generated(name) if seen.insert(name) => {
            match types.get(name).map(|definition| &definition.shape) {
                Some(Shape::Wrapper(inner)) => contains_text(types, inner, seen),
                Some(Shape::Union { alternatives, .. }) => alternatives
                    .iter()
                    .any(|alternative| contains_text(types, &alternative.ty, seen)),
                _ => false,
            }
        }
        Type::Generated(_) => false,
        Type::Foreign(text) => text.contains("String") || text.contains("Value"),
        Type::Option(inner) | Type::Vec(inner) | Type::Map(inner) | Type::Box(inner) => {
            contains_text(types, inner, seen)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{
        Document, Settings,
        api::Api,
        audit,
        spec::{prose, secret_signs::SECRET_SIGN, visit, yaml},
    };

    const DOCUMENT: &str = r##"
openapi: 3.0.3
info: {title: Keys, version: "1"}
servers: [{url: "https://app.launchdarkly.com"}]
paths:
  /keys:
    get:
      operationId: getKeys
      tags: [Keys]
      responses:
        "200":
          description: Keys
          content:
            application/json:
              schema:
                type: object
                properties:
                  keys: {type: array, items: {$ref: "#/components/schemas/Key"}}
                  others: {type: array, items: {$ref: "#/components/schemas/KeyListItem"}}
                  far: {$ref: "#/components/schemas/Far"}
                  described: {$ref: "#/components/schemas/Described"}
                  inline: {type: object, properties: {mine: {type: string, format: password}}}
components:
  schemas:
    Key: {type: object, properties: {value: {type: string}, name: {type: string}}}
    # Its name contains that of a type with a secret.
    KeyListItem: {type: object, properties: {value: {type: string}, views: {type: array, items: {type: string}}}}
    Wide: {type: object, properties: {a: {type: string}, b: {type: string}, c: {type: string}, value: {type: string}}}
    # Half of all properties are those of a type with a secret.
    Far: {type: object, properties: {a: {type: string}, b: {type: string}, c: {type: string}, value: {type: string}, d: {type: string}, wide: {$ref: "#/components/schemas/Wide"}}}
    Described:
      type: object
      properties:
        formatted: {type: string, format: password}
        shown: {type: string, example: sdk-0123}
        said: {type: string, description: The SDK key of the environment.}
        apiToken: {type: array, items: {type: string}}
        # No text, no secret.
        counted: {type: integer, description: A secret.}
        keyId: {type: string, description: The SDK key ID.}
        held: {type: array, items: {$ref: "#/components/schemas/KeyListItem"}}
        inner: {type: object, properties: {deep: {type: string, description: The password.}}}
"##;

    fn settings(properties: &str) -> Settings {
        Settings {
            properties: yaml::from_str(properties).unwrap(),
            ..Settings::default()
        }
    }

    fn secrets(api: &Api) -> Vec<String> {
        let types = api.types.iter();
        types
            .flat_map(|(ty, definition)| {
                let fields = definition.fields().iter().filter(|field| field.secret);
                fields.map(move |field| format!("{ty}.{}", field.wire))
            })
            .collect()
    }

    #[test]
    fn what_looks_like_a_secret_is_redacted_and_asked_for_until_the_data_decides() {
        let document = Document::parse("keys.yaml", DOCUMENT).unwrap();
        let listed = "secret: [Key.value, Wide.value]";
        let found = [
            "Described.apiToken",
            "Described.formatted",
            "Described.said",
            "Described.shown",
            "DescribedInner.deep",
            "Far.value",
            "GetKeysResponseInline.mine",
            "KeyListItem.value",
        ];
        let asked = audit(&document, &settings(listed)).unwrap();
        insta::assert_snapshot!(asked.join("\n"));
        let api = Api::read(&document, &settings(listed)).unwrap();
        let mut redacted = secrets(&api);
        redacted.retain(|place| !["Key.value", "Wide.value"].contains(&place.as_str()));
        assert_eq!(redacted, found);
        // What requests are searched for has them too.
        for name in ["apiToken", "formatted", "said", "shown", "deep", "mine"] {
            assert!(api.secrets.properties.contains(name), "{name}");
        }
        assert!(api.secrets.holders.contains("held"));

        // Either answer ends the question.
        for list in ["secret", "public"] {
            let decided = format!("{}: [{}]", list, found.join(", "));
            let decided = match list {
                "public" => format!("{{{listed}, {decided}}}"),
                _ => decided.replace('[', "[Key.value, Wide.value, "),
            };
            let settings = settings(&decided);
            assert_eq!(audit(&document, &settings).unwrap(), [""; 0], "{list}");
            let api = Api::read(&document, &settings).unwrap();
            let expected = if list == "secret" { found.len() } else { 0 };
            assert_eq!(secrets(&api).len(), expected + 2);
        }
    }

    /// The types and properties that are redacted in a document of OpenAPI 3.1 with
    /// these components, and the settings.
    fn redacted(schemas: &str, settings: &Settings) -> Vec<String> {
        let schemas: Value = yaml::read(schemas).unwrap();
        let names = schemas.as_object().unwrap().keys();
        let uses: serde_json::Map<String, Value> = names
            .map(|name| {
                (
                    format!("{name}Use"),
                    json!({"$ref": format!("#/components/schemas/{name}")}),
                )
            })
            .collect();
        let schema = json!({"type": "object", "properties": uses});
        let content = json!({"application/json": {"schema": schema}});
        let document = json!({
            "openapi": "3.1.0",
            "info": {"title": "T", "version": "1"},
            "servers": [{"url": "https://app.launchdarkly.com"}],
            "paths": {"/a": {"get": {
                "operationId": "getA",
                "tags": ["A"],
                "responses": {"200": {"description": "A", "content": content}},
            }}},
            "components": {"schemas": schemas},
        });
        let document = Document::new("d.json", document).unwrap();
        let places = secrets(&Api::read(&document, settings).unwrap());
        // What the vendored document keeps has the same signs.
        let mut unified = document.unified().unwrap();
        visit::schemas_mut(&mut unified, &mut |_, schema| {
            if let Some(schema) = schema.as_object_mut() {
                schema.retain(|key, _| key == SECRET_SIGN || !prose::is_annotation(key));
            }
            Ok(())
        })
        .unwrap();
        let vendored = Document::new("d.json", unified).unwrap();
        assert_eq!(secrets(&Api::read(&vendored, settings).unwrap()), places);
        places
    }

    #[test]
    fn the_name_of_a_secrets_type_is_enough_although_the_type_is_gone() {
        let schemas = "
KeyListItem: {type: object, properties: {value: {type: string}}}
Other: {type: object, properties: {value: {type: string}}}
";
        assert_eq!(
            redacted(schemas, &settings("secret: [Key.value]")),
            ["KeyListItem.value"]
        );
    }

    #[test]
    fn every_type_that_receives_a_property_redacts_it() {
        let base = r##"
Base: {type: object, properties: {
  hid: {type: string, format: password},
  inner: {type: object, properties: {deep: {type: string, example: sdk-1}}},
  listed: {type: string}}}
Derived: {allOf: [{$ref: "#/components/schemas/Base"}, {type: object, properties: {own: {type: string, description: The SDK key.}}}]}
Last: {allOf: [{$ref: "#/components/schemas/Derived"}, {type: object, properties: {more: {type: string}}}]}
One: {type: object, required: [a], properties: {a: {type: string}}}
Either: {properties: {beside: {type: string, format: password}}, oneOf: [
  {$ref: "#/components/schemas/One"}, {type: object, required: [b], properties: {b: {type: string}}}]}
"##;
        assert_eq!(
            redacted(base, &settings("secret: [Base.listed]")),
            [
                "Base.hid",
                "Base.listed",
                "BaseInner.deep",
                "Derived.hid",
                "Derived.listed",
                "Derived.own",
                "DerivedInner.deep",
                "EitherVariant1.beside",
                "Last.hid",
                "Last.listed",
                "Last.own",
                "LastInner.deep",
                "One.beside"
            ]
        );
    }

    #[test]
    fn the_second_of_two_equal_schemas_has_a_sign_for_both() {
        let equal = r##"
First: {type: object, properties: {a: {type: string}, b: {type: array, items: {type: string}}}}
Second: {type: object, properties: {a: {type: string, example: sdk-1}, b: {type: array, items: {type: string, description: The SDK key.}}}}
"##;
        let settings = Settings {
            names: yaml::from_str("schemas: {Both: [First, Second]}").unwrap(),
            ..Settings::default()
        };
        assert_eq!(redacted(equal, &settings), ["Both.a", "Both.b"]);
    }

    #[test]
    fn a_sign_in_arrays_and_maps_and_behind_references_is_one_of_the_property() {
        let schemas = r##"
Text: {type: string, format: password}
Texts: {type: array, items: {type: string, format: password}}
TextMap: {type: object, additionalProperties: {type: string, example: sdk-1}}
# It contains itself, and so it stays a component.
Nested: {type: array, items: {oneOf: [{type: string, format: password}, {$ref: "#/components/schemas/Nested"}]}}
Either: {oneOf: [{type: string, format: password}, {type: integer}]}
Plain: {type: string}
All:
  type: object
  properties:
    items: {type: array, items: {type: string, description: The SDK key.}}
    map: {type: object, additionalProperties: {type: string, description: The SDK key.}}
    both: {type: array, items: {type: object, additionalProperties: {type: array, items: {type: string, format: password}}}}
    plural: {type: array, items: {type: string}, description: The SDK keys.}
    array_example: {type: array, items: {type: string}, example: [sdk-1]}
    examples: {type: string, examples: [a, sdk-1]}
    combined: {allOf: [{type: string, format: password}]}
    text: {$ref: "#/components/schemas/Text"}
    text_described: {allOf: [{$ref: "#/components/schemas/Text"}], description: A word.}
    texts: {$ref: "#/components/schemas/Texts"}
    text_map: {$ref: "#/components/schemas/TextMap"}
    nested: {$ref: "#/components/schemas/Nested"}
    either: {$ref: "#/components/schemas/Either"}
    beside: {$ref: "#/components/schemas/Plain", description: The SDK key.}
    items_beside: {type: array, items: {$ref: "#/components/schemas/Plain", description: The SDK key.}}
Other:
  type: object
  properties:
    holder: {type: array, items: {$ref: "#/components/schemas/All"}}
    numbers: {type: array, items: {type: integer, description: The SDK key.}}
    plain: {$ref: "#/components/schemas/Plain"}
    words: {type: array, items: {type: string}, description: The words.}
"##;
        let mut found = redacted(schemas, &Settings::default());
        // The uses, which have the same signs.
        found.retain(|place| !place.starts_with("GetAResponse"));
        assert_eq!(
            found,
            [
                "All.array_example",
                "All.beside",
                "All.both",
                "All.combined",
                "All.either",
                "All.examples",
                "All.items",
                "All.items_beside",
                "All.map",
                "All.nested",
                "All.plural",
                "All.text",
                "All.text_described",
                "All.text_map",
                "All.texts"
            ]
        );
    }
}
