//! Answers: a success's value with its status and headers.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::LazyLock,
};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::{
    Error, Operation, RateLimits, decode,
    object::{Value, Whole},
    redact::Sent,
};

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

    /// The status it came with: a success (2xx), or 404 for a DELETE that was
    /// tried again and found that it had been carried out.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers it came with.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// What it says of the rate limits.
    pub fn rate_limits(&self) -> RateLimits {
        RateLimits::read(&self.headers)
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

/// A success.
pub(crate) enum Answer {
    /// Its body has been read.
    Read {
        operation: &'static Operation,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        sent: Sent,
    },
    /// Its body has not been read.
    Open(Response),
    /// What was to be deleted is gone: an earlier try of the call has deleted
    /// it. The error is what the last try was answered.
    Gone(&'static Operation, Error),
}

/// A success whose body has not been read.
pub(crate) struct Response {
    inner: reqwest::Response,
    operation: &'static Operation,
}

impl Response {
    pub(crate) fn new(inner: reqwest::Response, operation: &'static Operation) -> Self {
        Self { inner, operation }
    }
}

/// Which of these ways of reading are used depends on the operations of the
/// document.
#[allow(dead_code)]
impl Answer {
    pub(crate) fn read(
        mut response: reqwest::Response,
        body: Bytes,
        operation: &'static Operation,
    ) -> Self {
        Self::Read {
            operation,
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body,
            sent: Sent::default(),
        }
    }

    /// This answer to a request that sent this.
    pub(crate) fn to(mut self, request: Sent) -> Self {
        if let Self::Read { sent, .. } = &mut self {
            *sent = request;
        }
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Read { status, .. } => *status,
            Self::Open(response) => response.inner.status(),
            Self::Gone(..) => StatusCode::NOT_FOUND,
        }
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        static NONE: LazyLock<HeaderMap> = LazyLock::new(HeaderMap::new);
        match self {
            Self::Read { headers, .. } => headers,
            Self::Open(response) => response.inner.headers(),
            Self::Gone(_, error) => error.headers().unwrap_or(&NONE),
        }
    }

    /// The body as JSON.
    pub(crate) fn json<T: Value>(self) -> Result<ResponseValue<T>, Error> {
        match self {
            Self::Read {
                operation,
                status,
                headers,
                body,
                sent,
            } => match decode::json(&body) {
                Ok(Whole(value)) => Ok(ResponseValue::new(value, status, headers)),
                Err(failure) => Err(Error::undecodable(
                    operation,
                    status,
                    headers,
                    body,
                    failure,
                    &sent.secrets(),
                )),
            },
            Self::Open(response) => Err(response.operation.refuse("the answer was not read")),
            // What it would have answered when it was done is lost.
            Self::Gone(_, error) => Err(error),
        }
    }

    /// The body as JSON, or no body as the empty value.
    pub(crate) fn json_or_nothing<T: Value + Default>(self) -> Result<ResponseValue<T>, Error> {
        if self.status() == StatusCode::NO_CONTENT {
            return Ok(ResponseValue::new(
                T::default(),
                self.status(),
                self.headers().clone(),
            ));
        }
        self.json()
    }

    /// No body: there is nothing in it to read.
    pub(crate) fn nothing(self) -> Result<ResponseValue<()>, Error> {
        Ok(ResponseValue::new(
            (),
            self.status(),
            self.headers().clone(),
        ))
    }

    /// The body as it comes, piece by piece.
    pub(crate) fn stream(self) -> Result<ResponseValue<ByteStream>, Error> {
        match self {
            Self::Open(Response { inner, .. }) => {
                let (status, headers) = (inner.status(), inner.headers().clone());
                let stream = ByteStream::new(Box::pin(inner.bytes_stream()));
                Ok(ResponseValue::new(stream, status, headers))
            }
            Self::Read { operation, .. } | Self::Gone(operation, _) => {
                Err(operation.refuse("the answer has been read"))
            }
        }
    }
}
