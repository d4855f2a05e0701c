//! The parts of a request that may be secret.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::Request;

use super::{known_tokens::KnownTokens, secrets::Secrets};

/// The parts of a sent request that may be secret, kept in case the response
/// does not decode.
#[derive(Default)]
pub(crate) struct SentRequest {
    pub(crate) tokens: Option<Arc<KnownTokens>>,
    pub(crate) body: Option<reqwest::Body>,
    /// The values of the caller's headers that may be secret.
    pub(crate) headers: Vec<HeaderValue>,
    pub(crate) changed: Option<Box<HookChanges>>,
}

/// Whether a header authenticates or is marked as sensitive.
pub(crate) fn is_secret_header(name: &HeaderName, value: &HeaderValue) -> bool {
    const SECRET: [HeaderName; 3] = [
        header::AUTHORIZATION,
        header::PROXY_AUTHORIZATION,
        header::COOKIE,
    ];
    value.is_sensitive() || SECRET.contains(name)
}

/// Returns the values of the headers that authenticate or are marked as
/// sensitive.
pub(crate) fn secret_headers(headers: &HeaderMap) -> Vec<HeaderValue> {
    let mut secret = Vec::new();
    for (name, value) in headers {
        if is_secret_header(name, value) {
            secret.push(value.clone());
        }
    }
    secret
}

/// The changes of the attempt hook that may be secret: the headers that
/// authenticate or are marked as sensitive, and the body.
pub(crate) struct HookChanges {
    pub(super) headers: Vec<HeaderValue>,
    pub(super) body: Option<Bytes>,
}

impl HookChanges {
    /// Returns the differences from the original token and body, if any.
    pub(crate) fn of(
        request: &Request,
        authorization: &HeaderValue,
        body: Option<&[u8]>,
    ) -> Option<Box<Self>> {
        let mut headers = secret_headers(request.headers());
        headers.retain(|value| value != authorization);
        let changed = request.body().and_then(reqwest::Body::as_bytes);
        let body = changed
            .filter(|changed| Some(*changed) != body)
            .map(Bytes::copy_from_slice);
        (!headers.is_empty() || body.is_some()).then(|| Box::new(Self { headers, body }))
    }
}

impl SentRequest {
    pub(crate) fn secrets(&self) -> Secrets {
        let body = self.body.as_ref().and_then(reqwest::Body::as_bytes);
        let tokens = self.tokens.clone().unwrap_or_default();
        Secrets::of(&tokens, body)
            .and(self.changed.as_deref())
            .and_headers(&self.headers)
    }
}
