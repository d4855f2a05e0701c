//! Simulates clients against a server with the documented limits, in virtual
//! time. Measures the ratio to the ideal time and the share of requests that
//! the server rejects.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use http::{HeaderMap, StatusCode, header};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

use super::{
    Limiter,
    tests::{OTHER, ROUTE, acquire},
};

/// How many milliseconds the clock of the node that serves a request is ahead,
/// by the number of the request and the milliseconds since the start.
type Clock = fn(u64, u64) -> i64;

#[derive(Clone, Copy)]
struct Scenario {
    clients: usize,
    tasks: usize,
    calls: usize,
    /// The calls of a window, by the window's number.
    limit: fn(u64) -> u64,
    /// Whether the limit is the account's, and the calls are of two routes.
    of_account: bool,
    window: Duration,
    /// From the sending of a request to its response.
    latency: Duration,
    /// The server's time at the start, in milliseconds since the epoch.
    start: i64,
    clock: Clock,
}

/// The scenario of the project's published figures.
const SHARED_ACCOUNT: Scenario = Scenario {
    clients: 1,
    tasks: 64,
    calls: 1_600,
    limit: |_| 100,
    of_account: false,
    window: Duration::from_secs(1),
    latency: Duration::from_millis(2),
    start: 1_700_000_000_000,
    clock: |_, _| 0,
};

/// A server that counts calls in windows of a fixed length.
struct Server {
    scenario: Scenario,
    began: Instant,
    requests: AtomicU64,
    windows: Mutex<Vec<Counted>>,
}

#[derive(Clone, Copy, Default)]
struct Counted {
    accepted: u64,
    rejected: u64,
}

impl Server {
    fn new(scenario: Scenario) -> Self {
        Self {
            scenario,
            began: Instant::now(),
            requests: AtomicU64::new(0),
            windows: Mutex::default(),
        }
    }

    fn respond(&self) -> (StatusCode, HeaderMap) {
        let length = u64::try_from(self.scenario.window.as_millis()).unwrap();
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap();
        let number = elapsed / length;
        let mut windows = self.windows.lock().unwrap();
        windows.resize(usize::try_from(number).unwrap() + 1, Counted::default());
        let window = windows.last_mut().unwrap();
        let limit = (self.scenario.limit)(number);
        let status = if window.accepted < limit {
            window.accepted += 1;
            StatusCode::OK
        } else {
            window.rejected += 1;
            StatusCode::TOO_MANY_REQUESTS
        };
        let request = self.requests.fetch_add(1, Ordering::Relaxed);
        let node = self.scenario.start + (self.scenario.clock)(request, elapsed);
        let millis = |since: u64| u64::try_from(node + i64::try_from(since).unwrap()).unwrap();
        let date = SystemTime::UNIX_EPOCH + Duration::from_millis(millis(elapsed));
        let mut headers = HeaderMap::new();
        headers.insert(header::DATE, httpdate::fmt_http_date(date).parse().unwrap());
        headers.insert("x-ratelimit-reset", millis((number + 1) * length).into());
        let remaining = if self.scenario.of_account {
            "x-ratelimit-global-remaining"
        } else {
            "x-ratelimit-route-remaining"
        };
        headers.insert(remaining, (limit - window.accepted).into());
        (status, headers)
    }
}

/// One call, with its retries.
async fn call(limiter: &Limiter, server: &Server, number: usize) {
    let other = server.scenario.of_account && number.is_multiple_of(2);
    let operation = if other { &OTHER } else { &ROUTE };
    let mut backoff = Duration::from_millis(200);
    loop {
        let mut permit = acquire(limiter, operation).await;
        permit.record_send();
        sleep(server.scenario.latency / 2).await;
        let (status, headers) = server.respond();
        sleep(server.scenario.latency / 2).await;
        permit.record_response(status, &headers);
        drop(permit);
        if status == StatusCode::OK {
            return;
        }
        let requested = limiter.requested_wait(&headers, true).unwrap_or_default();
        sleep(requested + backoff.mul_f64(limiter.random())).await;
        backoff = (backoff * 2).min(Duration::from_secs(10));
    }
}

struct Outcome {
    /// The elapsed time in multiples of the ideal time.
    ratio: f64,
    windows: Vec<Counted>,
    /// The calls of the client with the fewest calls.
    fewest: usize,
}

impl Outcome {
    /// The share of requests that the server rejected.
    fn rejected(&self) -> f64 {
        let sum = |count: fn(&Counted) -> u64| self.windows.iter().map(count).sum::<u64>() as f64;
        let rejected = sum(|window| window.rejected);
        rejected / (rejected + sum(|window| window.accepted))
    }
}

async fn simulate(scenario: Scenario, seed: u64) -> Outcome {
    let server = Arc::new(Server::new(scenario));
    let next = Arc::new(AtomicUsize::new(0));
    let made: Arc<[AtomicUsize]> = (0..scenario.clients).map(|_| AtomicUsize::new(0)).collect();
    let mut tasks = JoinSet::new();
    for client in 0..scenario.clients {
        let limiter = Arc::new(Limiter::new(true));
        let seed = seed * 100 + u64::try_from(client).unwrap();
        limiter.state().random = fastrand::Rng::with_seed(seed);
        for _ in 0..scenario.tasks / scenario.clients {
            let (limiter, server) = (Arc::clone(&limiter), Arc::clone(&server));
            let (next, made) = (Arc::clone(&next), Arc::clone(&made));
            tasks.spawn(async move {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= server.scenario.calls {
                        return;
                    }
                    call(&limiter, &server, number).await;
                    made[client].fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
    // From a window's start to the start of the last window needed.
    let mut left = u64::try_from(scenario.calls).unwrap();
    let mut needed = 0;
    while left > (scenario.limit)(needed) {
        left -= (scenario.limit)(needed);
        needed += 1;
    }
    let ideal = scenario.window.mul_f64(needed as f64);
    Outcome {
        ratio: server.began.elapsed().div_duration_f64(ideal),
        windows: server.windows.lock().unwrap().clone(),
        fewest: made
            .iter()
            .map(|made| made.load(Ordering::Relaxed))
            .min()
            .unwrap(),
    }
}

/// Checks the bounds for some seeds, half of them with windows that do not
/// start at a whole second.
async fn for_seeds(name: &str, scenario: Scenario, ratio: f64, rejected: f64) {
    for seed in 0..6 {
        let start = scenario.start + [0, 370][usize::from(seed % 2 == 1)];
        let scenario = Scenario { start, ..scenario };
        let outcome = simulate(scenario, seed).await;
        let figures = format!(
            "{name}, seed {seed}: {:.3} x ideal, {:.1} % rejected, fewest calls {}",
            outcome.ratio,
            outcome.rejected() * 100.0,
            outcome.fewest
        );
        println!("{figures}");
        assert!(outcome.ratio <= ratio, "{figures}");
        assert!(outcome.rejected() <= rejected, "{figures}");
        // No client starves.
        let fair = scenario.calls / scenario.clients;
        assert!(outcome.fewest >= fair / 3, "{figures}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_single_client_uses_whole_windows_without_a_rejected_request() {
    for of_account in [false, true] {
        let scenario = Scenario {
            of_account,
            ..SHARED_ACCOUNT
        };
        for_seeds("1 client", scenario, 1.04, 0.0).await;
    }
}

#[tokio::test(start_paused = true)]
async fn several_clients_share_a_limit_with_few_rejected_requests() {
    for of_account in [false, true] {
        for clients in [2, 4, 8] {
            let scenario = Scenario {
                clients,
                of_account,
                ..SHARED_ACCOUNT
            };
            let name = format!("{clients} clients");
            for_seeds(&name, scenario, 1.10, 0.04).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn several_clients_share_a_limit_with_documented_windows_and_real_latency() {
    for clients in [1, 2, 4, 8] {
        let scenario = Scenario {
            clients,
            window: Duration::from_secs(10),
            latency: Duration::from_millis(200),
            ..SHARED_ACCOUNT
        };
        let name = format!("{clients} clients");
        for_seeds(&name, scenario, 1.10, 0.05).await;
    }
}

#[tokio::test(start_paused = true)]
async fn different_and_jumping_clocks_cause_few_rejected_requests() {
    const HOUR: i64 = 3_600_000;
    let clocks: [(&str, Clock); 7] = [
        ("two nodes, an hour apart", |request, _| {
            if request % 2 == 0 { 0 } else { HOUR }
        }),
        ("two nodes, half a second apart", |request, _| {
            if request % 2 == 0 { 0 } else { 500 }
        }),
        ("one response an hour ahead", |request, _| {
            if request == 130 { HOUR } else { 0 }
        }),
        ("one response an hour behind", |request, _| {
            if request == 130 { -HOUR } else { 0 }
        }),
        ("the first response an hour ahead", |request, _| {
            if request == 0 { HOUR } else { 0 }
        }),
        ("a clock jumps ahead", |_, elapsed| {
            if elapsed > 3_300 { HOUR } else { 0 }
        }),
        ("a clock jumps back", |_, elapsed| {
            if elapsed > 3_300 { -HOUR } else { 0 }
        }),
    ];
    for (name, clock) in clocks {
        let scenario = Scenario {
            clock,
            ..SHARED_ACCOUNT
        };
        for_seeds(name, scenario, 1.15, 0.05).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_lower_limit_is_learned_within_two_windows() {
    let scenario = Scenario {
        calls: 300,
        limit: |window| if window < 5 { 40 } else { 5 },
        ..SHARED_ACCOUNT
    };
    for seed in 0..5 {
        let outcome = simulate(scenario, seed).await;
        let later = &outcome.windows[7..outcome.windows.len() - 1];
        let rejected: u64 = later.iter().map(|window| window.rejected).sum();
        let accepted: u64 = later.iter().map(|window| window.accepted).sum();
        assert_eq!(rejected, 0, "seed {seed}");
        assert_eq!(accepted, 5 * later.len() as u64, "seed {seed}");
    }
}
