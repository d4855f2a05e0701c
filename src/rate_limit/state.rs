//! All limits of a client, and the calls that wait for them.

use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::{sync::Notify, time::Instant};

use super::{
    LONGEST_CLOSURE, RateLimits, TOO_LATE, WINDOW,
    bucket::{Bucket, End, Report},
    server_clock::{EpochMillis, ServerClock},
    templates::Templates,
};
use crate::{Operation, operations};

pub(super) struct State {
    pub(super) clock: ServerClock,
    pub(super) random: fastrand::Rng,
    account: Bucket,
    token: Bucket,
    /// By the index of the operation, and then by the slot of the template; up
    /// to the greatest index so far.
    routes: Vec<Route>,
    templates: Templates,
    /// The routes with waiting calls.
    waiting: Vec<usize>,
    /// The waiting calls that have a permit and have not been polled since.
    granted: Vec<(u64, Reservation)>,
    next_ticket: u64,
    /// A `Retry-After` blocks all calls until then.
    closed_until: Option<Instant>,
    pub(super) latest: RateLimits,
}

struct Route {
    bucket: Bucket,
    /// First in, first out.
    waiters: VecDeque<Waiter>,
    latest: Option<RateLimits>,
}

struct Waiter {
    /// The position among the calls of all routes.
    ticket: u64,
    wake: Arc<Notify>,
}

/// The round trips of a call in the buckets of its route, account and access
/// token.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reservation([u32; 3]);

impl Default for Route {
    fn default() -> Self {
        Self {
            bucket: Bucket::cautious(),
            waiters: VecDeque::new(),
            latest: None,
        }
    }
}

impl State {
    pub(super) fn new() -> Self {
        Self {
            clock: ServerClock::new(),
            random: fastrand::Rng::new(),
            account: Bucket::default(),
            token: Bucket::default(),
            routes: Vec::new(),
            templates: Templates::default(),
            waiting: Vec::new(),
            granted: Vec::new(),
            next_ticket: 0,
            closed_until: None,
            latest: RateLimits::default(),
        }
    }

    /// Returns the index of an operation's route.
    pub(super) fn route(&mut self, operation: &Operation) -> usize {
        let index = match operation.index {
            Some(index) => index,
            None => self.template_route(operation.id()),
        };
        while self.routes.len() <= index {
            self.routes.push(Route::default());
        }
        index
    }

    /// Returns the index of the route of a template, which may have belonged to
    /// another template.
    fn template_route(&mut self, name: &str) -> usize {
        let first = operations::COUNT;
        let routes = &self.routes;
        let slot = self.templates.slot(name, |slot| {
            let route = routes.get(first + slot);
            route.is_none_or(|route| route.waiters.is_empty() && route.bucket.in_flight.all() == 0)
        });
        let index = first + slot.index;
        if slot.is_new
            && let Some(route) = self.routes.get_mut(index)
        {
            *route = Route::default();
        }
        index
    }

    /// What the route's latest response reported.
    pub(super) fn latest_of(&self, operation: &Operation) -> Option<RateLimits> {
        let index = match operation.index {
            Some(index) => index,
            None => operations::COUNT + self.templates.find(operation.id())?,
        };
        self.routes.get(index)?.latest
    }

    /// Returns the earliest time at which all limits allow a call, as far as it
    /// is known; `now` or earlier if at once.
    pub(super) fn earliest(&mut self, route: usize, now: Instant) -> Instant {
        let mut earliest = self.closed_until.unwrap_or(now);
        let (buckets, random) = self.buckets(route);
        for bucket in buckets {
            earliest = earliest.max(bucket.earliest(now, random));
        }
        earliest
    }

    /// Counts a call that is sent now.
    pub(super) fn reserve(&mut self, route: usize, now: Instant) -> Reservation {
        let ([route, account, token], random) = self.buckets(route);
        Reservation([
            route.reserve(now, random),
            account.reserve(now, random),
            token.reserve(now, random),
        ])
    }

    /// Counts a call that is sent now, if the limits allow one. Waiting calls
    /// have priority.
    pub(super) fn try_reserve(&mut self, route: usize, now: Instant) -> Option<Reservation> {
        self.dispatch(now);
        (self.earliest(route, now) <= now).then(|| self.reserve(route, now))
    }

    /// Ends a call with a response.
    pub(super) fn respond(&mut self, route: usize, Reservation(rounds): Reservation) {
        for (index, bucket) in self.buckets(route).0.into_iter().enumerate() {
            bucket.in_flight.respond(rounds[index]);
        }
    }

    /// Ends a call without a response. The server may have counted it if it was
    /// `sent`.
    pub(super) fn release(&mut self, route: usize, Reservation(rounds): Reservation, sent: bool) {
        for (index, bucket) in self.buckets(route).0.into_iter().enumerate() {
            bucket.in_flight.end(rounds[index]);
            if sent {
                bucket.forfeit();
            }
        }
    }

    /// Updates the limits with the report of a response.
    pub(super) fn observe(
        &mut self,
        route: usize,
        limits: RateLimits,
        rate_limited: bool,
        sent: Instant,
        now: Instant,
    ) {
        let reset = self.end(limits.reset, sent, now);
        let token_reset = match limits.auth_token_reset {
            None => reset,
            some => self.end(some, sent, now),
        };
        if limits != RateLimits::default() {
            self.latest = limits;
        }
        self.routes[route].latest = Some(limits);
        let (buckets, random) = self.buckets(route);
        let reports = [
            (limits.route_remaining, reset),
            (limits.global_remaining, reset),
            (limits.auth_token_remaining, token_reset),
        ];
        for (index, bucket) in buckets.into_iter().enumerate() {
            let (remaining, end) = reports[index];
            let report = Report {
                remaining,
                end,
                rate_limited,
            };
            bucket.observe(report, now, random);
        }
    }

    /// Converts the reported end of a window. The request of the response was
    /// `sent` at that time. An end further away than the length of a window is
    /// ignored.
    pub(super) fn end(&self, reset: Option<EpochMillis>, sent: Instant, now: Instant) -> End {
        let Some(reset) = reset else {
            return End::Unknown;
        };
        let end = self.clock.local(reset, now, SystemTime::now);
        if end <= now {
            if self.clock.local(reset, sent, SystemTime::now) > sent {
                End::Elapsed
            } else {
                End::Past
            }
        } else if end > now + WINDOW + TOO_LATE {
            End::Unknown
        } else {
            End::At(end.min(now + WINDOW))
        }
    }

    /// Whether a `Retry-After` blocks all calls.
    pub(super) fn is_closed(&self, now: Instant) -> bool {
        self.closed_until.is_some_and(|until| until > now)
    }

    /// Blocks all calls for this long. A shorter wait does not end a longer
    /// one.
    pub(super) fn close(&mut self, now: Instant, wait: Duration) {
        let until = now + wait.min(LONGEST_CLOSURE);
        self.closed_until = self.closed_until.max(Some(until));
    }

    /// Returns the time before which no call of a route can be sent in any
    /// case, and the end of a `Retry-After`.
    pub(super) fn not_before(&mut self, route: usize, now: Instant) -> [Option<Instant>; 2] {
        let closed = self.closed_until.filter(|until| *until > now);
        let (buckets, random) = self.buckets(route);
        let mut not_before = closed;
        for bucket in buckets {
            bucket.earliest(now, random);
            not_before = not_before.max(bucket.exhausted_until());
        }
        [not_before, closed]
    }

    /// Adds a call of a route to the queue and returns its ticket.
    pub(super) fn enqueue(&mut self, route: usize, wake: Arc<Notify>) -> u64 {
        let ticket = self.next_ticket;
        self.next_ticket += 1;
        let waiters = &mut self.routes[route].waiters;
        if waiters.is_empty() {
            self.waiting.push(route);
        }
        waiters.push_back(Waiter { ticket, wake });
        ticket
    }

    /// Returns a call that does not use its reservation to its position.
    pub(super) fn requeue(
        &mut self,
        route: usize,
        ticket: u64,
        wake: Arc<Notify>,
        reservation: Reservation,
    ) {
        self.release(route, reservation, false);
        let waiters = &mut self.routes[route].waiters;
        if waiters.is_empty() {
            self.waiting.push(route);
        }
        let (Ok(index) | Err(index)) = find(waiters, ticket);
        waiters.insert(index, Waiter { ticket, wake });
    }

    /// Whether a waiting call is the first of its route.
    pub(super) fn is_first(&self, route: usize, ticket: u64) -> bool {
        let first = self.routes[route].waiters.front();
        first.is_some_and(|first| first.ticket == ticket)
    }

    /// Takes the reservation of a waiting call, if it has one.
    pub(super) fn claim(&mut self, ticket: u64) -> Option<Reservation> {
        let index = self
            .granted
            .iter()
            .position(|(granted, _)| *granted == ticket)?;
        Some(self.granted.swap_remove(index).1)
    }

    /// Removes a call that stops waiting.
    pub(super) fn dequeue(&mut self, route: usize, ticket: u64) {
        let waiters = &mut self.routes[route].waiters;
        let Ok(index) = find(waiters, ticket) else {
            return;
        };
        waiters.remove(index);
        self.after_removal(route);
    }

    /// Grants permits to waiting calls: first in, first out within a route, and
    /// to the oldest call among the routes that can send.
    pub(super) fn dispatch(&mut self, now: Instant) {
        if self.waiting.is_empty() {
            return;
        }
        loop {
            let mut first: Option<(u64, usize)> = None;
            for index in 0..self.waiting.len() {
                let route = self.waiting[index];
                let Some(waiter) = self.routes[route].waiters.front() else {
                    continue;
                };
                let candidate = (waiter.ticket, route);
                if first.is_none_or(|first| candidate < first) && self.earliest(route, now) <= now {
                    first = Some(candidate);
                }
            }
            let Some((ticket, route)) = first else {
                break;
            };
            let reservation = self.reserve(route, now);
            self.granted.push((ticket, reservation));
            if let Some(waiter) = self.routes[route].waiters.pop_front() {
                waiter.wake.notify_one();
            }
            self.after_removal(route);
        }
    }

    /// Grants the permits that a response or the end of a call makes available.
    pub(super) fn changed(&mut self, now: Instant) {
        self.dispatch(now);
        // The times of the first calls may have changed.
        for &route in &self.waiting {
            if let Some(waiter) = self.routes[route].waiters.front() {
                waiter.wake.notify_one();
            }
        }
    }

    /// Wakes the new first call of a route.
    fn after_removal(&mut self, route: usize) {
        match self.routes[route].waiters.front() {
            Some(waiter) => waiter.wake.notify_one(),
            None => self.waiting.retain(|waiting| *waiting != route),
        }
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

/// Finds the place of a ticket in a queue.
fn find(waiters: &VecDeque<Waiter>, ticket: u64) -> Result<usize, usize> {
    waiters.binary_search_by_key(&ticket, |waiter| waiter.ticket)
}

#[cfg(test)]
impl State {
    /// Returns the calls in flight of each bucket.
    pub(super) fn in_flight(&self) -> impl Iterator<Item = u64> {
        let routes = self.routes.iter().map(|route| &route.bucket);
        routes
            .chain([&self.account, &self.token])
            .map(|bucket| bucket.in_flight.all())
    }

    /// Returns the number of routes in memory.
    pub(super) fn routes(&self) -> usize {
        self.routes.len()
    }

    /// Whether no call waits.
    pub(super) fn is_idle(&self) -> bool {
        let waits = |route: &Route| !route.waiters.is_empty();
        self.waiting.is_empty() && self.granted.is_empty() && !self.routes.iter().any(waits)
    }
}
