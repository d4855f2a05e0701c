//! The access token, which authenticates every request.

use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use zeroize::Zeroizing;

use crate::Error;

/// A LaunchDarkly access token, personal or service (LaunchDarkly
/// documentation, "Authentication").
///
/// `Debug` and `Display` do not show it, and its memory is zeroed when the last
/// copy is dropped. [`ClientBuilder::build`] rejects tokens that the REST API
/// never accepts: the empty token, SDK keys and mobile keys.
///
/// ```
/// use launchdarkly_api::AccessToken;
///
/// let token = AccessToken::from("api-01234567-89ab-cdef-0123-456789abcdef");
/// assert_eq!(format!("{token} {token:?}"), "[redacted] AccessToken([redacted])");
/// ```
///
/// [`ClientBuilder::build`]: crate::ClientBuilder::build
#[derive(Clone)]
pub struct AccessToken(Bytes);

/// The prefixes of LaunchDarkly keys that are not access tokens (LaunchDarkly
/// documentation, "Authentication").
const OTHER_KEYS: [(&str, &str); 2] = [("sdk-", "an SDK key"), ("mob-", "a mobile key")];

impl AccessToken {
    /// Creates a token from the text that LaunchDarkly shows once, after
    /// creating it.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        // The header shares this buffer. Its last owner, this crate or the HTTP
        // client, zeroes it.
        Self(Bytes::from_owner(Zeroizing::new(token.into().into_bytes())))
    }

    /// Returns the value of the `Authorization` header, marked as sensitive.
    pub(crate) fn header(&self) -> Result<HeaderValue, Error> {
        let reject = |reason: &str| Err(Error::config(format!("the access token {reason}")));
        let token = self.expose();
        if token.is_empty() {
            return reject("is empty: pass one to `access_token`, or set LD_ACCESS_TOKEN");
        }
        if token.bytes().any(|byte| byte.is_ascii_control()) {
            return reject("contains a control character, perhaps a newline at the end: remove it");
        }
        if token.chars().any(char::is_whitespace) {
            return reject("contains a space: pass the token without `Bearer`");
        }
        if !token.is_ascii() {
            return reject("contains a non-ASCII character, which no LaunchDarkly token has");
        }
        for (prefix, kind) in OTHER_KEYS {
            if token.starts_with(prefix) {
                return reject(&format!(
                    "is {kind} (`{prefix}…`), which the REST API rejects: create an access token \
                     in the account's settings under Authorization"
                ));
            }
        }
        let Ok(mut value) = HeaderValue::from_maybe_shared(self.0.clone()) else {
            return reject("contains a character that is not valid in a header");
        };
        value.set_sensitive(true);
        Ok(value)
    }

    /// Returns the token, to redact it in texts.
    pub(crate) fn expose(&self) -> &str {
        // The bytes come from a `String`.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl From<String> for AccessToken {
    fn from(token: String) -> Self {
        Self::new(token)
    }
}

impl From<&str> for AccessToken {
    fn from(token: &str) -> Self {
        Self::new(token)
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessToken({self})")
    }
}

impl fmt::Display for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_sent_unchanged() {
        let header = AccessToken::new("api-0123").header().unwrap();
        assert_eq!(header, "api-0123");
        assert!(header.is_sensitive());
    }

    #[test]
    fn an_invalid_token_is_an_error_without_the_token() {
        let reasons = [
            "",
            "api-\n",
            "Bearer api-1",
            "api-é",
            "sdk-1234",
            "mob-1234",
        ]
        .map(|token| {
            let reason = AccessToken::new(token).header().unwrap_err().to_string();
            assert!(token.len() < 4 || !reason.contains(token), "{reason}");
            reason
        });
        insta::assert_snapshot!(reasons.join("\n"));
    }

    #[test]
    fn the_header_shares_the_tokens_memory() {
        let token = AccessToken::new("api-0123");
        let header = token.header().unwrap();
        assert_eq!(header.as_bytes().as_ptr(), token.0.as_ptr());
    }
}
