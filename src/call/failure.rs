//! Failed attempts: the error, and whether a retry is possible.

use std::error::Error as _;

use crate::{
    Error, operation::OperationRef, redact::Secrets, response::body::BodyError, retry::RetryClass,
};

/// A failed attempt.
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) class: RetryClass,
}

/// Returns the error of an unsuccessful response.
pub(super) fn failure(
    response: &reqwest::Response,
    body: bytes::Bytes,
    operation: &OperationRef,
    secrets: &Secrets,
) -> Error {
    let (status, headers) = (response.status(), response.headers().clone());
    Error::unsuccessful(operation, status, headers, body, secrets)
}

/// Classifies an attempt that got no response.
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
    if is_certificate_error(error) {
        RetryClass::NotSent
    } else if error.is_connect() {
        RetryClass::NotProcessed
    } else {
        RetryClass::Unknown
    }
}

/// Whether the connection failed because of a certificate, which a retry would
/// not change. The TLS backends have different error types, and native-tls
/// tells no kinds apart, but all of them name the certificate.
fn is_certificate_error(error: &reqwest::Error) -> bool {
    let mut cause = error.source().filter(|_| error.is_connect());
    while let Some(error) = cause {
        if error.to_string().to_lowercase().contains("certificate") {
            return true;
        }
        cause = error.source();
    }
    false
}

/// Whether this cause of an error shows that the server has not processed the
/// request: an HTTP/2 server refused the stream, or its GOAWAY excludes the
/// stream (RFC 9113, section 8.7), or the connection closed before the request
/// was sent.
fn is_unprocessed(cause: &(dyn std::error::Error + 'static)) -> bool {
    if let Some(error) = cause.downcast_ref::<h2::Error>() {
        // h2 ends a stream with the server's GOAWAY only if the ID of the
        // stream is greater than the last one in the GOAWAY.
        let is_refused = error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
        return error.is_remote() && (is_refused || error.is_go_away());
    }
    cause
        .downcast_ref::<hyper::Error>()
        .is_some_and(hyper::Error::is_canceled)
}

/// Returns the failure of a successful response whose body could not be read.
pub(super) fn body_failure(
    error: BodyError,
    response: &reqwest::Response,
    operation: &OperationRef,
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
