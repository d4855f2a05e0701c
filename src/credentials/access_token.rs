//! The access token, which authenticates every request.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::HeaderValue;
use tokio::time::Instant;
use zeroize::Zeroizing;

/// A LaunchDarkly access token: personal or service (LaunchDarkly
/// documentation, "Authentication"), or of an OAuth application
/// ([`bearer`](Self::bearer)).
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
pub struct AccessToken {
    /// The value of the `Authorization` header: the scheme, if any, and the
    /// token.
    header: Bytes,
    /// Where the token starts in the header.
    start: usize,
    expiry: Option<Instant>,
}

/// The scheme of OAuth tokens (RFC 6750, section 2.1).
pub(super) const BEARER: &str = "Bearer ";

/// The prefixes of LaunchDarkly keys that are not access tokens (LaunchDarkly
/// documentation, "Authentication").
const OTHER_KEYS: [(&str, &str); 2] = [("sdk-", "an SDK key"), ("mob-", "a mobile key")];

impl AccessToken {
    /// Creates a token from the text that LaunchDarkly shows once, after
    /// creating it.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self::with_header(Zeroizing::new(token.into().into_bytes()), 0)
    }

    /// Creates a token from OAuth (LaunchDarkly documentation, "OAuth 2.0
    /// clients"). The client sends it as `Authorization: Bearer …` (RFC 6750,
    /// section 2.1).
    #[must_use]
    pub fn bearer(token: impl Into<String>) -> Self {
        let token = Zeroizing::new(token.into());
        // Of the final size, so that no part of the token stays in freed memory.
        let mut header = Zeroizing::new(Vec::with_capacity(BEARER.len() + token.len()));
        header.extend_from_slice(BEARER.as_bytes());
        header.extend_from_slice(token.as_bytes());
        Self::with_header(header, BEARER.len())
    }

    /// Sets how long the token is valid from now on. A client with
    /// [credentials](crate::Credentials) refreshes it a minute before, or after
    /// half of this time if that is later. Time in which the machine is
    /// suspended may not count.
    ///
    /// Without an expiry, the client keeps the token until the server rejects
    /// it. The expiry of the token of
    /// [`ClientBuilder::access_token`](crate::ClientBuilder::access_token) has
    /// no effect, as there is no other token.
    #[must_use]
    pub fn expires_in(mut self, lifetime: Duration) -> Self {
        // An expiry too far away to represent is none.
        self.expiry = Instant::now().checked_add(lifetime);
        self
    }

    /// Sets when the token expires, by the clock of this machine; see
    /// [`expires_in`](Self::expires_in).
    #[must_use]
    pub fn expires_at(self, expiry: SystemTime) -> Self {
        let lifetime = expiry.duration_since(SystemTime::now());
        self.expires_in(lifetime.unwrap_or_default())
    }

    fn with_header(header: Zeroizing<Vec<u8>>, start: usize) -> Self {
        Self {
            // The header shares this buffer. Its last owner, this crate or the
            // HTTP client, zeroes it.
            header: Bytes::from_owner(header),
            start,
            expiry: None,
        }
    }

    /// Returns the value of the `Authorization` header, marked as sensitive, or
    /// why the token is invalid.
    pub(crate) fn header(&self) -> Result<HeaderValue, String> {
        let reject = |reason: &str| Err(format!("the access token {reason}"));
        let token = self.expose();
        if token.is_empty() {
            return reject("is empty: pass one to `access_token`, or set LD_ACCESS_TOKEN");
        }
        if token.bytes().any(|byte| byte.is_ascii_control()) {
            return reject("contains a control character, perhaps a newline at the end: remove it");
        }
        if token.chars().any(char::is_whitespace) {
            return reject(
                "contains a space: pass the token without `Bearer`, to `AccessToken::bearer` if it \
                 is from OAuth",
            );
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
        let Ok(mut value) = HeaderValue::from_maybe_shared(self.header.clone()) else {
            return reject("contains a character that is not valid in a header");
        };
        value.set_sensitive(true);
        Ok(value)
    }

    /// Returns the token without its scheme.
    pub(crate) fn expose(&self) -> &str {
        // The bytes come from a `String`.
        std::str::from_utf8(&self.header[self.start..]).unwrap_or_default()
    }

    /// Returns the token in shared memory, to redact it in texts.
    pub(crate) fn secret(&self) -> Bytes {
        self.header.clone().split_off(self.start)
    }

    /// Whether both are sent as the same header.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.header == other.header
    }

    pub(super) fn expiry(&self) -> Option<Instant> {
        self.expiry
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
    fn an_oauth_token_is_sent_with_its_scheme() {
        let token = AccessToken::bearer("0123");
        let header = token.header().unwrap();
        assert_eq!(
            (header.to_str().unwrap(), token.expose()),
            ("Bearer 0123", "0123")
        );
        assert!(header.is_sensitive());
        assert!(!token.is_same(&AccessToken::new("0123")));
        for invalid in ["", "Bearer 0123", "0123\n", "sdk-0123"] {
            assert!(AccessToken::bearer(invalid).header().is_err(), "{invalid}");
        }
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
            let reason = AccessToken::new(token).header().unwrap_err();
            assert!(token.len() < 4 || !reason.contains(token), "{reason}");
            reason
        });
        insta::assert_snapshot!(reasons.join("\n"));
    }

    #[test]
    fn the_header_shares_the_tokens_memory() {
        let token = AccessToken::new("api-0123");
        let header = token.header().unwrap();
        assert_eq!(header.as_bytes().as_ptr(), token.header.as_ptr());
    }
}
