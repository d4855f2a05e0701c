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

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use http::{HeaderMap, StatusCode, header};
use tokio::{
    sync::{Mutex as Line, Notify},
    time::{Instant, sleep_until},
};

use crate::{
    Operation, RateLimits,
    rate_limits::asked_wait,
    server_clock::{EpochMillis, ServerClock},
};

/// How long a window is taken to be before one has been seen (LaunchDarkly
/// documentation, "Rate limiting").
const WINDOW: Duration = Duration::from_secs(10);
/// The longest a line stands still, whatever a server says.
const LONGEST: Duration = Duration::from_secs(60);
/// How many calls of a route go out before the first answer says anything of
/// its limit.
const UNKNOWN_AT_ONCE: u64 = 10;

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
    routes: HashMap<&'static str, Route>,
    /// Nothing goes out before: an address's limit.
    closed_until: Option<Instant>,
    latest: RateLimits,
}

#[derive(Default)]
struct Route {
    bucket: Bucket,
    line: Arc<Line<()>>,
    latest: Option<RateLimits>,
}

/// Calls left in a window.
#[derive(Debug, Default)]
struct Bucket {
    knowledge: Knowledge,
    in_flight: u64,
    /// The most calls a window was seen to have.
    capacity: u64,
    /// How long a window was seen to be, from its end to the next one's.
    window: Option<Duration>,
    /// How long it was seen to be at least, before two ends have been seen.
    guess: Option<Duration>,
    /// Whether somebody had to wait in this window.
    starved: bool,
    /// After a window that starved somebody: when the next call goes out.
    next: Option<Instant>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Knowledge {
    /// No answer has come.
    #[default]
    Nothing,
    /// Answers come, and say nothing.
    Silence,
    /// `left` calls before `until`, the server's `id`.
    Window {
        id: EpochMillis,
        left: u64,
        until: Instant,
    },
    /// A window has ended; the next is taken to have as many calls as any had.
    Refilled { after: EpochMillis, left: u64 },
}

/// When a call may go out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    Now,
    At(Instant),
    /// When something changes.
    Later,
}

impl Turn {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Now, turn) | (turn, Self::Now) => turn,
            (Self::At(one), Self::At(another)) => Self::At(one.max(another)),
            (turn @ Self::At(_), Self::Later) | (Self::Later, turn @ Self::At(_)) => turn,
            (Self::Later, Self::Later) => Self::Later,
        }
    }
}

impl Bucket {
    /// When one more call may go out. A window that has ended is left behind.
    fn turn(&mut self, now: Instant, random: &mut fastrand::Rng) -> Turn {
        if let Knowledge::Window { id, until, .. } = self.knowledge
            && now >= until
        {
            self.knowledge = Knowledge::Refilled {
                after: id,
                left: self.capacity,
            };
            // Clients of other processes wake at the same moment.
            let late = self.window().mul_f64(random.f64() / 50.0);
            self.next = self.starved.then(|| until + late);
            self.starved = false;
        }
        let turn = match self.knowledge {
            Knowledge::Silence => Turn::Now,
            Knowledge::Nothing if self.in_flight < UNKNOWN_AT_ONCE => Turn::Now,
            Knowledge::Nothing => Turn::Later,
            Knowledge::Window { left, .. } | Knowledge::Refilled { left, .. }
                if self.in_flight < left =>
            {
                match self.next {
                    Some(next) if next > now => Turn::At(next),
                    _ => Turn::Now,
                }
            }
            Knowledge::Window { until, .. } => Turn::At(until),
            // One call must go out to say what the new window has.
            Knowledge::Refilled { .. } if self.in_flight == 0 => Turn::Now,
            Knowledge::Refilled { .. } => Turn::Later,
        };
        if turn != Turn::Now && self.next.is_none_or(|next| next <= now) {
            self.starved = true;
        }
        turn
    }

    fn take(&mut self, now: Instant, random: &mut fastrand::Rng) {
        self.in_flight += 1;
        if let Some(next) = self.next {
            // A tenth of the window, shared by its calls.
            let gap = self.window().as_secs_f64() / 10.0 / self.capacity.max(1) as f64;
            let gap = Duration::from_secs_f64(gap * 2.0 * random.f64());
            self.next = Some(next.max(now) + gap);
        }
    }

    /// One call that was on its way is no more.
    fn release(&mut self) {
        self.in_flight = self.in_flight.saturating_sub(1);
    }

    /// A call without an answer may have been counted.
    fn lose(&mut self) {
        if let Knowledge::Window { left, .. } | Knowledge::Refilled { left, .. } =
            &mut self.knowledge
        {
            *left = left.saturating_sub(1);
        }
    }

    /// Learns what an answer says: calls left, and until when.
    fn learn(&mut self, left: Option<u64>, reset: Option<(EpochMillis, Instant)>, now: Instant) {
        let Some(left) = left else {
            if matches!(self.knowledge, Knowledge::Nothing) {
                self.knowledge = Knowledge::Silence;
            }
            return;
        };
        self.capacity = self.capacity.max(left.saturating_add(1));
        // Without a window's end, as of now for as long as one lasts.
        let (id, until) = match (reset, self.knowledge) {
            (Some(reset), _) => reset,
            (None, Knowledge::Window { id, until, .. }) => (id, until),
            (None, _) => (0, now + self.window()),
        };
        // Resets in the past have been seen: such a one says nothing.
        if until <= now {
            if matches!(self.knowledge, Knowledge::Nothing) {
                self.knowledge = Knowledge::Silence;
            }
            return;
        }
        let until = until.min(now + LONGEST);
        match &mut self.knowledge {
            Knowledge::Window {
                id: known,
                left: known_left,
                until: known_until,
                ..
            } if *known == id => {
                // Answers overtake one another: the least is the latest.
                *known_left = left.min(*known_left);
                *known_until = until;
            }
            // An answer that was long on its way.
            Knowledge::Window { id: known, .. } if id < *known => {}
            Knowledge::Refilled { after, .. } if id != 0 && id <= *after => {}
            knowledge => {
                let before = match knowledge {
                    Knowledge::Window { id: before, .. }
                    | Knowledge::Refilled { after: before, .. } => *before,
                    Knowledge::Nothing | Knowledge::Silence => 0,
                };
                if before > 0 && id > before {
                    // Between two ends that were seen, others may have passed.
                    let between = Duration::from_millis(id.abs_diff(before)).min(WINDOW);
                    self.window = Some(self.window.map_or(between, |window| window.min(between)));
                } else {
                    self.guess = Some((until - now).min(WINDOW));
                }
                *knowledge = Knowledge::Window { id, left, until };
            }
        }
    }

    fn window(&self) -> Duration {
        self.window.or(self.guess).unwrap_or(WINDOW)
    }
}

impl State {
    fn turn(&mut self, route: &'static str, now: Instant) -> Turn {
        let closed = match self.closed_until {
            Some(until) if until > now => Turn::At(until),
            _ => Turn::Now,
        };
        let random = &mut self.random;
        let bucket = &mut self.routes.entry(route).or_default().bucket;
        bucket
            .turn(now, random)
            .and(self.account.turn(now, random))
            .and(self.token.turn(now, random))
            .and(closed)
    }

    fn buckets(&mut self, route: &'static str) -> ([&mut Bucket; 3], &mut fastrand::Rng) {
        let bucket = &mut self.routes.entry(route).or_default().bucket;
        (
            [bucket, &mut self.account, &mut self.token],
            &mut self.random,
        )
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
                routes: HashMap::new(),
                closed_until: None,
                latest: RateLimits::default(),
            }),
            account_line: Line::new(()),
            changed: Notify::new(),
        }
    }

    /// Waits for the operation's turn. A dropped future has not been here.
    pub(crate) async fn turn(self: &Arc<Self>, operation: &'static Operation) -> Permit {
        let permit = || Permit {
            limiter: Arc::clone(self),
            route: operation.id,
            sent: None,
        };
        if !self.enabled {
            self.take(operation.id, Instant::now());
            return permit();
        }
        let route_line = Arc::clone(&self.state().routes.entry(operation.id).or_default().line);
        // Nearly always nobody is in line, and there is no wait.
        if let (Ok(_route), Ok(_account)) = (route_line.try_lock(), self.account_line.try_lock())
            && self.try_take(operation.id) == Turn::Now
        {
            return permit();
        }
        let _route = route_line.lock().await;
        self.until(|state, now| {
            let random = &mut state.random;
            let bucket = &mut state.routes.entry(operation.id).or_default().bucket;
            bucket.turn(now, random)
        })
        .await;
        let _account = self.account_line.lock().await;
        self.until(|state, now| {
            let turn = state.turn(operation.id, now);
            if turn == Turn::Now {
                let (buckets, random) = state.buckets(operation.id);
                buckets
                    .into_iter()
                    .for_each(|bucket| bucket.take(now, random));
            }
            turn
        })
        .await;
        permit()
    }

    /// Waits until it is the time for something.
    async fn until(&self, mut turn: impl FnMut(&mut State, Instant) -> Turn) {
        loop {
            let changed = self.changed.notified();
            let turn = turn(&mut self.state(), Instant::now());
            match turn {
                Turn::Now => return,
                Turn::At(instant) => {
                    tokio::select! {
                        () = sleep_until(instant) => {}
                        () = changed => {}
                    }
                }
                Turn::Later => changed.await,
            }
        }
    }

    fn try_take(&self, route: &'static str) -> Turn {
        let now = Instant::now();
        let mut state = self.state();
        let turn = state.turn(route, now);
        if turn == Turn::Now {
            let (buckets, random) = state.buckets(route);
            buckets
                .into_iter()
                .for_each(|bucket| bucket.take(now, random));
        }
        turn
    }

    fn take(&self, route: &'static str, now: Instant) {
        let mut state = self.state();
        let (buckets, random) = state.buckets(route);
        buckets
            .into_iter()
            .for_each(|bucket| bucket.take(now, random));
    }

    /// What the latest answer said.
    pub(crate) fn latest(&self) -> RateLimits {
        self.state().latest
    }

    /// What the route's latest answer said.
    pub(crate) fn latest_of(&self, operation: &'static Operation) -> Option<RateLimits> {
        self.state().routes.get(operation.id)?.latest
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

/// The right to send one request. It is over when it is dropped.
pub(crate) struct Permit {
    limiter: Arc<Limiter>,
    route: &'static str,
    /// When the request was sent, until its answer has come.
    sent: Option<Instant>,
}

impl Permit {
    /// The request goes out.
    pub(crate) fn send(&mut self) {
        self.sent = Some(Instant::now());
    }

    /// The server has certainly not seen the request.
    pub(crate) fn not_seen(&mut self) {
        self.sent = None;
    }

    /// The answer has come.
    pub(crate) fn answered(&mut self, status: StatusCode, headers: &HeaderMap) {
        let now = Instant::now();
        let wall = SystemTime::now();
        let Some(sent) = self.sent.take() else { return };
        let limits = RateLimits::read(headers);
        let mut state = self.limiter.state();
        let state = &mut *state;
        state.clock.observe(headers, sent, now);
        let end = |reset: Option<EpochMillis>| {
            reset.map(|reset| (reset, state.clock.local(reset, now, wall)))
        };
        let (reset, token_reset) = (end(limits.reset), end(limits.auth_token_reset));
        if limits != RateLimits::default() {
            state.latest = limits;
        }
        let route = state.routes.entry(self.route).or_default();
        route.latest = Some(limits);
        route.bucket.learn(limits.route_remaining, reset, now);
        state.account.learn(limits.global_remaining, reset, now);
        state
            .token
            .learn(limits.auth_token_remaining, token_reset.or(reset), now);
        if status == StatusCode::TOO_MANY_REQUESTS && headers.contains_key(header::RETRY_AFTER) {
            // The limit of this machine's address: it holds for every call.
            let wait = asked_wait(headers, false, wall).unwrap_or_default();
            state.closed_until = Some(now + wait.min(LONGEST));
        }
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.limiter.state();
        let unanswered = self.sent.is_some();
        let (buckets, _) = state.buckets(self.route);
        for bucket in buckets {
            bucket.release();
            if unanswered {
                bucket.lose();
            }
        }
        drop(state);
        self.limiter.changed.notify_waiters();
    }
}
