//! The right to send one request.

use std::time::SystemTime;

use http::{HeaderMap, StatusCode, header};
use tokio::time::Instant;

use super::{
    LONGEST, Limiter, RateLimits, bucket::Bucket, headers::requested_wait,
    server_clock::EpochMillis,
};

/// The right to send one request. It is over when it is dropped.
pub(crate) struct Permit<'a> {
    pub(super) limiter: &'a Limiter,
    pub(super) route: usize,
    /// When it was given, for the request to be sent at once; after a
    /// redirect, when that was sent.
    pub(super) since: Instant,
    /// Whether the request was sent, and its answer has not come.
    pub(super) unanswered: bool,
    /// Whether it counts as on its way.
    pub(super) in_flight: bool,
}

impl Permit<'_> {
    /// The request goes out; after a redirect, once more.
    pub(crate) fn send(&mut self) {
        self.unanswered = true;
        if !self.in_flight {
            self.in_flight = true;
            self.since = Instant::now();
            self.limiter.state().reserve(self.route, self.since);
        }
    }

    /// The server has certainly not seen the request.
    pub(crate) fn not_seen(&mut self) {
        self.unanswered = false;
    }

    /// The answer has come.
    pub(crate) fn answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        if !std::mem::take(&mut self.unanswered) {
            return;
        }
        let now = Instant::now();
        let limits = RateLimits::read(headers);
        let mut state = self.limiter.state();
        let state = &mut *state;
        state.clock.observe(headers, self.since, now);
        let end = |reset: Option<EpochMillis>| {
            reset.map(|reset| (reset, state.clock.local(reset, now, SystemTime::now)))
        };
        let (reset, token_reset) = (end(limits.reset), end(limits.auth_token_reset));
        if limits != RateLimits::default() {
            state.latest = limits;
        }
        let route = &mut state.routes[self.route];
        route.latest = Some(limits);
        route.bucket.observe(limits.route_remaining, reset, now);
        state.account.observe(limits.global_remaining, reset, now);
        state
            .token
            .observe(limits.auth_token_remaining, token_reset.or(reset), now);
        if status == StatusCode::TOO_MANY_REQUESTS && headers.contains_key(header::RETRY_AFTER) {
            // The limit of this machine's address: it holds for every call.
            let wait = requested_wait(headers, false, SystemTime::now()).unwrap_or_default();
            state.closed_until = Some(now + wait.min(LONGEST));
        }
        if self.in_flight {
            self.in_flight = false;
            let (buckets, _) = state.buckets(self.route);
            buckets.into_iter().for_each(Bucket::release);
        }
        self.limiter.tell(state);
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        if !self.in_flight {
            return;
        }
        let mut state = self.limiter.state();
        let (buckets, _) = state.buckets(self.route);
        for bucket in buckets {
            bucket.release();
            if self.unanswered {
                bucket.forfeit();
            }
        }
        self.limiter.tell(&state);
    }
}
