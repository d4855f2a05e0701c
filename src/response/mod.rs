//! Successful responses: the value with its status and headers.

pub(crate) mod body;
mod byte_stream;
mod headers;
mod raw_response;

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

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

/// Shows status and value, not the headers.
impl<T: fmt::Debug> fmt::Debug for ResponseValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseValue")
            .field("status", &self.status)
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}
