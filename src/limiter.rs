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
            // A tenth of the window, shared by its calls; a hundredth each at
            // most.
            let gap = self.window().as_secs_f64() / 10.0 / self.capacity.max(10) as f64;
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
    fn take_turn(&mut self, route: usize, now: Instant) -> Turn {
        let turn = self.turn(route, now);
        if turn == Turn::Now {
            self.take(route, now);
        }
        turn
    }

    fn take(&mut self, route: usize, now: Instant) {
        let (buckets, random) = self.buckets(route);
        buckets
            .into_iter()
            .for_each(|bucket| bucket.take(now, random));
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
    pub(crate) fn turn_now(
        &self,
        operation: &'static Operation,
        now: Instant,
    ) -> Option<Permit<'_>> {
        let mut state = self.state();
        let route = state.place(operation);
        if !self.enabled {
            state.take(route, now);
        } else if state.waiting > 0
            || state.routes[route].waiting > 0
            || state.take_turn(route, now) != Turn::Now
        {
            return None;
        }
        drop(state);
        Some(self.permit(route, now))
    }

    /// Waits in line for the operation's turn. A dropped future has not been
    /// here.
    pub(crate) async fn turn(&self, operation: &'static Operation) -> Permit<'_> {
        let (route, line) = {
            let mut state = self.state();
            let route = state.place(operation);
            state.in_line += 1;
            state.routes[route].waiting += 1;
            (route, Arc::clone(&state.routes[route].line))
        };
        let _in_line = Waiting(|| {
            let mut state = self.state();
            state.in_line -= 1;
            state.routes[route].waiting -= 1;
        });
        let _route = line.lock().await;
        self.until(|state, now| {
            let random = &mut state.random;
            state.routes[route].bucket.turn(now, random)
        })
        .await;
        self.state().waiting += 1;
        let _in_line = Waiting(|| self.state().waiting -= 1);
        let _account = self.account_line.lock().await;
        self.until(|state, now| state.take_turn(route, now)).await;
        self.permit(route, Instant::now())
    }

    /// Tells whoever waits that something has changed.
    fn tell(&self, state: &State) {
        if state.in_line > 0 {
            self.changed.notify_waiters();
        }
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

/// Somebody in line, who leaves it in whatever way the wait ends.
struct Waiting<F: FnMut()>(F);

impl<F: FnMut()> Drop for Waiting<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

/// The right to send one request. It is over when it is dropped.
pub(crate) struct Permit<'a> {
    limiter: &'a Limiter,
    route: usize,
    /// When it was given, for the request to be sent at once; after a
    /// redirect, when that was sent.
    since: Instant,
    /// Whether the request was sent, and its answer has not come.
    unanswered: bool,
    /// Whether it counts as on its way.
    in_flight: bool,
}

impl Permit<'_> {
    /// The request goes out; after a redirect, once more.
    pub(crate) fn send(&mut self) {
        self.unanswered = true;
        if !self.in_flight {
            self.in_flight = true;
            self.since = Instant::now();
            self.limiter.state().take(self.route, self.since);
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
        route.bucket.learn(limits.route_remaining, reset, now);
        state.account.learn(limits.global_remaining, reset, now);
        state
            .token
            .learn(limits.auth_token_remaining, token_reset.or(reset), now);
        if status == StatusCode::TOO_MANY_REQUESTS && headers.contains_key(header::RETRY_AFTER) {
            // The limit of this machine's address: it holds for every call.
            let wait = asked_wait(headers, false, SystemTime::now()).unwrap_or_default();
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
                bucket.lose();
            }
        }
        self.limiter.tell(&state);
    }
}

#[cfg(test)]
mod tests {
    use std::{pin::pin, sync::atomic::AtomicUsize, sync::atomic::Ordering, task::Poll};

    use http::Method;
    use tokio::time::advance;

    use super::*;

    static ROUTE: Operation = operation("a route");
    static OTHER: Operation = operation("other");

    const fn operation(id: &'static str) -> Operation {
        Operation {
            id,
            index: id.len(),
            method: Method::GET,
            path: "/",
            area: "area",
            beta: false,
            deprecated: false,
            patches: &[],
            paging: None,
        }
    }

    const SECOND: Duration = Duration::from_secs(1);

    /// A server whose clock started with the test, at a whole second.
    struct Server {
        limiter: Limiter,
        began: Instant,
    }

    /// The server's time when the test began, in seconds.
    const START: u64 = 1_700_000_000;

    impl Server {
        fn new() -> Self {
            Self {
                limiter: Limiter::new(true),
                began: Instant::now(),
            }
        }

        /// Answers a call: calls left to account and route, and the window's
        /// end, in seconds since the test began.
        fn answer(
            &self,
            mut permit: Permit<'_>,
            global: Option<u64>,
            route: Option<u64>,
            end: u64,
        ) {
            permit.send();
            let now = START + self.began.elapsed().as_secs();
            let date = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
            let mut headers = HeaderMap::new();
            headers.insert(header::DATE, httpdate::fmt_http_date(date).parse().unwrap());
            headers.insert("x-ratelimit-reset", ((START + end) * 1000).into());
            if let Some(global) = global {
                headers.insert("x-ratelimit-global-remaining", global.into());
            }
            if let Some(route) = route {
                headers.insert("x-ratelimit-route-remaining", route.into());
            }
            permit.answered(StatusCode::OK, &headers);
        }

        /// The turn, as a call takes it.
        async fn turn(&self, operation: &'static Operation) -> Permit<'_> {
            match self.limiter.turn_now(operation, Instant::now()) {
                Some(permit) => permit,
                None => self.limiter.turn(operation).await,
            }
        }

        fn at_once(&self, operation: &'static Operation) -> Option<Permit<'_>> {
            self.limiter.turn_now(operation, Instant::now())
        }

        /// Lets the first answer say how many calls the route has left.
        async fn with_route_left(left: u64) -> Self {
            let server = Self::new();
            let permit = server.turn(&ROUTE).await;
            server.answer(permit, None, Some(left), 10);
            server
        }
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_go_out_than_are_left_and_the_rest_wait_for_the_reset() {
        let server = Server::with_route_left(3).await;
        let mut out = Vec::new();
        while let Some(permit) = server.at_once(&ROUTE) {
            out.push(permit);
        }
        assert_eq!(out.len(), 3);
        // An answer that came late does not make more of them.
        server.answer(out.pop().unwrap(), None, Some(2), 10);
        server.answer(out.pop().unwrap(), None, Some(1), 10);
        server.answer(out.pop().unwrap(), None, Some(0), 10);
        assert!(server.at_once(&ROUTE).is_none());
        advance(9 * SECOND).await;
        assert!(server.at_once(&ROUTE).is_none());
        let waited = Instant::now();
        server.turn(&ROUTE).await;
        // To the second, which is what one `Date` tells.
        assert!(
            (1..=2).contains(&waited.elapsed().as_secs()),
            "{:?}",
            waited.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_on_its_way_counts_until_its_answer_does() {
        let server = Server::new();
        let mut first = Vec::new();
        for _ in 0..5 {
            first.push(server.turn(&ROUTE).await);
        }
        // Ten allowed: the first of five answers says nine are left.
        server.answer(first.remove(0), None, Some(9), 10);
        let mut out = Vec::new();
        while let Some(permit) = server.at_once(&ROUTE) {
            out.push(permit);
        }
        assert_eq!(out.len(), 5, "four are on their way");
    }

    #[tokio::test(start_paused = true)]
    async fn the_accounts_limit_holds_for_all_routes_and_a_routes_for_it_alone() {
        let server = Server::new();
        let permit = server.turn(&ROUTE).await;
        server.answer(permit, Some(4), Some(1), 10);
        let _one = server.at_once(&ROUTE).unwrap();
        // The route's next caller waits, and holds up nobody else.
        let mut waiting = pin!(server.turn(&ROUTE));
        assert!(
            std::future::poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_pending())).await
        );
        let mut others = Vec::new();
        while let Some(permit) = server.at_once(&OTHER) {
            others.push(permit);
        }
        assert_eq!(others.len(), 3, "four are left to the account, one is out");
    }

    #[tokio::test(start_paused = true)]
    async fn who_came_first_goes_first() {
        let server = Arc::new(Server::with_route_left(0).await);
        let order = Arc::new(Mutex::new(Vec::new()));
        let tasks: Vec<_> = (0..20)
            .map(|number| {
                let (server, order) = (Arc::clone(&server), Arc::clone(&order));
                tokio::spawn(async move {
                    let permit = server.turn(&ROUTE).await;
                    order.lock().unwrap().push(number);
                    server.answer(permit, None, Some(20), 20);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_reset_they_do_not_go_out_all_at_once() {
        let server = Arc::new(Server::with_route_left(50).await);
        let mut held = Vec::new();
        while let Some(permit) = server.at_once(&ROUTE) {
            held.push(permit);
        }
        let tasks: Vec<_> = (0..50)
            .map(|_| {
                let server = Arc::clone(&server);
                tokio::spawn(async move {
                    let _permit = server.turn(&ROUTE).await;
                    Instant::now()
                })
            })
            .collect();
        tokio::task::yield_now().await;
        for permit in held {
            server.answer(permit, None, Some(0), 10);
        }
        let mut times = Vec::new();
        for task in tasks {
            times.push(task.await.unwrap());
        }
        times.sort();
        let spread = times[49] - times[0];
        assert!((100..3_000).contains(&spread.as_millis()), "{spread:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_stops_waiting_leaves_the_line() {
        let server = Server::with_route_left(0).await;
        for _ in 0..10 {
            let mut gone = Box::pin(server.turn(&ROUTE));
            std::future::poll_fn(|cx| Poll::Ready(gone.as_mut().poll(cx).is_pending())).await;
        }
        let permit = server.turn(&ROUTE).await;
        server.answer(permit, None, Some(1), 20);
        let waited = Instant::now();
        server.turn(&ROUTE).await;
        assert!(waited.elapsed() < SECOND, "{:?}", waited.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_call_has_used_what_it_took_and_one_not_seen_has_not() {
        let server = Server::with_route_left(3).await;
        let mut dropped = server.turn(&ROUTE).await;
        dropped.send();
        drop(dropped);
        let mut unseen = server.turn(&ROUTE).await;
        unseen.send();
        unseen.not_seen();
        drop(unseen);
        drop(server.turn(&ROUTE).await);
        let mut out = Vec::new();
        while let Some(permit) = server.at_once(&ROUTE) {
            out.push(permit);
        }
        assert_eq!(out.len(), 2);
        drop(out);
        let state = server.limiter.state();
        assert_eq!(
            (
                state.account.in_flight,
                state.routes[ROUTE.index].bucket.in_flight
            ),
            (0, 0)
        );
    }

    #[tokio::test(start_paused = true)]
    async fn before_the_first_answer_a_few_go_out_and_after_one_without_limits_all_do() {
        let server = Server::new();
        let mut out = Vec::new();
        while let Some(permit) = server.at_once(&ROUTE) {
            out.push(permit);
        }
        assert_eq!(out.len() as u64, UNKNOWN_AT_ONCE);
        let mut permit = out.pop().unwrap();
        permit.send();
        permit.answered(StatusCode::OK, &HeaderMap::new());
        drop(permit);
        for _ in 0..1000 {
            out.push(server.at_once(&ROUTE).unwrap());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reset_in_the_past_holds_nobody_up() {
        let server = Server::new();
        advance(100 * SECOND).await;
        let permit = server.turn(&ROUTE).await;
        server.answer(permit, Some(0), Some(0), 50);
        assert!(server.at_once(&ROUTE).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn a_senseless_reset_holds_up_for_a_minute_at_most() {
        let server = Server::new();
        let permit = server.turn(&ROUTE).await;
        server.answer(permit, None, Some(0), 1_000_000_000);
        let waited = Instant::now();
        server.turn(&ROUTE).await;
        assert!(
            waited.elapsed() <= LONGEST + SECOND,
            "{:?}",
            waited.elapsed()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn an_addresss_limit_stops_every_route() {
        let server = Server::new();
        let mut permit = server.turn(&ROUTE).await;
        permit.send();
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, 7.into());
        permit.answered(StatusCode::TOO_MANY_REQUESTS, &headers);
        drop(permit);
        assert!(server.at_once(&OTHER).is_none());
        let waited = Instant::now();
        server.turn(&OTHER).await;
        assert_eq!(waited.elapsed().as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn with_the_limiter_off_nobody_waits() {
        let limiter = Limiter::new(false);
        let server = Server {
            limiter,
            began: Instant::now(),
        };
        let permit = server.turn(&ROUTE).await;
        server.answer(permit, Some(0), Some(0), 10);
        assert!(server.at_once(&ROUTE).is_some());
    }

    #[tokio::test(start_paused = true)]
    async fn calls_that_come_and_go_in_any_order_leave_nothing_behind() {
        let server = Arc::new(Server::with_route_left(5).await);
        let done = Arc::new(AtomicUsize::new(0));
        let mut random = fastrand::Rng::with_seed(7);
        let mut tasks = Vec::new();
        for number in 0..300_u32 {
            let (server, done) = (Arc::clone(&server), Arc::clone(&done));
            let operation = if random.bool() { &ROUTE } else { &OTHER };
            let (hold, answered) = (random.u64(0..900), random.bool());
            let task = tokio::spawn(async move {
                let mut permit = server.turn(operation).await;
                permit.send();
                tokio::time::sleep(Duration::from_millis(hold)).await;
                if answered {
                    let end = server.began.elapsed().as_secs() / 10 * 10 + 10;
                    server.answer(permit, Some(9), Some(5), end);
                }
                done.fetch_add(1, Ordering::Relaxed);
            });
            // A third is cancelled, somewhere.
            if number % 3 == 0 {
                let wait = random.u64(0..30_000);
                let abort = task.abort_handle();
                tokio::spawn(async move {
                    tokio::time::sleep(Duration::from_millis(wait)).await;
                    abort.abort();
                });
            }
            tasks.push(task);
        }
        for task in tasks {
            let _ = task.await;
        }
        assert!(done.load(Ordering::Relaxed) >= 200);
        let state = server.limiter.state();
        assert_eq!(state.account.in_flight, 0);
        assert!(state.routes.iter().all(|route| route.bucket.in_flight == 0));
    }
}
