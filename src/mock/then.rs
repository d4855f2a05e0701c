//! The responses of mocks.

use std::{
    marker::PhantomData,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use httpmock::HttpMockResponse;
use serde::Serialize;
use serde_json::json;

use super::fail;
use crate::{Conflict, Operation};

/// The response of a mock; `O` is the operation's builder in
/// [`builder`](mod@crate::builder).
///
/// It has one method per documented success of the operation, and a method for
/// each error that any operation may return (LaunchDarkly documentation,
/// "Errors"): JSON with a `code` and a `message`, which
/// [`Error::code`](crate::Error::code) and
/// [`Error::message`](crate::Error::message) return.
pub struct Then<O> {
    inner: httpmock::Then,
    operation: &'static Operation,
    of: PhantomData<fn() -> O>,
}

impl<O> Then<O> {
    pub(super) fn new(inner: httpmock::Then, operation: &'static Operation) -> Self {
        Self {
            inner,
            operation,
            of: PhantomData,
        }
    }

    /// Adds settings of [`httpmock::Then`], such as a delay or a header.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use launchdarkly_api::{httpmock::MockServer, mock::MockServerExt};
    /// # let server = MockServer::start();
    /// server.get_tags(|_, then| {
    ///     then.not_found()
    ///         .and(|then| then.delay(Duration::from_millis(20)).up_to_n_times(1))
    /// });
    /// ```
    pub fn and(mut self, more: impl FnOnce(httpmock::Then) -> httpmock::Then) -> Self {
        self.inner = more(self.inner);
        self
    }

    /// Returns the wrapped [`httpmock::Then`].
    #[must_use]
    pub fn into_inner(self) -> httpmock::Then {
        self.inner
    }

    /// Responds with a status and a JSON body, documented or not.
    ///
    /// # Panics
    ///
    /// The value does not serialize to JSON.
    #[track_caller]
    pub fn status(self, status: u16, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.and(|then| {
                then.status(status)
                    .header("content-type", "application/json")
                    .body(json)
            }),
            Err(reason) => fail(
                &self.operation.id,
                &format!("the response is not JSON: {reason}"),
            ),
        }
    }

    fn error(self, status: u16, code: &str, message: &str) -> Self {
        self.status(status, &json!({"code": code, "message": message}))
    }

    /// Responds with 400 `invalid_request`.
    pub fn bad_request(self) -> Self {
        self.error(400, "invalid_request", "The request is not valid")
    }

    /// Responds with 401 `unauthorized`: the access token is invalid.
    pub fn unauthorized(self) -> Self {
        self.error(401, "unauthorized", "The access token is not valid")
    }

    /// Responds with 403 `forbidden`: the access token does not allow the
    /// request.
    pub fn forbidden(self) -> Self {
        self.error(403, "forbidden", "The access token does not allow this")
    }

    /// Responds with 404 `not_found`.
    pub fn not_found(self) -> Self {
        self.error(404, "not_found", "There is no such resource")
    }

    /// Responds with a 409 that [`Error::conflict`](crate::Error::conflict)
    /// classifies as this: with the code `optimistic_locking_error` for a
    /// version, `key_exists` for a key, and otherwise `conflict`.
    pub fn conflict(self, conflict: Conflict) -> Self {
        let (code, message) = conflict_body(conflict);
        self.error(409, code, message)
    }

    /// Responds with 429 `rate_limited`: the route has no remaining calls for
    /// this long (LaunchDarkly documentation, "Rate limiting").
    ///
    /// `Retry-After` has whole seconds, rounded up, and `X-Ratelimit-Reset`
    /// milliseconds, from the time of the response. A client respects it: its
    /// retries and next calls wait that long.
    pub fn rate_limited(self, retry_after: Duration) -> Self {
        self.and(|then| {
            then.respond_with(move |_| rate_limited_response(SystemTime::now(), retry_after))
        })
    }

    /// Responds with a server error, such as 503, with the code
    /// `internal_server_error` for 500 and `server_error` otherwise.
    ///
    /// # Panics
    ///
    /// The status is not 500 to 599.
    #[track_caller]
    pub fn server_error(self, status: u16) -> Self {
        match status {
            500 => self.error(status, "internal_server_error", "Something went wrong"),
            501..600 => self.error(status, "server_error", "Something went wrong"),
            _ => {
                let reason = format!("{status} is not a server error: use `status`");
                fail(&self.operation.id, &reason)
            }
        }
    }
}

/// Returns the code and message of a 409.
fn conflict_body(conflict: Conflict) -> (&'static str, &'static str) {
    match conflict {
        Conflict::Version => (
            "optimistic_locking_error",
            "The resource has changed since it was read",
        ),
        Conflict::KeyExists => ("key_exists", "The key already exists"),
        Conflict::Undecidable => ("conflict", "It conflicts with another resource"),
    }
}

/// Returns the response of a call over the rate limit.
fn rate_limited_response(now: SystemTime, retry_after: Duration) -> HttpMockResponse {
    // `Date` has whole seconds, and clients compare the end of the window with
    // it.
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let now = Duration::from_secs(now.as_secs());
    let seconds = retry_after.as_secs() + u64::from(retry_after.subsec_nanos() > 0);
    let body = json!({"code": "rate_limited", "message": "Too many calls: try again later"});
    HttpMockResponse::builder()
        .status(429)
        .header("content-type", "application/json")
        .header("date", httpdate::fmt_http_date(UNIX_EPOCH + now))
        .header("retry-after", seconds.to_string())
        .header("x-ratelimit-route-remaining", "0")
        .header(
            "x-ratelimit-reset",
            (now + retry_after).as_millis().to_string(),
        )
        .body(body.to_string())
        .build()
}

/// Responds with a success and a JSON body.
pub(crate) fn json<O>(then: Then<O>, status: u16, value: &(impl Serialize + ?Sized)) -> Then<O> {
    then.status(status, value)
}

/// Responds with a success without a body.
pub(crate) fn empty<O>(then: Then<O>, status: u16) -> Then<O> {
    then.and(|then| then.status(status))
}

/// Responds with a success and a body that is not JSON.
pub(crate) fn bytes<O>(then: Then<O>, status: u16, body: impl AsRef<[u8]>) -> Then<O> {
    then.and(|then| {
        then.status(status)
            .header("content-type", "application/octet-stream")
            .body(body)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations;

    #[test]
    fn the_client_classifies_the_conflict_of_a_mock_the_same_for_every_operation() {
        for conflict in [
            Conflict::Version,
            Conflict::KeyExists,
            Conflict::Undecidable,
        ] {
            let (code, message) = conflict_body(conflict);
            for operation in operations::ALL {
                let read = Conflict::of(&operation.method, code, message);
                assert_eq!(read, conflict, "{operation}");
            }
        }
    }
}
