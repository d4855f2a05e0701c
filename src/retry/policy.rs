//! The retry policy: the number of attempts, the waits and the deadline.

use std::time::Duration;

/// The retry policy of a call: its attempts, waits and deadline.
///
/// The kind of failure decides whether the client retries:
///
/// - 429: the server did not process the request. The client retries any call,
///   after the longest wait that a response header requires and never earlier.
///   If that wait is longer than [`max_wait`](Self::max_wait) or ends after the
///   deadline, the call fails at once, and
///   [`Error::retry_after`](crate::Error::retry_after) returns the wait.
/// - The connection failed, or the server refused the HTTP/2 stream
///   (`RST_STREAM` with `REFUSED_STREAM`, or a `GOAWAY` that excludes the
///   stream; RFC 9113, section 8.7): the server has not processed the request.
///   The client retries any call.
/// - 408, 502, 503, 504, a broken connection or a timeout: the server may have
///   applied the request. The client retries GET, PUT, DELETE and calls of
///   [`Client::idempotent`](crate::Client::idempotent). It does not retry POST
///   and PATCH, because a retry could apply them twice;
///   [`Error::outcome_unknown`](crate::Error::outcome_unknown) is then true.
/// - Any other response is final.
///
/// The client never retries a request body that is a stream, because it can be
/// sent only once; see [`FilePart`](crate::FilePart). The HTTP client's own
/// retries are disabled.
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
    /// Five attempts within 120 seconds, with a backoff of up to 200
    /// milliseconds that doubles up to 10 seconds, and a
    /// [`max_wait`](Self::max_wait) of 60 seconds.
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
    /// A policy of one attempt, even after a 429.
    pub fn none() -> Self {
        Self::default().max_attempts(1)
    }

    /// Sets the maximum number of attempts, including the first. Zero counts as
    /// one.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts.max(1);
        self
    }

    /// Sets the maximum wait before the first retry. It doubles with each
    /// retry.
    pub fn base_delay(mut self, delay: Duration) -> Self {
        self.base_delay = delay;
        self
    }

    /// Sets the maximum wait before any retry.
    pub fn max_delay(mut self, delay: Duration) -> Self {
        self.max_delay = delay;
        self
    }

    /// Sets the longest wait that the server may require, by `Retry-After` or
    /// the reset of a rate limit. If the server requires more, the call fails
    /// at once, because the server would reject an earlier request, and
    /// [`Error::retry_after`](crate::Error::retry_after) returns the wait. This
    /// also applies to a call that starts while an earlier 429 with
    /// `Retry-After` blocks the client: it fails before any I/O if the
    /// remaining wait is longer.
    pub fn max_wait(mut self, wait: Duration) -> Self {
        self.max_wait = wait;
        self
    }

    /// Sets the maximum duration of the whole call, including all attempts and
    /// waits, from the first poll of the future that `send()` returns to the last
    /// byte of the response. A call fails at once if a retry, or a rate-limit permit with a known time, would come
    /// after the deadline.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Whether to retry a GET that gets 404, for resources that were just
    /// created. Default: false.
    pub fn retry_not_found(mut self, retry: bool) -> Self {
        self.retry_not_found = retry;
        self
    }

    /// Returns the wait before a retry; the number of the first retry is 1.
    /// `random` is from 0 to 1.
    pub(crate) fn backoff(&self, retry: u32, random: f64) -> Duration {
        let doublings = retry.saturating_sub(1).min(31);
        let limit = self
            .base_delay
            .saturating_mul(1 << doublings)
            .min(self.max_delay);
        let random = random.clamp(0.0, 1.0);
        // `mul_f64` panics if rounding exceeds the maximum.
        Duration::try_from_secs_f64(limit.as_secs_f64() * random).unwrap_or(limit)
    }
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
}
