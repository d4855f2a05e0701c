//! Secrets of types that an import renames or removes: what resembles one stays
//! redacted.

use std::collections::{BTreeMap, BTreeSet};

use launchdarkly_api_codegen::{Document, SECRET_SIGN, Settings, api::Api};
use serde_json::{Value, json};

use super::{canonical::object, changes, renames};

/// Secret properties by the schema that has them, also in schemas inside it.
type Secrets = BTreeMap<String, BTreeSet<String>>;

/// Marks the properties of `new` that were secrets in `old`, in a schema that was
/// renamed or whose successor has mostly the same properties. What is secret by its
/// name alone needs no mark.
pub(crate) fn keep(old: &Value, new: &mut Value, settings: &Settings) {
    let is_in = |root: &Value, name: &str| root["components"]["schemas"].get(name).is_some();
    if object(&old["components"]["schemas"]).all(|(name, _)| is_in(new, name)) {
        return;
    }
    let api = Document::new("old.json", old.clone()).and_then(|old| Api::read(&old, settings));
    let mut secrets = match api {
        Ok(api) => secrets(&api, settings),
        Err(error) => {
            eprintln!("the secrets of renamed types are not known: {error}");
            return;
        }
    };
    secrets.retain(|schema, _| !is_in(new, schema));
    let renamed = renames::schemas(old, new);
    let mut marks = Vec::new();
    for (gone, secrets) in &secrets {
        let before = properties(&old["components"]["schemas"][gone]);
        for (name, schema) in object(&new["components"]["schemas"]) {
            let known = properties(&old["components"]["schemas"][name]);
            let now = properties(schema);
            let has_new = secrets.iter().any(|secret| {
                let is_secret = |place: &&String| last(place) == secret;
                now.iter().find(is_secret).is_some() && known.iter().find(is_secret).is_none()
            });
            let is_same = renamed.get(name.as_str()) == Some(&gone.as_str());
            let common = before.intersection(&now).count();
            if has_new && (is_same || 2 * common >= before.union(&now).count()) {
                marks.push((!is_same, name.clone(), secrets, gone.clone()));
            }
        }
    }
    // The first mark stays: that of the type's old name.
    marks.sort();
    for (_, name, secrets, gone) in marks {
        mark(&mut new["components"]["schemas"][&name], secrets, &gone);
    }
}

/// The secrets of the types, but for those that are secrets wherever they are.
fn secrets(api: &Api, settings: &Settings) -> Secrets {
    let mut secrets = Secrets::new();
    for (name, definition) in &api.types {
        // A type without a schema of its own begins with the name of what it is in.
        let owner = match definition.schemas.is_empty() {
            false => Some(definition),
            true => {
                let owners = api.types.iter().filter(|(owner, definition)| {
                    !definition.schemas.is_empty() && name.starts_with(owner.as_str())
                });
                owners
                    .max_by_key(|(owner, _)| owner.len())
                    .map(|(_, definition)| definition)
            }
        };
        let fields = definition.fields().iter().filter(|field| field.secret);
        for field in fields.filter(|field| !settings.is_secret_everywhere(&field.wire)) {
            for schema in owner.into_iter().flat_map(|owner| &owner.schemas) {
                let secrets = secrets.entry(schema.clone()).or_default();
                secrets.insert(field.wire.clone());
            }
        }
    }
    secrets
}

/// The places of the properties of a schema.
fn properties(schema: &Value) -> BTreeSet<String> {
    let mut properties = BTreeSet::new();
    changes::collect(schema, "", &mut properties);
    properties
}

/// The name of the property at a place.
fn last(place: &str) -> &str {
    place.rsplit('.').next().unwrap_or(place)
}

/// Marks the secrets of a schema and of the schemas inside it.
fn mark(schema: &mut Value, secrets: &BTreeSet<String>, gone: &str) {
    for (key, value) in schema.as_object_mut().into_iter().flatten() {
        match key.as_str() {
            "properties" => {
                for (name, property) in value.as_object_mut().into_iter().flatten() {
                    mark(property, secrets, gone);
                    if secrets.contains(name) {
                        sign(
                            property,
                            format!("the secret `{gone}.{name}`, whose type is gone"),
                        );
                    }
                }
            }
            "items" | "additionalProperties" => mark(value, secrets, gone),
            "allOf" | "anyOf" | "oneOf" => {
                let parts = value.as_array_mut().into_iter().flatten();
                parts.for_each(|part| mark(part, secrets, gone));
            }
            _ => {}
        }
    }
}

/// Puts a mark on a property. Nothing may stand beside a reference (OpenAPI 3.0.3,
/// "Reference Object").
fn sign(property: &mut Value, reason: String) {
    if property.get("$ref").is_some() {
        *property = json!({"allOf": [property.take()]});
    }
    if let Some(schema) = property.as_object_mut() {
        schema.entry(SECRET_SIGN).or_insert_with(|| json!(reason));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document with these schemas, of which all operations return the first.
    fn document(first: &str, schemas: Value) -> Value {
        let schema = json!({"$ref": format!("#/components/schemas/{first}")});
        let content = json!({"application/json": {"schema": schema}});
        json!({
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "servers": [{"url": "https://app.launchdarkly.com"}],
            "paths": {"/keys": {"get": {
                "operationId": "getKeys", "tags": ["Keys"],
                "responses": {"200": {"description": "", "content": content}}
            }}},
            "components": {"schemas": schemas}
        })
    }

    fn object_of(names: &[&str]) -> Value {
        let properties = names
            .iter()
            .map(|name| ((*name).to_owned(), json!({"type": "string"})));
        json!({"type": "object", "properties": properties.collect::<serde_json::Map<_, _>>()})
    }

    fn settings(properties: &str) -> Settings {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("properties.yaml"), properties).unwrap();
        Settings::read(folder.path()).unwrap()
    }

    /// The secrets of the types of `new` after an import on top of `old`.
    fn redacted(old: &Value, new: &Value, settings: &Settings) -> Vec<String> {
        let mut new = new.clone();
        keep(old, &mut new, settings);
        let api = Api::read(&Document::new("new.json", new).unwrap(), settings).unwrap();
        let secrets = api.types.iter().flat_map(|(name, definition)| {
            let fields = definition.fields().iter().filter(|field| field.secret);
            fields.map(move |field| format!("{name}.{}", field.wire))
        });
        secrets.collect()
    }

    #[test]
    fn a_secret_stays_redacted_when_its_type_and_all_around_it_are_renamed() {
        let named = |list: &str, key: &str| {
            let mut key_of = object_of(&["name", "value", "kind"]);
            key_of["properties"]["all"] = json!({"$ref": format!("#/components/schemas/{list}")});
            key_of["properties"]["old"] = object_of(&["value"]);
            key_of["properties"]["more"] = json!({"$ref": "#/components/schemas/Text"});
            let items =
                json!({"type": "array", "items": {"$ref": format!("#/components/schemas/{key}")}});
            let list_of = json!({"type": "object", "properties": {"items": items, "next": {"type": "string"}}});
            document(
                list,
                json!({list: list_of, key: key_of, "Text": {"type": "string"}}),
            )
        };
        let settings = settings("secret: [SdkKey.value, SdkKey.more, SdkKeyOld.value]");
        assert_eq!(
            redacted(
                &named("SdkKeys", "SdkKey"),
                &named("Many", "Credential"),
                &settings
            ),
            ["Credential.more", "Credential.value", "CredentialOld.value"]
        );
    }

    #[test]
    fn what_has_mostly_the_same_properties_as_a_type_that_is_gone_is_redacted() {
        let with = |name: &str, properties: &[&str]| {
            let other = json!({"$ref": format!("#/components/schemas/{name}")});
            let mut all = object_of(&["value", "x"]);
            all["properties"]["other"] = other;
            document("All", json!({"All": all, name: object_of(properties)}))
        };
        let settings = settings("{secret: [Key.value, Key.token], public: ['*.token']}");
        let old = with("Key", &["a", "b", "value", "token"]);
        for (new, expected) in [
            (&["a", "b", "value", "c", "d"][..], &["Other.value"][..]),
            (&["value", "c", "d"], &[]),
            (&["a", "b", "c", "e"], &[]),
        ] {
            assert_eq!(
                redacted(&old, &with("Other", new), &settings),
                expected,
                "{new:?}"
            );
        }
        // The type is still there.
        let mut new = with("Other", &["a", "b", "value"]);
        new["components"]["schemas"]["Key"] = object_of(&["a", "b", "value"]);
        assert_eq!(redacted(&old, &new, &settings), [""; 0]);
    }
}
