//! A server that limits the rate of calls as LaunchDarkly documents it, that
//! fails in every way a seed says, and that keeps a ledger of what it was
//! asked and what it did. The benches use it too.

#![allow(dead_code)] // Each of its users uses a part.

use std::{
    collections::HashMap,
    fmt::Write,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
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
                    connections.spawn(serve(Arc::clone(&serving), stream));
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
    /// Of the whole request.
    bytes: usize,
}

struct Answer {
    status: &'static str,
    media_type: &'static str,
    headers: String,
    body: String,
}

/// What is to be done with the connection.
enum Outcome {
    Answer(Answer),
    Truncate(Answer),
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

    fn headers(&self, verdict: &Verdict) -> String {
        let Headers {
            global_remaining,
            route_remaining,
            reset,
            date,
            retry_after,
        } = self.config.headers;
        let mut text = String::new();
        let mut header = |name: &str, value: &dyn std::fmt::Display| {
            write!(text, "{name}: {value}\r\n").expect("a string can be written to");
        };
        if let Some(calls) = verdict.global_remaining.filter(|_| global_remaining) {
            header("X-Ratelimit-Global-Remaining", &calls);
        }
        if let Some(calls) = verdict.route_remaining.filter(|_| route_remaining) {
            header("X-Ratelimit-Route-Remaining", &calls);
        }
        match reset {
            Reset::WindowEnd => header("X-Ratelimit-Reset", &verdict.window_end),
            Reset::Past => header("X-Ratelimit-Reset", &(verdict.now - 60_000)),
            Reset::Omitted => {}
        }
        if date {
            let now = UNIX_EPOCH + Duration::from_millis(verdict.now);
            header("Date", &httpdate::fmt_http_date(now));
        }
        if retry_after && !verdict.admitted {
            let seconds = (verdict.window_end - verdict.now).div_ceil(1000);
            header("Retry-After", &seconds);
        }
        text
    }

    /// Does what the request asks for.
    fn apply(&self, call: &Call) -> (&'static str, String) {
        self.note(call, |counts| {
            match (call.method.as_str(), call.has_id) {
                ("DELETE", true) if counts.applied > 0 => {
                    return (
                        "404 Not Found",
                        r#"{"code":"not_found","message":"It is deleted."}"#.to_owned(),
                    );
                }
                ("DELETE", true) => {
                    counts.applied += 1;
                    return ("204 No Content", String::new());
                }
                _ => counts.applied += 1,
            }
            match (call.method.as_str(), call.has_id) {
                ("GET", false) => ("200 OK", r#"{"items":[]}"#.to_owned()),
                ("POST", _) => ("201 Created", self.config.subscription.clone()),
                _ => ("200 OK", self.config.subscription.clone()),
            }
        })
    }

    /// What becomes of a request that has been read.
    fn handle(&self, call: &Call, fault: Option<Fault>, rng: &mut fastrand::Rng) -> Outcome {
        let befalls = |fault| self.note(call, |counts| counts.faults.push(fault));
        self.note(call, |counts| counts.received += 1);
        if fault == Some(Fault::ResetUnapplied) {
            befalls(Fault::ResetUnapplied);
            return Outcome::Reset;
        }
        let verdict = self.admit(call);
        let headers = self.headers(&verdict);
        let answer = |(status, body)| Answer {
            status,
            media_type: "application/json",
            headers: headers.clone(),
            body,
        };
        let gateway = |status: &'static str| Answer {
            media_type: "text/html",
            ..answer((status, format!("<html>{status}</html>")))
        };
        if !verdict.admitted {
            self.note(call, |counts| counts.limited += 1);
            if fault == Some(Fault::Delayed) {
                befalls(Fault::Delayed);
            }
            let body = r#"{"code":"rate_limited","message":"There were too many calls."}"#;
            return Outcome::Answer(answer(("429 Too Many Requests", body.to_owned())));
        }
        let errors = [
            "502 Bad Gateway",
            "504 Gateway Timeout",
            "503 Service Unavailable",
        ];
        if fault == Some(Fault::ErrorUnapplied) {
            befalls(Fault::ErrorUnapplied);
            return Outcome::Answer(gateway(errors[rng.usize(..3)]));
        }
        let applied = answer(self.apply(call));
        if let Some(fault) = fault {
            befalls(fault);
        }
        match fault {
            Some(Fault::ResetApplied) => Outcome::Reset,
            Some(Fault::ErrorApplied) => Outcome::Answer(gateway(errors[rng.usize(..2)])),
            Some(Fault::Truncated) => Outcome::Truncate(applied),
            Some(Fault::Stalled) => Outcome::Stall,
            _ => Outcome::Answer(applied),
        }
    }
}

impl Answer {
    fn is_success(&self) -> bool {
        self.status.starts_with('2')
    }

    fn bytes(&self) -> Vec<u8> {
        let Self {
            status,
            media_type,
            headers,
            body,
        } = self;
        let content = if status.starts_with("204") {
            String::new()
        } else {
            format!(
                "content-type: {media_type}\r\ncontent-length: {}\r\n",
                body.len()
            )
        };
        format!("HTTP/1.1 {status}\r\n{headers}{content}\r\n{body}").into_bytes()
    }
}

/// Answers the requests of one connection, one after the other.
async fn serve(state: Arc<State>, mut stream: TcpStream) {
    let _ = stream.set_nodelay(true);
    while let Ok(Some(call)) = next_call(&stream).await {
        let (fault, mut rng) = state.draw(&call);
        if fault == Some(Fault::ResetUnread) {
            state.note(&call, |counts| counts.faults.push(Fault::ResetUnread));
            return reset(stream);
        }
        if stream.read_exact(&mut vec![0; call.bytes]).await.is_err() {
            return;
        }
        let way = state.config.latency / 2;
        pause(way).await;
        let outcome = state.handle(&call, fault, &mut rng);
        if fault == Some(Fault::Delayed) {
            pause(state.config.faults.delay.mul_f64(rng.f64())).await;
        }
        match outcome {
            Outcome::Answer(answer) => {
                pause(way).await;
                if answer.is_success() {
                    // Before it is sent: whoever has the answer finds it in
                    // the ledger.
                    state.note(&call, |counts| counts.succeeded += 1);
                }
                if stream.write_all(&answer.bytes()).await.is_err() {
                    return;
                }
            }
            Outcome::Truncate(answer) => {
                pause(way).await;
                let bytes = answer.bytes();
                // In the middle of the body, or of the head if there is none.
                let missing = match answer.body.len() {
                    0 => bytes.len() / 2,
                    length => length.div_ceil(2),
                };
                let _ = stream.write_all(&bytes[..bytes.len() - missing]).await;
                let _ = stream.shutdown().await;
                return;
            }
            Outcome::Reset => return reset(stream),
            Outcome::Stall => {
                // Until the client gives up.
                let _ = timeout(state.config.faults.stall, stream.peek(&mut [0])).await;
                return;
            }
        }
    }
}

/// The next request, which is left unread.
async fn next_call(stream: &TcpStream) -> io::Result<Option<Call>> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = stream.peek(&mut buffer).await?;
        if length == 0 {
            return Ok(None);
        }
        let head = buffer[..length]
            .windows(4)
            .position(|end| end == b"\r\n\r\n");
        if let Some(end) = head {
            return Ok(parse(&String::from_utf8_lossy(&buffer[..end]), end + 4));
        }
        if length == buffer.len() {
            return Ok(None);
        }
        // The rest of the head is on its way.
        sleep(Duration::from_millis(1)).await;
    }
}

/// None of what this server does not know: the connection is then closed.
fn parse(head: &str, length: usize) -> Option<Call> {
    let mut lines = head.lines();
    let (method, rest) = lines.next()?.split_once(' ')?;
    let path = rest.strip_suffix(" HTTP/1.1")?;
    let mut segments = path.strip_prefix("/api/v2/integrations/")?.split('/');
    let call = segments.next()?.to_owned();
    let has_id = segments.next().is_some();
    let known = match method {
        "GET" => true,
        "POST" => !has_id,
        "PATCH" | "DELETE" => has_id,
        _ => false,
    };
    let body: usize = lines
        .filter_map(|line| line.split_once(": "))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(Some(0), |(_, length)| length.parse().ok())?;
    (known && segments.next().is_none()).then(|| Call {
        method: method.to_owned(),
        call,
        has_id,
        bytes: length + body,
    })
}

fn reset(stream: TcpStream) {
    // Then closing sends RST.
    let _ = stream.set_zero_linger();
}

/// Sleeps, but not for nothing: the timer would round it up.
async fn pause(duration: Duration) {
    if !duration.is_zero() {
        sleep(duration).await;
    }
}
