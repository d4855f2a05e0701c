//! What time it is at the server.
//!
//! The reset of a rate limit is a point in time by the server's clock, which
//! is not this machine's. Every answer has a `Date`, in whole seconds: it says
//! that the server's clock stood in that second at some moment between the
//! request's sending and the answer's arrival. Each answer so bounds the
//! offset between the two clocks, and many together bound it to milliseconds.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue, header};
use tokio::time::Instant;

/// Milliseconds since the Unix epoch.
pub(crate) type EpochMillis = i64;

#[derive(Debug)]
pub(crate) struct ServerClock {
    origin: Instant,
    /// The least and the greatest the server's clock may be ahead of the time
    /// since `origin`, in milliseconds.
    bounds: Option<(i64, i64)>,
    /// The latest `Date`: the same again says nothing new of the earliest.
    latest: Option<HeaderValue>,
}

impl ServerClock {
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
            bounds: None,
            latest: None,
        }
    }

    /// Learns from an answer.
    pub(crate) fn observe(&mut self, headers: &HeaderMap, sent: Instant, received: Instant) {
        let Some(value) = headers
            .get(header::DATE)
            .filter(|date| self.latest.as_ref() != Some(date))
        else {
            return;
        };
        self.latest = Some(value.clone());
        let Some(date) = value
            .to_str()
            .ok()
            .and_then(|value| httpdate::parse_http_date(value).ok())
            .and_then(epoch_millis)
        else {
            return;
        };
        let least = date - self.since_origin(received);
        let greatest = date + 1000 - self.since_origin(sent);
        self.bounds = Some(match self.bounds {
            Some((low, high)) if low.max(least) <= high.min(greatest) => {
                (low.max(least), high.min(greatest))
            }
            // The first answer, or one that contradicts the others: a clock
            // was set, or another machine answered.
            _ => (least, greatest),
        });
    }

    /// When the server's clock will have reached this time for certain; by
    /// this machine's clock if no answer had a `Date`.
    pub(crate) fn local(
        &self,
        time: EpochMillis,
        now: Instant,
        wall: impl FnOnce() -> SystemTime,
    ) -> Instant {
        let ahead = match self.bounds {
            Some((low, _)) => low,
            None => epoch_millis(wall()).unwrap_or_default() - self.since_origin(now),
        };
        let since_origin = time.saturating_sub(ahead);
        let wait = since_origin.saturating_sub(self.since_origin(now));
        now + Duration::from_millis(u64::try_from(wait).unwrap_or_default().min(FAR))
    }

    fn since_origin(&self, instant: Instant) -> i64 {
        let since = instant.saturating_duration_since(self.origin);
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// As far ahead as anything here looks, in milliseconds: a day.
const FAR: u64 = 24 * 60 * 60 * 1000;

fn epoch_millis(time: SystemTime) -> Option<EpochMillis> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server whose clock is `ahead` ms ahead of the time since the origin.
    fn observe(clock: &mut ServerClock, ahead: i64, sent: u64, received: u64) {
        let stood = ahead + i64::try_from((sent + received) / 2).unwrap();
        let date = UNIX_EPOCH + Duration::from_secs(u64::try_from(stood / 1000).unwrap());
        let mut headers = HeaderMap::new();
        headers.insert(header::DATE, httpdate::fmt_http_date(date).parse().unwrap());
        let at = |millis| clock.origin + Duration::from_millis(millis);
        let (sent, received) = (at(sent), at(received));
        clock.observe(&headers, sent, received);
    }

    fn until(clock: &ServerClock, time: i64, now: u64) -> u64 {
        let now = clock.origin + Duration::from_millis(now);
        let local = clock.local(time, now, || UNIX_EPOCH);
        u64::try_from(local.duration_since(now).as_millis()).unwrap()
    }

    #[test]
    fn a_skewed_clock_is_learnt_to_milliseconds_and_never_to_the_early_side() {
        let ahead = 37_000_123;
        let mut clock = ServerClock::new();
        observe(&mut clock, ahead, 0, 4);
        // One answer: within its second.
        let reset = ahead + 10_000;
        assert!((9_990..=11_000).contains(&until(&clock, reset, 4)));
        // Answers around the turn of a second.
        for sent in (0..2_000).step_by(7) {
            observe(&mut clock, ahead, sent, sent + 4);
        }
        let wait = until(&clock, reset, 2_000);
        assert!((8_000..=8_020).contains(&wait), "{wait}");
    }

    #[test]
    fn a_clock_that_was_set_is_learnt_anew() {
        let mut clock = ServerClock::new();
        observe(&mut clock, 5_000_000, 0, 2);
        observe(&mut clock, 1_000_000, 10, 12);
        assert!((9_000..=11_100).contains(&until(&clock, 1_010_000, 12)));
    }

    #[test]
    fn without_a_date_this_machines_clock_serves_and_senseless_times_are_bounded() {
        let clock = ServerClock::new();
        assert_eq!(until(&clock, 1_500, 0), 1_500);
        assert_eq!(until(&clock, -1, 0), 0);
        assert_eq!(until(&clock, i64::MAX, 0), FAR);
        assert_eq!(until(&clock, i64::MIN, 0), 0);
    }
}
