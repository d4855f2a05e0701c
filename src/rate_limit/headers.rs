//! The rate-limit headers of a response.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue, header};

use super::{TOO_LATE, WINDOW, server_clock::EpochMillis};

/// The rate limits that a response reports (LaunchDarkly documentation, "Rate
/// limiting").
///
/// Limits apply to a window of time. The account has a limit, shared by all of
/// its access tokens, and so has each route: a path template with a method. Any
/// value may be missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateLimits {
    pub(crate) global_remaining: Option<u64>,
    pub(crate) route_remaining: Option<u64>,
    pub(crate) auth_token_remaining: Option<u64>,
    pub(crate) reset: Option<EpochMillis>,
    pub(crate) auth_token_reset: Option<EpochMillis>,
}

/// The common prefix of the headers.
const PREFIX: &str = "x-ratelimit-";

impl RateLimits {
    pub(crate) fn read(headers: &HeaderMap) -> Self {
        let mut limits = Self::default();
        // One pass over the few headers is faster than five lookups.
        for (name, value) in headers {
            // `as_str` is inline and would be compiled again here.
            let name: &str = name.as_ref();
            match name.strip_prefix(PREFIX) {
                None => {}
                Some("global-remaining") => limits.global_remaining = count(value),
                Some("route-remaining") => limits.route_remaining = count(value),
                Some("auth-token-remaining") => limits.auth_token_remaining = count(value),
                Some("reset") => limits.reset = number(value),
                Some("auth-token-reset") => limits.auth_token_reset = number(value),
                Some(_) => {}
            }
        }
        limits
    }

    /// Returns the remaining calls of the account in this window
    /// (`X-Ratelimit-Global-Remaining`).
    #[must_use]
    pub fn global_remaining(&self) -> Option<u64> {
        self.global_remaining
    }

    /// Returns the remaining calls of the route in this window
    /// (`X-Ratelimit-Route-Remaining`).
    #[must_use]
    pub fn route_remaining(&self) -> Option<u64> {
        self.route_remaining
    }

    /// Returns the remaining calls of the access token in this window
    /// (`X-Ratelimit-Auth-Token-Remaining`).
    #[must_use]
    pub fn auth_token_remaining(&self) -> Option<u64> {
        self.auth_token_remaining
    }

    /// Returns the end of the window by the server's clock
    /// (`X-Ratelimit-Reset`).
    #[must_use]
    pub fn reset(&self) -> Option<SystemTime> {
        self.reset.and_then(system_time)
    }

    /// Returns the end of the access token's window by the server's clock
    /// (`X-Ratelimit-Auth-Token-Reset`).
    #[must_use]
    pub fn auth_token_reset(&self) -> Option<SystemTime> {
        self.auth_token_reset.and_then(system_time)
    }
}

/// Parses an integer.
fn number(value: &HeaderValue) -> Option<i64> {
    value.to_str().ok()?.trim().parse().ok()
}

/// Parses an integer that is not negative.
fn count(value: &HeaderValue) -> Option<u64> {
    u64::try_from(number(value)?).ok()
}

fn system_time(millis: EpochMillis) -> Option<SystemTime> {
    UNIX_EPOCH.checked_add(Duration::from_millis(u64::try_from(millis).ok()?))
}

/// Returns the longest wait that a response requires: `Retry-After`, or the end
/// of a window if the response is a 429. An end further away than the length of
/// a window is ignored.
///
/// Times are relative to the `Date` of the response, so that the local clock
/// does not matter, and to `now` without a `Date`.
pub(crate) fn requested_wait(
    headers: &HeaderMap,
    rate_limited: bool,
    now: SystemTime,
) -> Option<Duration> {
    let limits = RateLimits::read(headers);
    let date = date(headers).unwrap_or(now);
    let mut wait = retry_after(headers, now);
    if rate_limited {
        for reset in [limits.reset(), limits.auth_token_reset()] {
            let reset = reset.map(|reset| reset.duration_since(date).unwrap_or_default());
            wait = wait.max(reset.filter(|reset| *reset <= WINDOW + TOO_LATE));
        }
    }
    wait
}

/// Returns the wait of `Retry-After` (RFC 9110, section 10.2.3).
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?;
    let text = value.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(count(value).unwrap_or(u64::MAX)));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = date(headers).unwrap_or(now);
    Some(until.duration_since(now).unwrap_or_default())
}

/// Returns the server's time (RFC 9110, section 6.6.1).
pub(crate) fn date(headers: &HeaderMap) -> Option<SystemTime> {
    let value = headers.get(header::DATE)?.to_str().ok()?;
    httpdate::parse_http_date(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(pairs: &[(&'static str, &str)]) -> Option<u64> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        let now = UNIX_EPOCH + Duration::from_secs(1_000);
        requested_wait(&headers, true, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn the_longest_of_seconds_dates_and_resets_is_required() {
        let date = ("date", "Thu, 01 Jan 1970 00:20:00 GMT");
        assert_eq!(asked(&[("retry-after", "7")]), Some(7));
        assert_eq!(
            asked(&[date, ("retry-after", "Thu, 01 Jan 1970 00:20:09 GMT")]),
            Some(9)
        );
        assert_eq!(asked(&[date, ("x-ratelimit-reset", "1205000")]), Some(5));
        assert_eq!(asked(&[("x-ratelimit-reset", "1005000")]), Some(5));
        assert_eq!(
            asked(&[("retry-after", "7"), ("x-ratelimit-reset", "1005000")]),
            Some(7)
        );
        assert_eq!(
            asked(&[
                ("retry-after", "3"),
                ("x-ratelimit-auth-token-reset", "1005000")
            ]),
            Some(5)
        );
    }

    #[test]
    fn a_reset_requires_a_wait_only_with_a_429() {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-reset", "9000".parse().unwrap());
        assert_eq!(requested_wait(&headers, false, UNIX_EPOCH), None);
        assert_eq!(
            requested_wait(&headers, true, UNIX_EPOCH),
            Some(Duration::from_secs(9))
        );
    }

    #[test]
    fn past_invalid_and_missing_values_are_ignored() {
        assert_eq!(asked(&[("x-ratelimit-reset", "1")]), Some(0));
        let huge = "99999999999999999999999";
        assert_eq!(asked(&[("retry-after", huge)]), Some(u64::MAX));
        // Windows are shorter than this, so `Date` is from another clock.
        assert_eq!(asked(&[("x-ratelimit-reset", "1011000")]), Some(11));
        assert_eq!(asked(&[("x-ratelimit-reset", "1060000")]), None);
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        assert_eq!(asked(&[("retry-after", "-1")]), None);
        assert_eq!(
            asked(&[("x-ratelimit-reset", "99999999999999999999999")]),
            None
        );
        assert_eq!(asked(&[]), None);
    }

    #[test]
    fn all_five_headers_are_read() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("x-ratelimit-global-remaining", "1"),
            ("x-ratelimit-route-remaining", "2"),
            ("x-ratelimit-auth-token-remaining", "3"),
            ("x-ratelimit-reset", "4000"),
            ("x-ratelimit-auth-token-reset", "5000"),
        ] {
            headers.insert(name, value.parse().unwrap());
        }
        let limits = RateLimits::read(&headers);
        assert_eq!(limits.global_remaining(), Some(1));
        assert_eq!(limits.route_remaining(), Some(2));
        assert_eq!(limits.auth_token_remaining(), Some(3));
        assert_eq!(limits.reset(), Some(UNIX_EPOCH + Duration::from_secs(4)));
        assert_eq!(
            limits.auth_token_reset(),
            Some(UNIX_EPOCH + Duration::from_secs(5))
        );
    }

    proptest::proptest! {
        #[test]
        fn no_header_panics(value in "[ -~]{0,40}|[0-9]{1,25}") {
            let _ = asked(&[("retry-after", &value), ("x-ratelimit-reset", &value), ("date", &value)]);
        }
    }
}
