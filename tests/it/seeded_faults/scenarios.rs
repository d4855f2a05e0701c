//! The scenarios of the runs.

use std::time::Duration;

use launchdarkly_api::RetryPolicy;
use tokio::time::timeout;

use super::{
    calls::{Operation, Run},
    tally::{Excuses, Share, Tally},
};
use crate::simulator::{
    Config, Faults, Headers, Hold, LowerLimits, OtherClock, OtherNode, Presence, Protocol, Reset,
};

/// The client's timeout for a response: far longer than loopback takes, also on a
/// busy machine.
const TIMEOUT: Duration = Duration::from_millis(500);
/// The longest time for an operation that takes milliseconds unless it is blocked.
const BLOCKED: Duration = Duration::from_secs(10);
/// The longest time for a run that does not hang.
pub const HANGS: Duration = Duration::from_secs(30);

pub async fn run(seed: u64) -> Tally {
    let mut rng = fastrand::Rng::with_seed(seed);
    let protocol = match rng.f64() < 0.3 {
        true => Protocol::Http2,
        false => Protocol::Http1,
    };
    let config = Config {
        protocol,
        seed,
        ..Config::default()
    };
    let mut tally = match rng.u8(..100) {
        0..4 => slow_first_calls(config, &mut rng).await,
        4..8 => exhausted_route(config, &mut rng).await,
        8..12 => dropped_calls(config, &mut rng).await,
        12..15 => lower_limits(config, &mut rng).await,
        15..18 => other_clock(config, &mut rng).await,
        _ => mixed(config, &mut rng).await,
    };
    tally.http2_runs = u64::from(protocol == Protocol::Http2);
    tally
}

fn patient() -> RetryPolicy {
    RetryPolicy::default()
        .deadline(2 * HANGS)
        .base_delay(Duration::from_millis(5))
        .max_delay(Duration::from_millis(100))
}

/// Some calls at a server with any of the faults and limits.
async fn mixed(config: Config, rng: &mut fastrand::Rng) -> Tally {
    const CALLS: usize = 8;
    // Calls of some runs often reach the limits.
    let limit = |rng: &mut fastrand::Rng, limit: std::ops::RangeInclusive<u32>| {
        (rng.f64() < 0.6).then(|| rng.u32(limit))
    };
    let config = Config {
        window: Duration::from_millis(100),
        global_limit: limit(rng, 2..=6),
        route_limit: limit(rng, 1..=2),
        lower_limits: (rng.f64() < 0.1).then(|| LowerLimits {
            after: rng.u32(1..4),
            to: 1,
        }),
        skew: [0, 37_000, -37_000, 500][rng.usize(..4)],
        other_node: (rng.f64() < 0.1).then(|| other_node(rng)),
        faults: Faults {
            stalled: 0.01,
            stall: 2 * TIMEOUT,
            // Each makes all calls of its run wait for seconds.
            retry_after: if rng.f64() < 0.04 { 0.15 } else { 0.0 },
            retry_after_seconds: &[1, 1, 2, 30],
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
            presence: match rng.u8(..20) {
                0 | 1 => Presence::Share(0.5),
                2 => Presence::First(rng.u64(1..6)),
                _ => Presence::Always,
            },
        },
        ..config
    };
    let excuses = Excuses {
        unknown_windows: config.other_node.is_some()
            || config.headers.reset == Reset::Omitted
            || (config.skew != 0 && !config.headers.date),
    };
    let policy = patient().max_attempts(4).deadline(Duration::from_secs(5));
    let mut run = Run::start(config, TIMEOUT, policy).await;
    for number in 0..CALLS {
        run.call(Operation::any(rng), format!("call-{number}"));
    }
    run.wait_for("").await;
    let mut tally = Tally::of(&run, excuses);
    if tally.calls != CALLS as u64 {
        tally.wrong.push("a call did not end".to_owned());
    }
    tally
}

fn other_node(rng: &mut fastrand::Rng) -> OtherNode {
    const HOUR: i64 = 3_600_000;
    OtherNode {
        clock: match rng.u8(..4) {
            0 => OtherClock::Ahead(HOUR),
            1 => OtherClock::Ahead(-HOUR),
            2 => OtherClock::ResetInSeconds,
            _ => OtherClock::ResetInMicroseconds,
        },
        after: rng.u64(..5),
        share: rng.f64(),
    }
}

/// The first calls of one route get no response until those of the other
/// routes are at the server.
async fn slow_first_calls(config: Config, rng: &mut fastrand::Rng) -> Tally {
    const OTHERS: u32 = 8;
    let slow = Operation::any(rng);
    let config = Config {
        global_limit: rng.bool().then_some(1_000),
        route_limit: rng.bool().then_some(1_000),
        window: Duration::from_secs(20),
        holds: vec![Hold {
            calls: "slow",
            until: OTHERS,
            of: "other",
            at_most: BLOCKED,
        }],
        ..config
    };
    let mut run = Run::start(config, 2 * BLOCKED, patient()).await;
    for number in 0..rng.u32(10..=16) {
        run.call(slow, format!("slow-{number}"));
    }
    // Wait until they are sent, but a client need not send all at once.
    let _ = timeout(Duration::from_millis(100), run.server.wait_for("slow", 10)).await;
    for number in 0..OTHERS {
        run.call(slow.any_but(rng), format!("other-{number}"));
    }
    run.wait_for("").await;
    let mut tally = Tally::of(&run, Excuses::default());
    if run.server.peculiarities().holds_expired > 0 {
        let wrong = format!("slow first calls of {slow:?} block other routes");
        tally.wrong.push(wrong);
    }
    tally.expect_no_failure(&run);
    tally
}

/// One route has no calls left for longer than the run takes.
async fn exhausted_route(config: Config, rng: &mut fastrand::Rng) -> Tally {
    let exhausted = Operation::any(rng);
    let config = Config {
        global_limit: rng.bool().then_some(1_000),
        route_limit: Some(rng.u32(1..=3)),
        limited_route: Some(exhausted.route()),
        window: Duration::from_secs(20),
        ..config
    };
    let mut run = Run::start(config, BLOCKED, patient()).await;
    let mut calls: Vec<_> = (0..14)
        .map(|number| format!("exhausted-{number}"))
        .collect();
    calls.extend((0..10).map(|number| format!("other-{number}")));
    rng.shuffle(&mut calls);
    for call in calls {
        let operation = match call.starts_with("other") {
            true => exhausted.any_but(rng),
            false => exhausted,
        };
        run.call(operation, call);
    }
    let others = timeout(BLOCKED, run.wait_for("other")).await;
    let mut tally = Tally::of(&run, Excuses::default());
    if others.is_err() {
        let wrong = format!("calls with calls left wait for the window of {exhausted:?}");
        tally.wrong.push(wrong);
    }
    tally
}

/// Limit headers stop, callers drop calls that are on their way, and then some
/// calls must be on their way at the same time.
async fn dropped_calls(config: Config, rng: &mut fastrand::Rng) -> Tally {
    const TOGETHER: u32 = 6;
    let limit = rng.u32(8..=12);
    let with_headers = rng.u32(2..=3);
    let config = Config {
        window: Duration::from_millis(100),
        global_limit: Some(limit),
        headers: Headers {
            // The clocks of client and server agree to the millisecond.
            date: false,
            presence: Presence::First(u64::from(with_headers)),
            ..Headers::default()
        },
        holds: vec![
            Hold {
                calls: "dropped",
                until: 1,
                of: "nothing",
                at_most: 2 * HANGS,
            },
            Hold {
                calls: "together",
                until: TOGETHER,
                of: "together",
                at_most: BLOCKED,
            },
        ],
        ..config
    };
    let mut run = Run::start(config, 2 * BLOCKED, patient()).await;
    for number in 0..with_headers {
        run.call(Operation::any(rng), format!("first-{number}"));
        run.wait_for("first").await;
    }
    let mut blocked = false;
    for number in 1..=limit + 2 {
        let call = run.call(Operation::any(rng), format!("dropped-{number}"));
        blocked |= timeout(BLOCKED, run.server.wait_for("dropped", number))
            .await
            .is_err();
        call.abort();
    }
    for number in 0..TOGETHER {
        run.call(Operation::any(rng), format!("together-{number}"));
    }
    run.wait_for("together").await;
    let mut tally = Tally::of(&run, Excuses::default());
    if blocked || run.server.peculiarities().holds_expired > 0 {
        let wrong = "dropped calls leave the client serial after the limit headers stopped";
        tally.wrong.push(wrong.to_owned());
    }
    tally
}

/// Many calls of one route, of which a window has fewer from some time on.
async fn lower_limits(config: Config, rng: &mut fastrand::Rng) -> Tally {
    let config = Config {
        route_limit: Some(40),
        window: Duration::from_secs(1),
        // Long enough to send too much before the first response of a window.
        latency: Duration::from_millis(150),
        lower_limits: Some(LowerLimits {
            after: 1,
            to: rng.u32(4..=6),
        }),
        headers: Headers {
            date: false,
            ..Headers::default()
        },
        ..config
    };
    let (mut tally, run) = busy(config, 65).await;
    let peculiarities = run.server.peculiarities();
    tally.lower_limits = Share {
        limited: peculiarities.over_lower_limits,
        requests: peculiarities.used_to_lower_limits,
    };
    tally
}

/// Many calls of one route while one of two nodes has another clock.
async fn other_clock(config: Config, rng: &mut fastrand::Rng) -> Tally {
    let config = Config {
        route_limit: Some(20),
        // Far longer than a response takes, also on a busy machine.
        window: Duration::from_millis(500),
        latency: Duration::from_millis(10),
        other_node: Some(OtherNode {
            after: rng.u64(10..30),
            share: [0.02, 0.1, 0.5][rng.usize(..3)],
            ..other_node(rng)
        }),
        headers: Headers {
            date: rng.bool(),
            ..Headers::default()
        },
        ..config
    };
    let (mut tally, _) = busy(config, 60).await;
    tally.other_clock = Share {
        limited: tally.limited,
        requests: tally.requests,
    };
    tally
}

/// More concurrent calls than the limit of a window.
async fn busy(config: Config, calls: u32) -> (Tally, Run) {
    let mut run = Run::start(config, BLOCKED, patient()).await;
    for number in 0..calls {
        run.call(Operation::Get, format!("call-{number}"));
    }
    run.wait_for("").await;
    let mut tally = Tally::of(&run, Excuses::default());
    tally.expect_no_failure(&run);
    (tally, run)
}

impl Tally {
    /// Without faults, no call may fail.
    fn expect_no_failure(&mut self, run: &Run) {
        for ended in &run.ended {
            if let Err(error) = &ended.result {
                self.wrong.push(format!("{} failed: {error}", ended.call));
            }
        }
    }
}
