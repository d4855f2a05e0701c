//! Staying under the rate limits, by what the responses report.
//!
//! A response reports how many calls the account, the access token and the
//! route have left until the window's end. No more calls than that are in
//! flight; the rest wait in a queue, and are spread over a while when the next
//! window begins. A call in flight counts against the remaining calls until a
//! response reports that it was counted.
//!
//! Each route has a queue of its own, so that a route without calls left does
//! not hold up the others. A call whose future is dropped leaves the queue; a
//! request whose future is dropped has used a call, for the server may have
//! counted it.

mod bucket;
mod headers;
mod in_flight;
mod permit;
mod queue;
mod server_clock;
#[cfg(test)]
mod simulation;
mod state;
#[cfg(test)]
mod tests;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use http::HeaderMap;
use tokio::time::Instant;

pub use headers::RateLimits;
pub(crate) use headers::requested_wait;
pub(crate) use permit::Permit;
pub(crate) use queue::{NotBefore, WaitLimits};

use crate::Operation;
use bucket::End;
use state::State;

/// How long a window lasts (LaunchDarkly documentation, "Rate limiting").
const WINDOW: Duration = Duration::from_secs(10);
/// How much too late the end of a window may be estimated: a `Date` has whole
/// seconds, and the response takes its time.
const TOO_LATE: Duration = Duration::from_secs(2);
/// The longest that one `Retry-After` closes the client for all calls.
const LONGEST_CLOSURE: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) struct Limiter {
    enabled: bool,
    state: Mutex<State>,
}

impl Limiter {
    pub(crate) fn new(enabled: bool) -> Self {
        Self {
            enabled,
            state: Mutex::new(State::new()),
        }
    }

    /// A permit, if there is one at once. There nearly always is.
    pub(crate) fn try_acquire(
        &self,
        operation: &'static Operation,
        now: Instant,
    ) -> Option<Permit<'_>> {
        let mut state = self.state();
        let route = state.route(operation);
        let reservation = if self.enabled {
            state.try_reserve(route, now)?
        } else {
            state.reserve(route, now)
        };
        drop(state);
        Some(Permit::new(self, route, now, reservation))
    }

    /// What the latest response reported.
    pub(crate) fn latest(&self) -> RateLimits {
        self.state().latest
    }

    /// What the route's latest response reported.
    pub(crate) fn latest_of(&self, operation: &'static Operation) -> Option<RateLimits> {
        self.state().latest_of(operation)
    }

    /// How long a response asks to wait before the next attempt: as
    /// [`requested_wait`], but with the end of a window as precise as this
    /// client has learned the server's clock.
    pub(crate) fn requested_wait(
        &self,
        headers: &HeaderMap,
        rate_limited: bool,
    ) -> Option<Duration> {
        let now = Instant::now();
        let limits = RateLimits::read(headers);
        let state = self.state();
        let resets = [limits.reset, limits.auth_token_reset]
            .into_iter()
            .filter_map(|reset| match state.end(reset, now, now) {
                End::At(end) if rate_limited => Some(end - now),
                End::Past | End::Elapsed if rate_limited => Some(Duration::ZERO),
                _ => None,
            });
        let retry_after = headers::retry_after(headers, SystemTime::now());
        retry_after.into_iter().chain(resets).max()
    }

    /// From 0 to 1.
    pub(crate) fn random(&self) -> f64 {
        self.state().random.f64()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic in between leaves counts, not broken invariants.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
