//! Decodes JSON bodies. Errors locate the unexpected value and do not show it.

use serde::de::DeserializeOwned;
use serde_json::{Deserializer, de::StrRead};

use super::{
    Deviation,
    observer::{Observer, observe},
    value::{TopLevel, Value},
};

/// A body that does not decode. Contains no values of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DecodeError {
    /// The location, such as `items[3].config`. Empty for the whole body.
    pub(crate) path: String,
    pub(crate) reason: String,
}

impl DecodeError {
    fn empty() -> Self {
        Self {
            path: String::new(),
            reason: "the body is empty".to_owned(),
        }
    }
}

/// Returns a body as text, without its byte order mark, which a JSON parser may
/// ignore (RFC 8259, section 8.1).
///
/// All JSON is decoded from `str`: serde_json has compiled its parser for `str`,
/// and would have to compile it again here for bytes.
pub(crate) fn text(body: &[u8]) -> Result<&str, DecodeError> {
    let text = str::from_utf8(body).map_err(|error| DecodeError {
        path: String::new(),
        reason: format!("the body is not UTF-8: {error}"),
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Decodes a body as any JSON, if it is JSON.
pub(crate) fn json(body: &[u8]) -> Option<serde_json::Value> {
    serde_json::from_str(text(body).ok()?).ok()
}

/// Decodes a body with the tolerance of a response.
pub(crate) fn value<T: Value>(body: &[u8]) -> Result<T, DecodeError> {
    // Only a body that fails is decoded with its path.
    match serde_json::from_str(text(body)?) {
        Ok(TopLevel(value)) => Ok(value),
        Err(_) => observed(body).map(|(value, _)| value),
    }
}

/// Decodes a body like [`value`], and lists where it deviates from the document.
pub(crate) fn observed<T: Value>(body: &[u8]) -> Result<(T, Vec<Deviation>), DecodeError> {
    let body = text(body)?;
    let (decoded, observer) = observe(|| serde_json::from_str(body));
    match decoded {
        Ok(TopLevel(value)) => Ok((value, observer.deviations)),
        Err(error) => Err(failure(body, &error, &observer)),
    }
}

/// Decodes a body with `decode`, and once more to locate an error.
pub(super) fn located<'a, T>(
    body: &'a str,
    decode: impl Fn(&mut Deserializer<StrRead<'a>>) -> serde_json::Result<T>,
) -> Result<T, DecodeError> {
    let decode = || {
        let mut from = Deserializer::from_str(body);
        let value = decode(&mut from)?;
        from.end()?;
        Ok::<_, serde_json::Error>(value)
    };
    decode().or_else(|_| {
        let (decoded, observer) = observe(decode);
        decoded.map_err(|error| failure(body, &error, &observer))
    })
}

fn failure(body: &str, error: &serde_json::Error, observer: &Observer) -> DecodeError {
    if body.is_empty() {
        return DecodeError::empty();
    }
    DecodeError {
        path: observer.path(),
        reason: without_values(&error.to_string()),
    }
}

/// Decodes a body into any type, by serde alone.
pub(crate) fn from_slice<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    from_str(text(body)?)
}

/// Decodes JSON into any type, by serde alone.
pub(crate) fn from_str<T: DeserializeOwned>(json: &str) -> Result<T, DecodeError> {
    // Tracking the path slows decoding, so only a body that fails is decoded
    // with its path.
    serde_json::from_str(json).or_else(|_| with_path(json))
}

fn with_path<T: DeserializeOwned>(body: &str) -> Result<T, DecodeError> {
    if body.is_empty() {
        return Err(DecodeError::empty());
    }
    let mut deserializer = Deserializer::from_str(body);
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

    #[test]
    fn a_body_that_is_not_utf_8_is_an_error_that_says_where() {
        for body in [
            &b"{\"on\": true, \"x\": \"\xff\"}"[..],
            b"{\"on\": true, \"x\": \"\xed\xa0\x80\"}",
            b"{\"on\": true, \"\xff\": 1}",
        ] {
            let DecodeError { reason, .. } = from_slice::<Sample>(body).unwrap_err();
            let index = body.iter().position(|byte| !byte.is_ascii()).unwrap();
            assert!(reason.starts_with("the body is not UTF-8: "), "{reason}");
            assert!(reason.ends_with(&format!("from index {index}")), "{reason}");
        }
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
