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
/// [`ClientBuilder::attempt_hook`]: crate::ClientBuilder::attempt_hook
pub trait AttemptHook: Send + Sync + 'static {
    /// The request is about to be sent.
    fn before(&self, attempt: &Attempt, request: &mut reqwest::Request) {
        let _ = (attempt, request);
    }

    /// The try has ended.
    fn after(&self, attempt: &Attempt, outcome: &Outcome<'_>) {
        let _ = (attempt, outcome);
    }
}
