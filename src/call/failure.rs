//! What a failed attempt means: its error, and whether it can be retried.

use std::error::Error as _;

use crate::{Error, Operation, redact::Secrets, response::body::BodyError, retry::RetryClass};

/// A try that did not succeed.
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) class: RetryClass,
}

/// The error an response that is not a success stands for.
pub(super) fn failure(
    response: &reqwest::Response,
    body: bytes::Bytes,
    operation: &'static Operation,
    secrets: &Secrets,
) -> Error {
    let (status, headers) = (response.status(), response.headers().clone());
    Error::unsuccessful(operation, status, headers, body, secrets)
}

/// What a request without a response lets one conclude.
pub(super) fn class_of(error: &reqwest::Error) -> RetryClass {
    if error.is_builder() {
        return RetryClass::NotSent;
    }
    let mut cause = error.source();
    while let Some(error) = cause {
        if is_unprocessed(error) {
            return RetryClass::NotProcessed;
        }
        cause = error.source();
    }
    if error.is_connect() {
        RetryClass::NotProcessed
    } else {
        RetryClass::Unknown
    }
}

/// Whether this cause of an error says that the server has not processed the
/// request: an HTTP/2 server refused the stream, or closes the connection and
/// excludes the stream from what it has processed (RFC 9113, section 8.7); or
/// the connection was closed before the request was begun.
fn is_unprocessed(cause: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = cause.downcast_ref::<h2::Error>() {
        // h2 ends a stream with the server's GOAWAY only if its id is beyond
        // the last one the GOAWAY names.
        let is_refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        return error.is_remote() && (is_refused || error.is_go_away());
    }
    cause
        .downcast_ref::<hyper::Error>()
        .is_some_and(hyper::Error::is_canceled)
}

/// What comes of a success whose body was not read whole.
pub(super) fn body_failure(
    error: BodyError,
    response: &reqwest::Response,
    operation: &'static Operation,
    limit: u64,
    secrets: &Secrets,
) -> Failure {
    let (status, headers) = (response.status(), response.headers().clone());
    match error {
        BodyError::Incomplete(error) => Failure {
            error: Error::incomplete_body(operation, status, headers, error, secrets),
            class: RetryClass::Unknown,
        },
        BodyError::TooLarge => Failure {
            error: Error::body_too_large(operation, status, headers, limit, secrets),
            class: RetryClass::Final,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_whose_connection_ends_before_it_begins_is_unprocessed() {
        let (io, _server) = tokio::io::duplex(64);
        let io = hyper_util::rt::TokioIo::new(io);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        let sending = sender.send_request(hyper::Request::new(String::new()));
        drop(connection);
        assert!(is_unprocessed(&sending.await.unwrap_err()));
    }
}
