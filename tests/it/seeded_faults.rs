//! Many runs against a server that limits and fails as its seed says: no
//! write is done twice, and no failure hides that one was done.

use std::{
    collections::HashSet,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use launchdarkly_api::{Client, Error, JsonPatch, RetryPolicy, default_http_client};
use tokio::task::JoinSet;

use crate::{
    simulator::{Config, Counts, Fault, Faults, Headers, Reset, Simulator},
    support::TOKEN,
};

const RUNS: u64 = 1_000;
const AT_A_TIME: usize = 32;
const CALLS: usize = 8;
/// How long a client waits for an answer: far more than loopback takes, also
/// on a busy machine.
const TIMEOUT: Duration = Duration::from_millis(500);
/// How long a run may take before it counts as hanging.
const HANGS: Duration = Duration::from_secs(30);

#[derive(Debug, Clone, Copy)]
enum Operation {
    List,
    Get,
    Create,
    Update,
    Delete,
}

impl Operation {
    const ALL: [Self; 5] = [
        Self::List,
        Self::Get,
        Self::Create,
        Self::Update,
        Self::Delete,
    ];

    fn method(self) -> &'static str {
        match self {
            Self::List | Self::Get => "GET",
            Self::Create => "POST",
            Self::Update => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    fn writes(self) -> bool {
        !matches!(self, Self::List | Self::Get)
    }

    async fn call(self, client: Client, call: &str) -> Result<(), Error> {
        match self {
            Self::List => {
                let call = client.get_subscriptions().integration_key(call);
                call.send().await.map(|_| ())
            }
            Self::Get => {
                let call = client.get_subscription_by_id().integration_key(call);
                call.id("x").send().await.map(|_| ())
            }
            Self::Create => {
                let call = client.create_subscription().integration_key(call);
                let call =
                    call.body_map(|body| body.name("Flag changes").config(serde_json::Map::new()));
                call.send().await.map(|_| ())
            }
            Self::Update => {
                let call = client.update_subscription().integration_key(call);
                let call = call.id("x").body(JsonPatch::new().replace("/on", true));
                call.send().await.map(|_| ())
            }
            Self::Delete => {
                let call = client.delete_subscription().integration_key(call);
                call.id("x").send().await.map(|_| ())
            }
        }
    }
}

/// What came of some runs.
#[derive(Default)]
struct Tally {
    runs: u64,
    limited_runs: u64,
    calls: u64,
    requests: u64,
    faults: u64,
    kinds: HashSet<Fault>,
    limited: u64,
    twice: u64,
    unexplained: u64,
    outcome_unknown: u64,
    failed: u64,
    /// What must not be.
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.limited_runs += other.limited_runs;
        self.calls += other.calls;
        self.requests += other.requests;
        self.faults += other.faults;
        self.kinds.extend(other.kinds);
        self.limited += other.limited;
        self.twice += other.twice;
        self.unexplained += other.unexplained;
        self.outcome_unknown += other.outcome_unknown;
        self.failed += other.failed;
        self.wrong.extend(other.wrong);
    }

    /// Compares what a call answered with what the server did.
    fn check(&mut self, operation: Operation, result: &Result<(), Error>, counts: &Counts) {
        let mut wrong = |what: &str| {
            let said = match result {
                Ok(()) => "Ok".to_owned(),
                Err(error) => format!("{error} (unknown: {})", error.outcome_unknown()),
            };
            self.wrong
                .push(format!("{operation:?} {what}: {said}; {counts:?}"));
        };
        self.calls += 1;
        if operation.writes() && counts.applied > 1 {
            self.twice += 1;
            wrong("was applied more than once");
        }
        match result {
            Ok(()) if counts.applied == 0 => wrong("was not applied"),
            Ok(()) => {}
            Err(error) => {
                self.failed += 1;
                let unknown = error.outcome_unknown();
                self.outcome_unknown += u64::from(unknown);
                if operation.writes() && counts.applied > 0 && !unknown {
                    wrong("was applied, and the error does not say that it may be");
                }
                let fault = counts.faults.iter().any(|fault| *fault != Fault::Delayed);
                // A busy machine may answer too late.
                if unknown && !fault && !error.is_timeout() {
                    wrong("cannot be unknown: each request was answered");
                }
                if !fault && counts.limited == 0 && !error.is_timeout() {
                    self.unexplained += 1;
                    wrong("failed without a reason");
                }
            }
        }
    }
}

/// A server that is as the seed says.
fn config(rng: &mut fastrand::Rng, seed: u64) -> Config {
    // The limits are met by some of the runs' calls, and often.
    let limit = |rng: &mut fastrand::Rng, limit: std::ops::RangeInclusive<u32>| {
        (rng.f64() < 0.6).then(|| rng.u32(limit))
    };
    Config {
        window: Duration::from_millis(100),
        global_limit: limit(rng, 2..=6),
        route_limit: limit(rng, 1..=2),
        skew: [0, 37_000, -37_000, 500][rng.usize(..4)],
        seed,
        faults: Faults {
            stalled: 0.01,
            stall: 2 * TIMEOUT,
            ..Faults::each(0.04)
        },
        headers: Headers {
            global_remaining: rng.f64() < 0.9,
            route_remaining: rng.f64() < 0.9,
            reset: match rng.u8(..10) {
                0 => Reset::Past,
                1 => Reset::Omitted,
                _ => Reset::WindowEnd,
            },
            date: rng.f64() < 0.9,
            retry_after: rng.f64() < 0.1,
            ..Headers::default()
        },
        ..Config::default()
    }
}

async fn run(seed: u64) -> Tally {
    let mut rng = fastrand::Rng::with_seed(seed);
    let server = Simulator::start(config(&mut rng, seed)).await;
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(server.url())
        // Reading the machine's roots would take most of the time.
        .http_client(default_http_client().tls_certs_only([]).timeout(TIMEOUT))
        .retry_policy(
            RetryPolicy::default()
                .max_attempts(4)
                .deadline(Duration::from_secs(5))
                .base_delay(Duration::from_millis(5))
                .max_delay(Duration::from_millis(100)),
        )
        .build()
        .unwrap();

    let mut calls = JoinSet::new();
    for number in 0..CALLS {
        let operation = Operation::ALL[rng.usize(..5)];
        let client = client.clone();
        calls.spawn(async move {
            let call = format!("call-{number}");
            let result = operation.call(client, &call).await;
            (operation, call, result)
        });
    }
    let mut tally = Tally {
        runs: 1,
        ..Tally::default()
    };
    let mut answers = Vec::new();
    while let Some(answer) = calls.join_next().await {
        match answer {
            Ok(answer) => answers.push(answer),
            Err(panic) => tally.wrong.push(format!("a call ended with {panic}")),
        }
    }
    let ledger = server.ledger();
    for (operation, call, result) in answers {
        tally.check(operation, &result, &ledger.of(operation.method(), &call));
    }
    tally.requests = ledger.came();
    tally.kinds = ledger.faults().collect();
    tally.faults = ledger.faults().count() as u64;
    tally.limited = server.answered_429();
    tally.limited_runs = u64::from(tally.limited > 0);
    tally
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_write_is_applied_twice_and_no_failure_hides_one() {
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let next = Arc::clone(&next);
        workers.spawn(async move {
            let mut tally = Tally::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= RUNS {
                    return tally;
                }
                let mut of_run = tokio::time::timeout(HANGS, run(seed))
                    .await
                    .unwrap_or_else(|_| panic!("seed {seed}: it hangs"));
                for wrong in &mut of_run.wrong {
                    *wrong = format!("seed {seed}: {wrong}");
                }
                tally.add(of_run);
            }
        });
    }
    let mut all = Tally::default();
    while let Some(tally) = workers.join_next().await {
        // Of a panic, the runner shows the message with the seed.
        all.add(tally.unwrap());
    }
    // Not `eprintln!`, which the test runner keeps to itself.
    let _ = writeln!(
        std::io::stderr(),
        "seeded runs: {} runs, {} calls, {} requests, {} faults, {} answered 429 in {} runs, \
         {} writes applied twice, {} unexplained failures, {} failed calls, {} of them with \
         outcome unknown",
        all.runs,
        all.calls,
        all.requests,
        all.faults,
        all.limited,
        all.limited_runs,
        all.twice,
        all.unexplained,
        all.failed,
        all.outcome_unknown,
    );
    assert!(all.wrong.is_empty(), "{:#?}", all.wrong);
    assert_eq!(all.kinds.len(), Fault::ALL.len(), "{:?}", all.kinds);
    assert_eq!((all.runs, all.calls), (RUNS, RUNS * CALLS as u64));
    assert!(all.limited_runs >= RUNS / 5, "{}", all.limited_runs);
}
