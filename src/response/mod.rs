//! Successful responses: the value with its status and headers.

pub(crate) mod body;
mod byte_stream;
mod headers;
mod raw_response;

use std::{
    borrow::Cow,
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::{
    Error,
    codec::decode::{self, DecodeError},
    operation::OperationRef,
    redact::{Secrets, SentRequest},
};

pub use byte_stream::ByteStream;
pub(crate) use raw_response::RawResponse;

/// The response of a successful call: its value, status and headers.
///
/// It dereferences to the value. [`into_inner`](Self::into_inner) returns only
/// the value.
#[derive(Clone)]
pub struct ResponseValue<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
    /// The attempts of the call, for errors about the value. Zero without a
    /// call.
    pub(crate) attempts: u32,
    /// The body that `value` was decoded from, until the value changes.
    body: Option<Bytes>,
    /// The call that returned the value as bytes.
    call: Option<Arc<Call>>,
}

/// What the error of a body that does not decode needs.
struct Call {
    operation: OperationRef,
    sent: SentRequest,
}

impl<T> ResponseValue<T> {
    /// Creates a response, for tests.
    pub fn new(value: T, status: StatusCode, headers: HeaderMap) -> Self {
        Self {
            value,
            status,
            headers,
            attempts: 0,
            body: None,
            call: None,
        }
    }

    #[cfg(test)]
    /// Returns the response with the body of its value.
    pub(crate) fn with_body(self, body: Bytes) -> Self {
        Self {
            body: Some(body),
            ..self
        }
    }

    /// Returns the body of the value, unless the caller created or changed the
    /// value.
    pub(crate) fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// Returns the value.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// Returns the status of the response: a success (2xx), or 404 for a
    /// repeated DELETE whose earlier attempt deleted the resource. In that case
    /// the value is empty, because the response with the value was lost.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the headers of the response.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }
}

impl<T> Deref for ResponseValue<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for ResponseValue<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.body = None;
        &mut self.value
    }
}

impl<T> AsRef<T> for ResponseValue<T> {
    fn as_ref(&self) -> &T {
        &self.value
    }
}

/// Compares value, status and headers.
impl<T: PartialEq> PartialEq for ResponseValue<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value && self.status == other.status && self.headers == other.headers
    }
}

impl<T: Eq> Eq for ResponseValue<T> {}

impl ResponseValue<Bytes> {
    /// Decodes the body as JSON into any type. This is plain serde, without the
    /// tolerance of this crate's types for missing and unknown values. An empty
    /// body decodes as `null`.
    ///
    /// # Errors
    ///
    /// The body does not decode: [`Error::is_decode`] is true, and
    /// [`Error::decode_path`] locates the unexpected value.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let body = &self.value;
        let decoded = match &body[..] {
            b"" => decode::from_slice(b"null").or_else(|_| decode::from_slice(body)),
            body => decode::from_slice(body),
        };
        decoded.map_err(|failure| self.undecodable(failure))
    }

    /// Creates the error of a body that does not decode.
    pub(crate) fn undecodable(&self, failure: DecodeError) -> Error {
        let call = self.call.as_deref();
        let secrets = call.map_or_else(Secrets::default, |call| call.sent.secrets());
        let error = Error::undecodable(
            call.map(|call| call.operation.clone()),
            self.status,
            self.headers.clone(),
            self.value.clone(),
            failure,
            &secrets,
        );
        error.finish(self.attempts, false, "")
    }

    /// Returns the body as text, with U+FFFD in place of invalid UTF-8.
    #[must_use]
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.value)
    }

    /// Decodes the body and returns the response with the decoded value.
    pub(crate) fn decode<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Error> {
        Ok(ResponseValue {
            value: self.json()?,
            status: self.status,
            headers: self.headers,
            attempts: self.attempts,
            body: None,
            call: None,
        })
    }
}

/// Shows status and value, not the headers. Of a body as bytes it shows the
/// length, because the body may contain secrets.
impl<T: fmt::Debug> fmt::Debug for ResponseValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("ResponseValue");
        debug.field("status", &self.status);
        match &self.call {
            Some(_) => debug.field("body_bytes", &self.body.as_ref().map(Bytes::len)),
            None => debug.field("value", &self.value),
        };
        debug.finish_non_exhaustive()
    }
}
