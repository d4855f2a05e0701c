//! Signs of secrets: what a document says of a value that suggests that it is one.
//!
//! An import drops descriptions and examples, so a sign becomes a mark beside
//! them, which stays in the vendored document. Signs decide redaction alone, no name
//! and no type in Rust.

use heck::ToSnakeCase;
use serde_json::{Value, json};

use super::visit::Object;

/// The key that marks a schema with a sign. The value says what the sign is, such as
/// `its example`.
pub const SECRET_SIGN: &str = "x-secret-sign";

/// What secrets are called: part of the name of a property, or what a description
/// is about (`The SDK key of …`).
const NOUNS: [&str; 16] = [
    "api key",
    "bearer",
    "connection string",
    "credential",
    "encryption key",
    "full key",
    "hmac",
    "jwt",
    "mobile key",
    "passphrase",
    "password",
    "private key",
    "recovery code",
    "sdk key",
    "secret",
    "signing key",
];

/// Another such noun, whose letters other words have too: `notPresent`.
const OTP: &str = "otp";

/// Another such noun. A description also calls what is not secret so, unless one
/// of [`TOKENS`] comes first.
const TOKEN: &str = "token";
const TOKENS: [&str; 4] = ["access", "api", "auth", "bearer"];

/// Words before such a noun, of which there may be any number.
const DETERMINERS: [&str; 11] = [
    "the", "a", "an", "your", "its", "this", "optional", "unique", "new", "current", "initial",
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

/// Each of these nouns and phrases contains one of these.
const HINTS: [&str; 13] = [
    "bearer",
    "connection",
    "credential",
    "hmac",
    "jwt",
    "key",
    "otp",
    "passphrase",
    "password",
    "recovery",
    "secret",
    "token",
    "unguessable",
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
/// and "API access tokens"; RFC 7468; RFC 7519, section 3.1; GitHub documentation,
/// "About authentication to GitHub").
const VALUES: [&str; 8] = [
    "api-",
    "mob-",
    "rel-",
    "sdk-",
    "eyJ",
    "ghp_",
    "Bearer ",
    "-----BEGIN ",
];

/// Whether the name of a property is one of a secret.
pub(crate) fn is_in_name(property: &str) -> bool {
    let mut name = property.to_lowercase();
    name.retain(char::is_alphanumeric);
    has_hint(&name)
        && (NOUNS
            .iter()
            .chain([&TOKEN])
            .any(|noun| name.contains(&noun.replace(' ', "")))
            || property.to_snake_case().split('_').any(|word| word == OTP))
}

/// Whether a name or a description in lower case may be one of a secret. For the
/// others, the slow checks are skipped.
fn has_hint(text: &str) -> bool {
    HINTS.iter().any(|hint| text.contains(hint))
}

/// Puts the mark on a schema with a sign. Numbers and booleans are no secrets, and
/// objects with properties contain theirs in them.
pub(crate) fn mark(schema: &mut Object) {
    let ty = schema.get("type").and_then(Value::as_str);
    if !matches!(ty, Some("integer" | "number" | "boolean"))
        && !schema.contains_key("properties")
        && !schema.contains_key(SECRET_SIGN)
        && let Some(sign) = sign(schema)
    {
        schema.insert(SECRET_SIGN.into(), json!(sign));
    }
}

/// Puts the marks of a schema on an equal one.
pub(crate) fn copy_marks(from: &Value, to: &mut Value) {
    match (from, to) {
        (Value::Object(from), Value::Object(to)) => {
            if let Some(sign) = from.get(SECRET_SIGN).filter(|sign| sign.is_string())
                && !to.contains_key("$ref")
            {
                to.entry(SECRET_SIGN).or_insert_with(|| sign.clone());
            }
            for (key, to) in to {
                if let Some(from) = from.get(key) {
                    copy_marks(from, to);
                }
            }
        }
        (Value::Array(from), Value::Array(to)) => {
            for (from, to) in from.iter().zip(to) {
                copy_marks(from, to);
            }
        }
        _ => {}
    }
}

fn sign(schema: &Object) -> Option<&'static str> {
    let text = |key: &str| schema.get(key).and_then(Value::as_str);
    let shows = |key: &str| schema.get(key).is_some_and(shows_secret);
    if text("format") == Some("password") {
        Some("its format")
    } else if schema.get("writeOnly") == Some(&json!(true)) {
        Some("`writeOnly`")
    } else if shows("example") || shows("examples") {
        Some("its example")
    } else if shows("default") {
        Some("its default")
    } else if text("pattern").is_some_and(matches_secret) {
        Some("its pattern")
    } else if text("description").is_some_and(describes_secret) {
        Some("its description")
    } else {
        None
    }
}

/// Whether a pattern requires the beginning of a secret.
fn matches_secret(pattern: &str) -> bool {
    let pattern = pattern.replace('\\', "");
    VALUES.iter().any(|start| pattern.contains(start))
}

/// Whether an example is or contains a secret.
fn shows_secret(example: &Value) -> bool {
    match example {
        Value::String(text) => VALUES.iter().any(|start| text.starts_with(start)),
        Value::Array(values) => values.iter().any(shows_secret),
        Value::Object(values) => values.values().any(shows_secret),
        _ => false,
    }
}

/// Whether a description is one of a secret.
fn describes_secret(description: &str) -> bool {
    let text = description.to_lowercase();
    if !has_hint(&text) {
        return false;
    }
    let letters = text.chars().filter_map(|letter| match letter {
        '*' | '`' => None,
        // A hyphen and a hyphen that breaks no line: `SDK-key`.
        '-' | '\u{2011}' => Some(' '),
        letter => Some(letter),
    });
    let text: String = letters.collect();
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
            && noun_length(rest)
                .is_some_and(|length| rest.get(length).is_none_or(|next| AFTER.contains(next)))
    })
}

/// The number of words of the noun, singular or plural, that a text begins with.
fn noun_length(words: &[&str]) -> Option<usize> {
    let is = |word: &str, noun: &str| word == noun || word.strip_suffix('s') == Some(noun);
    if let [kind, token, ..] = words
        && TOKENS.contains(kind)
        && is(token, TOKEN)
    {
        return Some(2);
    }
    let nouns = NOUNS.iter().chain([&OTP]).filter(|noun| {
        let mut words = words.iter();
        let mut noun = noun.split(' ');
        noun.all(|noun| words.next().is_some_and(|word| is(word, noun)))
    });
    nouns.map(|noun| noun.split(' ').count()).max()
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "The SDK-key of the environment.",
            "The SDK\u{2011}key of the environment.",
            "The OTP for the next login.",
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
            "The SDK key for browsers. Not-a-secret.",
            "The SDK-key ID.",
        ] {
            assert!(!describes_secret(text), "{text}");
        }
    }

    #[test]
    fn every_noun_and_phrase_has_a_hint() {
        for text in NOUNS.iter().chain([&OTP, &TOKEN]).chain(&PHRASES) {
            assert!(HINTS.iter().any(|hint| text.contains(hint)), "{text}");
        }
    }

    #[test]
    fn names_and_descriptions_share_one_list_of_nouns() {
        for noun in NOUNS {
            let name = noun.replace(' ', "_");
            assert!(is_in_name(&format!("_my{name}Value")), "{noun}");
            assert!(
                describes_secret(&format!("The {noun} of the member.")),
                "{noun}"
            );
            assert!(describes_secret(&format!("The {noun}s.")), "{noun}");
        }
        for name in [
            "signingKey",
            "SIGNING-KEY",
            "bearer",
            "hmac",
            "apiToken",
            "otp",
            "lastOtp",
            "OTP_code",
        ] {
            assert!(is_in_name(name), "{name}");
        }
        for name in ["key", "notPresent", "hotPath"] {
            assert!(!is_in_name(name), "{name}");
        }
        assert!(describes_secret("API tokens"));
        assert!(!describes_secret("The tokens that the model used."));
    }

    #[test]
    fn every_form_of_an_example_is_searched() {
        for schema in [
            json!({"example": "sdk-1"}),
            json!({"examples": ["a", "mob-1"]}),
            json!({"example": ["rel-1"]}),
            json!({"example": {"one": "api-1"}}),
        ] {
            assert_eq!(
                sign(schema.as_object().unwrap()),
                Some("its example"),
                "{schema}"
            );
        }
        assert_eq!(
            sign(json!({"example": "a sdk-"}).as_object().unwrap()),
            None
        );
    }

    #[test]
    fn values_that_begin_like_secrets_are_signs_wherever_a_schema_has_one() {
        for start in VALUES {
            let value = format!("{start}1");
            let pattern = format!("^({})[a-z]+$", start.replace('-', r"\-"));
            for (key, text, expected) in [
                ("example", &value, "its example"),
                ("default", &value, "its default"),
                ("pattern", &pattern, "its pattern"),
            ] {
                let schema = json!({key: text});
                assert_eq!(
                    sign(schema.as_object().unwrap()),
                    Some(expected),
                    "{schema}"
                );
            }
        }
        let schema = json!({"writeOnly": true});
        assert_eq!(sign(schema.as_object().unwrap()), Some("`writeOnly`"));
        for schema in [
            json!({"writeOnly": false}),
            json!({"pattern": "^[a-z0-9-]+$"}),
            json!({"default": "sdk"}),
        ] {
            assert_eq!(sign(schema.as_object().unwrap()), None, "{schema}");
        }
    }
}
