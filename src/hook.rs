//! Hooks that observe and change the attempts of a call.

use std::{fmt, time::Duration};

use http::{HeaderMap, StatusCode};

use crate::{Error, Operation};

/// One attempt of a call.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Attempt<'a> {
    /// Identifies the call: the attempts of a call have the same number, and no
    /// other call of this client or a clone has it.
    pub call: u64,
    /// The operation of the call.
    pub operation: &'a Operation,
    /// The number of the attempt. The first is 1.
    pub number: u32,
    /// How long the call waited since the previous attempt, or since it
    /// started: for the backoff and for a rate-limit permit.
    pub waited: Duration,
    /// How many redirects this attempt has followed: 0 for its first request. A
    /// redirect does not start a new attempt, so [`number`](Self::number) stays
    /// the same.
    pub redirects: u32,
    /// In [`AttemptHook::after`], the time from the start of the attempt's first
    /// request to its outcome: without the waits before it, and with the body
    /// of the response unless it is a stream. Zero in
    /// [`AttemptHook::before`].
    pub elapsed: Duration,
}

/// The outcome of an attempt. `Debug` omits the headers, because they are
/// unredacted.
#[derive(Clone, Copy)]
pub enum Outcome<'a> {
    /// The server responded, with a success or an error.
    Response(StatusCode, &'a HeaderMap),
    /// There was no response, or its body was incomplete.
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

/// Observes every attempt of every call and can change its requests: for
/// metrics, trace context headers or tests.
///
/// Add it with [`ClientBuilder::attempt_hook`]. It runs inside the call and
/// must not block. The request contains the access token in its `Authorization`
/// header.
///
/// The hook may change the headers, path, query and body of the request. The
/// request must stay in the server's origin (scheme, host and port; also in the
/// header `Host`), unless [`ClientBuilder::allow_origin`] allows another, and must
/// keep its method, on which retries depend. Otherwise the call fails before any I/O, and
/// [`Error::is_invalid_input`] is true.
///
/// Errors do not show secrets that the hook adds: the headers that
/// authenticate, headers marked as sensitive
/// ([`HeaderValue::set_sensitive`](http::HeaderValue::set_sensitive)), and the
/// secret properties of a JSON body.
///
/// [`ClientBuilder::allow_origin`]: crate::ClientBuilder::allow_origin
/// [`ClientBuilder::attempt_hook`]: crate::ClientBuilder::attempt_hook
pub trait AttemptHook: Send + Sync + 'static {
    /// Runs before each request is sent: the first one of an attempt, and one
    /// for each redirect ([`Attempt::redirects`]). The request of a redirect
    /// lacks the headers that the hook set before.
    fn before(&self, attempt: &Attempt<'_>, request: &mut reqwest::Request) {
        let _ = (attempt, request);
    }

    /// Runs after each attempt, with the outcome of its last request.
    fn after(&self, attempt: &Attempt<'_>, outcome: &Outcome<'_>) {
        let _ = (attempt, outcome);
    }
}
