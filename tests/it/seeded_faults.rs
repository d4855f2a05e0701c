//! Many runs against a server whose limits and faults come from a seed. The
//! guarantees: no write is applied twice, no failure hides a write, and no call
//! waits for an unrelated one.

mod calls;
mod scenarios;
mod tally;

use std::{
    io::Write,
    net::TcpListener,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use scenarios::{HANGS, run};
use tally::Tally;
use tokio::task::JoinSet;

use crate::simulator::Fault;

const RUNS: u64 = 1_000;
const AT_A_TIME: usize = 40;
/// The runs with proxy variables in the environment.
const RUNS_WITH_PROXY: u64 = 40;
/// The largest allowed share of requests over a limit, in runs that are always at
/// the limit. Late responses on a busy machine cause a share of 0.1. A client that
/// does not adapt to lower limits causes more than 0.5.
const MOST_LIMITED: f64 = 0.25;

/// The runs of the first seeds.
async fn runs(count: u64) -> Tally {
    let next = Arc::new(AtomicU64::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..AT_A_TIME {
        let next = Arc::clone(&next);
        workers.spawn(async move {
            let mut tally = Tally::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= count {
                    return tally;
                }
                let mut of_run = tokio::time::timeout(HANGS, run(seed))
                    .await
                    .unwrap_or_else(|_| Tally::of_hanging());
                for wrong in &mut of_run.wrong {
                    *wrong = format!("seed {seed}: {wrong}");
                }
                tally += of_run;
            }
        });
    }
    let mut all = Tally::default();
    while let Some(tally) = workers.join_next().await {
        all += tally.unwrap();
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guarantees_hold_in_every_run() {
    let all = runs(RUNS).await;
    // The test runner captures the output of `eprintln!`.
    let _ = writeln!(std::io::stderr(), "{all}");
    assert!(all.wrong.is_empty(), "{:#?}", all.wrong);
    assert_eq!(all.runs, RUNS);
    assert_eq!(all.faults.len(), Fault::ALL.len(), "{:?}", all.faults);
    assert!(all.limited_runs >= RUNS / 5, "{}", all.limited_runs);
    for count in [
        all.http2_runs,
        all.from_other_node,
        all.without_limits,
        all.under_lower_limits,
        all.held,
    ] {
        assert!(count >= RUNS / 10, "{all}");
    }
    for share in [all.lower_limits, all.other_clock] {
        assert!(share.of_requests() <= MOST_LIMITED, "{share}");
    }
}

#[test]
fn the_guarantees_hold_with_proxy_variables_and_nothing_reaches_the_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").unwrap();
    proxy.set_nonblocking(true).unwrap();
    let url = format!("http://{}", proxy.local_addr().unwrap());
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "seeded_faults::runs_with_proxy_variables"]);
    child.args(["--ignored", "--test-threads=1"]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        child.env(name, &url).env(name.to_lowercase(), &url);
    }
    for name in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
        child.env_remove(name);
    }
    let output = child.output().unwrap();
    // A connection waits in the backlog.
    assert!(proxy.accept().is_err(), "a request went to the proxy");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{text}");
    assert!(text.contains("1 passed"), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "another test runs it in a process with proxy variables"]
async fn runs_with_proxy_variables() {
    let all = runs(RUNS_WITH_PROXY).await;
    assert!(all.wrong.is_empty(), "{:#?}", all.wrong);
    assert_eq!(all.runs, RUNS_WITH_PROXY);
}
