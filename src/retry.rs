//! When the client retries a call.

use std::time::Duration;

use http::{Method, StatusCode};

/// How long and how many times the client attempts a call.
///
/// Whether the client retries depends on what the failure means:
///
/// - 429: the server did not process the request, so any call is retried,
///   after the longest wait that a response header requires, and never
///   earlier. If that is longer than [`max_wait`](Self::max_wait), or ends after
///   the call's deadline, the call fails at once;
///   [`Error::retry_after`](crate::Error::retry_after) returns the wait.
/// - No connection could be made, or the server refused the HTTP/2 stream
///   (`RST_STREAM` with `REFUSED_STREAM`, or a `GOAWAY` that excludes the
///   stream; RFC 9113, section 8.7): the server has not processed the request,
///   so any call is retried.
/// - 408, 502, 503, 504, a connection that breaks, or a timeout: the server
///   may have applied the request. GET, PUT and DELETE are retried, and calls of
///   [`Client::idempotent`](crate::Client::idempotent). POST and PATCH are not,
///   because a retry could apply them twice;
///   [`Error::outcome_unknown`](crate::Error::outcome_unknown) is then true.
/// - Any other response is final.
///
/// A request body that is a stream can be sent only once, so a call with one
/// is never retried; see [`FilePart`](crate::FilePart).
///
/// There are no other retries: the HTTP client's own are disabled, whatever
/// builder created it.
///
/// A DELETE that gets 404 on a retry, after an attempt that may have been
/// applied, succeeds. If the operation returns a value, the value is empty.
///
/// Between attempts the client waits for a random time, up to a limit that
/// doubles with each retry ("full jitter"). All calls of a client share a retry
/// budget, so that retries do not multiply the load of a failing server.
///
/// ```
/// use std::time::Duration;
/// use launchdarkly_api::{Client, RetryPolicy};
///
/// # fn main() -> Result<(), launchdarkly_api::Error> {
/// let client = Client::builder()
///     .access_token("api-01234567-89ab-cdef-0123-456789abcdef")
///     .retry_policy(RetryPolicy::default().max_attempts(3).deadline(Duration::from_secs(30)))
///     .build()?;
///
/// // For one call: a resource just created may not be found yet.
/// let patient = client.with_retry_policy(RetryPolicy::default().retry_not_found(true));
/// let call = patient.get_subscription_by_id().integration_key("datadog").id("1234");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a policy does nothing by itself"]
pub struct RetryPolicy {
    pub(crate) max_attempts: u32,
    pub(crate) base_delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) max_wait: Duration,
    pub(crate) deadline: Duration,
    pub(crate) retry_not_found: bool,
}

impl Default for RetryPolicy {
    /// Five attempts within two minutes; waits of up to 200 milliseconds at
    /// first and 10 seconds at last. A call whose server asks for a wait of
    /// more than 60 seconds fails.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(10),
            max_wait: Duration::from_secs(60),
            deadline: Duration::from_secs(120),
            retry_not_found: false,
        }
    }
}

impl RetryPolicy {
    /// A single attempt, even after a 429.
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// Maximum number of attempts, including the first. Zero counts as one.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Maximum wait before the first retry. It doubles with each retry.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Maximum wait before any retry.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// The longest wait that a server may ask for, by `Retry-After` or by the
    /// reset of a rate limit. If it asks for more, the call fails at once, as
    /// the server would refuse an earlier request;
    /// [`Error::retry_after`](crate::Error::retry_after) returns the wait. That
    /// holds too for a call that is made while an earlier 429 with
    /// `Retry-After` closes the client: it fails and sends nothing if the rest
    /// of that wait is longer.
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    /// Maximum duration of the whole call, including all attempts and waits,
    /// from `send()` to the last byte of the response. A call fails at once if
    /// a retry, or a rate-limit permit with a known time, would come after the
    /// deadline.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Whether to retry a GET that gets 404, for resources that were created a
    /// moment ago. Default: false.
    pub fn retry_not_found(mut self, retry: bool) -> Self {
        self.retry_not_found = retry;
        self
    }

    /// The wait before a retry, the first of which is number 1; `random` is
    /// from 0 to 1.
    pub(crate) fn backoff(&self, retry: u32, random: f64) -> Duration {
        let doublings = retry.saturating_sub(1).min(31);
        let limit = self
            .base_delay
            .saturating_mul(1 << doublings)
            .min(self.max_delay);
        let random = random.clamp(0.0, 1.0);
        // Not `mul_f64`, which panics if rounding goes beyond the greatest.
        Duration::try_from_secs_f64(limit.as_secs_f64() * random).unwrap_or(limit)
    }
}

/// What a failed attempt means for the call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing was sent, and a retry would not change that.
    NotSent,
    /// The server did not process the request: any call can be retried.
    NotDone,
    /// The server may have applied the request.
    Unknown,
    /// The server responded, and a retry would not change that.
    Final,
}

/// Classifies the status of an unsuccessful response.
pub(crate) fn verdict(status: StatusCode) -> Verdict {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Verdict::NotDone,
        StatusCode::REQUEST_TIMEOUT
        | StatusCode::BAD_GATEWAY
        | StatusCode::SERVICE_UNAVAILABLE
        | StatusCode::GATEWAY_TIMEOUT => Verdict::Unknown,
        _ => Verdict::Final,
    }
}

/// Whether a server that responds with this status to a change may have carried
/// it out. 307 and 308 ask for the same request at another URL (RFC 9110,
/// sections 15.4.8 and 15.4.9), so it has not; the other redirects may be the
/// response to a change that was made.
pub(crate) fn may_have_acted(status: StatusCode) -> bool {
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
    fn the_wait_doubles_up_to_its_limit_and_is_random_below() {
        let policy = RetryPolicy::default();
        let longest: Vec<_> = (1..=8)
            .map(|n| policy.backoff(n, 1.0).as_millis())
            .collect();
        assert_eq!(longest, [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
        assert_eq!(policy.backoff(3, 0.0), Duration::ZERO);
        assert_eq!(policy.backoff(3, 0.5), Duration::from_millis(400));
        assert_eq!(policy.backoff(u32::MAX, 1.0), policy.max_delay);
    }

    #[test]
    fn the_greatest_delays_do_not_overflow() {
        let policy = RetryPolicy::default()
            .base_delay(Duration::MAX)
            .max_delay(Duration::MAX);
        for retry in [1, 2, 40, u32::MAX] {
            assert_eq!(policy.backoff(retry, 1.0), Duration::MAX);
        }
    }

    #[test]
    fn what_may_have_been_done_is_told_from_what_was_not() {
        for (status, expected) in [
            (429, Verdict::NotDone),
            (408, Verdict::Unknown),
            (502, Verdict::Unknown),
            (503, Verdict::Unknown),
            (504, Verdict::Unknown),
            (500, Verdict::Final),
            (409, Verdict::Final),
            (404, Verdict::Final),
        ] {
            assert_eq!(
                verdict(StatusCode::from_u16(status).unwrap()),
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
