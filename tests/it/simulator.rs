//! A simulated server with LaunchDarkly's documented rate limits, faults from a
//! seed, and a ledger of requests and effects. The benches use it too.

#![allow(dead_code)] // Each of its users uses a part.

#[path = "simulator/http1.rs"]
mod http1;
#[path = "simulator/http2.rs"]
mod http2;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use launchdarkly_api::reqwest::StatusCode;
use tokio::{
    net::TcpListener,
    sync::Notify,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};

/// The configuration of the server. The default has no limits and no faults.
#[derive(Debug, Clone)]
pub struct Config {
    /// The length of a rate-limit window. Windows start at multiples of it, by the
    /// server's clock.
    pub window: Duration,
    /// The limit of calls per window for the account.
    pub global_limit: Option<u32>,
    /// The limit of calls per window for each route.
    pub route_limit: Option<u32>,
    /// The only route with `route_limit`. Default: all routes.
    pub limited_route: Option<Route>,
    pub lower_limits: Option<LowerLimits>,
    pub protocol: Protocol,
    /// The lead of the server's clock over the machine's, in milliseconds.
    pub skew: i64,
    pub other_node: Option<OtherNode>,
    pub holds: Vec<Hold>,
    /// The seed of the faults.
    pub seed: u64,
    pub faults: Faults,
    pub headers: Headers,
    /// The simulated round-trip time, in addition to that of loopback.
    pub latency: Duration,
    /// The subscription that it returns.
    pub subscription: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(1),
            global_limit: None,
            route_limit: None,
            limited_route: None,
            lower_limits: None,
            protocol: Protocol::Http1,
            skew: 0,
            other_node: None,
            holds: Vec::new(),
            seed: 0,
            faults: Faults::default(),
            headers: Headers::default(),
            latency: Duration::ZERO,
            subscription: r#"{"_id":"x","on":true}"#.to_owned(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Http1,
    /// Over cleartext, with prior knowledge (RFC 9113, section 3.3).
    Http2,
}

/// Limits that become lower while the server runs.
#[derive(Debug, Clone, Copy)]
pub struct LowerLimits {
    /// The number of windows with the configured limits, from that of the first
    /// request on.
    pub after: u32,
    /// The limit of calls in every later window.
    pub to: u32,
}

/// A node behind the same address that has another clock. It shares the
/// windows and the counts with the first node.
#[derive(Debug, Clone, Copy)]
pub struct OtherNode {
    pub clock: OtherClock,
    /// The number of responses from the first node before this node responds.
    pub after: u64,
    /// The share of later responses from this node, from 0 to 1.
    pub share: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherClock {
    /// Its `Date` and `X-Ratelimit-Reset` are ahead by this many milliseconds.
    Ahead(i64),
    /// It sends `X-Ratelimit-Reset` in seconds.
    ResetInSeconds,
    /// It sends `X-Ratelimit-Reset` in microseconds.
    ResetInMicroseconds,
}

/// Requests that wait in the server until enough others have been read. They
/// are not counted against a limit before.
#[derive(Debug, Clone, Copy)]
pub struct Hold {
    /// The prefix of the call ids of the waiting requests.
    pub calls: &'static str,
    /// The number of requests to wait for.
    pub until: u32,
    /// The prefix of their call ids.
    pub of: &'static str,
    /// The longest wait; a wait that ends here counts as expired.
    pub at_most: Duration,
}

/// The limit headers of the server.
#[derive(Debug, Clone)]
pub struct Headers {
    /// Whether it sends `X-Ratelimit-Global-Remaining`; only with a limit.
    pub global_remaining: bool,
    /// Whether it sends `X-Ratelimit-Route-Remaining`; only with a limit.
    pub route_remaining: bool,
    pub reset: Reset,
    pub date: bool,
    /// Whether it sends `Retry-After` with a 429: seconds, rounded up.
    pub retry_after: bool,
    /// Which responses have the `X-Ratelimit` headers.
    pub presence: Presence,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Presence {
    Always,
    /// This share of the responses, from 0 to 1.
    Share(f64),
    /// Only this number of responses.
    First(u64),
}

impl Default for Headers {
    fn default() -> Self {
        Self {
            global_remaining: true,
            route_remaining: true,
            reset: Reset::WindowEnd,
            date: true,
            retry_after: false,
            presence: Presence::Always,
        }
    }
}

/// The value of `X-Ratelimit-Reset`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    WindowEnd,
    /// A minute ago.
    Past,
    Omitted,
}

/// The probability of each fault. A request has at most one fault.
#[derive(Debug, Clone)]
pub struct Faults {
    pub reset_unread: f64,
    pub reset_unapplied: f64,
    pub reset_applied: f64,
    pub error_unapplied: f64,
    pub error_applied: f64,
    pub truncated: f64,
    pub delayed: f64,
    pub stalled: f64,
    /// 429 with a `Retry-After` that is independent of the windows.
    pub retry_after: f64,
    /// Only with HTTP/2.
    pub refused: f64,
    /// Only with HTTP/2.
    pub go_away: f64,
    /// The values of `Retry-After` to choose from, in seconds.
    pub retry_after_seconds: &'static [u64],
    /// The longest of the delays.
    pub delay: Duration,
    /// The duration of a stall, longer than the client waits.
    pub stall: Duration,
}

impl Default for Faults {
    fn default() -> Self {
        Self::each(0.0)
    }
}

impl Faults {
    /// All faults, each with this probability.
    pub fn each(probability: f64) -> Self {
        Self {
            reset_unread: probability,
            reset_unapplied: probability,
            reset_applied: probability,
            error_unapplied: probability,
            error_applied: probability,
            truncated: probability,
            delayed: probability,
            stalled: probability,
            retry_after: probability,
            refused: probability,
            go_away: probability,
            retry_after_seconds: &[1],
            delay: Duration::from_millis(5),
            stall: Duration::from_secs(5),
        }
    }

    fn draw(&self, rng: &mut fastrand::Rng) -> Option<Fault> {
        let probabilities = [
            (Fault::ResetUnread, self.reset_unread),
            (Fault::ResetUnapplied, self.reset_unapplied),
            (Fault::ResetApplied, self.reset_applied),
            (Fault::ErrorUnapplied, self.error_unapplied),
            (Fault::ErrorApplied, self.error_applied),
            (Fault::Truncated, self.truncated),
            (Fault::Delayed, self.delayed),
            (Fault::Stalled, self.stalled),
            (Fault::RetryAfter, self.retry_after),
            (Fault::Refused, self.refused),
            (Fault::GoAway, self.go_away),
        ];
        let mut rest = rng.f64();
        for (fault, probability) in probabilities {
            if rest < probability {
                return Some(fault);
            }
            rest -= probability;
        }
        None
    }
}

/// A fault of a request. Over HTTP/2, resets are those of a stream (RST_STREAM) with
/// the code INTERNAL_ERROR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The connection is reset before the request is read.
    ResetUnread,
    /// It is reset after the request was read, before it is applied.
    ResetUnapplied,
    /// It is reset after the request was applied, before the response.
    ResetApplied,
    /// The response is a 502, 503 or 504; the request is not applied.
    ErrorUnapplied,
    /// The response is a 502 or 504 although the request is applied.
    ErrorApplied,
    /// The request is applied; the response is truncated.
    Truncated,
    /// The response is some milliseconds late.
    Delayed,
    /// The request is applied; no response comes while the client waits.
    Stalled,
    /// The response is a 429 with `Retry-After`; the request is not applied.
    RetryAfter,
    /// The stream is reset with REFUSED_STREAM; the request is not applied.
    Refused,
    /// The connection ends with GOAWAY, and the request's stream is above the
    /// last that the server processes; the request is not applied.
    GoAway,
}

impl Fault {
    pub const ALL: [Self; 11] = [
        Self::ResetUnread,
        Self::ResetUnapplied,
        Self::ResetApplied,
        Self::ErrorUnapplied,
        Self::ErrorApplied,
        Self::Truncated,
        Self::Delayed,
        Self::Stalled,
        Self::RetryAfter,
        Self::Refused,
        Self::GoAway,
    ];

    /// Whether a client that sees the fault still knows the outcome of its request.
    pub fn tells_the_outcome(self) -> bool {
        matches!(
            self,
            Self::Delayed | Self::RetryAfter | Self::Refused | Self::GoAway
        )
    }
}

/// The record of one call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of requests that were read.
    pub received: u32,
    pub applied: u32,
    /// The number of 429 responses.
    pub limited: u32,
    /// The number of successes that were sent completely.
    pub succeeded: u32,
    /// Its faults, in order.
    pub faults: Vec<Fault>,
    /// The number of received requests, including unread ones.
    pub came: u64,
}

/// The requests and effects, by method and call id.
#[derive(Debug, Clone, Default)]
pub struct Ledger(HashMap<(String, String), Counts>);

impl Ledger {
    pub fn of(&self, method: &str, call: &str) -> Counts {
        let key = (method.to_owned(), call.to_owned());
        self.0.get(&key).cloned().unwrap_or_default()
    }

    /// The faults of all calls.
    pub fn faults(&self) -> impl Iterator<Item = Fault> {
        self.0.values().flat_map(|counts| counts.faults.clone())
    }

    /// The number of received requests, including unread ones.
    pub fn came(&self) -> u64 {
        self.0.values().map(|counts| counts.came).sum()
    }
}

/// Events other than the faults of single requests.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Peculiarities {
    /// Responses from the other node.
    pub from_other_node: u64,
    /// Responses whose limit headers were left out.
    pub without_limits: u64,
    /// Requests that came in windows with the lower limits.
    pub under_lower_limits: u64,
    /// Those of them that came in the third of these windows or later.
    pub used_to_lower_limits: u64,
    /// Those of the third window or later that were over a limit.
    pub over_lower_limits: u64,
    /// Requests that were held back.
    pub held: u64,
    /// Requests that were held back until the longest wait was over.
    pub holds_expired: u64,
}

/// The server. It stops when it is dropped.
pub struct Simulator {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl Simulator {
    pub async fn start(config: Config) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0")
            .await
            .expect("loopback has a free port");
        let address = listener.local_addr().expect("the listener is bound");
        let state = Arc::new(State {
            clock: Clock::new(config.skew),
            config,
            record: Mutex::default(),
            was_read: Notify::new(),
        });
        let serving = Arc::clone(&state);
        let task = tokio::spawn(async move {
            // The connections end with the server.
            let mut connections = JoinSet::new();
            loop {
                if let Ok((stream, _)) = listener.accept().await {
                    let state = Arc::clone(&serving);
                    match state.config.protocol {
                        Protocol::Http1 => connections.spawn(http1::serve(state, stream)),
                        Protocol::Http2 => connections.spawn(http2::serve(state, stream)),
                    };
                }
                while connections.try_join_next().is_some() {}
            }
        });
        Self {
            address,
            state,
            task,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The current ledger.
    pub fn ledger(&self) -> Ledger {
        self.state.record().ledger.clone()
    }

    /// The number of requests that it has read.
    pub fn requests(&self) -> u64 {
        let record = self.state.record();
        let received = record.ledger.0.values().map(|counts| counts.received);
        received.map(u64::from).sum()
    }

    pub fn answered_429(&self) -> u64 {
        let record = self.state.record();
        let limited = record.ledger.0.values().map(|counts| counts.limited);
        limited.map(u64::from).sum()
    }

    pub fn peculiarities(&self) -> Peculiarities {
        self.state.record().peculiarities
    }

    /// Waits until so many requests have been read of the calls whose ids
    /// start with the prefix.
    pub async fn wait_for(&self, prefix: &str, requests: u32) {
        self.state.wait_for(prefix, requests).await;
    }

    /// The server's time, in milliseconds since the Unix epoch.
    pub fn now(&self) -> u64 {
        self.state.clock.now()
    }

    /// Waits until a window has just begun.
    pub async fn next_window(&self) {
        let now = self.now();
        let end = self.state.window_end(now);
        while self.now() < end {
            sleep(Duration::from_millis(end.saturating_sub(self.now()))).await;
        }
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The server's clock.
struct Clock {
    /// Its time at the start, in milliseconds since the Unix epoch.
    epoch: i64,
    start: Instant,
}

impl Clock {
    fn new(skew: i64) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let now = now.expect("the epoch is past").as_millis();
        Self {
            epoch: i64::try_from(now).expect("it is not that late") + skew,
            start: Instant::now(),
        }
    }

    fn now(&self) -> u64 {
        let epoch = u64::try_from(self.epoch).expect("the skew leaves the epoch past");
        epoch + u64::try_from(self.start.elapsed().as_millis()).expect("it is not that late")
    }
}

struct State {
    config: Config,
    clock: Clock,
    record: Mutex<Record>,
    was_read: Notify,
}

#[derive(Default)]
struct Record {
    ledger: Ledger,
    limits: Limits,
    /// The end of the first request's window.
    first_end: Option<u64>,
    /// The number of responses with a `Verdict`.
    responses: u64,
    peculiarities: Peculiarities,
}

/// The used part of the current window.
#[derive(Default)]
struct Limits {
    window_end: u64,
    global: u32,
    routes: HashMap<Route, u32>,
}

/// A method, and whether the path has an id.
pub type Route = (&'static str, bool);

/// The plan of the seed for one request.
struct Draw {
    fault: Option<Fault>,
    /// Whether the other node responds, if there is one.
    other_node: bool,
    /// Whether the response has limit headers, if only a share has them.
    limits: bool,
    rng: fastrand::Rng,
}

/// The decision of the limiter about a request.
struct Verdict {
    admitted: bool,
    global_remaining: Option<u32>,
    route_remaining: Option<u32>,
    window_end: u64,
    now: u64,
}

struct Call {
    method: &'static str,
    call: String,
    has_id: bool,
}

impl Call {
    /// `None` for an unknown request.
    fn parse(method: &str, path: &str) -> Option<Self> {
        let mut segments = path.strip_prefix("/api/v2/integrations/")?.split('/');
        let call = segments.next()?.to_owned();
        let has_id = segments.next().is_some();
        let method = match (method, has_id) {
            ("GET", _) => "GET",
            ("POST", false) => "POST",
            ("PATCH", true) => "PATCH",
            ("DELETE", true) => "DELETE",
            _ => return None,
        };
        segments.next().is_none().then_some(Self {
            method,
            call,
            has_id,
        })
    }
}

struct Response {
    status: StatusCode,
    media_type: &'static str,
    headers: Vec<(&'static str, String)>,
    body: String,
}

impl Response {
    fn limited() -> Self {
        Self {
            status: StatusCode::TOO_MANY_REQUESTS,
            media_type: "application/json",
            headers: Vec::new(),
            body: r#"{"code":"rate_limited","message":"There were too many calls."}"#.to_owned(),
        }
    }
}

/// The reaction of the server to a request.
enum Action {
    Respond(Response),
    Truncate(Response),
    Reset,
    Stall,
}

impl State {
    fn record(&self) -> MutexGuard<'_, Record> {
        self.record
            .lock()
            .expect("nobody panics while the record is locked")
    }

    fn note<T>(&self, call: &Call, note: impl FnOnce(&mut Counts) -> T) -> T {
        let key = (call.method.to_owned(), call.call.clone());
        note(self.record().ledger.0.entry(key).or_default())
    }

    /// The plan for the next request of a call. It depends on the seed, the call and
    /// the number of its earlier requests, not on other calls.
    fn draw(&self, call: &Call) -> Draw {
        let before = self.note(call, |counts| {
            counts.came += 1;
            counts.came - 1
        });
        // FNV-1a.
        let text = format!("{} {} {before}", call.method, call.call);
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut rng = fastrand::Rng::with_seed(hash ^ self.config.seed.rotate_left(32));
        let http2 = self.config.protocol == Protocol::Http2;
        let fault = self.config.faults.draw(&mut rng);
        let other_node = self.config.other_node.map_or(0.0, |node| node.share);
        let limits = match self.config.headers.presence {
            Presence::Share(share) => share,
            Presence::Always | Presence::First(_) => 1.0,
        };
        Draw {
            fault: fault.filter(|fault| http2 || !matches!(fault, Fault::Refused | Fault::GoAway)),
            other_node: rng.f64() < other_node,
            limits: rng.f64() < limits,
            rng,
        }
    }

    fn window_end(&self, now: u64) -> u64 {
        let window = u64::try_from(self.config.window.as_millis())
            .expect("a window is short")
            .max(1);
        (now / window + 1) * window
    }

    /// Waits until so many requests have been read of the calls whose ids
    /// start with the prefix.
    async fn wait_for(&self, prefix: &str, requests: u32) {
        loop {
            let was_read = self.was_read.notified();
            let read: u32 = {
                let record = self.record();
                let calls = record.ledger.0.iter();
                calls
                    .filter(|((_, call), _)| call.starts_with(prefix))
                    .map(|(_, counts)| counts.received)
                    .sum()
            };
            if read >= requests {
                return;
            }
            was_read.await;
        }
    }

    /// Waits while the configuration holds the request.
    async fn hold(&self, call: &Call) {
        for hold in &self.config.holds {
            if call.call.starts_with(hold.calls) {
                self.record().peculiarities.held += 1;
                let released = timeout(hold.at_most, self.wait_for(hold.of, hold.until));
                if released.await.is_err() {
                    self.record().peculiarities.holds_expired += 1;
                }
            }
        }
    }

    /// Counts a request, unless it is over a limit.
    fn admit(&self, call: &Call) -> Verdict {
        let mut record = self.record();
        let now = self.clock.now();
        let window_end = self.window_end(now);
        let window = self.window_end(0);
        let first_end = *record.first_end.get_or_insert(window_end);
        let before = (window_end - first_end) / window;
        let lower = self.config.lower_limits;
        let lower = lower.filter(|lower| before >= u64::from(lower.after));
        let is_used = lower.is_some_and(|lower| before >= u64::from(lower.after) + 2);
        let limit = |limit: Option<u32>| {
            limit.map(|limit| lower.map_or(limit, |lower| limit.min(lower.to)))
        };
        let route = (call.method, call.has_id);
        let is_limited = self.config.limited_route.is_none_or(|only| only == route);
        let global_limit = limit(self.config.global_limit);
        let route_limit = limit(self.config.route_limit.filter(|_| is_limited));
        let limits = &mut record.limits;
        if limits.window_end != window_end {
            *limits = Limits {
                window_end,
                ..Limits::default()
            };
        }
        let used = limits.routes.entry(route).or_default();
        let admitted = global_limit.is_none_or(|limit| limits.global < limit)
            && route_limit.is_none_or(|limit| *used < limit);
        if admitted {
            limits.global += 1;
            *used += 1;
        }
        let verdict = Verdict {
            admitted,
            global_remaining: global_limit.map(|limit| limit - limits.global),
            route_remaining: route_limit.map(|limit| limit - *used),
            window_end,
            now,
        };
        let peculiarities = &mut record.peculiarities;
        peculiarities.under_lower_limits += u64::from(lower.is_some());
        peculiarities.used_to_lower_limits += u64::from(is_used);
        peculiarities.over_lower_limits += u64::from(is_used && !admitted);
        verdict
    }

    fn headers(&self, verdict: &Verdict, draw: &Draw) -> Vec<(&'static str, String)> {
        let Headers {
            global_remaining,
            route_remaining,
            reset,
            date,
            retry_after,
            presence,
        } = self.config.headers;
        let (limits, other_node) = {
            let mut record = self.record();
            let before = record.responses;
            record.responses += 1;
            let limits = match presence {
                Presence::First(responses) => before < responses,
                Presence::Always | Presence::Share(_) => draw.limits,
            };
            let node = self.config.other_node;
            let node = node.filter(|node| draw.other_node && before >= node.after);
            record.peculiarities.without_limits += u64::from(!limits);
            record.peculiarities.from_other_node += u64::from(node.is_some());
            (limits, node.map(|node| node.clock))
        };
        let local = |millis: u64| match other_node {
            Some(OtherClock::Ahead(ahead)) => millis.saturating_add_signed(ahead),
            _ => millis,
        };
        let in_its_unit = |millis: u64| match other_node {
            Some(OtherClock::ResetInSeconds) => millis.div_ceil(1000),
            Some(OtherClock::ResetInMicroseconds) => millis * 1000,
            _ => millis,
        };
        let mut headers = Vec::new();
        let mut header = |name, value: &dyn ToString| headers.push((name, value.to_string()));
        if limits {
            if let Some(calls) = verdict.global_remaining.filter(|_| global_remaining) {
                header("x-ratelimit-global-remaining", &calls);
            }
            if let Some(calls) = verdict.route_remaining.filter(|_| route_remaining) {
                header("x-ratelimit-route-remaining", &calls);
            }
            let reset = match reset {
                Reset::WindowEnd => Some(verdict.window_end),
                Reset::Past => Some(verdict.now - 60_000),
                Reset::Omitted => None,
            };
            if let Some(reset) = reset {
                header("x-ratelimit-reset", &in_its_unit(local(reset)));
            }
        }
        if date {
            let now = UNIX_EPOCH + Duration::from_millis(local(verdict.now));
            header("date", &httpdate::fmt_http_date(now));
        }
        if retry_after && !verdict.admitted {
            let seconds = (verdict.window_end - verdict.now).div_ceil(1000);
            header("retry-after", &seconds);
        }
        headers
    }

    /// Applies the request.
    fn apply(&self, call: &Call) -> (StatusCode, String) {
        self.note(call, |counts| {
            if call.method == "DELETE" && counts.applied > 0 {
                let body = r#"{"code":"not_found","message":"It is deleted."}"#;
                return (StatusCode::NOT_FOUND, body.to_owned());
            }
            counts.applied += 1;
            let subscription = || self.config.subscription.clone();
            match (call.method, call.has_id) {
                ("DELETE", _) => (StatusCode::NO_CONTENT, String::new()),
                ("GET", false) => (StatusCode::OK, r#"{"items":[]}"#.to_owned()),
                ("POST", _) => (StatusCode::CREATED, subscription()),
                _ => (StatusCode::OK, subscription()),
            }
        })
    }

    /// Processes a request that was read completely.
    async fn process(&self, call: &Call, draw: &mut Draw) -> Action {
        let one_way = self.config.latency / 2;
        pause(one_way).await;
        self.note(call, |counts| counts.received += 1);
        self.was_read.notify_waiters();
        self.hold(call).await;
        let action = self.decide(call, draw);
        if draw.fault == Some(Fault::Delayed) {
            pause(self.config.faults.delay.mul_f64(draw.rng.f64())).await;
        }
        pause(one_way).await;
        if let Action::Respond(response) = &action
            && response.status.is_success()
        {
            // Record the response before sending it, so that a client with the response
            // finds it in the ledger.
            self.note(call, |counts| counts.succeeded += 1);
        }
        action
    }

    fn record_fault(&self, call: &Call, fault: Fault) {
        self.note(call, |counts| counts.faults.push(fault));
    }

    fn decide(&self, call: &Call, draw: &mut Draw) -> Action {
        let record_fault = |fault| self.record_fault(call, fault);
        if draw.fault == Some(Fault::ResetUnapplied) {
            record_fault(Fault::ResetUnapplied);
            return Action::Reset;
        }
        if draw.fault == Some(Fault::RetryAfter) {
            record_fault(Fault::RetryAfter);
            self.note(call, |counts| counts.limited += 1);
            let seconds = draw.rng.choice(self.config.faults.retry_after_seconds);
            let seconds = seconds.expect("there is a value for Retry-After");
            return Action::Respond(Response {
                headers: vec![("retry-after", seconds.to_string())],
                ..Response::limited()
            });
        }
        let verdict = self.admit(call);
        let headers = self.headers(&verdict, draw);
        let fault = draw.fault;
        let rng = &mut draw.rng;
        let response = |(status, body)| Response {
            status,
            media_type: "application/json",
            headers: headers.clone(),
            body,
        };
        let gateway = |status: StatusCode| Response {
            media_type: "text/html",
            ..response((status, format!("<html>{status}</html>")))
        };
        if !verdict.admitted {
            self.note(call, |counts| counts.limited += 1);
            if fault == Some(Fault::Delayed) {
                record_fault(Fault::Delayed);
            }
            return Action::Respond(Response {
                headers,
                ..Response::limited()
            });
        }
        let errors = [
            StatusCode::BAD_GATEWAY,
            StatusCode::GATEWAY_TIMEOUT,
            StatusCode::SERVICE_UNAVAILABLE,
        ];
        if fault == Some(Fault::ErrorUnapplied) {
            record_fault(Fault::ErrorUnapplied);
            return Action::Respond(gateway(errors[rng.usize(..3)]));
        }
        let applied = response(self.apply(call));
        if let Some(fault) = fault {
            record_fault(fault);
        }
        match fault {
            Some(Fault::ResetApplied) => Action::Reset,
            Some(Fault::ErrorApplied) => Action::Respond(gateway(errors[rng.usize(..2)])),
            Some(Fault::Truncated) => Action::Truncate(applied),
            Some(Fault::Stalled) => Action::Stall,
            _ => Action::Respond(applied),
        }
    }
}

/// Sleeps, but not for a duration of zero: the timer would round it up.
async fn pause(duration: Duration) {
    if !duration.is_zero() {
        sleep(duration).await;
    }
}
