//! Decodes JSON bodies. Errors locate the unexpected value and do not show it.

use serde::de::DeserializeOwned;

/// A body that does not decode. Contains no values of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DecodeError {
    /// The location, such as `items[3].config`. Empty for the whole body.
    pub(crate) path: String,
    pub(crate) reason: String,
}

/// Returns the body without its byte order mark, which a JSON parser may ignore
/// (RFC 8259, section 8.1).
pub(crate) fn without_byte_order_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(body)
}

pub(crate) fn from_slice<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    let body = without_byte_order_mark(body);
    // Tracking the path slows decoding, so only a body that fails is decoded
    // with its path.
    serde_json::from_slice(body).or_else(|_| with_path(body))
}

fn with_path<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    if body.is_empty() {
        return Err(DecodeError {
            path: String::new(),
            reason: "the body is empty".to_owned(),
        });
    }
    let mut deserializer = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        // The path ends in `?` where the text ends too early.
        let path = error.path().to_string();
        DecodeError {
            path: path.trim_end_matches(['.', '?']).to_owned(),
            reason: without_values(&error.into_inner().to_string()),
        }
    })?;
    deserializer.end().map_err(|error| DecodeError {
        path: String::new(),
        reason: without_values(&error.to_string()),
    })?;
    Ok(value)
}

/// Removes the value from a serde error (`invalid type: string "s3cret",
/// expected a boolean`), because it may be a secret. Its type is enough.
fn without_values(message: &str) -> String {
    for label in ["invalid type: ", "invalid value: "] {
        if let Some(rest) = message.strip_prefix(label)
            // The last one, because the value may contain the word.
            && let Some((value, expected)) = rest.rsplit_once(", expected ")
        {
            let kind = value
                .split(['"', '`'])
                .next()
                .unwrap_or_default()
                .trim_end();
            return format!("{label}{kind}, expected {expected}");
        }
    }
    if let Some(rest) = message.strip_prefix("unknown variant `")
        && let Some((_, expected)) = rest.rsplit_once("`, expected ")
    {
        return format!("unknown variant, expected {expected}");
    }
    message.to_owned()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[allow(dead_code)]
    struct Sample {
        on: bool,
        #[serde(default)]
        tags: Vec<Effect>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Effect {
        Allow,
    }

    fn failure(body: &str) -> String {
        let DecodeError { path, reason } = from_slice::<Sample>(body.as_bytes()).unwrap_err();
        format!("{path:?}: {reason}")
    }

    #[test]
    fn a_decode_error_names_the_place_and_hides_the_value() {
        let failures = [
            "",
            "{\"on\": true",
            "{\"on\": \"s3cret, expected x\"}",
            "{\"on\": 1.5}",
            "{\"on\": true, \"tags\": [\"allow\", \"s3cret\"]}",
            "{\"on\": true, \"tags\": {\"s3cret\": 1}}",
            "{\"on\": true} s3cret",
            "<html>s3cret</html>",
        ]
        .map(failure)
        .join("\n");
        assert!(!failures.contains("s3cret"), "{failures}");
        insta::assert_snapshot!(failures);
    }

    #[test]
    fn a_byte_order_mark_is_ignored() {
        assert!(
            from_slice::<Sample>("\u{feff}{\"on\": true}".as_bytes())
                .unwrap()
                .on
        );
        for body in ["\u{feff}\u{feff}{}", " \u{feff}{}", "\u{feff}"] {
            assert!(from_slice::<Value>(body.as_bytes()).is_err(), "{body:?}");
        }
        assert_eq!(failure("\u{feff}"), failure(""));
    }

    proptest::proptest! {
        #[test]
        fn a_decode_error_contains_no_string_of_the_body(secret in "[A-Z]{12}[ ,`\"\\PC]{0,20}") {
            for body in [
                serde_json::json!({"on": secret}),
                serde_json::json!({"on": true, "tags": [secret]}),
                Value::String(secret.clone()),
            ] {
                let reason = from_slice::<Sample>(body.to_string().as_bytes()).unwrap_err().reason;
                assert!(!reason.contains(&secret[..12]), "{reason}");
            }
        }
    }
}
