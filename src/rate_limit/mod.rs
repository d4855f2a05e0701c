//! The rate limiter. It respects the limits that responses report.
//!
//! A response reports the remaining calls of the account, the access token and
//! the route until the window ends. The limiter allows no more calls in flight
//! than that. The others wait in a queue, and the limiter spreads them when the
//! next window begins. A call in flight counts against the remaining calls
//! until a response has counted it.
//!
//! Each route has its own queue, so that a route without remaining calls does
//! not block others. A call whose future is dropped leaves the queue. A request
//! whose future is dropped has used a call, because the server may have counted
//! it.

mod bucket;
mod headers;
mod in_flight;
mod permit;
mod queue;
mod server_clock;
#[cfg(test)]
mod simulation;
mod state;
mod templates;
#[cfg(test)]
mod tests;

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use http::HeaderMap;
use tokio::time::Instant;

pub use headers::RateLimits;
pub(crate) use headers::{date, requested_wait};
pub(crate) use permit::Permit;
pub(crate) use queue::{NotBefore, WaitLimits};

use crate::Operation;
use bucket::End;
use state::State;

/// The length of a window (LaunchDarkly documentation, "Rate limiting").
const WINDOW: Duration = Duration::from_secs(10);
/// How much too late the end of a window may be estimated: a `Date` has whole
/// seconds, and the response needs time to arrive.
const TOO_LATE: Duration = Duration::from_secs(2);
/// The longest time for which one `Retry-After` blocks all calls of the client.
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

    /// Returns a permit if no wait is necessary, which is the common case.
    pub(crate) fn try_acquire(&self, operation: &Operation, now: Instant) -> Option<Permit<'_>> {
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

    /// Returns the limits that the latest response reported.
    pub(crate) fn latest(&self) -> RateLimits {
        self.state().latest
    }

    /// Returns the limits that the latest response of the route reported.
    pub(crate) fn latest_of(&self, operation: &Operation) -> Option<RateLimits> {
        self.state().latest_of(operation)
    }

    /// Returns the wait that a response requires before the next attempt: as
    /// [`requested_wait`], but the end of a window is as precise as the
    /// estimate of the server's clock.
    pub(crate) fn requested_wait(
        &self,
        headers: &HeaderMap,
        rate_limited: bool,
    ) -> Option<Duration> {
        let now = Instant::now();
        let limits = RateLimits::read(headers);
        let state = self.state();
        let mut wait = headers::retry_after(headers, SystemTime::now());
        if rate_limited {
            for reset in [limits.reset, limits.auth_token_reset] {
                wait = wait.max(match state.end(reset, now, now) {
                    End::At(end) => Some(end - now),
                    End::Past | End::Elapsed => Some(Duration::ZERO),
                    End::Unknown => None,
                });
            }
        }
        wait
    }

    /// Returns a random number from 0 to 1.
    pub(crate) fn random(&self) -> f64 {
        self.state().random.f64()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock is held can make counts imprecise but breaks
        // no invariant.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
