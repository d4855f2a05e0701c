//! Whether a failed attempt can be retried.

use http::{Method, StatusCode};

/// What a failed attempt means for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RetryClass {
    /// Nothing was sent, and a retry would not change that.
    NotSent,
    /// The server did not process the request: any call can be retried.
    NotProcessed,
    /// The server may have applied the request.
    Unknown,
    /// The server responded, and a retry would not change that.
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

/// Whether a server that responds with this status to a change may have carried
/// it out. 307 and 308 ask for the same request at another URL (RFC 9110,
/// sections 15.4.8 and 15.4.9), so it has not; the other redirects may be the
/// response to a change that was made.
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
/// 9110, section 9.2.2 has more methods; the API uses only these.
pub(crate) fn is_idempotent(method: &Method) -> bool {
    matches!(
        *method,
        Method::GET | Method::HEAD | Method::PUT | Method::DELETE
    )
}

/// Whether a call changes nothing (RFC 9110, section 9.2.1).
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_been_done_is_told_from_what_was_not() {
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
    fn only_get_put_and_delete_are_repeated_by_themselves() {
        for (method, expected) in [
            (Method::GET, true),
            (Method::PUT, true),
            (Method::DELETE, true),
            (Method::POST, false),
            (Method::PATCH, false),
        ] {
            assert_eq!(is_idempotent(&method), expected, "{method}");
        }
    }
}
