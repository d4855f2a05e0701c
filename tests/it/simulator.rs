//! A server that limits the rate of calls as LaunchDarkly documents it, that
//! fails in every way a seed says, and that keeps a ledger of what it was
//! asked and what it did. The benches use it too.

#![allow(dead_code)] // Each of its users uses a part.

#[path = "simulator/http1.rs"]
mod http1;

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use launchdarkly_api::reqwest::StatusCode;
use tokio::{
    net::TcpListener,
    task::{JoinHandle, JoinSet},
    time::sleep,
};

/// What the server is to be like. By default it has no limits and no faults.
#[derive(Debug, Clone)]
pub struct Config {
    /// How long a window of the limits is; the windows start at whole
    /// multiples of it, by the server's clock.
    pub window: Duration,
    /// How many calls a window has for the whole account.
    pub global_limit: Option<u32>,
    /// How many calls a window has for each route.
    pub route_limit: Option<u32>,
    /// How far the server's clock is ahead of the machine's, in milliseconds.
    pub skew: i64,
    /// What the faults are drawn from.
    pub seed: u64,
    pub faults: Faults,
    pub headers: Headers,
    /// From the client to the server and back, beside what loopback takes.
    pub latency: Duration,
    /// The subscription it answers.
    pub subscription: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(1),
            global_limit: None,
            route_limit: None,
            skew: 0,
            seed: 0,
            faults: Faults::default(),
            headers: Headers::default(),
            latency: Duration::ZERO,
            subscription: r#"{"_id":"x","on":true}"#.to_owned(),
        }
    }
}

/// What the server says of its limits.
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
}

impl Default for Headers {
    fn default() -> Self {
        Self {
            global_remaining: true,
            route_remaining: true,
            reset: Reset::WindowEnd,
            date: true,
            retry_after: false,
        }
    }
}

/// What `X-Ratelimit-Reset` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reset {
    WindowEnd,
    /// A minute ago.
    Past,
    Omitted,
}

/// How probable each fault is for a request; at most one befalls it.
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
    /// The longest of the delays.
    pub delay: Duration,
    /// How long a stall is: longer than the client waits.
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

/// What may befall a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The connection is reset before the request is read.
    ResetUnread,
    /// It is reset after the request was read, before it is applied.
    ResetUnapplied,
    /// It is reset after the request was applied, before the answer.
    ResetApplied,
    /// The answer is a 502, 503 or 504; the request is not applied.
    ErrorUnapplied,
    /// The answer is a 502 or 504 although the request is applied.
    ErrorApplied,
    /// The request is applied; the answer breaks off.
    Truncated,
    /// The answer comes some milliseconds late.
    Delayed,
    /// The request is applied; no answer comes while the client waits.
    Stalled,
}

impl Fault {
    pub const ALL: [Self; 8] = [
        Self::ResetUnread,
        Self::ResetUnapplied,
        Self::ResetApplied,
        Self::ErrorUnapplied,
        Self::ErrorApplied,
        Self::Truncated,
        Self::Delayed,
        Self::Stalled,
    ];
}

/// What became of one call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many requests were read.
    pub received: u32,
    pub applied: u32,
    /// How many were answered 429.
    pub limited: u32,
    /// How many were answered with a success, sent to its end.
    pub succeeded: u32,
    /// The faults that befell it, in their order.
    pub faults: Vec<Fault>,
    /// How many requests came, also unread ones.
    came: u64,
}

/// What the server was asked and what it did, by method and call id.
#[derive(Debug, Clone, Default)]
pub struct Ledger(HashMap<(String, String), Counts>);

impl Ledger {
    pub fn of(&self, method: &str, call: &str) -> Counts {
        let key = (method.to_owned(), call.to_owned());
        self.0.get(&key).cloned().unwrap_or_default()
    }

    /// All that befell any call.
    pub fn faults(&self) -> impl Iterator<Item = Fault> {
        self.0.values().flat_map(|counts| counts.faults.clone())
    }

    /// How many requests came, also those that were not read.
    pub fn came(&self) -> u64 {
        self.0.values().map(|counts| counts.came).sum()
    }
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
        });
        let serving = Arc::clone(&state);
        let task = tokio::spawn(async move {
            // They end with it.
            let mut connections = JoinSet::new();
            loop {
                if let Ok((stream, _)) = listener.accept().await {
                    connections.spawn(http1::serve(Arc::clone(&serving), stream));
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

    /// The ledger as it is now.
    pub fn ledger(&self) -> Ledger {
        self.state.record().ledger.clone()
    }

    /// How many requests it has read.
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

    /// The time by the server's clock, in milliseconds since the Unix epoch.
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
}

#[derive(Default)]
struct Record {
    ledger: Ledger,
    limits: Limits,
}

/// What is used up of the current window.
#[derive(Default)]
struct Limits {
    window_end: u64,
    global: u32,
    routes: HashMap<Route, u32>,
}

/// A URL pattern and a verb.
type Route = (String, bool);

/// What the limiter makes of a request.
struct Verdict {
    admitted: bool,
    global_remaining: Option<u32>,
    route_remaining: Option<u32>,
    window_end: u64,
    now: u64,
}

struct Call {
    method: String,
    call: String,
    has_id: bool,
}

impl Call {
    /// None for a request that this server does not know.
    fn parse(method: &str, path: &str) -> Option<Self> {
        let mut segments = path.strip_prefix("/api/v2/integrations/")?.split('/');
        let call = segments.next()?.to_owned();
        let has_id = segments.next().is_some();
        let known = match method {
            "GET" => true,
            "POST" => !has_id,
            "PATCH" | "DELETE" => has_id,
            _ => false,
        };
        (known && segments.next().is_none()).then(|| Self {
            method: method.to_owned(),
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

/// What the server does after it has read a request.
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
        let key = (call.method.clone(), call.call.clone());
        note(self.record().ledger.0.entry(key).or_default())
    }

    /// What is to befall the next request of a call. It depends on the seed,
    /// the call and how many requests of it came before, not on what other
    /// calls do meanwhile.
    fn draw(&self, call: &Call) -> (Option<Fault>, fastrand::Rng) {
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
        (self.config.faults.draw(&mut rng), rng)
    }

    fn window_end(&self, now: u64) -> u64 {
        let window = u64::try_from(self.config.window.as_millis())
            .expect("a window is short")
            .max(1);
        (now / window + 1) * window
    }

    /// Counts a request, unless it is over a limit.
    fn admit(&self, call: &Call) -> Verdict {
        let mut record = self.record();
        let now = self.clock.now();
        let limits = &mut record.limits;
        let window_end = self.window_end(now);
        if limits.window_end != window_end {
            *limits = Limits {
                window_end,
                ..Limits::default()
            };
        }
        let route = (call.method.clone(), call.has_id);
        let used = limits.routes.entry(route).or_default();
        let Config {
            global_limit,
            route_limit,
            ..
        } = self.config;
        let admitted = global_limit.is_none_or(|limit| limits.global < limit)
            && route_limit.is_none_or(|limit| *used < limit);
        if admitted {
            limits.global += 1;
            *used += 1;
        }
        Verdict {
            admitted,
            global_remaining: global_limit.map(|limit| limit - limits.global),
            route_remaining: route_limit.map(|limit| limit - *used),
            window_end,
            now,
        }
    }

    fn headers(&self, verdict: &Verdict) -> Vec<(&'static str, String)> {
        let Headers {
            global_remaining,
            route_remaining,
            reset,
            date,
            retry_after,
        } = self.config.headers;
        let mut headers = Vec::new();
        let mut header = |name, value: &dyn ToString| headers.push((name, value.to_string()));
        if let Some(calls) = verdict.global_remaining.filter(|_| global_remaining) {
            header("x-ratelimit-global-remaining", &calls);
        }
        if let Some(calls) = verdict.route_remaining.filter(|_| route_remaining) {
            header("x-ratelimit-route-remaining", &calls);
        }
        match reset {
            Reset::WindowEnd => header("x-ratelimit-reset", &verdict.window_end),
            Reset::Past => header("x-ratelimit-reset", &(verdict.now - 60_000)),
            Reset::Omitted => {}
        }
        if date {
            let now = UNIX_EPOCH + Duration::from_millis(verdict.now);
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
            match (call.method.as_str(), call.has_id) {
                ("DELETE", _) => (StatusCode::NO_CONTENT, String::new()),
                ("GET", false) => (StatusCode::OK, r#"{"items":[]}"#.to_owned()),
                ("POST", _) => (StatusCode::CREATED, subscription()),
                _ => (StatusCode::OK, subscription()),
            }
        })
    }

    /// Processes a request that was read completely.
    async fn process(&self, call: &Call, fault: Option<Fault>, rng: &mut fastrand::Rng) -> Action {
        let one_way = self.config.latency / 2;
        pause(one_way).await;
        let action = self.decide(call, fault, rng);
        if fault == Some(Fault::Delayed) {
            pause(self.config.faults.delay.mul_f64(rng.f64())).await;
        }
        pause(one_way).await;
        if let Action::Respond(response) = &action
            && response.status.is_success()
        {
            // Before it is sent: a client that has the response finds it in
            // the ledger.
            self.note(call, |counts| counts.succeeded += 1);
        }
        action
    }

    fn decide(&self, call: &Call, fault: Option<Fault>, rng: &mut fastrand::Rng) -> Action {
        let record_fault = |fault| self.note(call, |counts| counts.faults.push(fault));
        self.note(call, |counts| counts.received += 1);
        if fault == Some(Fault::ResetUnapplied) {
            record_fault(Fault::ResetUnapplied);
            return Action::Reset;
        }
        let verdict = self.admit(call);
        let headers = self.headers(&verdict);
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
            let body = r#"{"code":"rate_limited","message":"There were too many calls."}"#;
            let response = response((StatusCode::TOO_MANY_REQUESTS, body.to_owned()));
            return Action::Respond(response);
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
