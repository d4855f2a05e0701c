//! The estimate of the server's clock.
//!
//! The reset of a rate limit is a timestamp of the server's clock, which
//! differs from the local one. Every response has a `Date` in whole seconds: at
//! some time between sending the request and receiving the response, the
//! server's clock was in that second. So each response bounds the offset
//! between the two clocks, and many responses bound it to milliseconds.
//!
//! This holds for one clock. If several servers with different clocks respond,
//! the bounds contradict each other. Then a reset is compared only with the
//! `Date` of its own response, which makes it up to a second late and never
//! early.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, HeaderValue, header};
use tokio::time::Instant;

/// Milliseconds since the Unix epoch.
pub(crate) type EpochMillis = i64;

/// A clock that is set causes one contradiction, and one wrong response two.
const CONTRADICTIONS: u32 = 3;
/// How long contradictions count after the last one.
const REMEMBERED: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct ServerClock {
    origin: Instant,
    /// The bounds of all responses.
    common: Option<Bounds>,
    /// The bounds of the latest response.
    latest: Option<Bounds>,
    /// The latest `Date`. The same value adds no bound.
    latest_date: Option<HeaderValue>,
    contradictions: u32,
    contradicted: Option<Instant>,
}

/// The bounds of the offset from the time since the origin to the server's
/// clock, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Bounds {
    least: i64,
    most: i64,
}

impl Bounds {
    fn and(self, other: Self) -> Option<Self> {
        let both = Self {
            least: self.least.max(other.least),
            most: self.most.min(other.most),
        };
        (both.least <= both.most).then_some(both)
    }
}

impl ServerClock {
    pub(crate) fn new() -> Self {
        Self {
            origin: Instant::now(),
            common: None,
            latest: None,
            latest_date: None,
            contradictions: 0,
            contradicted: None,
        }
    }

    /// Updates the bounds with a response.
    pub(crate) fn observe(&mut self, headers: &HeaderMap, sent: Instant, received: Instant) {
        let several = self.are_several(received);
        let Some(value) = headers
            .get(header::DATE)
            .filter(|date| several || self.latest_date.as_ref() != Some(date))
        else {
            return;
        };
        self.latest_date = Some(value.clone());
        let Some(date) = value
            .to_str()
            .ok()
            .and_then(|value| httpdate::parse_http_date(value).ok())
            .and_then(epoch_millis)
        else {
            return;
        };
        let bounds = Bounds {
            least: date - self.since_origin(received),
            most: date + 1000 - self.since_origin(sent),
        };
        self.latest = Some(bounds);
        let both = self.common.map(|common| common.and(bounds));
        if both == Some(None) {
            if !self.was_contradicted(received) {
                self.contradictions = 0;
            }
            self.contradictions = self.contradictions.saturating_add(1);
            self.contradicted = Some(received);
        }
        self.common = Some(both.flatten().unwrap_or(bounds));
    }

    /// Returns the local time at which the server's clock has certainly reached
    /// a time; by the local clock if no response had a `Date`.
    pub(crate) fn local(
        &self,
        time: EpochMillis,
        now: Instant,
        wall: impl FnOnce() -> SystemTime,
    ) -> Instant {
        let ahead = match self.bounds(now) {
            Some(bounds) => bounds.least,
            None => epoch_millis(wall()).unwrap_or_default() - self.since_origin(now),
        };
        let since_origin = time.saturating_sub(ahead);
        let wait = since_origin.saturating_sub(self.since_origin(now));
        now + Duration::from_millis(u64::try_from(wait).unwrap_or_default().min(FAR))
    }

    fn bounds(&self, now: Instant) -> Option<Bounds> {
        if self.are_several(now) {
            self.latest
        } else {
            self.common
        }
    }

    /// Whether servers with several clocks respond.
    fn are_several(&self, now: Instant) -> bool {
        self.contradictions >= CONTRADICTIONS && self.was_contradicted(now)
    }

    fn was_contradicted(&self, now: Instant) -> bool {
        let since = |at| now.saturating_duration_since(at);
        self.contradicted.is_some_and(|at| since(at) < REMEMBERED)
    }

    fn since_origin(&self, instant: Instant) -> i64 {
        let since = instant.saturating_duration_since(self.origin);
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The maximum distance, in milliseconds: a day.
const FAR: u64 = 24 * 60 * 60 * 1000;

fn epoch_millis(time: SystemTime) -> Option<EpochMillis> {
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Observes a server whose clock is `ahead` ms ahead of the time since the
    /// origin.
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
    fn a_skewed_clock_is_estimated_to_milliseconds_and_never_early() {
        let ahead = 37_000_123;
        let mut clock = ServerClock::new();
        observe(&mut clock, ahead, 0, 4);
        // One response bounds the offset to a second.
        let reset = ahead + 10_000;
        assert!((9_990..=11_000).contains(&until(&clock, reset, 4)));
        // Responses around the change of a second.
        for sent in (0..2_000).step_by(7) {
            observe(&mut clock, ahead, sent, sent + 4);
        }
        let wait = until(&clock, reset, 2_000);
        assert!((8_000..=8_020).contains(&wait), "{wait}");
    }

    #[test]
    fn a_clock_that_was_set_is_estimated_again() {
        let mut clock = ServerClock::new();
        observe(&mut clock, 5_000_000, 0, 2);
        observe(&mut clock, 1_000_000, 10, 12);
        assert!((9_000..=11_100).contains(&until(&clock, 1_010_000, 12)));
    }

    #[test]
    fn the_clocks_of_several_servers_are_never_estimated_early() {
        for apart in [300, 700, 3_600_000] {
            let mut clock = ServerClock::new();
            for sent in (0..20_000).step_by(70) {
                let ahead = 37_000_123 + if sent % 140 == 0 { 0 } else { apart };
                observe(&mut clock, ahead, sent, sent + 4);
                if sent > 10_000 {
                    let now = i64::try_from(sent).unwrap() + 4;
                    let wait = until(&clock, ahead + now + 5_000, sent + 4);
                    assert!((5_000..=6_010).contains(&wait), "{apart} {sent}: {wait}");
                }
            }
        }
    }

    #[test]
    fn one_wrong_date_is_forgotten() {
        let mut clock = ServerClock::new();
        for sent in (0..5_000).step_by(7) {
            let odd = if sent == 1_400 { 3_600_000 } else { 0 };
            observe(&mut clock, 37_000_123 + odd, sent, sent + 4);
        }
        let wait = until(&clock, 37_000_123 + 10_000, 5_000);
        assert!((5_000..=5_020).contains(&wait), "{wait}");
    }

    #[test]
    fn without_a_date_the_local_clock_is_used_and_extreme_times_are_bounded() {
        let clock = ServerClock::new();
        assert_eq!(until(&clock, 1_500, 0), 1_500);
        assert_eq!(until(&clock, -1, 0), 0);
        assert_eq!(until(&clock, i64::MAX, 0), FAR);
        assert_eq!(until(&clock, i64::MIN, 0), 0);
    }
}
