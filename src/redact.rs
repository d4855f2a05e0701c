//! Taking secrets out of texts that the server wrote.

use crate::object::Value;

/// What is put in the place of a secret.
const REDACTED: &str = "[redacted]";

/// A secret shorter than this is left: it would be found in every word.
const SHORTEST: usize = 4;

/// The properties of requests whose values are secret: an integration's
/// configuration, and what LaunchDarkly calls keys, tokens and secrets.
const SECRET_PROPERTIES: [&str; 5] = ["config", "apiKey", "token", "accessToken", "secret"];

/// The secrets a request holds in its body.
pub(crate) fn secrets_of(body: Option<&[u8]>) -> Vec<String> {
    let mut secrets = Vec::new();
    if let Some(Ok(value)) = body.map(serde_json::from_slice::<serde_json::Value>) {
        collect(&value, false, &mut secrets);
    }
    // A longer one first, lest a part of it is taken out and the rest stays.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

fn collect(value: &serde_json::Value, secret: bool, secrets: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) if secret && text.len() >= SHORTEST => {
            secrets.push(text.clone())
        }
        serde_json::Value::Array(values) => values
            .iter()
            .for_each(|value| collect(value, secret, secrets)),
        serde_json::Value::Object(object) => {
            // An operation of a JSON Patch says by its path what its value is.
            let names_secret = object
                .get("path")
                .and_then(serde_json::Value::as_str)
                .is_some_and(|path| {
                    path.split('/')
                        .any(|token| SECRET_PROPERTIES.contains(&token))
                });
            for (key, value) in object {
                let secret = secret
                    || SECRET_PROPERTIES.contains(&key.as_str())
                    || (names_secret && key == "value");
                collect(value, secret, secrets);
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
        assert!(secrets_of(Some(b"{")).is_empty());
        assert!(secrets_of(None).is_empty());
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
