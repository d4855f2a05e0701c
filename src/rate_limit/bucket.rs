//! The estimate of one limit: the remaining calls of its window, and the time
//! of the next call.
//!
//! A response reports the remaining calls and the end of the window. Between
//! the reports, calls in flight count against the remaining calls. When a
//! window ends, the next one is assumed to have as many calls as the last
//! reported one, until a response reports on it.
//!
//! A remaining count that falls faster than this client's calls explain reveals
//! other clients of the same account. Then the client takes its share and
//! spaces it over the window, so that the clients together do not exceed the
//! limit. To detect the others in time, it starts with a few calls at a time.

use std::time::Duration;

use tokio::time::Instant;

use super::{WINDOW, in_flight::InFlight};

/// The calls of a route in flight before the first response reports its limit.
pub(super) const UNKNOWN_IN_FLIGHT: u64 = 10;
/// The calls in flight in each of the first round trips after the first report,
/// in which other clients become visible.
const PROBING_IN_FLIGHT: u64 = 4;
const PROBING_ROUND_TRIPS: u32 = 2;
/// Further calls wait for this long after the previous call and no longer, so
/// that a call without a response does not block others.
pub(super) const TRICKLE: Duration = Duration::from_millis(100);
/// The part of its share that a client sends at once next to other clients; it
/// spaces the rest over the window.
const BURST: f64 = 0.25;
/// The part of all calls that a client claims beyond its previous calls, so
/// that a client with a small share catches up with one that has a large share.
const CLAIM: f64 = 1.0 / 32.0;
/// The shortest time between the ends of two windows. A shorter time is clock
/// noise.
const SHORTEST: Duration = Duration::from_millis(50);

#[derive(Debug, Default)]
pub(super) struct Bucket {
    estimate: Estimate,
    pub(super) in_flight: InFlight,
    /// Whether only a few calls may be in flight before the first response.
    cautious: bool,
    /// The maximum number of calls of the last reported window.
    capacity: u64,
    /// The maximum number of calls reported for this window; 0 without a
    /// report.
    reported: u64,
    /// The end of the last reported window.
    last_end: Option<Instant>,
    /// The time between the ends of two windows.
    length: Option<Duration>,
    /// The minimum length while only one end has been reported.
    guess: Option<Duration>,
    /// Whether a call had to wait in this window.
    starved: bool,
    /// The time of the next call, after a window in which calls had to wait.
    next: Option<Instant>,
    /// The round trip in which the search for other clients ends.
    probing_until: Option<u32>,
    /// The calls sent in this window.
    sent: u64,
    usage: Usage,
    last_usage: Usage,
    /// The last call, or the start of the window if that was later.
    last: Option<Instant>,
    /// The random factor of the distance to the next call next to other
    /// clients; 1 on average.
    spacing: f64,
}

#[derive(Debug, Default, Clone, Copy)]
enum Estimate {
    /// There was no response yet.
    #[default]
    Unknown,
    /// The responses report no limit.
    Unlimited,
    Window(Window),
}

#[derive(Debug, Clone, Copy)]
struct Window {
    remaining: u64,
    end: Instant,
    /// Whether a response reported the end.
    is_end_known: bool,
    source: Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    /// A response reported the window.
    Reported,
    /// There was no response in this window.
    Assumed,
    /// The responses in this window report no limit.
    Silent,
}

/// The clients that have used a window since its first report.
#[derive(Debug, Default, Clone, Copy)]
struct Usage {
    /// The remaining calls in the first report.
    first: Option<u64>,
    /// This client's calls that the server may have counted since then.
    own: u64,
    /// The minimum number of calls of other clients.
    others: u64,
}

/// The report of a response about a limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Report {
    pub(super) remaining: Option<u64>,
    pub(super) end: End,
    /// Whether the response is a 429.
    pub(super) rate_limited: bool,
}

/// The reported end of a window, converted to the local clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Not reported, or not plausible.
    Unknown,
    /// The window had ended before the request was sent.
    Past,
    /// The window ended while the request was in flight.
    Elapsed,
    At(Instant),
}

impl Bucket {
    /// Creates the bucket of a route, which allows a few calls at a time before
    /// the first response.
    pub(super) fn cautious() -> Self {
        Self {
            cautious: true,
            ..Self::default()
        }
    }

    /// Returns the earliest time of the next call, as far as it is known; `now`
    /// or earlier if it can be sent at once.
    pub(super) fn earliest(&mut self, now: Instant, random: &mut fastrand::Rng) -> Instant {
        self.roll(now, random);
        let earliest = match self.estimate {
            Estimate::Unlimited => now,
            Estimate::Unknown if self.cautious && self.in_flight.all() >= UNKNOWN_IN_FLIGHT => {
                self.trickle(now)
            }
            Estimate::Unknown => now,
            Estimate::Window(window) => self.earliest_in(window, now),
        };
        if earliest > now && self.next.is_none_or(|next| next <= now) {
            self.starved = true;
        }
        earliest
    }

    fn earliest_in(&self, window: Window, now: Instant) -> Instant {
        let in_flight = self.in_flight.uncounted();
        if in_flight >= window.remaining {
            // One call must probe the new window.
            let probe = window.source == Source::Assumed && in_flight == 0;
            return if probe { now } else { window.end };
        }
        match self.next {
            Some(next) if next > now => next,
            _ if !self.is_alone() => self.spaced(window, in_flight, now),
            _ if self.is_probing() => self.trickle(now),
            _ => now,
        }
    }

    fn is_probing(&self) -> bool {
        self.in_flight.latest() >= PROBING_IN_FLIGHT
            && self
                .probing_until
                .is_some_and(|until| self.in_flight.round() < until)
    }

    fn trickle(&self, now: Instant) -> Instant {
        self.last.map_or(now, |last| last + TRICKLE)
    }

    /// Returns the time of the next call next to other clients.
    fn spaced(&self, window: Window, in_flight: u64, now: Instant) -> Instant {
        let own = (self.usage.own + self.last_usage.own) as f64;
        let others = (self.usage.others + self.last_usage.others) as f64;
        let claim = 1.0 + CLAIM * (own + others);
        let share = (own + claim) / (own + others + claim);
        let available = (window.remaining - in_flight) as f64;
        // The calls that the others leave, if they continue as in the last
        // window.
        let rest = window.end.saturating_duration_since(now);
        let reserved = self.last_usage.others as f64 * rest.div_duration_f64(self.length());
        let budget = (share * available).max(available - reserved);
        let Some(last) = self.last else { return now };
        if (self.sent + 1) as f64 <= BURST * budget {
            return now;
        }
        let rest = window.end.saturating_duration_since(last);
        last + rest.mul_f64((self.spacing / budget).min(1.0))
    }

    /// Returns the time before which no call can be sent in any case.
    pub(super) fn exhausted_until(&self) -> Option<Instant> {
        match self.estimate {
            Estimate::Window(Window {
                remaining: 0,
                end,
                is_end_known: true,
                ..
            }) => Some(end),
            _ => None,
        }
    }

    /// Continues with the current window when one has ended.
    fn roll(&mut self, now: Instant, random: &mut fastrand::Rng) {
        let Estimate::Window(window) = self.estimate else {
            return;
        };
        if now < window.end {
            return;
        }
        self.leave(now, random);
        let (length, since) = (self.length(), now - window.end);
        // Clients in other processes wake at the same time.
        let late = length.mul_f64(random.f64() / 50.0);
        self.next = self.starved.then(|| window.end + late);
        self.starved = false;
        self.estimate = match window.source {
            Source::Silent => Estimate::Unlimited,
            Source::Reported | Source::Assumed => Estimate::Window(Window {
                remaining: self.capacity,
                end: now + length - rest_of(since, length),
                is_end_known: false,
                source: Source::Assumed,
            }),
        };
    }

    /// Keeps the values of a window that the next one needs.
    fn leave(&mut self, now: Instant, random: &mut fastrand::Rng) {
        if self.reported > 0 {
            self.capacity = self.reported;
        }
        self.reported = 0;
        self.last_usage = match self.usage.first {
            Some(_) => self.usage,
            None => Usage::default(),
        };
        self.usage = Usage::default();
        self.sent = 0;
        self.in_flight.begin_window();
        self.last = Some(now);
        self.spacing = 2.0 * random.f64();
    }

    /// Counts a call that is sent now, and returns its round trip.
    pub(super) fn reserve(&mut self, now: Instant, random: &mut fastrand::Rng) -> u32 {
        if let Some(next) = self.next {
            // A tenth of the window, shared by its calls, and at most a
            // hundredth each.
            let gap = self.length().as_secs_f64() / 10.0 / self.capacity.max(10) as f64;
            let gap = Duration::from_secs_f64(gap * 2.0 * random.f64());
            self.next = Some(next.max(now) + gap);
        }
        if !self.is_alone() {
            self.spacing = 2.0 * random.f64();
        }
        self.last = Some(now);
        self.sent += 1;
        self.usage.own += 1;
        self.in_flight.start()
    }

    /// A call ended without a response: the server may have counted it.
    pub(super) fn forfeit(&mut self) {
        match &mut self.estimate {
            Estimate::Window(window) if window.source != Source::Silent => {
                window.remaining = window.remaining.saturating_sub(1);
            }
            _ => {}
        }
    }

    /// Updates the estimate with the report of a response.
    pub(super) fn observe(&mut self, report: Report, now: Instant, random: &mut fastrand::Rng) {
        self.roll(now, random);
        let Some(remaining) = report.remaining else {
            return self.observe_silence();
        };
        let is_reported =
            matches!(self.estimate, Estimate::Window(window) if window.source == Source::Reported);
        match report.end {
            End::At(end) => self.observe_window(remaining, Some(end), now, random),
            End::Unknown => self.observe_window(remaining, None, now, random),
            // The report is about a window that has ended.
            End::Elapsed => {}
            End::Past if is_reported => {}
            // The window has not ended, so the estimate of the clock is wrong.
            End::Past if report.rate_limited && remaining == 0 => self.begin(Window {
                remaining,
                end: now + TRICKLE,
                is_end_known: false,
                source: Source::Reported,
            }),
            End::Past => self.observe_silence(),
        }
    }

    fn observe_window(
        &mut self,
        remaining: u64,
        end: Option<Instant>,
        now: Instant,
        random: &mut fastrand::Rng,
    ) {
        let known = match self.estimate {
            Estimate::Window(window) => Some(window),
            Estimate::Unknown | Estimate::Unlimited => None,
        };
        // The next window ends later and has more remaining calls.
        let is_next = |window: Window| {
            let half = || self.length.unwrap_or(WINDOW) / 2;
            remaining > window.remaining && end.is_some_and(|end| end > window.end + half())
        };
        match known {
            Some(window) if window.source == Source::Reported && !is_next(window) => {
                // Responses can overtake each other: the lowest count is the
                // latest, and later ends are less precise.
                self.estimate = Estimate::Window(Window {
                    remaining: window.remaining.min(remaining),
                    end: end.map_or(window.end, |end| end.min(window.end)),
                    is_end_known: window.is_end_known || end.is_some(),
                    ..window
                });
            }
            _ => {
                if known.is_some_and(|window| window.source == Source::Reported) {
                    self.leave(now, random);
                }
                if let Some(end) = end {
                    self.measure(end, now);
                }
                let guess = || known.map_or_else(|| now + self.length(), |window| window.end);
                self.begin(Window {
                    remaining,
                    end: end.unwrap_or_else(guess),
                    is_end_known: end.is_some(),
                    source: Source::Reported,
                });
            }
        }
        self.reported = self.reported.max(remaining.saturating_add(1));
        if let Some(first) = self.usage.first {
            let used = first.saturating_sub(remaining);
            self.usage.others = self.usage.others.max(used.saturating_sub(self.usage.own));
        }
    }

    /// A response reports no limit.
    fn observe_silence(&mut self) {
        match &mut self.estimate {
            Estimate::Unknown => self.estimate = Estimate::Unlimited,
            Estimate::Window(window) => {
                match window.source {
                    Source::Reported => return,
                    Source::Assumed => {
                        window.source = Source::Silent;
                        window.remaining = self.capacity.max(UNKNOWN_IN_FLIGHT);
                    }
                    Source::Silent => {}
                }
                // The headers may be missing in this window only, which then
                // has no more calls than the last reported one.
                window.remaining = window.remaining.saturating_sub(1);
            }
            Estimate::Unlimited => {}
        }
    }

    /// Measures the length of a window.
    fn measure(&mut self, end: Instant, now: Instant) {
        let between = |last| end.saturating_duration_since(last);
        match self.last_end.replace(end).map(between) {
            Some(between) if between >= SHORTEST => self.length = Some(between.min(WINDOW)),
            Some(_) => {}
            None => self.guess = Some((end - now).clamp(SHORTEST, WINDOW)),
        }
    }

    /// Starts a window with its first report.
    fn begin(&mut self, window: Window) {
        if self.probing_until.is_none() {
            self.probing_until = Some(self.in_flight.round() + PROBING_ROUND_TRIPS);
        }
        self.usage = Usage {
            first: Some(window.remaining),
            own: self.in_flight.all(),
            others: 0,
        };
        self.estimate = Estimate::Window(window);
    }

    /// Whether no other client was detected in this window and the last one.
    fn is_alone(&self) -> bool {
        self.usage.others + self.last_usage.others == 0
    }

    fn length(&self) -> Duration {
        self.length.or(self.guess).unwrap_or(WINDOW)
    }
}

/// Returns the remainder of a time after whole lengths.
fn rest_of(time: Duration, length: Duration) -> Duration {
    let rest = time.as_nanos() % length.as_nanos().max(1);
    Duration::from_nanos(u64::try_from(rest).unwrap_or_default())
}
