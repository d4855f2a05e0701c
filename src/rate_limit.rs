//! Staying under the rate limits, by what the answers say of them.
//!
//! An answer says how many calls the account and the route have left until the
//! window's end. From then on, no more than as many are on their way; the rest
//! wait in line, first come, first served, and go out spread over a while when
//! the next window opens. What is on its way counts against what is left until
//! its own answer says what is left after it.
//!
//! A route's line comes before the account's, so that a route without calls
//! left does not hold up the others. Whoever stops waiting, by dropping the
//! future, leaves the line; whoever drops a call on its way has used what it
//! took, for the server may have counted it.

mod bucket;
mod headers;
mod permit;
mod queue;
mod server_clock;
#[cfg(test)]
mod tests;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Mutex as Line, Notify},
    time::Instant,
};

pub use headers::RateLimits;
pub(crate) use headers::requested_wait;
pub(crate) use permit::Permit;

use crate::Operation;
use bucket::{Bucket, Turn};
use server_clock::ServerClock;

/// How long a window is taken to be before one has been seen (LaunchDarkly
/// documentation, "Rate limiting").
const WINDOW: Duration = Duration::from_secs(10);
/// The longest a line stands still, whatever a server says.
const LONGEST: Duration = Duration::from_secs(60);
/// How many calls of a route go out before the first answer says anything of
/// its limit.
const UNKNOWN_IN_FLIGHT: u64 = 10;

pub(crate) struct Limiter {
    enabled: bool,
    state: Mutex<State>,
    account_line: Line<()>,
    changed: Notify,
}

struct State {
    clock: ServerClock,
    random: fastrand::Rng,
    account: Bucket,
    token: Bucket,
    /// By the operation's index; as long as the greatest that was called.
    routes: Vec<Route>,
    /// How many are in the routes' lines.
    in_line: usize,
    /// How many of them wait for the account, at the head of their lines.
    waiting: usize,
    /// Nothing goes out before: an address's limit.
    closed_until: Option<Instant>,
    latest: RateLimits,
}

#[derive(Default)]
struct Route {
    bucket: Bucket,
    line: Arc<Line<()>>,
    /// How many are in line.
    waiting: usize,
    latest: Option<RateLimits>,
}

impl State {
    /// The place of an operation's route.
    fn place(&mut self, operation: &'static Operation) -> usize {
        if operation.index >= self.routes.len() {
            self.routes.resize_with(operation.index + 1, Route::default);
        }
        operation.index
    }

    /// When a call may go out, for all that its route, its account and its
    /// access token have left.
    fn turn(&mut self, route: usize, now: Instant) -> Turn {
        let closed = match self.closed_until {
            Some(until) if until > now => Turn::At(until),
            _ => Turn::Now,
        };
        let (buckets, random) = self.buckets(route);
        buckets
            .into_iter()
            .map(|bucket| bucket.turn(now, random))
            .fold(closed, Turn::and)
    }

    /// The same, and takes the turn if it has come.
    fn try_reserve(&mut self, route: usize, now: Instant) -> Turn {
        let turn = self.turn(route, now);
        if turn == Turn::Now {
            self.reserve(route, now);
        }
        turn
    }

    fn reserve(&mut self, route: usize, now: Instant) {
        let (buckets, random) = self.buckets(route);
        buckets
            .into_iter()
            .for_each(|bucket| bucket.reserve(now, random));
    }

    fn buckets(&mut self, route: usize) -> ([&mut Bucket; 3], &mut fastrand::Rng) {
        let buckets = [
            &mut self.routes[route].bucket,
            &mut self.account,
            &mut self.token,
        ];
        (buckets, &mut self.random)
    }
}

impl Limiter {
    pub(crate) fn new(enabled: bool) -> Self {
        Self {
            enabled,
            state: Mutex::new(State {
                clock: ServerClock::new(),
                random: fastrand::Rng::new(),
                account: Bucket::default(),
                token: Bucket::default(),
                routes: Vec::new(),
                in_line: 0,
                waiting: 0,
                closed_until: None,
                latest: RateLimits::default(),
            }),
            account_line: Line::new(()),
            changed: Notify::new(),
        }
    }

    /// The operation's turn, if it has come: nobody is in line before it, and
    /// nothing is to be waited for. It nearly always has.
    pub(crate) fn try_acquire(
        &self,
        operation: &'static Operation,
        now: Instant,
    ) -> Option<Permit<'_>> {
        let mut state = self.state();
        let route = state.place(operation);
        if !self.enabled {
            state.reserve(route, now);
        } else if state.waiting > 0
            || state.routes[route].waiting > 0
            || state.try_reserve(route, now) != Turn::Now
        {
            return None;
        }
        drop(state);
        Some(self.permit(route, now))
    }

    fn permit(&self, route: usize, since: Instant) -> Permit<'_> {
        Permit {
            limiter: self,
            route,
            since,
            unanswered: false,
            in_flight: true,
        }
    }

    /// What the latest answer said.
    pub(crate) fn latest(&self) -> RateLimits {
        self.state().latest
    }

    /// What the route's latest answer said.
    pub(crate) fn latest_of(&self, operation: &'static Operation) -> Option<RateLimits> {
        self.state().routes.get(operation.index)?.latest
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
