//! The tail of the audit log, from a server to which entries are added between
//! the requests.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use fastrand::Rng;
use futures_util::{StreamExt, TryStreamExt, stream};
use launchdarkly_api::{Checkpoint, Client, Error, RetryPolicy, TailEntry, UnixMillis};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Request, TOKEN, Wire, answer, bare};

/// When the log begins, in milliseconds.
const BEGIN: i64 = 1_700_000_000_000;
/// How late entries may appear.
const WINDOW: Duration = Duration::from_millis(500);
/// The largest page of the audit log.
const PAGE: usize = 20;

/// The value of a query parameter.
fn number(request: &Request, name: &str) -> Option<i64> {
    let (_, query) = request.line().split_once('?')?;
    query
        .split('&')
        .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
        .map(|value| value.parse().unwrap())
}

/// An audit log.
struct Log {
    /// The entries as time and id, in the order they appeared.
    entries: Vec<(i64, u64)>,
    newest: i64,
    /// How many entries are still to be added.
    coming: usize,
    random: Rng,
    has_links: bool,
    /// Whether responses have a `Date`, and some entries are dated after it.
    has_dates: bool,
    /// Whether more entries than fit on a page can appear in one millisecond.
    has_bursts: bool,
    /// How many of the next requests fail; the one after them succeeds.
    failing: Option<u32>,
    failures: u32,
}

impl Log {
    fn new(seed: u64) -> Self {
        let mut random = Rng::with_seed(seed);
        Self {
            entries: Vec::new(),
            newest: BEGIN + 1_000,
            coming: 40,
            has_links: random.bool(),
            has_dates: random.bool(),
            has_bursts: false,
            failing: None,
            failures: 0,
            random,
        }
    }

    /// Adds an entry: now, late, or dated in the future. Many share a
    /// millisecond.
    fn add(&mut self) {
        self.coming -= 1;
        self.newest += [0, 0, 1, 3, 200, 4000][self.random.usize(..6)];
        let window = i64::try_from(WINDOW.as_millis()).unwrap();
        let time = match self.random.u8(..12) {
            0..3 => self.newest - self.random.i64(0..=window),
            3 if self.has_dates => self.newest + self.random.i64(1_000..100_000_000),
            _ => self.newest,
        };
        let count = match self.has_bursts && self.random.u8(..8) == 0 {
            true => self.random.usize(PAGE - 2..2 * PAGE),
            false => 1,
        };
        for _ in 0..count {
            self.entries.push((time, self.random.u64(..)));
        }
    }

    fn respond(&mut self, request: &Request) -> Vec<u8> {
        for _ in 0..self.random.usize(..8).min(self.coming) {
            self.add();
        }
        if self.failing.is_none() && self.random.u8(..8) == 0 {
            self.failing = Some(self.random.u32(1..3));
        }
        let failing = self.failing.take();
        if let Some(more) = failing.filter(|more| *more > 0) {
            self.failing = Some(more - 1);
            self.failures += 1;
            return match self.random.u8(..3) {
                0 => Vec::new(),
                1 => bare("503 Service Unavailable", &[]),
                _ => bare("429 Too Many Requests", &[("retry-after", "0")]),
            };
        }
        self.page(request)
    }

    fn page(&self, request: &Request) -> Vec<u8> {
        let after = number(request, "after").unwrap_or(i64::MIN);
        let before = number(request, "before").unwrap_or(i64::MAX);
        let limit = usize::try_from(number(request, "limit").unwrap()).unwrap();
        let entries = self.entries.iter();
        let mut entries: Vec<_> = entries
            .filter(|(time, _)| *time > after && *time < before)
            .collect();
        entries.sort();
        entries.reverse();
        let is_last = entries.len() <= limit;
        entries.truncate(limit.min(PAGE));
        let items: Vec<Value> = entries
            .iter()
            .map(|(time, id)| json!({"_id": id.to_string(), "date": time}))
            .collect();
        let mut body = json!({"items": items, "_links": {}});
        if let (true, false, Some((oldest, _))) = (self.has_links, is_last, entries.last()) {
            let href = format!("/api/v2/auditlog?after={after}&before={oldest}&limit={limit}");
            body["_links"]["next"] = json!({"href": href});
        }
        let body = body.to_string();
        let date = match self.has_dates {
            true => {
                let now = Duration::from_millis(self.newest.unsigned_abs());
                format!("date: {}\r\n", httpdate::fmt_http_date(UNIX_EPOCH + now))
            }
            false => String::new(),
        };
        let length = body.len();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{date}content-length: {length}\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

/// A server of the log.
async fn serve(log: Log) -> (Wire, Arc<Mutex<Log>>) {
    let log = Arc::new(Mutex::new(log));
    let shared = Arc::clone(&log);
    let wire = Wire::start(move |request| shared.lock().unwrap().respond(request)).await;
    (wire, log)
}

/// A client that retries soon.
fn client(wire: &Wire) -> Client {
    Client::builder()
        .access_token(TOKEN)
        .base_url(wire.url())
        .retry_policy(RetryPolicy::default().base_delay(Duration::from_millis(1)))
        .build()
        .unwrap()
}

type Tail = launchdarkly_api::Tail<launchdarkly_api::types::AuditLogEntryListingRep>;

fn tail(client: &Client, from: impl Into<Checkpoint>) -> Tail {
    client
        .get_audit_log_entries()
        .tail(from)
        .poll_interval(Duration::from_millis(1))
        .window(WINDOW)
}

/// What a run has received.
struct Outcome {
    received: Vec<(i64, u64)>,
    ledger: Vec<(i64, u64)>,
    /// The times of which entries cannot be requested.
    skipped: HashSet<i64>,
    /// How many failures the client has hidden.
    failures: u32,
}

/// A process that is killed and restarted until it has received every entry.
async fn run(seed: u64, has_bursts: bool) -> Outcome {
    let (wire, log) = serve(Log {
        has_bursts,
        ..Log::new(seed)
    })
    .await;
    let mut random = Rng::with_seed(!seed);
    let mut stored = serde_json::to_string(&Checkpoint::from(UnixMillis::new(BEGIN))).unwrap();
    let (mut received, mut skipped) = (Vec::new(), HashSet::new());
    let lost = |received: &[_], skipped: &HashSet<i64>| {
        let log = log.lock().unwrap();
        let entries = log.entries.iter();
        let lost =
            entries.filter(|entry| !received.contains(*entry) && !skipped.contains(&entry.0));
        (lost.copied().collect::<Vec<_>>(), log.coming)
    };
    let is_complete = |received: &[_], skipped: &_| lost(received, skipped) == (Vec::new(), 0);
    let client = client(&wire);
    for _ in 0..100 {
        let checkpoint: Checkpoint = serde_json::from_str(&stored).unwrap();
        let mut tail = tail(&client, checkpoint);
        for _ in 0..random.usize(1..30) {
            // Some processes are killed during a poll.
            let most = match random.u8(..4) {
                0 => Duration::from_micros(random.u64(..3_000)),
                _ => Duration::from_secs(20),
            };
            if is_complete(&received, &skipped) {
                break;
            }
            let Ok(next) = tokio::time::timeout(most, tail.try_next()).await else {
                let lost = lost(&received, &skipped);
                assert!(
                    most < Duration::from_secs(1),
                    "{seed}: {lost:?} are lost, {stored}"
                );
                break;
            };
            let TailEntry {
                entry, checkpoint, ..
            } = match next {
                Ok(next) => next.unwrap(),
                Err(error) => {
                    let checkpoint: Checkpoint = serde_json::from_str(&stored).unwrap();
                    let time = error.incomplete_time().unwrap();
                    assert!(skipped.insert(time.get()), "{seed}: {time:?} again");
                    stored = serde_json::to_string(&checkpoint.skip_incomplete(time)).unwrap();
                    break;
                }
            };
            received.push((entry.date.get(), entry.id.parse().unwrap()));
            stored = serde_json::to_string(&checkpoint).unwrap();
        }
        if is_complete(&received, &skipped) {
            break;
        }
    }
    let log = log.lock().unwrap();
    Outcome {
        received,
        ledger: log.entries.clone(),
        skipped,
        failures: log.failures,
    }
}

#[tokio::test]
async fn the_output_equals_the_ledger_in_200_seeded_runs_with_kills_and_failures() {
    let runs: Vec<_> = stream::iter(0..200)
        .map(|seed| run(seed, false))
        .buffered(8)
        .enumerate()
        .collect()
        .await;
    let mut failures = 0;
    for (seed, mut run) in runs {
        failures += run.failures;
        run.received.sort_unstable();
        run.ledger.sort_unstable();
        assert_eq!(run.received, run.ledger, "{seed}");
        assert!(run.skipped.is_empty(), "{seed}");
    }
    assert!(failures > 100, "{failures}");
}

#[tokio::test]
async fn a_permanent_failure_ends_the_stream_and_the_last_checkpoint_stays_valid() {
    for status in ["401 Unauthorized", "403 Forbidden", "404 Not Found"] {
        let log = Arc::new(Mutex::new((Log::new(0), false)));
        let shared = Arc::clone(&log);
        let wire = Wire::start(move |request| match &*shared.lock().unwrap() {
            (_, true) => answer(status, "application/json", r#"{"message": "no"}"#),
            (log, false) => log.page(request),
        })
        .await;
        let client = client(&wire);
        let add = |count: usize| (0..count).for_each(|_| log.lock().unwrap().0.add());
        add(30);
        let mut tail = tail(&client, UnixMillis::new(BEGIN));
        let mut received = Vec::new();
        let mut stored = String::new();
        for _ in 0..30 {
            let next = tail.try_next().await.unwrap().unwrap();
            received.push(next.entry.id);
            stored = serde_json::to_string(&next.checkpoint).unwrap();
        }
        log.lock().unwrap().1 = true;
        let error = tail.try_next().await.unwrap_err();
        assert_eq!(error.status().unwrap().to_string(), status);
        assert!(tail.try_next().await.unwrap().is_none());

        log.lock().unwrap().1 = false;
        add(10);
        let checkpoint: Checkpoint = serde_json::from_str(&stored).unwrap();
        let mut tail = self::tail(&client, checkpoint);
        for _ in 0..10 {
            received.push(tail.try_next().await.unwrap().unwrap().entry.id);
        }
        received.sort();
        let entries = log.lock().unwrap().0.entries.clone();
        let mut ledger: Vec<_> = entries.iter().map(|(_, id)| id.to_string()).collect();
        ledger.sort();
        assert_eq!(received, ledger, "{status}");
    }
}

/// A log with given entries, to which nothing is added but by the test.
fn quiet(entries: &[(i64, u64)]) -> Log {
    Log {
        entries: entries.to_vec(),
        newest: BEGIN,
        coming: 0,
        random: Rng::with_seed(0),
        has_links: false,
        has_dates: true,
        has_bursts: false,
        failing: None,
        failures: 0,
    }
}

/// A server without failures.
async fn serve_quietly(entries: &[(i64, u64)]) -> (Wire, Arc<Mutex<Log>>) {
    let log = Arc::new(Mutex::new(quiet(entries)));
    let shared = Arc::clone(&log);
    let wire = Wire::start(move |request| shared.lock().unwrap().page(request)).await;
    (wire, log)
}

async fn next_id(tail: &mut Tail) -> String {
    tail.try_next().await.unwrap().unwrap().entry.id
}

#[tokio::test]
async fn an_entry_dated_in_the_future_hides_no_later_one() {
    let century = 100 * 365 * 24 * 3_600_000;
    let (wire, log) = serve_quietly(&[(BEGIN, 1), (BEGIN + century, 2)]).await;
    let client = client(&wire);
    let mut entries = tail(&client, UnixMillis::new(BEGIN));
    assert_eq!(next_id(&mut entries).await, "1");
    let future = entries.try_next().await.unwrap().unwrap();
    assert_eq!(future.entry.id, "2");
    log.lock().unwrap().entries.push((BEGIN + 1, 3));
    assert_eq!(next_id(&mut entries).await, "3");
    let mut restarted = tail(&client, future.checkpoint);
    assert_eq!(next_id(&mut restarted).await, "3");
}

#[tokio::test]
async fn a_start_in_the_future_returns_the_entries_from_then_on() {
    let (wire, log) = serve_quietly(&[(BEGIN, 1)]).await;
    let client = client(&wire);
    let mut entries = tail(&client, UnixMillis::new(BEGIN + 1000));
    let waits = tokio::time::timeout(Duration::from_millis(30), entries.try_next()).await;
    assert!(waits.is_err());
    let later = [(BEGIN + 999, 2), (BEGIN + 1000, 3)];
    log.lock().unwrap().entries.extend(later);
    assert_eq!(next_id(&mut entries).await, "3");
}

#[tokio::test]
async fn an_entry_without_a_time_does_not_hide_the_entries_of_its_page() {
    let wire = Wire::answering(answer(
        "200 OK",
        "application/json",
        &json!({"items": [
            {"_id": "3", "date": BEGIN + 3}, {"_id": "2"}, {"_id": "1", "date": BEGIN},
        ]})
        .to_string(),
    ))
    .await;
    let mut entries = tail(&client(&wire), UnixMillis::new(BEGIN));
    assert_eq!(next_id(&mut entries).await, "1");
    assert_eq!(next_id(&mut entries).await, "3");
}

#[tokio::test]
async fn a_server_that_ignores_the_start_is_not_read_to_its_end() {
    let log: Vec<_> = (0..2_000)
        .map(|id| (BEGIN + id, id.unsigned_abs()))
        .collect();
    let log = quiet(&log);
    let wire = Wire::start(move |request| {
        let request = Request {
            head: request.head.replace("after=", "ignored="),
            body: Vec::new(),
        };
        log.page(&request)
    })
    .await;
    let mut entries = tail(&client(&wire), UnixMillis::new(BEGIN + 1990));
    for id in 1990..2000 {
        assert_eq!(next_id(&mut entries).await, id.to_string());
    }
    assert!(wire.requests().len() <= 3, "{}", wire.requests().len());
}

#[tokio::test]
async fn an_edited_checkpoint_is_an_error_or_a_start() {
    for (stored, reason) in [
        ("{}", "missing field `floor`"),
        (r#"{"floor": 1}"#, "missing field `returned`"),
        (r#"{"floor": "x", "returned": []}"#, "invalid type"),
        (r#"{"floor": 1e99, "returned": []}"#, "invalid type"),
        (r#"{"floor": 1, "returned": [[1]]}"#, "invalid length"),
    ] {
        let error = serde_json::from_str::<Checkpoint>(stored).unwrap_err();
        assert!(error.to_string().contains(reason), "{stored}: {error}");
    }
    // The checkpoint of another account knows other entries.
    let (wire, _log) = serve_quietly(&[(BEGIN, 1), (BEGIN + 1, 2)]).await;
    for (floor, returned, expected) in [
        (BEGIN, json!([[BEGIN, "9"], [BEGIN + 1, "8"]]), "1"),
        (BEGIN, json!([[BEGIN, "1"], [BEGIN, "1"], [0, "2"]]), "2"),
        (i64::MIN, json!([]), "1"),
        (-1, json!([[i64::MAX, ""], [i64::MIN, ""]]), "1"),
    ] {
        let stored = json!({"floor": floor, "returned": returned});
        let checkpoint: Checkpoint = serde_json::from_value(stored.clone()).unwrap();
        let mut entries = tail(&client(&wire), checkpoint);
        assert_eq!(next_id(&mut entries).await, expected, "{stored}");
    }
}

/// The entries up to the error.
async fn until_error(tail: &mut Tail, last: &mut Checkpoint) -> (Vec<String>, Error) {
    let mut received = Vec::new();
    loop {
        match tail.try_next().await {
            Ok(next) => {
                let next = next.unwrap();
                received.push(next.entry.id);
                let stored = serde_json::to_string(&next.checkpoint).unwrap();
                *last = serde_json::from_str(&stored).unwrap();
            }
            Err(error) => return (received, error),
        }
    }
}

#[tokio::test]
async fn more_entries_of_one_millisecond_than_fit_on_a_page_are_named_and_can_be_skipped() {
    let time = BEGIN + 100;
    let ids = |ids: std::ops::Range<u64>| ids.map(|id| id.to_string()).collect::<Vec<_>>();
    let older = (0..30).map(|id| (BEGIN + i64::try_from(id).unwrap(), id));
    let same = (100..145).map(|id| (time, id));
    let newer = (200..230).map(|id| (time + i64::try_from(id).unwrap(), id));
    let entries: Vec<_> = older.chain(same).chain(newer).collect();
    for has_links in [true, false] {
        let (wire, log) = serve_quietly(&entries).await;
        log.lock().unwrap().has_links = has_links;
        let client = client(&wire);
        let mut last = Checkpoint::from(UnixMillis::new(BEGIN));

        let mut first = tail(&client, last.clone());
        let (mut received, error) = until_error(&mut first, &mut last).await;
        // Of that millisecond, what fits on a page.
        let same = received.split_off(30);
        assert_eq!((received, same.len()), (ids(0..30), PAGE));
        assert_eq!(error.incomplete_time(), Some(UnixMillis::new(time)));
        assert_eq!(
            error.to_string(),
            format!(
                "get_audit_log_entries: pagination failed: more items have the timestamp {time} \
                 than fit on a page, and some of them cannot be requested; to continue without \
                 them, set `before` to {time}, or start a tail from \
                 `checkpoint.skip_incomplete(…)`"
            )
        );
        assert!(first.try_next().await.unwrap().is_none());

        // No entry is skipped unless the caller says so.
        let mut second = tail(&client, last.clone());
        let (received, error) = until_error(&mut second, &mut last).await;
        assert_eq!(received, ids(0..0));

        let mut next = tail(
            &client,
            last.skip_incomplete(error.incomplete_time().unwrap()),
        );
        let mut restart = Checkpoint::from(UnixMillis::new(BEGIN));
        for id in 200..230 {
            let entry = next.try_next().await.unwrap().unwrap();
            assert_eq!(entry.entry.id, id.to_string());
            restart = entry.checkpoint;
        }
        // An entry that appears late, before that millisecond, is returned too.
        log.lock().unwrap().entries.push((time - 1, 300));
        assert_eq!(next_id(&mut next).await, "300");
        let stored = serde_json::to_string(&restart).unwrap();
        let mut restarted = tail(
            &client,
            serde_json::from_str::<Checkpoint>(&stored).unwrap(),
        );
        assert_eq!(next_id(&mut restarted).await, "300");

        // A list returns what is newer, and continues before that millisecond.
        let list = client.get_audit_log_entries();
        let mut items = list.clone().items();
        let mut count = 0;
        let error = loop {
            match items.try_next().await {
                Ok(entry) => count += usize::from(entry.is_some()),
                Err(error) => break error,
            }
        };
        assert_eq!(count, 30 + PAGE);
        let before = error.incomplete_time().unwrap();
        let rest: Vec<_> = list.before(before).items().try_collect().await.unwrap();
        assert_eq!(rest.len(), 31);
    }
}

#[tokio::test]
async fn a_tail_with_a_low_limit_requests_more_where_one_millisecond_needs_it() {
    for has_links in [true, false] {
        let entries: Vec<_> = (0..15).map(|id| (BEGIN, id)).collect();
        let (wire, log) = serve_quietly(&entries).await;
        log.lock().unwrap().has_links = has_links;
        let list = client(&wire).get_audit_log_entries().limit(5);
        let mut entries = list.tail(UnixMillis::new(BEGIN));
        let mut received = Vec::new();
        for _ in 0..15 {
            received.push(next_id(&mut entries).await);
        }
        received.sort();
        received.dedup();
        assert_eq!(received.len(), 15);
    }
}

#[tokio::test]
async fn a_server_that_lowers_the_limit_without_links_repeats_no_entry_of_such_a_millisecond() {
    let older = (0..10).map(|id| (BEGIN + i64::try_from(id).unwrap(), id));
    let entries: Vec<_> = older
        .chain((100..115).map(|id| (BEGIN + 100, id)))
        .collect();
    let log = quiet(&entries);
    let wire = Wire::start(move |request| {
        let request = Request {
            head: request.head.replace("limit=20", "limit=7"),
            body: Vec::new(),
        };
        log.page(&request)
    })
    .await;
    let mut last = Checkpoint::from(UnixMillis::new(BEGIN));
    let mut entries = tail(&client(&wire), last.clone());
    let (mut received, error) = until_error(&mut entries, &mut last).await;
    assert_eq!(error.incomplete_time(), Some(UnixMillis::new(BEGIN + 100)));
    let same = received.split_off(10);
    let older: Vec<_> = (0..10).map(|id| id.to_string()).collect();
    assert_eq!((received, same.len()), (older, 7));
}

#[tokio::test]
async fn only_entries_of_skipped_milliseconds_are_missing_in_60_seeded_runs_with_bursts() {
    let runs: Vec<_> = stream::iter(0..60)
        .map(|seed| run(seed, true))
        .buffered(8)
        .enumerate()
        .collect()
        .await;
    let mut bursts = 0;
    for (seed, outcome) in runs {
        bursts += outcome.skipped.len();
        let distinct: HashSet<_> = outcome.received.iter().copied().collect();
        assert_eq!(distinct.len(), outcome.received.len(), "{seed}");
        let missing: Vec<_> = outcome
            .ledger
            .iter()
            .filter(|entry| !distinct.contains(*entry) && !outcome.skipped.contains(&entry.0))
            .collect();
        assert!(missing.is_empty(), "{seed}: {missing:?}");
        for time in outcome.skipped {
            let count = outcome.received.iter().filter(|entry| entry.0 == time);
            assert!(count.count() >= PAGE, "{seed}: {time}");
        }
    }
    assert!(bursts > 60, "{bursts}");
}

proptest! {
    #[test]
    fn a_checkpoint_is_read_as_it_was_written(
        floor in any::<i64>(),
        returned in prop::collection::vec((any::<i64>(), ".{0,8}"), 0..8),
    ) {
        let stored = json!({"floor": floor, "returned": returned}).to_string();
        let checkpoint: Checkpoint = serde_json::from_str(&stored).unwrap();
        let written = serde_json::to_value(&checkpoint).unwrap();
        let kept: Vec<_> = returned.iter().filter(|(time, _)| *time >= floor).collect();
        prop_assert_eq!(&written, &json!({"floor": floor, "returned": kept}));
        let again: Checkpoint = serde_json::from_value(written.clone()).unwrap();
        prop_assert_eq!(serde_json::to_value(&again).unwrap(), written);
    }

    #[test]
    fn no_text_as_a_checkpoint_panics(text in ".{0,40}|[\\[\\]{}\":,a-z0-9-]{0,40}") {
        let _ = serde_json::from_str::<Checkpoint>(&text);
    }
}

#[tokio::test]
async fn an_entry_that_does_not_decode_ends_the_stream_after_the_entries_before_it() {
    let entry = |id: &str, offset: i64| json!({"_id": id, "date": BEGIN + offset, "accesses": []});
    let mut undecodable = entry("b", 2);
    undecodable["accesses"] = json!("none");
    let page = json!({"items": [entry("c", 3), undecodable, entry("a", 1)], "_links": {}});
    let wire = Wire::answering(answer("200 OK", "application/json", &page.to_string())).await;
    let client = crate::support::client(wire.url());

    let mut tail = client.get_audit_log_entries().tail(UnixMillis::new(BEGIN));
    let first = tail.try_next().await.unwrap().unwrap();
    assert_eq!(first.entry.id, "a");
    let error = tail.try_next().await.unwrap_err();
    assert!(error.is_decode(), "{error}");
    assert!(error.to_string().contains("items[1].accesses"), "{error}");
    assert!(tail.try_next().await.unwrap().is_none());

    let tail = client.get_audit_log_entries().tail(first.checkpoint);
    let mut tail = tail.entries_as::<Value>();
    for id in ["b", "c"] {
        let next = tail.try_next().await.unwrap().unwrap();
        assert_eq!(next.entry["_id"], id);
    }
}
