//! Properties that look like secrets and are in no list of `properties.yaml`: they
//! are redacted until the list says what they are, and `cargo xtask spec check`
//! asks.
//!
//! Signs are the property's name, description, example and format, and a type that
//! resembles the type of a known secret. They decide redaction alone, no name and
//! no type in Rust.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToUpperCamelCase;
use serde_json::{Map, Value};

use super::TypeDefinition;
use crate::{
    normalize::operation_ids,
    overlay::{Acronyms, Properties},
    spec::visit,
};

/// Words in the names of properties that hold secrets.
const NAMES: [&str; 8] = [
    "apikey",
    "credential",
    "fullkey",
    "mobilekey",
    "password",
    "secret",
    "sdkkey",
    "token",
];

/// What a description that begins with it describes: `The SDK key of …`.
const NOUNS: [&str; 12] = [
    "access token",
    "api key",
    "bearer token",
    "client secret",
    "credential",
    "credentials",
    "mobile key",
    "password",
    "private key",
    "sdk key",
    "secret",
    "signing key",
];

/// Words before such a noun, of which there may be any number.
const DETERMINERS: [&str; 12] = [
    "the", "a", "an", "your", "its", "this", "optional", "unique", "full", "new", "current",
    "initial",
];

/// How many other words may stand before such a noun: `The Datadog API key`.
const OTHERS: usize = 2;

/// Words before such a noun that make the property something about the secret:
/// `The kind of credentials`.
const ABOUT: [&str; 8] = ["of", "for", "to", "id", "name", "kind", "type", "whether"];

/// Words after such a noun that do not make a longer noun of it: `The SDK key ID`
/// is no SDK key.
const AFTER: [&str; 14] = [
    "by", "for", "from", "in", "is", "of", "that", "to", "used", "value", "which", "will", "with",
    "string",
];

/// What descriptions of secrets say, wherever they say it.
const PHRASES: [&str; 9] = [
    "a secret.",
    "keep it secret",
    "keep this secret",
    "secret key",
    "secret url",
    "token value",
    "unguessable",
    "value of the mobile key",
    "value of the sdk key",
];

/// What values of secrets begin with (LaunchDarkly documentation, "SDK credentials"
/// and "API access tokens"; RFC 7468).
const EXAMPLES: [&str; 6] = ["api-", "mob-", "rel-", "sdk-", "Bearer ", "-----BEGIN "];

/// How many properties two types have in common if one resembles the other: at
/// least so many, and at least half of all.
const IN_COMMON: usize = 4;

/// The reasons why properties look like secrets, by type and property.
pub(super) type Suspects = BTreeMap<(String, String), String>;

/// Finds the suspects among the properties of `types`, which progenitor made of a
/// normalized document.
pub(super) fn find(
    root: &Value,
    types: &BTreeMap<String, TypeDefinition>,
    known: &Properties,
    acronyms: &Acronyms,
) -> Suspects {
    let signs = signs(root, acronyms);
    let mut suspects = Suspects::new();
    for (ty, definition) in types {
        let properties = wires(definition);
        for field in definition.fields() {
            let property = &field.wire;
            if !field.ty.contains_text()
                || known.is_secret(ty, property)
                || known.is_public(ty, property)
            {
                continue;
            }
            let lower = property.to_lowercase();
            let reason = if NAMES.iter().any(|word| lower.contains(word)) {
                Some("its name".to_owned())
            } else if let Some(like) = resembled(types, ty, &properties, property, known) {
                Some(format!("`{like}.{property}`, which is one"))
            } else {
                // A type without a name begins with the name of what it is in.
                let is_in = |sign: &&Sign| {
                    sign.property == *property
                        && (sign.owner == *ty
                            || sign.is_inline
                                && ty.starts_with(&sign.owner)
                                && definition.schemas.is_empty())
                };
                signs.iter().find(is_in).map(|sign| sign.reason.to_owned())
            };
            if let Some(reason) = reason {
                suspects.insert((ty.clone(), property.clone()), reason);
            }
        }
    }
    suspects
}

fn wires(definition: &TypeDefinition) -> BTreeSet<&str> {
    let fields = definition.fields().iter();
    fields.map(|field| field.wire.as_str()).collect()
}

/// A type that another one resembles, and whose property of that name is a secret.
fn resembled<'a>(
    types: &BTreeMap<String, TypeDefinition>,
    ty: &str,
    properties: &BTreeSet<&str>,
    property: &str,
    known: &'a Properties,
) -> Option<&'a str> {
    let with_secret = known
        .secret
        .iter()
        .filter_map(|entry| entry.split_once('.'))
        .filter(|(other, secret)| *other != "*" && *other != ty && *secret == property);
    with_secret
        .map(|(other, _)| other)
        .find(|other| match types.get(*other) {
            Some(_) if ty.to_lowercase().contains(&other.to_lowercase()) => true,
            Some(definition) => {
                let others = wires(definition);
                let common = others.intersection(properties).count();
                common >= IN_COMMON && 2 * common >= others.union(properties).count()
            }
            None => false,
        })
}

/// What a document says of a property that suggests a secret.
struct Sign {
    /// The component that has the property, or the operation in the form of a
    /// type's name.
    owner: String,
    /// Whether the property is of a schema inside it.
    is_inline: bool,
    property: String,
    reason: &'static str,
}

fn signs(root: &Value, acronyms: &Acronyms) -> Vec<Sign> {
    let operations: BTreeMap<(String, String), String> = visit::operations(root)
        .map(|(place, operation)| {
            let id = operation_ids::method_of(operation, acronyms);
            let at = (place.path.to_owned(), place.method.to_owned());
            (at, id.to_upper_camel_case())
        })
        .collect();
    let mut signs = Vec::new();
    // The visitor changes nothing and refuses nothing.
    let _ = visit::schemas_mut(&mut root.clone(), &mut |pointer, schema| {
        let tokens: Vec<String> = pointer
            .tokens()
            .map(|token| token.decoded().into_owned())
            .collect();
        let (owner, is_inline) = match tokens.as_slice() {
            [components, schemas, name, inside @ ..]
                if (components.as_str(), schemas.as_str()) == ("components", "schemas") =>
            {
                (Some(name), !inside.is_empty())
            }
            [_, path, method, ..] => (operations.get(&(path.clone(), method.clone())), true),
            _ => (None, true),
        };
        let Some(owner) = owner else { return Ok(()) };
        let properties = schema.get("properties").and_then(Value::as_object);
        for (property, schema) in properties.into_iter().flatten() {
            if let Some(reason) = schema.as_object().and_then(sign) {
                signs.push(Sign {
                    owner: owner.clone(),
                    is_inline,
                    property: property.clone(),
                    reason,
                });
            }
        }
        Ok(())
    });
    signs
}

/// What of a property suggests a secret.
fn sign(schema: &Map<String, Value>) -> Option<&'static str> {
    let text = |key: &str| schema.get(key).and_then(Value::as_str).unwrap_or_default();
    if text("format") == "password" {
        Some("its format")
    } else if EXAMPLES
        .iter()
        .any(|start| text("example").starts_with(start))
    {
        Some("its example")
    } else if describes_secret(text("description")) {
        Some("its description")
    } else {
        None
    }
}

/// Whether a description is one of a secret.
fn describes_secret(description: &str) -> bool {
    let text = description.to_lowercase().replace(['*', '`'], "");
    if text.contains("not a secret") {
        return false;
    }
    if PHRASES.iter().any(|phrase| text.contains(phrase)) {
        return true;
    }
    let beginning = text.split(['.', ',', ';', ':', '(']).next();
    let words: Vec<&str> = beginning.unwrap_or_default().split_whitespace().collect();
    let determiners = words
        .iter()
        .take_while(|word| DETERMINERS.contains(word))
        .count();
    (determiners..=determiners + OTHERS).any(|at| {
        let (Some(others), Some(rest)) = (words.get(determiners..at), words.get(at..)) else {
            return false;
        };
        !others.iter().any(|word| ABOUT.contains(word))
            && NOUNS.iter().any(|noun| {
                let noun: Vec<&str> = noun.split(' ').collect();
                let next = rest.get(noun.len());
                rest.starts_with(&noun) && next.is_none_or(|next| AFTER.contains(next))
            })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Document, Settings, api::Api, audit, spec::yaml};

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

    #[test]
    fn only_a_description_of_the_secret_itself_suggests_one() {
        for text in [
            "The SDK key for the environment. Use it to configure the SDK.",
            "The member's password",
            "Datadog API key. Only for legacy webhooks.",
            "The **client secret**. Shown only once.",
            "The string value of the SDK key.",
            "The unguessable URL for this flag trigger",
            "The header. A secret.",
        ] {
            assert!(describes_secret(text), "{text}");
        }
        for text in [
            "",
            "The kind of credentials that the request used.",
            "The name of the SDK key.",
            "The SDK key ID.",
            "The API key name, such as `secret`.",
            "A description of the access token.",
            "Whether the password is set.",
            "The SDK key for browsers. Not a secret.",
        ] {
            assert!(!describes_secret(text), "{text}");
        }
    }
}
