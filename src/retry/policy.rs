//! How long and how many times a call is attempted.

use std::time::Duration;

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
