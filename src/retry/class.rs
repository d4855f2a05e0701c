//! Retry classes: whether a failed attempt can be retried.

use http::{Method, StatusCode};

/// The class of a failed attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryClass {
    /// The request was not sent, and a retry would not change that.
    NotSent,
    /// The server did not process the request, so any call can be retried.
    NotProcessed,
    /// The server may have applied the request, so only idempotent calls can be
    /// retried.
    Unknown,
    /// The server responded, and a retry would not change the response.
    Final,
}

impl RetryClass {
    /// Classifies the status of an unsuccessful response.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::TOO_MANY_REQUESTS => Self::NotProcessed,
            StatusCode::REQUEST_TIMEOUT
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Self::Unknown,
            _ => Self::Final,
        }
    }
}

/// Whether a server that responds to a write with this status may have applied
/// it. 307 and 308 request a repetition at another URL (RFC 9110, sections
/// 15.4.8 and 15.4.9), so the server has not; other redirects may follow an
/// applied write.
pub(crate) fn may_have_applied(status: StatusCode) -> bool {
    let repeat_elsewhere = [
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    status.is_success()
        || status.is_server_error()
        || (status.is_redirection() && !repeat_elsewhere.contains(&status))
}

/// Whether repeating a request has the same effect as sending it once. RFC
/// 9110, section 9.2.2.
pub(crate) fn is_idempotent(method: &Method) -> bool {
    is_safe(method) || matches!(*method, Method::PUT | Method::DELETE)
}

/// Whether a method only reads (RFC 9110, section 9.2.1).
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_have_their_retry_class() {
        for (status, expected) in [
            (429, RetryClass::NotProcessed),
            (408, RetryClass::Unknown),
            (502, RetryClass::Unknown),
            (503, RetryClass::Unknown),
            (504, RetryClass::Unknown),
            (500, RetryClass::Final),
            (409, RetryClass::Final),
            (404, RetryClass::Final),
        ] {
            assert_eq!(
                RetryClass::of_status(StatusCode::from_u16(status).unwrap()),
                expected,
                "{status}"
            );
        }
    }

    #[test]
    fn only_get_put_and_delete_are_idempotent() {
        for (method, expected) in [
            (Method::GET, true),
            (Method::HEAD, true),
            (Method::OPTIONS, true),
            (Method::TRACE, true),
            (Method::PUT, true),
            (Method::DELETE, true),
            (Method::POST, false),
            (Method::PATCH, false),
        ] {
            assert_eq!(is_idempotent(&method), expected, "{method}");
        }
    }
}
