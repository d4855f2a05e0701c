//! How close many calls come to the ideal time under a rate limit, and how many
//! of them are refused: one client, several clients that share the limit, a
//! client with its limiter off, and a caller that backs off blindly.

#![allow(clippy::unwrap_used, missing_docs)]

#[path = "../tests/it/simulator.rs"]
mod simulator;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use launchdarkly_api::{Client, RetryPolicy};
use simulator::{Config, Simulator};
use tokio::task::JoinSet;

const CALLS: usize = 1_600;
const TASKS: usize = 64;
const LIMIT: u32 = 100;
const WINDOW: Duration = Duration::from_secs(1);
const LATENCY: Duration = Duration::from_millis(2);
const SKEW: i64 = 37_000;
/// Longer than any of the strategies takes.
const DEADLINE: Duration = Duration::from_secs(600);

/// The clients that share the limit, and what holds for them: the most time,
/// in multiples of the ideal, and the largest share of 429s.
const BOUNDS: [(usize, f64, f64); 4] = [
    (1, 1.02, 0.0),
    (2, 1.15, 0.05),
    (4, 1.15, 0.05),
    (8, 1.15, 0.05),
];

struct Outcome {
    wall: Duration,
    requests: u64,
    limited: u64,
    failed: usize,
}

impl Outcome {
    fn ratio(&self) -> f64 {
        self.wall.as_secs_f64() / ideal().as_secs_f64()
    }

    fn limited_share(&self) -> f64 {
        self.limited as f64 / self.requests as f64
    }

    fn print(&self, name: &str) {
        println!(
            "{name:<36} {:>8.2} s {:>9.3} {:>10} {:>7} {:>8.2} % {:>8}",
            self.wall.as_secs_f64(),
            self.ratio(),
            self.requests,
            self.limited,
            self.limited_share() * 100.0,
            self.failed,
        );
    }
}

/// From a window's start: the last calls go out with the last window's start.
fn ideal() -> Duration {
    WINDOW * (CALLS as u32).div_ceil(LIMIT).saturating_sub(1)
}

fn client(server: &Simulator, limiter: Option<bool>, policy: RetryPolicy) -> Client {
    let builder = Client::builder()
        .access_token("api-01234567-89ab-cdef-0123-456789abcdef")
        .base_url(server.url())
        .retry_policy(policy);
    match limiter {
        Some(limiter) => builder.rate_limiter(limiter),
        None => builder,
    }
    .build()
    .unwrap()
}

/// Makes all calls: each task of each client takes the next one until none is
/// left. A call returns whether it succeeded.
async fn measure<F>(
    clients: usize,
    tasks: usize,
    limiter: Option<bool>,
    policy: RetryPolicy,
    call: impl Fn(Client, usize) -> F + Clone + Send + 'static,
) -> Outcome
where
    F: Future<Output = bool> + Send,
{
    let server = Simulator::start(Config {
        window: WINDOW,
        route_limit: Some(LIMIT),
        skew: SKEW,
        latency: LATENCY,
        ..Config::default()
    })
    .await;
    let clients: Vec<_> = (0..clients)
        .map(|_| client(&server, limiter, policy))
        .collect();
    let next = Arc::new(AtomicUsize::new(0));
    let mut running = JoinSet::new();
    server.next_window().await;
    let start = Instant::now();
    for client in clients.iter().cycle().take(tasks) {
        let (client, next, call) = (client.clone(), Arc::clone(&next), call.clone());
        running.spawn(async move {
            let mut failed = 0;
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= CALLS {
                    return failed;
                }
                failed += usize::from(!call(client.clone(), number).await);
            }
        });
    }
    let failed = running.join_all().await.into_iter().sum();
    Outcome {
        wall: start.elapsed(),
        requests: server.requests(),
        limited: server.answered_429(),
        failed,
    }
}

async fn get(client: Client, number: usize) -> Result<(), launchdarkly_api::Error> {
    client
        .get_subscription_by_id()
        .integration_key(format!("call-{number}"))
        .id("x")
        .send()
        .await
        .map(|_| ())
}

async fn once(client: Client, number: usize) -> bool {
    get(client, number).await.is_ok()
}

/// What callers write who know nothing of windows.
async fn blindly(client: Client, number: usize) -> bool {
    let mut wait = Duration::from_millis(100);
    loop {
        match get(client.clone(), number).await {
            Err(error) if error.is_rate_limited() => {
                tokio::time::sleep(wait).await;
                wait *= 2;
            }
            result => return result.is_ok(),
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    println!(
        "{CALLS} calls; {LIMIT} a window of {WINDOW:?} on their route; the server is {LATENCY:?} \
         away, its clock {} s ahead",
        SKEW / 1000
    );
    println!(
        "ideal: {:.2} s, from a window's start to the start of the last window needed\n",
        ideal().as_secs_f64()
    );
    println!(
        "{:<36} {:>10} {:>9} {:>10} {:>7} {:>10} {:>8}",
        "", "wall", "x ideal", "requests", "429s", "share", "failed"
    );
    let patient = RetryPolicy::default().deadline(DEADLINE);
    let mut shared = Vec::new();
    for (clients, ..) in BOUNDS {
        let outcome = measure(clients, TASKS, None, patient, once).await;
        outcome.print(&format!("{clients} clients, {TASKS} tasks in all"));
        shared.push(outcome);
    }
    measure(1, TASKS, Some(false), patient, once)
        .await
        .print(&format!("1 client without limiter, {TASKS} tasks"));
    measure(1, 1, Some(false), RetryPolicy::none(), blindly)
        .await
        .print("blind backoff, one call at a time");

    println!();
    let mut good = true;
    let mut judge = |holds: bool, what: String| {
        good &= holds;
        println!("{} {what}", if holds { "ok  " } else { "FAIL" });
    };
    for ((clients, time, limited), outcome) in BOUNDS.into_iter().zip(shared) {
        judge(
            outcome.ratio() <= time && outcome.limited_share() <= limited && outcome.failed == 0,
            format!(
                "{clients} clients: at most {time} x ideal and {} % 429s, and no call fails",
                limited * 100.0
            ),
        );
    }
    if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
