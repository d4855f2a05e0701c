//! Verifies and decodes the requests of LaunchDarkly's webhooks.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    Deviation, Error,
    codec::decode::{self, DecodeError},
};

/// The secret of a webhook, with which LaunchDarkly signs its requests
/// (LaunchDarkly documentation, "Webhooks").
///
/// The signature in the header `X-LD-Signature` is the HMAC-SHA256 (RFC 2104,
/// RFC 6234) of the body with the secret, in hexadecimal. Verify the unchanged
/// bytes of the body: a framework that parses and rewrites the body may change
/// them.
///
/// A request may arrive late, twice, or out of order: sort entries by `date`,
/// and detect duplicates by `_id`. The signature contains no timestamp.
///
/// `Debug` does not show the secret, and its memory is zeroed when it is
/// dropped.
///
/// ```
/// use launchdarkly_api::{SignatureError, WebhookSecret};
///
/// let secret = WebhookSecret::new("webhook-secret-0123456789")?;
/// let body = br#"{"_id": "57c0a8e29969090743529965", "kind": "flag"}"#;
/// let signature = secret.sign(body);
/// assert_eq!(secret.verify(body, Some(&signature)), Ok(()));
/// assert_eq!(secret.verify(b"{}", Some(&signature)), Err(SignatureError::Wrong));
/// assert_eq!(secret.verify(body, None), Err(SignatureError::Missing));
/// # Ok::<(), launchdarkly_api::Error>(())
/// ```
#[derive(Clone)]
pub struct WebhookSecret(Zeroizing<Vec<u8>>);

impl WebhookSecret {
    /// The header with the signature.
    pub const HEADER: HeaderName = HeaderName::from_static("x-ld-signature");

    /// Creates a secret from the one that the webhook was created with
    /// (`Webhook::secret`).
    ///
    /// # Errors
    ///
    /// The secret is empty, so anyone could sign
    /// ([`is_invalid_input`](Error::is_invalid_input)).
    pub fn new(secret: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let secret = Zeroizing::new(secret.into());
        if secret.is_empty() {
            return Err(Error::config(
                "the webhook secret is empty, so anyone could sign: set a secret for the webhook \
                 in LaunchDarkly and pass the same one here",
            ));
        }
        Ok(Self(secret))
    }

    /// Checks that the signature is that of this body and secret, in constant
    /// time.
    ///
    /// # Errors
    ///
    /// The signature is missing, malformed, or that of another body or secret.
    #[inline]
    pub fn verify(&self, body: &[u8], signature: Option<&str>) -> Result<(), SignatureError> {
        let signature = signature.ok_or(SignatureError::Missing)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(signature, &mut bytes).map_err(|_| SignatureError::Malformed)?;
        self.mac(body)
            .and_then(|mac| mac.verify_slice(&bytes).ok())
            .ok_or(SignatureError::Wrong)
    }

    /// Verifies the signature in the headers, then decodes the body: an entry
    /// of the audit log, with the same tolerance as a response.
    ///
    /// ```
    /// use launchdarkly_api::{WebhookSecret, reqwest::header::HeaderMap};
    ///
    /// let secret = WebhookSecret::new("webhook-secret-0123456789")?;
    /// let body = br#"{"_id": "57c0a8e29969090743529965", "kind": "flag", "name": "New checkout"}"#;
    /// let mut headers = HeaderMap::new();
    /// headers.insert(WebhookSecret::HEADER, secret.sign(body).parse()?);
    /// let entry = secret.decode(&headers, body)?;
    /// assert_eq!(entry.name, "New checkout");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// The signature is not valid, and the body was not read. Or the signature
    /// is valid, and the body does not decode.
    // Compiled where it is called, with the decoding of the type.
    #[cfg(not(no_audit_log_entry))]
    #[inline]
    pub fn decode(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<crate::types::AuditLogEntryRep, WebhookError> {
        self.verify(body, signature(headers)?)?;
        decode::from_slice(body).map_err(|failure| UndecodablePayload(failure).into())
    }

    /// Verifies and decodes like [`decode`](Self::decode), but rejects a body that
    /// lacks a required property, or has null in its place. `decode` returns an
    /// empty value or zero for it, such as the date 1970-01-01.
    ///
    /// ```
    /// use launchdarkly_api::{WebhookError, WebhookSecret, reqwest::header::HeaderMap};
    ///
    /// let secret = WebhookSecret::new("webhook-secret-0123456789")?;
    /// let body = br#"{"_id": "57c0a8e29969090743529965", "kind": "flag", "name": "New checkout"}"#;
    /// let mut headers = HeaderMap::new();
    /// headers.insert(WebhookSecret::HEADER, secret.sign(body).parse()?);
    /// let error = secret.decode_strict(&headers, body).unwrap_err();
    /// let WebhookError::Incomplete(missing) = error else { panic!("{error}") };
    /// assert_eq!(missing.pointer(), "/accesses");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`decode`](Self::decode), and [`WebhookError::Incomplete`] with the
    /// first required property that is missing or null.
    #[cfg(not(no_audit_log_entry))]
    #[inline]
    pub fn decode_strict(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<crate::types::AuditLogEntryRep, WebhookError> {
        self.verify(body, signature(headers)?)?;
        let (entry, deviations) = decode::observed(body).map_err(UndecodablePayload)?;
        match deviations.into_iter().find(Deviation::is_absent) {
            Some(absent) => Err(WebhookError::Incomplete(absent)),
            None => Ok(entry),
        }
    }

    /// Returns the signature of a body, to test a receiver of webhooks.
    #[must_use]
    #[inline]
    pub fn sign(&self, body: &[u8]) -> String {
        self.mac(body)
            .map(|mac| hex::encode(mac.finalize().into_bytes()))
            .unwrap_or_default()
    }

    /// HMAC accepts keys of any length (RFC 2104, section 2).
    #[inline]
    fn mac(&self, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(body);
        Some(mac)
    }
}

/// Returns the signature in the headers. More than one is an error.
#[inline]
fn signature(headers: &HeaderMap) -> Result<Option<&str>, SignatureError> {
    let mut values = headers.get_all(WebhookSecret::HEADER).iter();
    let first = values.next();
    if values.next().is_some() {
        return Err(SignatureError::Repeated);
    }
    first
        .map(|value| value.to_str().map_err(|_| SignatureError::Malformed))
        .transpose()
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret([redacted])")
    }
}

/// The reason why a request is not authenticated. Respond with 401 and ignore
/// the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SignatureError {
    /// The request has no signature: it is not from LaunchDarkly, or the
    /// webhook has no secret.
    Missing,
    /// The request has more than one signature. LaunchDarkly sends one.
    Repeated,
    /// The signature is not 64 hexadecimal digits.
    Malformed,
    /// The signature is that of another body or secret.
    Wrong,
}

impl fmt::Display for SignatureError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => {
                "the `X-LD-Signature` header is missing: set a secret for the webhook in \
                 LaunchDarkly"
            }
            Self::Repeated => {
                "there is more than one `X-LD-Signature` header: a proxy adds headers, or the \
                 request is not from LaunchDarkly"
            }
            Self::Malformed => {
                "the `X-LD-Signature` header is not 64 hexadecimal digits: pass it unchanged"
            }
            Self::Wrong => {
                "the signature does not match this body and secret: verify the unchanged bytes \
                 with the current secret of the webhook"
            }
        })
    }
}

impl std::error::Error for SignatureError {}

impl SignatureError {
    /// Whether the signature is missing.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// Whether the signature is malformed, or there is more than one.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        matches!(self, Self::Malformed | Self::Repeated)
    }

    /// Whether the signature is that of another body or secret.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong)
    }
}

/// The error of [`WebhookSecret::decode`] and
/// [`WebhookSecret::decode_strict`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookError {
    /// The request is not authenticated.
    Signature(SignatureError),
    /// The request is authenticated, and its body is not an entry of the audit
    /// log.
    Payload(UndecodablePayload),
    /// The request is authenticated, and its body lacks a required property
    /// ([`WebhookSecret::decode_strict`]).
    Incomplete(Deviation),
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Signature(error) => error.fmt(f),
            Self::Payload(error) => error.fmt(f),
            Self::Incomplete(deviation) => {
                write!(
                    f,
                    "the signature is valid, but the body is incomplete: {deviation}"
                )
            }
        }
    }
}

impl std::error::Error for WebhookError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Signature(error) => error.source(),
            Self::Payload(error) => error.source(),
            Self::Incomplete(_) => None,
        }
    }
}

impl From<SignatureError> for WebhookError {
    fn from(error: SignatureError) -> Self {
        Self::Signature(error)
    }
}

impl From<UndecodablePayload> for WebhookError {
    fn from(error: UndecodablePayload) -> Self {
        Self::Payload(error)
    }
}

/// A body that is not an entry of the audit log. `Display` and `Debug` do not
/// show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndecodablePayload(DecodeError);

impl UndecodablePayload {
    /// Returns the location of the unexpected value, such as `member.email`.
    /// Empty for the whole body.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }
}

impl fmt::Display for UndecodablePayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature is valid, but the body does not decode")?;
        if !self.0.path.is_empty() {
            write!(f, " at {}", self.0.path)?;
        }
        write!(f, ": {}", self.0.reason)
    }
}

impl std::error::Error for UndecodablePayload {}
