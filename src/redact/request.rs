//! The parts of a request that may be secret.

use bytes::Bytes;
use http::{HeaderValue, header};
use reqwest::Request;

use super::secrets::Secrets;

/// The parts of a sent request that may be secret, kept in case the response
/// does not decode.
#[derive(Default)]
pub(crate) struct SentRequest {
    pub(crate) authorization: Option<HeaderValue>,
    pub(crate) body: Option<reqwest::Body>,
    pub(crate) changed: Option<Box<HookChanges>>,
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
        const SECRET: [header::HeaderName; 3] = [
            header::AUTHORIZATION,
            header::PROXY_AUTHORIZATION,
            header::COOKIE,
        ];
        let headers: Vec<_> = request
            .headers()
            .iter()
            .filter(|(name, value)| value.is_sensitive() || SECRET.contains(name))
            .filter(|(_, value)| *value != authorization)
            .map(|(_, value)| value.clone())
            .collect();
        let changed = request.body().and_then(reqwest::Body::as_bytes);
        let body = changed
            .filter(|changed| Some(*changed) != body)
            .map(Bytes::copy_from_slice);
        (!headers.is_empty() || body.is_some()).then(|| Box::new(Self { headers, body }))
    }
}

impl SentRequest {
    pub(crate) fn secrets(&self) -> Secrets {
        let token = self.authorization.as_ref().map(HeaderValue::to_str);
        let body = self.body.as_ref().and_then(reqwest::Body::as_bytes);
        Secrets::of(token.and_then(Result::ok).unwrap_or_default(), body)
            .and(self.changed.as_deref())
    }
}
