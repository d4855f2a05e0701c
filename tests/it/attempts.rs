//! Attempt hooks see every request and can change it within limits.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use launchdarkly_api::{
    Attempt, AttemptHook, Client, Error, Outcome, RetryPolicy, operations, reqwest,
};
use reqwest::{Method, Request, Url};

use crate::support::{TOKEN, Wire, answer, bare};

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl AttemptHook for Recorder {
    fn before(&self, attempt: &Attempt, request: &mut reqwest::Request) {
        assert_eq!(attempt.operation, &operations::GET_SUBSCRIPTIONS);
        let value = format!("try-{}", attempt.number).parse().unwrap();
        request.headers_mut().append("traceparent", value);
    }

    fn after(&self, attempt: &Attempt, outcome: &Outcome<'_>) {
        let outcome = match outcome {
            Outcome::Response(status, headers) => {
                format!("{} {:?}", status.as_u16(), headers.get("x-n"))
            }
            Outcome::Failure(error) => format!("failed: {}", error.status().is_none()),
        };
        self.0
            .lock()
            .unwrap()
            .push(format!("{}: {outcome}", attempt.number));
    }
}

#[tokio::test]
async fn a_hook_sees_and_can_change_every_attempt() {
    let wire = Wire::script([
        Vec::new(),
        bare("503 Service Unavailable", &[("x-n", "2")]),
        answer("200 OK", "application/json", "{}"),
    ])
    .await;
    let recorder = Recorder::default();
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(wire.url())
        .retry_policy(RetryPolicy::default().base_delay(std::time::Duration::ZERO))
        .attempt_hook(recorder.clone())
        .build()
        .unwrap();
    client
        .get_subscriptions()
        .integration_key("k")
        .send()
        .await
        .unwrap();
    assert_eq!(
        *recorder.0.lock().unwrap(),
        ["1: failed: true", "2: 503 Some(\"2\")", "3: 200 None"]
    );
    let sent: Vec<_> = wire
        .requests()
        .iter()
        .map(|r| r.header("traceparent").join(","))
        .collect();
    assert_eq!(sent, ["try-1", "try-2", "try-3"]);
}

fn client(base_url: String, hook: impl AttemptHook) -> Client {
    Client::builder()
        .access_token(TOKEN)
        .base_url(base_url)
        .retry_policy(RetryPolicy::default().base_delay(Duration::ZERO))
        .attempt_hook(hook)
        .build()
        .unwrap()
}

async fn get(client: &Client) -> Result<(), Error> {
    let call = client.get_subscriptions().integration_key("k").send();
    call.await.map(drop)
}

/// Numbers the requests and records its calls.
#[derive(Clone, Default)]
struct Numbering(Arc<Mutex<Vec<(u32, u32)>>>, Arc<AtomicUsize>);

impl AttemptHook for Numbering {
    fn before(&self, attempt: &Attempt, request: &mut Request) {
        let mut seen = self.0.lock().unwrap();
        seen.push((attempt.number, attempt.redirects));
        let value = seen.len().to_string().parse().unwrap();
        request.headers_mut().insert("x-request", value);
    }

    fn after(&self, _: &Attempt, _: &Outcome<'_>) {
        self.1.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test]
async fn the_hook_sees_each_request_that_follows_a_redirect() {
    let redirect = || bare("307 Temporary Redirect", &[("location", "/moved")]);
    let wire = Wire::script([
        redirect(),
        bare("503 Service Unavailable", &[]),
        redirect(),
        redirect(),
        answer("200 OK", "application/json", "{}"),
    ])
    .await;
    let hook = Numbering::default();
    get(&client(wire.url(), hook.clone())).await.unwrap();
    assert_eq!(
        *hook.0.lock().unwrap(),
        [(1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]
    );
    let requests = wire.requests();
    let sent: Vec<_> = requests.iter().map(|r| r.header("x-request")).collect();
    assert_eq!(sent, [["1"], ["2"], ["3"], ["4"], ["5"]]);
    assert_eq!(hook.1.load(Ordering::SeqCst), 2);
}

/// Changes each request, from this number on.
struct Change<F>(usize, AtomicUsize, F);

impl<F: Fn(&mut Request) + Send + Sync + 'static> Change<F> {
    fn from(number: usize, change: F) -> Self {
        Self(number, AtomicUsize::new(0), change)
    }
}

impl<F: Fn(&mut Request) + Send + Sync + 'static> AttemptHook for Change<F> {
    fn before(&self, _: &Attempt, request: &mut Request) {
        if self.1.fetch_add(1, Ordering::SeqCst) + 1 >= self.0 {
            self.2(request);
        }
    }
}

fn to(url: &str) -> impl Fn(&mut Request) + Send + Sync + 'static {
    let url: Url = url.parse().unwrap();
    move |request| *request.url_mut() = url.clone()
}

#[tokio::test]
async fn a_hook_cannot_send_the_request_to_another_origin() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let other = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let origins = [
        other.url(),
        format!("http://localhost:{}", wire.address.port()),
        format!("https://{}", wire.address),
    ];
    for origin in origins {
        let hook = Change::from(1, to(&format!("{origin}/x?q=s3cret")));
        let error = get(&client(wire.url(), hook)).await.unwrap_err();
        assert!(error.is_invalid_input() && error.attempts() == 0, "{error}");
        let text = error.to_string();
        let named = format!("from {} to {origin}, which", wire.url());
        assert!(
            text.contains(&named) && text.contains("allow_origin"),
            "{text}"
        );
        assert!(!text.contains("s3cret") && !text.contains(TOKEN), "{text}");
    }
    assert!(wire.requests().is_empty() && other.requests().is_empty());

    // Neither on a retry nor after a redirect.
    for (first, attempts) in [
        (bare("503 Service Unavailable", &[]), 1),
        (bare("307 Temporary Redirect", &[("location", "/moved")]), 1),
    ] {
        let wire = Wire::answering(first).await;
        let hook = Change::from(2, to(&other.url()));
        let error = get(&client(wire.url(), hook)).await.unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
        assert_eq!((error.attempts(), wire.requests().len()), (attempts, 1));
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn a_hook_can_send_the_request_to_an_allowed_origin() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let other = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(wire.url())
        .allow_origin("https://replay.example")
        .allow_origin(other.url())
        .attempt_hook(Change::from(1, to(&format!("{}/x", other.url()))))
        .build()
        .unwrap();
    get(&client).await.unwrap();
    assert!(wire.requests().is_empty());
    assert_eq!(other.requests()[0].line(), "GET /x");
    assert_eq!(other.requests()[0].header("authorization"), [TOKEN]);
}

#[tokio::test]
async fn a_hook_can_change_path_and_query() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let hook = Change::from(1, |request| {
        request.url_mut().set_path("/replayed");
        request.url_mut().set_query(Some("n=1"));
    });
    get(&client(wire.url(), hook)).await.unwrap();
    assert_eq!(wire.requests()[0].line(), "GET /replayed?n=1");
}

#[tokio::test]
async fn a_hook_cannot_change_the_method() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let hook = Change::from(1, |request| *request.method_mut() = Method::POST);
    let error = get(&client(wire.url(), hook)).await.unwrap_err();
    assert!(error.is_invalid_input() && error.attempts() == 0, "{error}");
    assert!(error.to_string().contains("from GET to POST"), "{error}");
    assert!(wire.requests().is_empty());
}

#[tokio::test]
async fn a_hook_cannot_change_the_method_by_the_override_header() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let hook = Change::from(1, |request| {
        let method = "DELETE".parse().unwrap();
        request
            .headers_mut()
            .insert("X-HTTP-Method-Override", method);
    });
    let error = get(&client(wire.url(), hook)).await.unwrap_err();
    assert!(error.is_invalid_input() && error.attempts() == 0, "{error}");
    assert!(wire.requests().is_empty());
}

#[tokio::test]
async fn a_hook_cannot_name_the_host_of_another_origin() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let host_of = |host: String| {
        Change::from(1, move |request: &mut Request| {
            let host = host.parse().unwrap();
            request.headers_mut().insert("Host", host);
        })
    };
    let own = wire.address.to_string();
    for host in [
        "b.example".to_owned(),
        "localhost".to_owned(),
        format!("{own}0"),
        format!("b.example@{own}"),
        format!("{own}/b.example"),
        String::new(),
    ] {
        let error = get(&client(wire.url(), host_of(host.clone()))).await;
        let error = error.expect_err(&host);
        assert!(error.is_invalid_input() && error.attempts() == 0, "{error}");
        assert!(error.to_string().contains("allow_origin"), "{error}");
    }
    assert!(wire.requests().is_empty());

    // The origin of the request, and one that the caller allows.
    get(&client(wire.url(), host_of(own))).await.unwrap();
    let allowing = Client::builder().access_token(TOKEN).base_url(wire.url());
    let allowing = allowing
        .allow_plain_http(true)
        .allow_origin("http://b.example");
    let hook = host_of("b.example".to_owned());
    get(&allowing.attempt_hook(hook).build().unwrap())
        .await
        .unwrap();
    assert_eq!(wire.requests()[1].header("host"), ["b.example"]);
}

#[test]
fn an_invalid_allowed_origin_is_an_error() {
    let refused = |base: &str, origin: &str| {
        let builder = Client::builder().access_token(TOKEN).base_url(base);
        let error = builder.allow_origin(origin).build().unwrap_err();
        assert!(!error.to_string().contains("s3cret"), "{error}");
        error.to_string()
    };
    let base = "https://a.example";
    let reasons = [
        refused(base, "b.example"),
        refused(base, "http://b.example"),
        refused(base, "ftp://b.example"),
        refused(base, "https://b.example/path"),
        refused(base, "https://b.example/?q=s3cret"),
        refused(base, "https://user:s3cret@b.example"),
        refused(base, "http://127.0.0.1:1"),
        refused("http://127.0.0.1:1", "http://b.example"),
    ]
    .join("\n");
    insta::assert_snapshot!(reasons);
}

/// Panics before or after each attempt, as many times as are left.
#[derive(Clone)]
struct Panics {
    before: bool,
    left: Arc<AtomicUsize>,
}

impl Panics {
    fn panic(&self) {
        let left = self.left.load(Ordering::SeqCst);
        if left > 0 {
            self.left.store(left - 1, Ordering::SeqCst);
            panic!("the hook panics");
        }
    }
}

impl AttemptHook for Panics {
    fn before(&self, _: &Attempt, _: &mut Request) {
        if self.before {
            self.panic();
        }
    }

    fn after(&self, _: &Attempt, _: &Outcome<'_>) {
        if !self.before {
            self.panic();
        }
    }
}

/// The number of concurrent calls while the limits are unknown.
const AT_ONCE: usize = 10;

#[tokio::test]
async fn a_panicking_hook_releases_its_permit() {
    for before in [true, false] {
        let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
        let left = Arc::new(AtomicUsize::new(AT_ONCE));
        let client = client(wire.url(), Panics { before, left });
        for _ in 0..AT_ONCE {
            let client = client.clone();
            let call = tokio::spawn(async move { get(&client).await });
            assert!(call.await.unwrap_err().is_panic());
        }
        let call = tokio::time::timeout(Duration::from_secs(30), get(&client));
        call.await.unwrap().unwrap();
    }
}

#[tokio::test]
async fn a_dropped_call_releases_its_permit() {
    // The server does not respond to the first calls.
    let wire = Wire::delayed(Duration::from_millis(200), |_| {
        answer("200 OK", "application/json", "{}")
    })
    .await;
    let client = client(wire.url(), Numbering::default());
    let calls: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { get(&client).await })
        })
        .collect();
    while wire.most_at_once() < AT_ONCE {
        tokio::task::yield_now().await;
    }
    calls.iter().for_each(tokio::task::JoinHandle::abort);
    let call = tokio::time::timeout(Duration::from_secs(30), get(&client));
    call.await.unwrap().unwrap();
}

/// The name of a hook, the call, the attempt and the elapsed time.
type Seen = (&'static str, u64, u32, Duration);

/// Records what a hook with this name sees.
#[derive(Clone)]
struct Timing(&'static str, Arc<Mutex<Vec<Seen>>>);

impl AttemptHook for Timing {
    fn before(&self, attempt: &Attempt, request: &mut Request) {
        assert_eq!(attempt.elapsed, Duration::ZERO);
        let value = self.0.parse().unwrap();
        request.headers_mut().append("x-hooks", value);
    }

    fn after(&self, attempt: &Attempt, _: &Outcome<'_>) {
        let seen = (self.0, attempt.call, attempt.number, attempt.elapsed);
        self.1.lock().unwrap().push(seen);
    }
}

#[tokio::test]
async fn all_hooks_see_each_attempt_in_order_with_its_call_and_elapsed_time() {
    let delay = Duration::from_millis(20);
    let requests = AtomicUsize::new(0);
    let wire = Wire::delayed(delay, move |_| {
        if requests.fetch_add(1, Ordering::SeqCst) == 0 {
            bare("503 Service Unavailable", &[])
        } else {
            answer("200 OK", "application/json", "{}")
        }
    })
    .await;
    let seen = Arc::default();
    let hook = |name| Timing(name, Arc::clone(&seen));
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(wire.url())
        .retry_policy(RetryPolicy::default().base_delay(Duration::ZERO))
        .attempt_hook(hook("a"))
        .attempt_hook(hook("b"))
        .build()
        .unwrap();
    get(&client).await.unwrap();
    get(&client.clone()).await.unwrap();
    let seen = seen.lock().unwrap();
    let order: Vec<_> = seen
        .iter()
        .map(|(name, _, number, _)| (*name, *number))
        .collect();
    assert_eq!(
        order,
        [("a", 1), ("b", 1), ("a", 2), ("b", 2), ("a", 1), ("b", 1)]
    );
    let calls: Vec<_> = seen.iter().map(|(_, call, ..)| *call).collect();
    assert!(calls[..4].iter().all(|call| *call == calls[0]), "{calls:?}");
    assert!(calls[4] == calls[5] && calls[4] != calls[0], "{calls:?}");
    assert!(
        seen.iter().all(|(.., elapsed)| *elapsed >= delay),
        "{seen:?}"
    );
    for request in wire.requests() {
        assert_eq!(request.header("x-hooks"), ["a", "b"]);
    }
}

#[tokio::test]
async fn each_hook_must_keep_method_and_origin() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(wire.url())
        .attempt_hook(Change::from(1, to("https://b.example/x")))
        .attempt_hook(Change::from(1, to(&wire.url())))
        .build()
        .unwrap();
    assert!(get(&client).await.unwrap_err().is_invalid_input());
    assert!(wire.requests().is_empty());
}
