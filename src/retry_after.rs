//! When the server says to come back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, header};

/// The end of the rate limit's window, in milliseconds since the Unix epoch
/// (LaunchDarkly documentation, "Rate limiting").
const RATE_LIMIT_RESET: &str = "x-ratelimit-reset";

/// How long the server asks to wait: `Retry-After` (RFC 9110, section 10.2.3),
/// else until `X-Ratelimit-Reset`.
///
/// A point in time is taken relative to the response's own `Date`, so that a
/// clock that differs from the server's does not matter, and to `now` if it
/// has none.
pub(crate) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok();
    let now = text(header::DATE)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or(now);
    let until = |then: SystemTime| then.duration_since(now).unwrap_or_default();
    let asked = text(header::RETRY_AFTER).and_then(|value| match value.trim().parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => httpdate::parse_http_date(value).ok().map(until),
    });
    asked.or_else(|| {
        let milliseconds = headers
            .get(RATE_LIMIT_RESET)?
            .to_str()
            .ok()?
            .trim()
            .parse()
            .ok()?;
        UNIX_EPOCH
            .checked_add(Duration::from_millis(milliseconds))
            .map(until)
    })
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
        retry_after(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_dates_and_resets_are_read() {
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
    }

    #[test]
    fn a_past_a_senseless_and_a_missing_value_harm_nothing() {
        assert_eq!(asked(&[("x-ratelimit-reset", "1")]), Some(0));
        assert_eq!(asked(&[("retry-after", "soon")]), None);
        assert_eq!(asked(&[("retry-after", "-1")]), None);
        assert_eq!(
            asked(&[("x-ratelimit-reset", "99999999999999999999999")]),
            None
        );
        assert_eq!(asked(&[]), None);
    }

    proptest::proptest! {
        #[test]
        fn no_header_makes_the_reader_panic(value in "[ -~]{0,40}|[0-9]{1,25}") {
            let _ = asked(&[("retry-after", &value), ("x-ratelimit-reset", &value), ("date", &value)]);
        }
    }
}
