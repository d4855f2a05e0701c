//! The right to send one request.

use std::time::SystemTime;

use http::{HeaderMap, StatusCode};
use tokio::time::Instant;

use super::{Limiter, RateLimits, headers::retry_after, state::Reservation};

/// The right to send one request. Dropping it returns it. If the request was
/// sent and has no response, the server may have counted it.
pub(crate) struct Permit<'a> {
    limiter: &'a Limiter,
    route: usize,
    /// The time when the request was sent.
    since: Instant,
    /// Whether the request was sent and has no response.
    awaiting_response: bool,
    /// The counts of the request while it is in flight.
    reservation: Option<Reservation>,
}

impl<'a> Permit<'a> {
    pub(super) fn new(
        limiter: &'a Limiter,
        route: usize,
        since: Instant,
        reservation: Reservation,
    ) -> Self {
        Self {
            limiter,
            route,
            since,
            awaiting_response: false,
            reservation: Some(reservation),
        }
    }
}

impl Permit<'_> {
    /// Records that the request is sent, again after a redirect.
    pub(crate) fn record_send(&mut self) {
        self.awaiting_response = true;
        if self.reservation.is_none() {
            self.since = Instant::now();
            let reservation = self.limiter.state().reserve(self.route, self.since);
            self.reservation = Some(reservation);
        }
    }

    /// Records that the server has not seen the request.
    pub(crate) fn record_unprocessed(&mut self) {
        self.awaiting_response = false;
    }

    /// Records the response.
    pub(crate) fn record_response(&mut self, status: StatusCode, headers: &HeaderMap) {
        if !std::mem::take(&mut self.awaiting_response) {
            return;
        }
        let now = Instant::now();
        let limits = RateLimits::read(headers);
        let mut state = self.limiter.state();
        state.clock.observe(headers, self.since, now);
        if let Some(reservation) = self.reservation.take() {
            state.respond(self.route, reservation);
        }
        let rate_limited = status == StatusCode::TOO_MANY_REQUESTS;
        state.observe(self.route, limits, rate_limited, self.since, now);
        if rate_limited && let Some(wait) = retry_after(headers, SystemTime::now()) {
            // The server limits this IP address, so the wait applies to every
            // call.
            state.close(now, wait);
        }
        state.changed(now);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let Some(reservation) = self.reservation.take() else {
            return;
        };
        let mut state = self.limiter.state();
        state.release(self.route, reservation, self.awaiting_response);
        state.changed(Instant::now());
    }
}
