use std::{
    borrow::Cow,
    collections::HashSet,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::Poll,
    time::{Duration, SystemTime},
};

use http::{HeaderMap, Method, StatusCode, header};
use tokio::time::{Instant, advance, sleep};

use super::{
    Limiter, NotBefore, Permit, WINDOW, WaitLimits,
    bucket::{TRICKLE, UNKNOWN_IN_FLIGHT},
    templates::MAX_TEMPLATES,
};
use crate::Operation;

pub(super) static ROUTE: Operation = operation("a route");
pub(super) static OTHER: Operation = operation("other");

const fn operation(id: &'static str) -> Operation {
    Operation {
        id: Cow::Borrowed(id),
        index: Some(id.len()),
        method: Method::GET,
        path: Cow::Borrowed("/"),
        area: "area",
        beta: false,
        deprecated: false,
        patches: &[],
        paging: None,
    }
}

const SECOND: Duration = Duration::from_secs(1);

fn limits(deadline: Duration) -> WaitLimits {
    WaitLimits {
        deadline: Instant::now() + deadline,
        max_wait: Duration::from_secs(60),
    }
}

/// A permit, as a call acquires it.
pub(super) async fn acquire<'a>(limiter: &'a Limiter, operation: &'static Operation) -> Permit<'a> {
    match limiter.try_acquire(operation, Instant::now()) {
        Some(permit) => permit,
        None => {
            let permit = limiter.acquire(operation, limits(600 * SECOND));
            permit.await.unwrap()
        }
    }
}

/// A server whose clock started with the test, at a whole second.
struct Server {
    limiter: Limiter,
    began: Instant,
}

/// The server's time when the test began, in seconds.
const START: u64 = 1_700_000_000;

/// What a response reports of the limits.
#[derive(Debug, Clone, Default)]
struct Report {
    rate_limited: bool,
    account: Option<u64>,
    route: Option<u64>,
    reset: Option<String>,
    retry_after: Option<u64>,
    /// How many seconds the clock that `Date` shows is ahead.
    ahead: i64,
}

/// The route's calls left until a second since the test began.
fn route_left(left: u64, end: u64) -> Report {
    Report {
        route: Some(left),
        reset: Some(((START + end) * 1000).to_string()),
        ..Report::default()
    }
}

fn account_left(left: u64, end: u64) -> Report {
    Report {
        account: Some(left),
        ..Report {
            route: None,
            ..route_left(0, end)
        }
    }
}

fn closed_for(seconds: u64) -> Report {
    Report {
        rate_limited: true,
        retry_after: Some(seconds),
        ..Report::default()
    }
}

impl Server {
    fn new() -> Self {
        Self {
            limiter: Limiter::new(true),
            began: Instant::now(),
        }
    }

    fn respond(&self, mut permit: Permit<'_>, report: Report) {
        permit.record_send();
        let now = START + self.began.elapsed().as_secs();
        let now = now.checked_add_signed(report.ahead).unwrap();
        let date = SystemTime::UNIX_EPOCH + Duration::from_secs(now);
        let mut headers = HeaderMap::new();
        headers.insert(header::DATE, httpdate::fmt_http_date(date).parse().unwrap());
        if let Some(reset) = report.reset {
            headers.insert("x-ratelimit-reset", reset.parse().unwrap());
        }
        if let Some(left) = report.account {
            headers.insert("x-ratelimit-global-remaining", left.into());
        }
        if let Some(left) = report.route {
            headers.insert("x-ratelimit-route-remaining", left.into());
        }
        if let Some(seconds) = report.retry_after {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        let status = if report.rate_limited {
            StatusCode::TOO_MANY_REQUESTS
        } else {
            StatusCode::OK
        };
        permit.record_response(status, &headers);
    }

    async fn acquire(&self, operation: &'static Operation) -> Permit<'_> {
        acquire(&self.limiter, operation).await
    }

    fn try_acquire(&self, operation: &'static Operation) -> Option<Permit<'_>> {
        self.limiter.try_acquire(operation, Instant::now())
    }

    /// As many permits as there are at once; of many, not all.
    fn all_at_once(&self, operation: &'static Operation) -> Vec<Permit<'_>> {
        let permits = std::iter::from_fn(|| self.try_acquire(operation));
        permits.take(1_000).collect()
    }

    /// Calls of the route, one after the other, until no other client can be
    /// in the way; the last response has the report.
    async fn after(report: Report) -> Self {
        let server = Self::new();
        for more in (0..=3).rev() {
            let permit = server.acquire(&ROUTE).await;
            let report = Report {
                route: report.route.map(|left| left + more),
                account: report.account.map(|left| left + more),
                ..report.clone()
            };
            server.respond(permit, report);
        }
        server
    }
}

/// Polls a future once.
async fn is_pending(future: std::pin::Pin<&mut impl Future>) -> bool {
    let mut future = future;
    std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await
}

#[tokio::test(start_paused = true)]
async fn calls_in_flight_do_not_exceed_the_remaining_calls() {
    let server = Server::after(route_left(3, 10)).await;
    let mut permits = server.all_at_once(&ROUTE);
    assert_eq!(permits.len(), 3);
    // A response that another one has overtaken does not allow more.
    for left in [1, 0, 2] {
        server.respond(permits.pop().unwrap(), route_left(left, 10));
    }
    assert!(server.try_acquire(&ROUTE).is_none());
    advance(9 * SECOND).await;
    assert!(server.try_acquire(&ROUTE).is_none());
    let waited = Instant::now();
    server.acquire(&ROUTE).await;
    // To the second, which is what one `Date` tells.
    assert!((1..=2).contains(&waited.elapsed().as_secs()), "{waited:?}");
}

#[tokio::test(start_paused = true)]
async fn calls_in_flight_count_until_a_response_counts_them() {
    let server = Server::new();
    let mut permits = Vec::new();
    for _ in 0..5 {
        permits.push(server.acquire(&ROUTE).await);
    }
    // Of ten, the first of five responses reports nine.
    server.respond(permits.remove(0), route_left(9, 10));
    let mut more = 0;
    while permits.len() < 20 {
        let Some(permit) = server.try_acquire(&ROUTE) else {
            // As other clients may use the route too, not all at once.
            advance(TRICKLE).await;
            if server.began.elapsed() > 5 * SECOND {
                break;
            }
            continue;
        };
        permits.push(permit);
        more += 1;
    }
    assert_eq!(more, 5, "four are in flight");
}

#[tokio::test(start_paused = true)]
async fn the_account_limit_applies_to_all_routes_and_a_route_limit_to_one() {
    let server = Server::after(Report {
        account: Some(4),
        ..route_left(1, 10)
    })
    .await;
    let _one = server.try_acquire(&ROUTE).unwrap();
    // The route's next call waits, and holds up no other route's.
    let mut waiting = pin!(server.acquire(&ROUTE));
    assert!(is_pending(waiting.as_mut()).await);
    let others = server.all_at_once(&OTHER);
    assert_eq!(others.len(), 3, "four are left to the account, one is out");
}

#[tokio::test(start_paused = true)]
async fn a_route_is_first_in_first_out() {
    let server = Arc::new(Server::after(route_left(0, 10)).await);
    let order = Arc::new(Mutex::new(Vec::new()));
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let (server, order) = (Arc::clone(&server), Arc::clone(&order));
            tokio::spawn(async move {
                let permit = server.acquire(&ROUTE).await;
                order.lock().unwrap().push(number);
                server.respond(permit, route_left(20, 20));
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), (0..20).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn routes_that_wait_for_the_account_are_first_in_first_out() {
    // One call of the account in each window, and calls of two routes.
    let server = Arc::new(Server::after(account_left(0, 10)).await);
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut tasks = Vec::new();
    for number in 0..12_u32 {
        let (server, order) = (Arc::clone(&server), Arc::clone(&order));
        // Most calls are of one route.
        let operation = if number % 4 == 3 { &OTHER } else { &ROUTE };
        tasks.push(tokio::spawn(async move {
            let permit = server.acquire(operation).await;
            order.lock().unwrap().push(number);
            let end = server.began.elapsed().as_secs() / 10 * 10 + 10;
            server.respond(permit, account_left(0, end));
        }));
        tokio::task::yield_now().await;
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), (0..12).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_call_whose_route_is_exhausted_while_it_waits_does_not_block_other_routes() {
    let server = Server::after(Report {
        account: Some(2),
        ..route_left(5, 10)
    })
    .await;
    let late = server.acquire(&ROUTE).await;
    let more = server.acquire(&ROUTE).await;
    let mut waiting = pin!(server.acquire(&ROUTE));
    assert!(is_pending(waiting.as_mut()).await);
    // In the next window the account has calls, and the route has none.
    advance(11 * SECOND).await;
    let next = |route| Report {
        account: Some(50),
        ..route_left(route, 20)
    };
    server.respond(late, next(1));
    server.respond(more, next(0));
    let waited = Instant::now();
    for _ in 0..5 {
        server.respond(server.acquire(&OTHER).await, account_left(45, 20));
    }
    assert!(waited.elapsed() < SECOND, "{:?}", waited.elapsed());
}

#[tokio::test(start_paused = true)]
async fn slow_calls_of_a_route_do_not_block_other_routes() {
    // Whatever is known of the account when they begin.
    for account in [None, Some(1_000), Some(25)] {
        let server = match account {
            None => Server::new(),
            Some(left) => Server::after(account_left(left, 10)).await,
        };
        let mut slow = Vec::new();
        for _ in 0..10 {
            let mut permit = server.acquire(&ROUTE).await;
            permit.record_send();
            slow.push(permit);
        }
        assert!(server.try_acquire(&OTHER).is_some(), "{account:?}");
        let waited = Instant::now();
        let left = account.unwrap_or(25) - 10;
        for number in 1..=left.min(15) {
            let permit = server.acquire(&OTHER).await;
            advance(Duration::from_millis(1)).await;
            server.respond(permit, account_left(left - number, 10));
        }
        let waited = waited.elapsed();
        assert!(waited < SECOND, "{account:?}: {waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn slow_first_calls_block_their_route_only_briefly() {
    let server = Server::new();
    let mut slow = server.all_at_once(&ROUTE);
    assert_eq!(slow.len() as u64, UNKNOWN_IN_FLIGHT);
    let waited = Instant::now();
    for _ in 0..5 {
        slow.push(server.acquire(&ROUTE).await);
    }
    assert!(waited.elapsed() <= 6 * TRICKLE, "{:?}", waited.elapsed());
}

#[tokio::test(start_paused = true)]
async fn after_the_reset_the_calls_are_spread() {
    let server = Arc::new(Server::after(route_left(50, 10)).await);
    let held = server.all_at_once(&ROUTE);
    assert_eq!(held.len(), 50);
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let server = Arc::clone(&server);
            tokio::spawn(async move {
                let _permit = server.acquire(&ROUTE).await;
                Instant::now()
            })
        })
        .collect();
    tokio::task::yield_now().await;
    for permit in held {
        server.respond(permit, route_left(0, 10));
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
async fn a_call_that_is_dropped_while_it_waits_leaves_the_queue() {
    let server = Server::after(route_left(0, 10)).await;
    for _ in 0..10 {
        let mut gone = Box::pin(server.acquire(&ROUTE));
        assert!(is_pending(gone.as_mut()).await);
    }
    let permit = server.acquire(&ROUTE).await;
    server.respond(permit, route_left(1, 20));
    let waited = Instant::now();
    server.acquire(&ROUTE).await;
    assert!(waited.elapsed() < SECOND, "{:?}", waited.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_returned_permit_goes_to_a_waiting_call() {
    let server = Server::after(route_left(1, 10)).await;
    let unused = server.acquire(&ROUTE).await;
    let mut waiting = pin!(server.acquire(&ROUTE));
    assert!(is_pending(waiting.as_mut()).await);
    drop(unused);
    assert!(!is_pending(waiting.as_mut()).await);
}

#[tokio::test(start_paused = true)]
async fn a_granted_permit_of_a_dropped_call_is_returned() {
    let server = Server::after(route_left(1, 10)).await;
    let out = server.acquire(&ROUTE).await;
    let mut first = Box::pin(server.acquire(&ROUTE));
    let mut second = Box::pin(server.acquire(&ROUTE));
    assert!(is_pending(first.as_mut()).await && is_pending(second.as_mut()).await);
    // It was not sent, so the call is available again.
    drop(out);
    drop(first);
    let waited = Instant::now();
    second.await;
    assert!(waited.elapsed() < SECOND, "{:?}", waited.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_dropped_request_uses_a_call_and_an_unprocessed_one_does_not() {
    let server = Server::after(route_left(3, 10)).await;
    let mut dropped = server.acquire(&ROUTE).await;
    dropped.record_send();
    drop(dropped);
    let mut unseen = server.acquire(&ROUTE).await;
    unseen.record_send();
    unseen.record_unprocessed();
    drop(unseen);
    drop(server.acquire(&ROUTE).await);
    assert_eq!(server.all_at_once(&ROUTE).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn cancelled_calls_do_not_exhaust_a_window_after_the_headers_stop() {
    let silence = Report::default();
    // Whether a response without the headers comes, and when.
    for (before, between) in [(true, true), (false, true), (false, false)] {
        let server = Server::after(route_left(20, 10)).await;
        advance(11 * SECOND).await;
        if before {
            server.respond(server.acquire(&ROUTE).await, silence.clone());
        }
        for _ in 0..40 {
            let mut cancelled = server.acquire(&ROUTE).await;
            cancelled.record_send();
            drop(cancelled);
            if between {
                server.respond(server.acquire(&ROUTE).await, silence.clone());
            }
        }
        // What was known lasts for a window.
        advance(2 * WINDOW).await;
        server.respond(server.acquire(&ROUTE).await, silence.clone());
        let at_once = server.all_at_once(&ROUTE).len();
        assert!(at_once >= 20, "{before} {between}: {at_once}");
    }
}

#[tokio::test(start_paused = true)]
async fn cancelled_calls_do_not_count_after_a_response_without_headers() {
    let server = Server::after(route_left(20, 10)).await;
    advance(11 * SECOND).await;
    server.respond(server.acquire(&ROUTE).await, Report::default());
    for _ in 0..40 {
        let mut cancelled = server.acquire(&ROUTE).await;
        cancelled.record_send();
        drop(cancelled);
    }
    assert!(server.all_at_once(&ROUTE).len() >= 20);
}

#[tokio::test(start_paused = true)]
async fn a_client_next_to_others_uses_the_calls_that_they_leave() {
    // In the first window, others make 30 calls and this client makes 3.
    let server = Server::new();
    for left in [99, 88, 77, 66] {
        server.respond(server.acquire(&ROUTE).await, route_left(left, 10));
    }
    advance(11 * SECOND).await;
    server.respond(server.acquire(&ROUTE).await, route_left(99, 20));
    // A fourth of the 70 that they left is sent at once, not of the 10 that
    // are this client's share.
    let at_once = server.all_at_once(&ROUTE).len();
    assert!((10..25).contains(&at_once), "{at_once}");
}

/// The headers may be missing for one window only.
#[tokio::test(start_paused = true)]
async fn a_window_without_headers_keeps_the_previous_limit() {
    let server = Server::after(route_left(20, 10)).await;
    for rate_limited in [false, true] {
        advance(11 * SECOND).await;
        let mut sent = 0;
        while let Some(permit) = server.try_acquire(&ROUTE) {
            let silence = Report {
                rate_limited,
                ..Report::default()
            };
            server.respond(permit, silence);
            sent += 1;
            assert!(sent <= 24, "rate_limited {rate_limited}: {sent}");
        }
        assert!(sent >= 20, "rate_limited {rate_limited}: {sent}");
        // The headers are back.
        advance(11 * SECOND).await;
        let end = server.began.elapsed().as_secs() + 9;
        for left in [23, 22, 21, 20] {
            server.respond(server.acquire(&ROUTE).await, route_left(left, end));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn responses_without_headers_remove_the_limit_after_a_window() {
    let server = Server::after(route_left(2, 10)).await;
    advance(11 * SECOND).await;
    server.respond(server.acquire(&ROUTE).await, Report::default());
    advance(WINDOW).await;
    assert!(server.all_at_once(&ROUTE).len() >= 1_000);
}

#[tokio::test(start_paused = true)]
async fn few_calls_are_sent_before_the_first_response_and_all_after_one_without_limits() {
    let server = Server::new();
    let mut permits = server.all_at_once(&ROUTE);
    assert_eq!(permits.len() as u64, UNKNOWN_IN_FLIGHT);
    server.respond(permits.pop().unwrap(), Report::default());
    assert!(server.all_at_once(&ROUTE).len() >= 1_000);
}

#[tokio::test(start_paused = true)]
async fn a_reset_in_the_past_blocks_no_call() {
    let server = Server::new();
    advance(100 * SECOND).await;
    server.respond(server.acquire(&ROUTE).await, route_left(0, 50));
    assert!(server.try_acquire(&ROUTE).is_some());
}

/// A response that takes longer than its window says nothing about the current
/// one. Above all it does not say that there is no limit.
#[tokio::test(start_paused = true)]
async fn a_response_after_its_window_does_not_remove_the_limit() {
    for rate_limited in [false, true] {
        let server = Server::after(route_left(4, 10)).await;
        let slow = server.all_at_once(&ROUTE);
        assert_eq!(slow.len(), 4);
        advance(11 * SECOND).await;
        for permit in slow {
            let late = Report {
                rate_limited,
                ..route_left(0, 10)
            };
            server.respond(permit, late);
        }
        // Each window is assumed to have the 8 calls of the first one.
        for _ in 0..2 {
            let next = server.all_at_once(&ROUTE).len();
            assert!(
                (1..=8).contains(&next),
                "rate_limited {rate_limited}: {next}"
            );
            advance(11 * SECOND).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_granted_permit_is_not_used_after_a_retry_after_closes_the_client() {
    let server = Server::after(route_left(1, 10)).await;
    let other = server.acquire(&OTHER).await;
    let out = server.acquire(&ROUTE).await;
    let mut first = Box::pin(server.acquire(&ROUTE));
    let mut second = Box::pin(server.acquire(&ROUTE));
    assert!(is_pending(first.as_mut()).await && is_pending(second.as_mut()).await);
    // This grants a permit to the first one, which has not noticed yet.
    drop(out);
    server.respond(other, closed_for(7));
    let waited = Instant::now();
    drop(first.await);
    assert_eq!(waited.elapsed().as_secs(), 7);
    drop(second.await);
    assert!(server.limiter.state().is_idle());
}

#[tokio::test(start_paused = true)]
async fn a_window_ends_no_later_than_a_window_lasts() {
    for end in [11, 12, 60, 3_600, 1_000_000_000] {
        let server = Server::new();
        let permit = server.acquire(&ROUTE).await;
        server.respond(permit, route_left(0, end));
        let waited = Instant::now();
        server.acquire(&ROUTE).await;
        let waited = waited.elapsed();
        assert!(waited <= WINDOW + SECOND, "{end}: {waited:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_wrong_response_does_not_change_the_estimate() {
    let reset = |millis: i64| Some((i64::try_from(START).unwrap() * 1000 + millis).to_string());
    let micros = format!("{START}000000");
    let odd = [
        ("another clock, ahead", 3_600, reset(3_610_000)),
        ("another clock, behind", -3_600, reset(-3_590_000)),
        ("a reset an hour ahead", 0, reset(3_610_000)),
        ("a reset an hour behind", 0, reset(-3_590_000)),
        ("a reset in seconds", 0, Some(START.to_string())),
        ("a reset in microseconds", 0, Some(micros)),
        ("a reset without sense", 0, Some("-7".to_owned())),
        ("a huge reset", 0, Some(i64::MAX.to_string())),
        ("no reset", 0, None),
    ];
    for (name, ahead, reset) in odd {
        for is_first in [true, false] {
            let server = Server::new();
            if !is_first {
                server.respond(server.acquire(&ROUTE).await, route_left(2, 10));
            }
            let odd = Report {
                ahead,
                reset: reset.clone(),
                ..route_left(1, 10)
            };
            server.respond(server.acquire(&ROUTE).await, odd);
            // This window and two more are as the other responses say.
            for end in [10, 20, 30] {
                server.respond(server.acquire(&ROUTE).await, route_left(0, end));
                let now = server.began.elapsed().as_secs();
                assert!(now < end, "{name}, first {is_first}: {now}");
                let next = server.acquire(&ROUTE).await;
                let now = server.began.elapsed();
                let late = now.as_secs_f64() - end as f64;
                assert!(
                    (0.0..2.0).contains(&late),
                    "{name}, first {is_first}: {late}"
                );
                drop(next);
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_429_with_a_reset_in_the_past_pauses_the_calls() {
    let server = Server::new();
    advance(100 * SECOND).await;
    let refusal = Report {
        rate_limited: true,
        ..route_left(0, 50)
    };
    server.respond(server.acquire(&ROUTE).await, refusal);
    assert!(server.try_acquire(&ROUTE).is_none());
    let waited = Instant::now();
    server.respond(server.acquire(&ROUTE).await, route_left(3, 50));
    let mut permits = Vec::new();
    for _ in 0..5 {
        permits.push(server.acquire(&ROUTE).await);
    }
    assert!(waited.elapsed() <= 2 * SECOND, "{:?}", waited.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_blocks_every_route_and_a_shorter_one_does_not_end_it() {
    for waits in [[7, 2], [2, 7]] {
        let server = Server::new();
        let (one, another) = (server.acquire(&ROUTE).await, server.acquire(&OTHER).await);
        server.respond(one, closed_for(waits[0]));
        server.respond(another, closed_for(waits[1]));
        assert!(server.try_acquire(&OTHER).is_none());
        let waited = Instant::now();
        server.acquire(&OTHER).await;
        assert_eq!(waited.elapsed().as_secs(), 7);
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_cannot_wait_long_enough_fails_at_once() {
    // A client that is closed for five minutes.
    let server = Server::new();
    server.respond(server.acquire(&ROUTE).await, closed_for(300));
    let closed = NotBefore(Instant::now() + 300 * SECOND);
    let waits = [
        // The call's deadline, and the longest wait for a `Retry-After`.
        (299, 1_000),
        (120, 60),
        (1_000, 299),
    ];
    for (deadline, max_wait) in waits {
        let limits = WaitLimits {
            deadline: Instant::now() + deadline * SECOND,
            max_wait: max_wait * SECOND,
        };
        let began = Instant::now();
        let failed = server.limiter.acquire(&OTHER, limits).await.err();
        assert_eq!(failed, Some(closed), "{deadline} {max_wait}");
        assert_eq!(began.elapsed(), Duration::ZERO);
    }
    let limits = WaitLimits {
        deadline: Instant::now() + 301 * SECOND,
        max_wait: 300 * SECOND,
    };
    assert!(server.limiter.acquire(&OTHER, limits).await.is_ok());

    // A route without calls.
    let server = Server::after(route_left(0, 9)).await;
    let began = Instant::now();
    let failed = server.limiter.acquire(&ROUTE, patience_of(5)).await.err();
    assert!(failed.is_some_and(|NotBefore(until)| until >= began + 9 * SECOND));
    assert_eq!(began.elapsed(), Duration::ZERO);

    // Where the window's end is not reported, the wait is not known.
    let server = Server::new();
    let without_end = Report {
        reset: None,
        ..route_left(0, 9)
    };
    server.respond(server.acquire(&ROUTE).await, without_end);
    let mut waiting = pin!(server.limiter.acquire(&ROUTE, patience_of(5)));
    assert!(is_pending(waiting.as_mut()).await);
}

fn patience_of(seconds: u64) -> WaitLimits {
    limits(Duration::from_secs(seconds))
}

#[tokio::test(start_paused = true)]
async fn waiting_calls_fail_when_the_wait_becomes_too_long() {
    let server = Arc::new(Server::after(route_left(1, 9)).await);
    let out = server.acquire(&ROUTE).await;
    // The first of the queue and those behind it.
    let tasks: Vec<_> = (0..3)
        .map(|_| {
            let server = Arc::clone(&server);
            tokio::spawn(async move {
                let permit = server.limiter.acquire(&ROUTE, patience_of(60)).await;
                (permit.err(), server.began.elapsed())
            })
        })
        .collect();
    sleep(SECOND).await;
    server.respond(out, closed_for(300));
    for task in tasks {
        let (failed, when) = task.await.unwrap();
        assert_eq!(failed, Some(NotBefore(server.began + 301 * SECOND)));
        assert_eq!(when, SECOND);
    }
}

#[tokio::test(start_paused = true)]
async fn no_required_wait_panics() {
    for seconds in [0, 1, u64::from(u32::MAX), u64::MAX / 2, u64::MAX] {
        let server = Server::new();
        server.respond(server.acquire(&ROUTE).await, closed_for(seconds));
        let limits = WaitLimits {
            deadline: Instant::now() + 1_000 * SECOND,
            max_wait: Duration::MAX,
        };
        let permit = server.limiter.acquire(&OTHER, limits).await;
        assert_eq!(permit.is_ok(), seconds < 1_000, "{seconds}");
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, seconds.into());
        headers.insert("x-ratelimit-reset", seconds.into());
        let wait = server.limiter.requested_wait(&headers, true);
        assert_eq!(wait, Some(Duration::from_secs(seconds)));
        headers.remove(header::RETRY_AFTER);
        let wait = server.limiter.requested_wait(&headers, true);
        assert!(wait.is_none_or(|wait| wait.is_zero()), "{wait:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn with_the_limiter_off_no_call_waits() {
    let server = Server {
        limiter: Limiter::new(false),
        began: Instant::now(),
    };
    server.respond(server.acquire(&ROUTE).await, route_left(0, 10));
    server.respond(server.acquire(&ROUTE).await, closed_for(300));
    assert!(server.try_acquire(&ROUTE).is_some());
}

#[tokio::test(start_paused = true)]
async fn calls_in_any_order_leave_an_idle_limiter() {
    for seed in 0..20 {
        let server = Arc::new(Server::after(route_left(5, 10)).await);
        let done = Arc::new(AtomicUsize::new(0));
        let mut random = fastrand::Rng::with_seed(seed);
        let mut tasks = Vec::new();
        for number in 0..300_u32 {
            let (server, done) = (Arc::clone(&server), Arc::clone(&done));
            let operation = if random.bool() { &ROUTE } else { &OTHER };
            let (hold, responds) = (random.u64(0..900), random.bool());
            let task = tokio::spawn(async move {
                let mut permit = server.acquire(operation).await;
                permit.record_send();
                sleep(Duration::from_millis(hold)).await;
                if responds {
                    let end = server.began.elapsed().as_secs() / 10 * 10 + 10;
                    let report = Report {
                        account: Some(9),
                        ..route_left(5, end)
                    };
                    server.respond(permit, report);
                }
                done.fetch_add(1, Ordering::Relaxed);
            });
            // A third is cancelled at some time.
            if number % 3 == 0 {
                let wait = random.u64(0..30_000);
                let abort = task.abort_handle();
                tokio::spawn(async move {
                    sleep(Duration::from_millis(wait)).await;
                    abort.abort();
                });
            }
            tasks.push(task);
        }
        for task in tasks {
            let _ = task.await;
        }
        assert!(done.load(Ordering::Relaxed) >= 200);
        let in_flight: HashSet<_> = server.limiter.state().in_flight().collect();
        assert_eq!(in_flight, HashSet::from([0]), "seed {seed}");
        assert!(server.limiter.state().is_idle(), "seed {seed}");
    }
}

/// The operation of a request with a template from the caller.
fn template(number: usize) -> Operation {
    Operation {
        id: Cow::Owned(format!("GET /{number}")),
        index: None,
        ..operation("")
    }
}

#[tokio::test(start_paused = true)]
async fn each_template_has_its_own_limits_and_memory_is_bounded() {
    let server = Server::new();
    let try_acquire = |number| {
        server
            .limiter
            .try_acquire(&template(number), Instant::now())
    };
    for number in 0..1_000 {
        let permit = try_acquire(number).unwrap();
        server.respond(permit, route_left(0, 10));
    }
    assert!(try_acquire(999).is_none());
    assert!(try_acquire(0).is_some(), "forgotten");
    let most = crate::operations::COUNT + MAX_TEMPLATES + 1;
    assert!(server.limiter.state().routes() <= most);
}

#[tokio::test(start_paused = true)]
async fn templates_with_calls_in_flight_keep_their_counts() {
    let limiter = Limiter::new(false);
    let templates: Vec<_> = (0..2 * MAX_TEMPLATES).map(template).collect();
    let permits: Vec<_> = templates
        .iter()
        .map(|template| limiter.try_acquire(template, Instant::now()).unwrap())
        .collect();
    // Each call counts in its route, the account and the access token.
    let calls: u64 = limiter.state().in_flight().sum();
    assert_eq!(calls, 3 * permits.len() as u64);
    drop(permits);
    assert_eq!(limiter.state().in_flight().sum::<u64>(), 0);
}
