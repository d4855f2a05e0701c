//! Watching and changing the tries of a call.

use std::{fmt, time::Duration};

use http::{HeaderMap, StatusCode};

use crate::{Error, Operation};

/// One try of a call.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Attempt {
    /// What is called.
    pub operation: &'static Operation,
    /// Which try it is: 1 is the first.
    pub number: u32,
    /// How long the call has waited since the try before, or since it began:
    /// between tries, and for its turn under the rate limits.
    pub waited: Duration,
    /// How many redirects this attempt has followed: 0 for its first request.
    /// A redirect that is followed does not begin another attempt, so
    /// [`number`](Self::number) stays the same.
    pub redirects: u32,
}

/// How an attempt ended. `Debug` does not show the headers, which are as the server
/// sent them.
#[derive(Clone, Copy)]
pub enum Outcome<'a> {
    /// The server answered, with a success or not.
    Answer(StatusCode, &'a HeaderMap),
    /// There was no answer, or not all of it.
    Failure(&'a Error),
}

impl fmt::Debug for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answer(status, _) => f
                .debug_tuple("Answer")
                .field(status)
                .finish_non_exhaustive(),
            Self::Failure(error) => f.debug_tuple("Failure").field(error).finish(),
        }
    }
}

/// What is told of every try of every call, and may change its request: for
/// metrics, for headers that carry a trace's context, for tests.
///
/// It is set by [`ClientBuilder::attempt_hook`]. It runs in the middle of the
/// call and must not block. The request has the access token in its
/// `Authorization` header.
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
