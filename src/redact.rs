//! Taking secrets out of texts that the server wrote.

use crate::{
    generated::secrets::{HOLDERS, PROPERTIES},
    object::Value,
};

/// What is put in the place of a secret.
const REDACTED: &str = "[redacted]";

/// A secret shorter than this is left: it would be found in every word.
const SHORTEST: usize = 4;

/// The secrets a request holds in its body: the values of the properties that
/// `openapi/properties.yaml` has as secret.
pub(crate) fn secrets_of(body: Option<&[u8]>) -> Vec<String> {
    let mut secrets = Vec::new();
    if let Some(Ok(value)) = body.map(serde_json::from_slice::<serde_json::Value>) {
        collect(&value, Place::Open, &mut secrets);
    }
    // A longer one first, lest a part of it is taken out and the rest stays.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

/// What is known of a value by the properties around it.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Nothing.
    Open,
    /// It is an object whose `value` is secret, or a list of such.
    Holder,
    /// It is a secret.
    Secret,
}

impl Place {
    /// Of the property of a name.
    fn within(self, name: &str) -> Self {
        match self {
            Self::Secret => Self::Secret,
            Self::Holder if name == "value" => Self::Secret,
            _ if PROPERTIES.binary_search(&name).is_ok() => Self::Secret,
            _ if HOLDERS.binary_search(&name).is_ok() => Self::Holder,
            _ => Self::Open,
        }
    }

    /// Of what a path of a JSON Patch leads to; an index says nothing new.
    fn at(self, path: &str) -> Self {
        path.split('/')
            .filter(|token| !token.is_empty() && *token != "-" && token.parse::<u32>().is_err())
            .fold(self, Self::within)
    }
}

fn collect(value: &serde_json::Value, place: Place, secrets: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) if place == Place::Secret && text.len() >= SHORTEST => {
            secrets.push(text.clone());
        }
        serde_json::Value::Array(values) => values
            .iter()
            .for_each(|value| collect(value, place, secrets)),
        serde_json::Value::Object(object) => {
            // An operation of a JSON Patch says by its path what its value is.
            let path = object.get("path").and_then(serde_json::Value::as_str);
            for (key, value) in object {
                let place = match path {
                    Some(path) if key == "value" && place == Place::Open => place.at(path),
                    _ => place.within(key),
                };
                collect(value, place, secrets);
            }
        }
        _ => {}
    }
}

/// Shows a property that is a secret by whether it is there.
#[allow(dead_code)]
pub(crate) fn shown<T: Value>(secret: &T) -> impl std::fmt::Debug {
    struct Shown(bool);

    impl std::fmt::Debug for Shown {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(if self.0 { "[absent]" } else { REDACTED })
        }
    }

    Shown(secret.is_absent())
}

/// A text without the secrets, on one line.
pub(crate) fn scrub<'a>(text: &str, secrets: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in secrets {
        if secret.len() >= SHORTEST {
            text = text.replace(secret, REDACTED);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secrets_of_a_body_are_found_by_their_properties() {
        let body = br#"{"name": "public", "config": {"apiKey": "s3cret", "on": true}, "apiKey": "s3cret-too"}"#;
        assert_eq!(secrets_of(Some(body)), ["s3cret-too", "s3cret"]);
        let patch = br#"[{"op": "replace", "path": "/config/url", "value": "s3cret"},
                         {"op": "replace", "path": "/name", "value": "public"},
                         {"op": "add", "path": "", "value": {"config": {"a": ["s3cret-2"]}}}]"#;
        assert_eq!(secrets_of(Some(patch)), ["s3cret-2", "s3cret"]);
        // A header's value is secret, a variation's is not.
        let body = br#"{"headers": [{"name": "public", "value": "s3cret"}],
                        "variations": [{"name": "public", "value": "public"}]}"#;
        assert_eq!(secrets_of(Some(body)), ["s3cret"]);
        let patch =
            br#"[{"op": "add", "path": "/endpoint/headers/-", "value": {"value": "s3cret"}},
                         {"op": "replace", "path": "/headers/0/value", "value": "s3cret-2"},
                         {"op": "replace", "path": "/variations/0/value", "value": "public"}]"#;
        assert_eq!(secrets_of(Some(patch)), ["s3cret-2", "s3cret"]);
        assert!(secrets_of(Some(b"{")).is_empty());
        assert!(secrets_of(None).is_empty());
    }

    #[test]
    fn the_names_can_be_searched_for() {
        for names in [PROPERTIES, HOLDERS] {
            assert!(!names.is_empty() && names.is_sorted(), "{names:?}");
        }
    }

    #[test]
    fn a_text_loses_secrets_and_line_breaks() {
        assert_eq!(
            scrub(
                "bad value\n  s3cret-2 (s3cret)",
                ["s3cret-2", "s3cret", "bad"]
            ),
            "bad value [redacted] ([redacted])"
        );
    }
}
