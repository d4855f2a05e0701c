//! The queue of calls that wait for a permit.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use super::{Limiter, permit::Permit};
use crate::Operation;

/// The error of a wait that is too long: no request can be sent before this
/// time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotBefore(pub(crate) Instant);

/// The maximum wait of a call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WaitLimits {
    /// The deadline of the call.
    pub(crate) deadline: Instant,
    /// The longest wait for a `Retry-After`.
    pub(crate) max_wait: Duration,
}

impl Limiter {
    /// Waits for a permit. Calls of a route are first in, first out. A route
    /// without remaining calls does not block others. Dropping the future
    /// leaves the queue.
    ///
    /// # Errors
    ///
    /// Fails as soon as the wait is known to be too long.
    pub(crate) async fn acquire(
        &self,
        operation: &Operation,
        limits: WaitLimits,
    ) -> Result<Permit<'_>, NotBefore> {
        let place = Place::new(self, operation);
        loop {
            match place.step(limits)? {
                Step::Granted(permit) => return Ok(permit),
                Step::WaitUntil(instant) => {
                    // Either end of the wait is a reason to look again.
                    let _ = timeout_at(instant, place.wake.notified()).await;
                }
                Step::Wait => place.wake.notified().await,
            }
        }
    }
}

/// The position of a call in the queue. Dropping it leaves the queue.
struct Place<'a> {
    limiter: &'a Limiter,
    route: usize,
    ticket: u64,
    wake: Arc<Notify>,
}

enum Step<'a> {
    Granted(Permit<'a>),
    WaitUntil(Instant),
    /// Wait for a wake-up.
    Wait,
}

impl<'a> Place<'a> {
    fn new(limiter: &'a Limiter, operation: &Operation) -> Self {
        let wake = Arc::new(Notify::new());
        let mut state = limiter.state();
        let route = state.route(operation);
        let ticket = state.enqueue(route, Arc::clone(&wake));
        drop(state);
        Self {
            limiter,
            route,
            ticket,
            wake,
        }
    }

    fn step(&self, limits: WaitLimits) -> Result<Step<'a>, NotBefore> {
        let now = Instant::now();
        let mut state = self.limiter.state();
        state.dispatch(now);
        if let Some(reservation) = state.claim(self.ticket) {
            if !state.is_closed(now) {
                drop(state);
                let permit = Permit::new(self.limiter, self.route, now, reservation);
                return Ok(Step::Granted(permit));
            }
            // A `Retry-After` came between the grant and this wake-up.
            let wake = Arc::clone(&self.wake);
            state.requeue(self.route, self.ticket, wake, reservation);
        }
        let [any, closed] = state.not_before(self.route, now);
        let too_long = closed.is_some_and(|until| until - now > limits.max_wait);
        if let Some(until) = any.filter(|until| too_long || *until >= limits.deadline) {
            return Err(NotBefore(until));
        }
        // The first call of a route wakes the others.
        Ok(if state.is_first(self.route, self.ticket) {
            Step::WaitUntil(state.earliest(self.route, now))
        } else {
            Step::Wait
        })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        match state.claim(self.ticket) {
            Some(reservation) => {
                drop(state);
                // Dropping it returns it.
                drop(Permit::new(
                    self.limiter,
                    self.route,
                    Instant::now(),
                    reservation,
                ));
            }
            None => state.dequeue(self.route, self.ticket),
        }
    }
}
