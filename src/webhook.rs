//! What LaunchDarkly's webhooks send: whether it is LaunchDarkly's, and what
//! it says.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, HeaderName};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{Error, codec::decode::DecodeError};

/// The secret of a webhook, by which LaunchDarkly signs what the webhook sends
/// (LaunchDarkly documentation, "Webhooks").
///
/// The signature is the HMAC-SHA256 (RFC 2104, RFC 6234) of the body with the
/// secret, in the header `X-LD-Signature`, as hexadecimal digits. It is of the
/// bytes as they came: a framework that parses the body and writes it again
/// may change them.
///
/// A delivery may come late, twice, or not in order: sort by the entry's
/// `date`, and tell one from another by its `_id`. The signature does not say
/// when it was made.
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
    /// The header that holds the signature.
    pub const HEADER: HeaderName = HeaderName::from_static("x-ld-signature");

    /// Takes the secret that the webhook was created with (`Webhook::secret`).
    ///
    /// # Errors
    ///
    /// It is empty: then anybody could sign
    /// ([`is_invalid_input`](Error::is_invalid_input)).
    pub fn new(secret: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let secret = Zeroizing::new(secret.into());
        if secret.is_empty() {
            return Err(Error::config(
                "the webhook's secret is empty, and anybody could sign with it: give the webhook \
                 a secret in LaunchDarkly, and pass the same one here",
            ));
        }
        Ok(Self(secret))
    }

    /// Says whether the signature is of this body and this secret, in a time
    /// that does not tell how much of it is right.
    ///
    /// # Errors
    ///
    /// There is no signature, it is not what a signature looks like, or it is
    /// of another body or secret.
    pub fn verify(&self, body: &[u8], signature: Option<&str>) -> Result<(), SignatureError> {
        let signature = signature.ok_or(SignatureError::Missing)?;
        let mut bytes = [0; 32];
        hex::decode_to_slice(signature, &mut bytes).map_err(|_| SignatureError::Malformed)?;
        self.mac(body)
            .and_then(|mac| mac.verify_slice(&bytes).ok())
            .ok_or(SignatureError::Wrong)
    }

    /// Verifies a request by its headers, then reads its body: an entry of the
    /// audit log, as leniently as any answer.
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
    /// The signature is not right; the body is then not looked at. Or it is,
    /// and the body is no entry of the audit log.
    #[cfg(not(no_audit_log_entry))]
    pub fn decode(
        &self,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<crate::types::AuditLogEntryRep, WebhookError> {
        self.verify(body, signature(headers)?)?;
        crate::codec::decode::from_slice(body).map_err(|failure| UndecodablePayload(failure).into())
    }

    /// The signature of a body, as LaunchDarkly would send it: for tests of
    /// what receives webhooks.
    #[must_use]
    pub fn sign(&self, body: &[u8]) -> String {
        self.mac(body)
            .map(|mac| hex::encode(mac.finalize().into_bytes()))
            .unwrap_or_default()
    }

    /// There is one: every length of key is allowed (RFC 2104, section 2).
    fn mac(&self, body: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(body);
        Some(mac)
    }
}

/// The one signature that headers hold.
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

/// Why a request is not known to be LaunchDarkly's. Answer it with 401, and
/// do nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// It has no signature: it is somebody else's, or the webhook has no
    /// secret.
    #[error("there is no `X-LD-Signature` header: give the webhook a secret in LaunchDarkly")]
    Missing,
    /// It has several, of which LaunchDarkly sends one.
    #[error(
        "there is more than one `X-LD-Signature` header: something on the way adds headers, or \
         the request is not LaunchDarkly's"
    )]
    Repeated,
    /// It is not 64 hexadecimal digits.
    #[error("the `X-LD-Signature` header is not 64 hexadecimal digits: pass it as it came")]
    Malformed,
    /// It is of another body, or of another secret.
    #[error(
        "the signature is not of this body and secret: verify the bytes as they came, with the \
         secret the webhook has now"
    )]
    Wrong,
}

impl SignatureError {
    /// Whether there is no signature.
    #[must_use]
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// Whether there is something that is no signature, or more than one.
    #[must_use]
    pub fn is_malformed(&self) -> bool {
        matches!(self, Self::Malformed | Self::Repeated)
    }

    /// Whether there is a signature, and it is of something else.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        matches!(self, Self::Wrong)
    }
}

/// Why a webhook's request was not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WebhookError {
    /// It is not known to be LaunchDarkly's.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It is LaunchDarkly's, and its body is no entry of the audit log.
    #[error(transparent)]
    Payload(#[from] UndecodablePayload),
}

/// A body that is no entry of the audit log. It is not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndecodablePayload(DecodeError);

impl UndecodablePayload {
    /// Where it cannot be read, such as `member.email`; empty for the whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }
}

impl fmt::Display for UndecodablePayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature is right, but the body does not decode")?;
        if !self.0.path.is_empty() {
            write!(f, " at {}", self.0.path)?;
        }
        write!(f, ": {}", self.0.reason)
    }
}

impl std::error::Error for UndecodablePayload {}
