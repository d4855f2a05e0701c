//! A successful response before it is decoded.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, StatusCode};

use super::{ByteStream, Call, ResponseValue};
use crate::{
    Error,
    codec::{TopLevel, Value, decode},
    operation::OperationRef,
    redact::{HookChanges, SentRequest},
};

/// A successful response.
pub(crate) struct RawResponse {
    operation: OperationRef,
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
    /// The attempts of the call; 0 while the call is running.
    attempts: u32,
    sent: SentRequest,
}

enum Body {
    Buffered(Bytes),
    /// The body has not been read.
    Streaming(Box<reqwest::Response>),
    /// No body: an earlier attempt deleted the resource, and its response was
    /// lost.
    AlreadyDeleted,
}

impl RawResponse {
    pub(crate) fn buffered(
        mut response: reqwest::Response,
        body: Bytes,
        operation: &OperationRef,
        changed: Option<Box<HookChanges>>,
    ) -> Self {
        Self {
            operation: operation.clone(),
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: Body::Buffered(body),
            attempts: 0,
            sent: SentRequest {
                changed,
                ..SentRequest::default()
            },
        }
    }

    pub(crate) fn streaming(mut response: reqwest::Response, operation: &OperationRef) -> Self {
        Self {
            operation: operation.clone(),
            status: response.status(),
            headers: std::mem::take(response.headers_mut()),
            body: Body::Streaming(Box::new(response)),
            attempts: 0,
            sent: SentRequest::default(),
        }
    }

    /// Returns the success of a repeated DELETE that found the resource
    /// deleted.
    pub(crate) fn already_deleted(
        operation: &OperationRef,
        not_found: &Error,
        attempts: u32,
    ) -> Self {
        Self {
            operation: operation.clone(),
            status: StatusCode::NOT_FOUND,
            headers: not_found.headers().cloned().unwrap_or_default(),
            body: Body::AlreadyDeleted,
            attempts,
            sent: SentRequest::default(),
        }
    }

    /// Adds the attempts of the call and what the last one sent.
    pub(crate) fn finish(mut self, attempts: u32, sent: SentRequest) -> Self {
        self.attempts = attempts;
        self.sent = SentRequest {
            changed: self.sent.changed,
            ..sent
        };
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Decodes the body as JSON.
    pub(crate) fn json<T: Value>(self) -> Result<ResponseValue<T>, Error> {
        let (operation, status, headers) = (self.operation, self.status, self.headers);
        let (value, body) = match self.body {
            Body::Buffered(body) => match decode::from_slice(&body) {
                Ok(TopLevel(value)) => (value, Some(body)),
                Err(failure) => {
                    let secrets = self.sent.secrets();
                    let error = Error::undecodable(
                        Some(operation),
                        status,
                        headers,
                        body,
                        failure,
                        &secrets,
                    );
                    return Err(error.finish(self.attempts, false, ""));
                }
            },
            Body::AlreadyDeleted => (T::error_corrected_default(), None),
            Body::Streaming(_) => {
                return Err(Error::argument(
                    &operation,
                    "the response body was not read",
                ));
            }
        };
        Ok(ResponseValue {
            value,
            status,
            headers,
            attempts: self.attempts,
            body,
            call: None,
        })
    }

    /// Returns the body as it came. Empty if an earlier attempt deleted the
    /// resource.
    pub(crate) fn bytes(self) -> Result<ResponseValue<Bytes>, Error> {
        let value = match self.body {
            Body::Buffered(body) => body,
            Body::AlreadyDeleted => Bytes::new(),
            Body::Streaming(_) => {
                return Err(Error::argument(
                    &self.operation,
                    "the response body was not read",
                ));
            }
        };
        Ok(ResponseValue {
            body: Some(value.clone()),
            value,
            status: self.status,
            headers: self.headers,
            attempts: self.attempts,
            call: Some(Arc::new(Call {
                operation: self.operation,
                sent: self.sent,
            })),
        })
    }

    /// Decodes the body as JSON. A response without a body has the empty value.
    pub(crate) fn json_or_empty<T: Value + Default>(self) -> Result<ResponseValue<T>, Error> {
        if self.status == StatusCode::NO_CONTENT {
            return Ok(ResponseValue::new(T::default(), self.status, self.headers));
        }
        self.json()
    }

    /// Ignores the body.
    pub(crate) fn empty(self) -> Result<ResponseValue<()>, Error> {
        Ok(ResponseValue::new((), self.status, self.headers))
    }

    /// Returns the body as a stream of chunks.
    pub(crate) fn stream(self) -> Result<ResponseValue<ByteStream>, Error> {
        let (operation, status, headers) = (self.operation, self.status, self.headers);
        let stream = match self.body {
            Body::Streaming(response) => {
                let (headers, attempts, sent) = (headers.clone(), self.attempts, self.sent);
                ByteStream::new(response.bytes_stream().map(move |chunk| {
                    chunk.map_err(|error| {
                        let secrets = sent.secrets();
                        Error::incomplete_body(&operation, status, headers.clone(), error, &secrets)
                            .finish(attempts, false, "")
                    })
                }))
            }
            Body::AlreadyDeleted => ByteStream::empty(),
            Body::Buffered(_) => {
                return Err(Error::argument(
                    &operation,
                    "the response body has been read",
                ));
            }
        };
        Ok(ResponseValue::new(stream, status, headers))
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::Operation;

    static OPERATION: Operation = Operation {
        id: Cow::Borrowed("download"),
        index: Some(0),
        method: http::Method::GET,
        path: Cow::Borrowed("/"),
        area: "area",
        beta: false,
        deprecated: false,
        patches: &[],
        paging: None,
    };

    /// Returns a response whose body has these chunks; an error breaks it.
    fn stream_of(chunks: Vec<Result<&'static str, std::io::Error>>) -> ByteStream {
        let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
        let response = http::Response::builder().status(200).body(body).unwrap();
        RawResponse::streaming(response.into(), &(&OPERATION).into())
            .finish(2, SentRequest::default())
            .stream()
            .unwrap()
            .into_inner()
    }

    #[tokio::test]
    async fn a_streamed_body_is_complete_and_ends() {
        let mut stream = stream_of(vec![Ok("one "), Ok("two")]);
        let mut body = Vec::new();
        while let Some(chunk) = stream.try_next().await.unwrap() {
            body.extend_from_slice(&chunk);
        }
        assert_eq!(body, b"one two");
        assert!(stream.try_next().await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_broken_stream_returns_an_error_of_its_operation_and_ends() {
        let broken = || Err(std::io::Error::other("reset"));
        let mut stream = stream_of(vec![Ok("one"), broken(), Ok("two")]);
        assert_eq!(stream.try_next().await.unwrap().unwrap(), "one");
        let error = stream.try_next().await.unwrap_err();
        assert_eq!(error.operation().map(Operation::id), Some("download"));
        assert_eq!(
            (error.status(), error.attempts()),
            (Some(StatusCode::OK), 2)
        );
        assert!(stream.try_next().await.unwrap().is_none());
    }
}
