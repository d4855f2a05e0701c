//! Hooks that observe and change the attempts of a call.

use std::{fmt, time::Duration};

use http::{HeaderMap, StatusCode};

use crate::{Error, Operation};

/// One attempt of a call.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Attempt {
    /// The operation.
    pub operation: &'static Operation,
    /// The number of the attempt. The first is 1.
    pub number: u32,
    /// How long the call waited since the previous attempt, or since it
    /// started: for the backoff and for a rate-limit permit.
    pub waited: Duration,
    /// How many redirects this attempt has followed: 0 for its first request.
    /// A redirect that is followed does not begin another attempt, so
    /// [`number`](Self::number) stays the same.
    pub redirects: u32,
}

/// The outcome of an attempt. `Debug` does not show headers, because they are
/// unredacted.
#[derive(Clone, Copy)]
pub enum Outcome<'a> {
    /// The server responded, with a success or not.
    Response(StatusCode, &'a HeaderMap),
    /// There was no response, or it was incomplete.
    Failure(&'a Error),
}

impl fmt::Debug for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response(status, _) => f
                .debug_tuple("Response")
                .field(status)
                .finish_non_exhaustive(),
            Self::Failure(error) => f.debug_tuple("Failure").field(error).finish(),
        }
    }
}

/// Observes every attempt of every call, and can change its requests: for
/// metrics, for trace context headers, for tests.
///
/// Set it with [`ClientBuilder::attempt_hook`]. It runs inside the call and
/// must not block. The request contains the access token in its `Authorization`
/// header.
///
/// The hook may change the request's headers, path, query and body. The
/// request must stay on the server's origin (scheme, host and port), unless
/// [`ClientBuilder::allow_origin`] allows the other one, and must keep its
/// method, by which the client decides whether the request can be repeated.
/// Otherwise the call fails before anything is sent, with an error for which
/// [`Error::is_invalid_input`] is true.
///
/// Errors do not show what the hook puts into the headers that authenticate,
/// into headers that it marks as sensitive
/// ([`HeaderValue::set_sensitive`](http::HeaderValue::set_sensitive)), and into
/// the secret properties of a JSON body.
///
/// [`ClientBuilder::allow_origin`]: crate::ClientBuilder::allow_origin
/// [`ClientBuilder::attempt_hook`]: crate::ClientBuilder::attempt_hook
pub trait AttemptHook: Send + Sync + 'static {
    /// A request is about to be sent. This is called once for each request on
    /// the wire: for the first one of an attempt, and for each that follows a
    /// redirect ([`Attempt::redirects`]), which does not have the headers that
    /// were set on the request before.
    fn before(&self, attempt: &Attempt, request: &mut reqwest::Request) {
        let _ = (attempt, request);
    }

    /// The attempt has ended. This is called once for each attempt, with the
    /// outcome of its last request.
    fn after(&self, attempt: &Attempt, outcome: &Outcome<'_>) {
        let _ = (attempt, outcome);
    }
}
