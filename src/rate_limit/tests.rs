use std::{
    pin::pin,
    sync::atomic::{AtomicUsize, Ordering},
    task::Poll,
    time::SystemTime,
};

use http::{HeaderMap, Method, StatusCode, header};
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
    fn answer(&self, mut permit: Permit<'_>, global: Option<u64>, route: Option<u64>, end: u64) {
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
        match self.limiter.try_acquire(operation, Instant::now()) {
            Some(permit) => permit,
            None => self.limiter.acquire(operation).await,
        }
    }

    fn at_once(&self, operation: &'static Operation) -> Option<Permit<'_>> {
        self.limiter.try_acquire(operation, Instant::now())
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
    assert!(std::future::poll_fn(|cx| Poll::Ready(waiting.as_mut().poll(cx).is_pending())).await);
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
    assert_eq!(out.len() as u64, UNKNOWN_IN_FLIGHT);
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
