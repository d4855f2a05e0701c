//! Calls without async code, against a server in a thread: no test has a
//! runtime unless it is about one.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use launchdarkly_api::{
    Client, Error, RetryPolicy, UnixMillis, blocking::block_on, modify, reqwest::Method,
};
use tokio::{runtime, task};

use crate::support::{self, TOKEN, answer, bare};

/// A server that keeps its connections open.
struct Server {
    url: String,
    connections: Arc<AtomicUsize>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    /// Responds to a request line, such as `GET /path`, with these bytes.
    fn start(respond: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let connections = Arc::clone(&server.connections);
        let requests = Arc::clone(&server.requests);
        let respond = Arc::new(respond);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                connections.fetch_add(1, Ordering::SeqCst);
                let (requests, respond) = (Arc::clone(&requests), Arc::clone(&respond));
                thread::spawn(move || {
                    serve(stream, |line| {
                        requests.fetch_add(1, Ordering::SeqCst);
                        respond(line)
                    })
                });
            }
        });
        server
    }

    fn tags() -> Self {
        Self::start(|_| json(r#"{"items": ["shop"]}"#))
    }

    fn client(&self) -> Client {
        support::client(&self.url)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

fn serve(stream: TcpStream, respond: impl Fn(&str) -> Vec<u8>) {
    let mut reader = BufReader::new(stream);
    loop {
        let (mut first, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            match reader.read_line(&mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) => {}
            }
            if first.is_empty() {
                first = line.trim_end().trim_end_matches(" HTTP/1.1").to_owned();
            } else if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            } else if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        reader.get_mut().write_all(&respond(&first)).unwrap();
    }
}

fn json(body: &str) -> Vec<u8> {
    answer("200 OK", "application/json", body)
}

fn current_thread() -> runtime::Runtime {
    let mut builder = runtime::Builder::new_current_thread();
    builder.enable_all().build().unwrap()
}

fn multi_thread() -> runtime::Runtime {
    let mut builder = runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

#[test]
fn blocking_calls_share_the_connections_of_the_client() {
    let server = Server::tags();
    let client = server.client();
    for _ in 0..3 {
        assert_eq!(client.get_tags().send_blocking().unwrap().items, ["shop"]);
    }
    // Also from another thread, and after a clone was dropped.
    drop(client.clone());
    thread::spawn(move || client.get_tags().send_blocking().unwrap())
        .join()
        .unwrap();
    assert_eq!(server.requests(), 4);
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[test]
fn a_blocking_call_waits_and_retries() {
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => bare("503 Service Unavailable", &[]),
        _ => json(r#"{"items": ["shop"]}"#),
    });
    let policy = RetryPolicy::default().base_delay(Duration::from_millis(1));
    let client = server.client().with_retry_policy(policy);
    assert_eq!(client.get_tags().send_blocking().unwrap().items, ["shop"]);
    assert_eq!(server.requests(), 2);
}

#[test]
fn a_blocking_call_returns_the_errors_of_the_call() {
    let server = Server::start(|_| bare("404 Not Found", &[]));
    let client = server.client();
    let error = client.get_tags().send_blocking().unwrap_err();
    assert!(error.is_not_found(), "{error}");
    let call = client.get_feature_flag().feature_flag_key("f");
    let error = call.send_blocking().unwrap_err();
    assert!(error.to_string().contains("projectKey"), "{error}");
    let raw = client.request(Method::GET, "/{missing}");
    let error = raw.send_blocking().unwrap_err();
    assert!(error.to_string().contains("missing"), "{error}");
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_raw_request_and_a_future_block_too() {
    let server = Server::start(|line| json(&format!("{{\"key\": \"{line}\"}}")));
    let client = server.client();
    let raw = client.request(Method::GET, "/internal/x").send_blocking();
    assert_eq!(
        &*raw.unwrap().into_inner(),
        br#"{"key": "GET /internal/x"}"#
    );
    let call = || {
        client
            .get_feature_flag()
            .project_key("p")
            .feature_flag_key("f")
    };
    let body = block_on(call().send_bytes()).unwrap();
    assert_eq!(&**body, br#"{"key": "GET /api/v2/flags/p/f"}"#);
    let changed = block_on(modify(
        || call().send(),
        |flag| flag.name = "F".to_owned(),
        |patch| {
            let change = client.patch_feature_flag().project_key("p");
            change.feature_flag_key("f").body(patch).send()
        },
    ));
    assert_eq!(changed.unwrap().key, "PATCH /api/v2/flags/p/f");
}

#[test]
fn a_list_is_an_iterator_of_items_or_pages() {
    let server = Server::start(|line| {
        let items: Vec<String> = match line.contains("offset=") {
            false => vec!["a".into(), "b".into()],
            true => vec!["b".into(), "c".into()],
        };
        let items: Vec<String> = items
            .iter()
            .map(|key| format!(r#"{{"key": "{key}"}}"#))
            .collect();
        json(&format!(
            r#"{{"totalCount": 3, "items": [{}]}}"#,
            items.join(",")
        ))
    });
    let list = server
        .client()
        .get_feature_flags()
        .project_key("p")
        .limit(2);
    let items = list.clone().items().blocking();
    let keys: Result<Vec<String>, Error> = items.map(|flag| Ok(flag?.key)).collect();
    assert_eq!(keys.unwrap(), ["a", "b", "c"]);
    let pages = list.clone().pages().blocking();
    let sizes: Vec<usize> = pages.map(|page| page.unwrap().items.len()).collect();
    assert_eq!(sizes, [2, 1]);
    let raw = list.items_as::<serde_json::Value>().blocking();
    assert_eq!(raw.last().unwrap().unwrap()["key"], "c");
}

#[test]
fn an_iterator_ends_after_an_error() {
    let server = Server::start(|_| bare("403 Forbidden", &[]));
    let mut items = server
        .client()
        .get_feature_flags()
        .project_key("p")
        .items()
        .blocking();
    assert!(items.next().unwrap().unwrap_err().is_forbidden());
    assert!(items.next().is_none());
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_tail_is_an_iterator_that_waits_for_new_entries() {
    let polls = AtomicUsize::new(0);
    let server = Server::start(move |_| {
        let ids = match polls.fetch_add(1, Ordering::SeqCst) {
            0 => r#"{"_id": "1", "date": 1700000000001}"#,
            _ => r#"{"_id": "2", "date": 1700000000002}, {"_id": "1", "date": 1700000000001}"#,
        };
        json(&format!(r#"{{"items": [{ids}]}}"#))
    });
    let entries = server.client().get_audit_log_entries();
    let tail = entries.tail(UnixMillis::new(1_700_000_000_000));
    let new = tail
        .poll_interval(Duration::from_millis(1))
        .blocking()
        .take(2);
    let ids: Vec<String> = new.map(|entry| entry.unwrap().entry.id).collect();
    assert_eq!(ids, ["1", "2"]);
}

/// Asserts that blocking calls return an error that says what to do.
fn assert_rejected(client: &Client) {
    let mut items = client
        .get_feature_flags()
        .project_key("p")
        .items()
        .blocking();
    let errors = [
        client.get_tags().send_blocking().unwrap_err(),
        client
            .request(Method::GET, "/x")
            .send_blocking()
            .unwrap_err(),
        items.next().unwrap().unwrap_err(),
        block_on(client.get_tags().send_bytes()).unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_invalid_input() && error.attempts() == 0, "{error}");
        assert!(error.to_string().contains("await `send()`"), "{error}");
        assert!(error.to_string().contains("spawn_blocking"), "{error}");
    }
    assert!(items.next().is_none(), "a loop over the items ends");
}

#[test]
fn a_blocking_call_in_async_code_is_an_error_and_sends_nothing() {
    for runtime in [current_thread(), multi_thread()] {
        let server = Server::tags();
        let client = server.client();
        runtime.block_on(async {
            assert_rejected(&client);
            let clone = client.clone();
            tokio::spawn(async move { assert_rejected(&clone) })
                .await
                .unwrap();
            let local = task::LocalSet::new();
            let clone = client.clone();
            local.spawn_local(async move { assert_rejected(&clone) });
            local.await;
            // The runtime is as usable as before.
            client.get_tags().send().await.unwrap();
        });
        assert_eq!(server.requests(), 1);
    }
}

#[test]
fn a_blocking_call_works_where_a_runtime_allows_blocking() {
    for runtime in [current_thread(), multi_thread()] {
        let server = Server::tags();
        let client = server.client();
        let clone = client.clone();
        let spawned = runtime.spawn_blocking(move || clone.get_tags().send_blocking());
        assert_eq!(runtime.block_on(spawned).unwrap().unwrap().items, ["shop"]);
        let _entered = runtime.enter();
        assert_eq!(client.get_tags().send_blocking().unwrap().items, ["shop"]);
    }
    let server = Server::tags();
    let client = server.client();
    multi_thread().block_on(async {
        let call = client.get_tags();
        let tags = task::block_in_place(|| call.send_blocking());
        assert_eq!(tags.unwrap().items, ["shop"]);
    });
}

#[test]
fn a_blocking_call_does_not_panic_where_async_code_is_not_recognized() {
    let server = Server::tags();
    let client = server.client();
    let tags = current_thread().block_on(task::unconstrained(async {
        client.get_tags().send_blocking()
    }));
    assert_eq!(tags.unwrap().items, ["shop"]);
}

#[test]
fn a_client_of_blocking_calls_can_be_dropped_in_async_code() {
    let server = Server::tags();
    let client = server.client();
    client.get_tags().send_blocking().unwrap();
    let mut items = client
        .get_feature_flags()
        .project_key("p")
        .items()
        .blocking();
    let _ = items.next();
    current_thread().block_on(async move { drop((client, items)) });
}

#[test]
fn a_client_makes_blocking_and_async_calls_in_turn() {
    let server = Server::tags();
    let client = server.client();
    for _ in 0..2 {
        client.get_tags().send_blocking().unwrap();
        // Its connections end with this runtime.
        current_thread().block_on(async { client.get_tags().send().await.unwrap() });
    }
    assert_eq!(server.requests(), 4);
}

#[test]
fn tokens_of_a_provider_reach_blocking_calls() {
    let server = Server::tags();
    let client = Client::builder()
        .credentials(launchdarkly_api::credentials::from_fn(|| async {
            Ok::<_, std::io::Error>(launchdarkly_api::AccessToken::new(TOKEN))
        }))
        .base_url(&server.url)
        .build()
        .unwrap();
    assert_eq!(client.get_tags().send_blocking().unwrap().items, ["shop"]);
}
