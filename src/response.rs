//! Answers: a success's value with its status and headers.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;

use crate::{Error, Operation, decode};

pub use progenitor_client::ByteStream;

/// What a successful call answers: its value, and the status and headers it
/// came with.
///
/// It can be used like the value itself, which [`into_inner`](Self::into_inner)
/// takes out.
#[derive(Clone, PartialEq, Eq)]
pub struct ResponseValue<T> {
    value: T,
    status: StatusCode,
    headers: HeaderMap,
}

impl<T> ResponseValue<T> {
    /// An answer as it would come from the server, for tests.
    pub fn new(value: T, status: StatusCode, headers: HeaderMap) -> Self {
        Self {
            value,
            status,
            headers,
        }
    }

    /// The value alone.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The status it came with, a success (2xx).
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers it came with.
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
        &mut self.value
    }
}

impl<T> AsRef<T> for ResponseValue<T> {
    fn as_ref(&self) -> &T {
        &self.value
    }
}

/// Shows status and value, not the headers.
impl<T: fmt::Debug> fmt::Debug for ResponseValue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseValue")
            .field("status", &self.status)
            .field("value", &self.value)
            .finish_non_exhaustive()
    }
}

/// A success whose body has not been read yet. Which of these ways of reading
/// it are used depends on the operations of the document.
pub(crate) struct Response {
    inner: reqwest::Response,
    operation: &'static Operation,
}

#[allow(dead_code)]
impl Response {
    pub(crate) fn new(inner: reqwest::Response, operation: &'static Operation) -> Self {
        Self { inner, operation }
    }

    /// Reads the body as JSON.
    pub(crate) async fn json<T: DeserializeOwned>(self) -> Result<ResponseValue<T>, Error> {
        let operation = self.operation;
        let status = self.inner.status();
        let headers = self.inner.headers().clone();
        let body = match self.inner.bytes().await {
            Ok(body) => body,
            Err(error) => return Err(Error::broken_off(operation, status, headers, error)),
        };
        match decode::json(&body) {
            Ok(value) => Ok(ResponseValue::new(value, status, headers)),
            Err(failure) => Err(Error::undecodable(
                operation, status, headers, body, failure,
            )),
        }
    }

    /// Reads the body as JSON, or no body as the empty value.
    pub(crate) async fn json_or_nothing<T: DeserializeOwned + Default>(
        self,
    ) -> Result<ResponseValue<T>, Error> {
        if self.inner.status() == StatusCode::NO_CONTENT {
            let headers = self.inner.headers().clone();
            return Ok(ResponseValue::new(
                T::default(),
                StatusCode::NO_CONTENT,
                headers,
            ));
        }
        self.json().await
    }

    /// Leaves the body: there is nothing in it to read.
    pub(crate) async fn nothing(self) -> Result<ResponseValue<()>, Error> {
        let status = self.inner.status();
        Ok(ResponseValue::new((), status, self.inner.headers().clone()))
    }

    /// The body as it comes, piece by piece.
    pub(crate) fn stream(self) -> ResponseValue<ByteStream> {
        let status = self.inner.status();
        let headers = self.inner.headers().clone();
        let stream = ByteStream::new(Box::pin(self.inner.bytes_stream()));
        ResponseValue::new(stream, status, headers)
    }
}
