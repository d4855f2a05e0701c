//! Helpers of the tests: a client for a local server, a server that sends given
//! bytes, and copies of the repository.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, Mutex, Once,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use launchdarkly_api::{Client, RetryPolicy};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tracing_subscriber::{
    Registry,
    filter::{LevelFilter, dynamic_filter_fn},
    layer::SubscriberExt,
};

#[path = "repository.rs"]
mod repository;

use repository::copy;
pub use repository::{PUBLISHED, shared, source};

/// The access token of all tests. No output may contain it.
pub const TOKEN: &str = "api-5ecre7-0f-7he-7e575";

/// A subscription as LaunchDarkly returns it.
pub const SUBSCRIPTION: &str = r#"{
    "_links": {"self": {"href": "/api/v2/integrations/datadog/1234", "type": "application/json"}},
    "_id": "1234", "kind": "datadog", "name": "Flag changes", "config": {"apiKey": "c0nfig-secret"},
    "statements": [{"effect": "allow", "resources": ["proj/*:env/*:flag/*"], "actions": ["*"]}],
    "on": true, "tags": ["t"],
    "_access": {"denied": [], "allowed": [{"action": "updateOn", "reason": {"effect": "allow", "role_name": "writer"}}]},
    "_status": {"successCount": 2, "lastSuccess": 1699999999999, "errorCount": 1,
                "errors": [{"statusCode": 500, "responseBody": "no", "timestamp": 1699999999998}]}
}"#;

/// A client without retries.
pub fn client(base_url: impl Into<String>) -> Client {
    Client::builder()
        .access_token(TOKEN)
        .base_url(base_url)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap()
}

/// A server on loopback that sends given bytes on each connection and closes it.
pub struct Wire {
    pub address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    most_at_once: Arc<AtomicUsize>,
}

/// A request as received.
#[derive(Debug, Clone)]
pub struct Request {
    pub head: String,
    pub body: Vec<u8>,
}

impl Request {
    /// The method and the target, as in `GET /path`.
    pub fn line(&self) -> &str {
        self.head
            .lines()
            .next()
            .unwrap()
            .trim_end_matches(" HTTP/1.1")
    }

    /// All values of a header.
    pub fn header(&self, name: &str) -> Vec<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .filter(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
            .collect()
    }
}

impl Wire {
    /// Responds to every request with these bytes.
    pub async fn answering(answer: impl Into<Vec<u8>>) -> Self {
        let answer = answer.into();
        Self::start(move |_| answer.clone()).await
    }

    /// Responds to the requests with these bytes in turn, then always with the last.
    /// Empty bytes close the connection without a response.
    pub async fn script<const N: usize>(answers: [Vec<u8>; N]) -> Self {
        let asked = AtomicUsize::new(0);
        Self::start(move |_| {
            let index = asked.fetch_add(1, Ordering::SeqCst);
            answers[index.min(N - 1)].clone()
        })
        .await
    }

    /// Responds to every request with the bytes that the function returns.
    pub async fn start(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::delayed(Duration::ZERO, answer).await
    }

    /// Like `start`, but responds after a delay.
    pub async fn delayed(
        delay: Duration,
        answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let wire = Self {
            address,
            requests: Arc::default(),
            most_at_once: Arc::default(),
        };
        let (seen, most) = (Arc::clone(&wire.requests), Arc::clone(&wire.most_at_once));
        let (answer, open) = (Arc::new(answer), Arc::new(AtomicUsize::new(0)));
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let (seen, most) = (Arc::clone(&seen), Arc::clone(&most));
                let (answer, open) = (Arc::clone(&answer), Arc::clone(&open));
                tokio::spawn(async move {
                    if let Some(request) = read(&mut stream).await {
                        most.fetch_max(open.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        let bytes = answer(&request);
                        seen.lock().unwrap().push(request);
                        tokio::time::sleep(delay).await;
                        open.fetch_sub(1, Ordering::SeqCst);
                        let _ = stream.write_all(&bytes).await;
                        let _ = stream.shutdown().await;
                    }
                });
            }
        });
        wire
    }

    /// The largest number of concurrent requests.
    pub fn most_at_once(&self) -> usize {
        self.most_at_once.load(Ordering::SeqCst)
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

async fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let request = Request {
                head,
                body: bytes[end + 4..].to_vec(),
            };
            let length = request
                .header("content-length")
                .first()
                .map_or(0, |length| length.parse().unwrap());
            let is_chunked = request.header("transfer-encoding") == ["chunked"];
            if request.body.len() >= length
                && (!is_chunked || request.body.ends_with(b"\r\n0\r\n\r\n"))
            {
                return Some(request);
            }
        }
        match stream.read(&mut buffer).await {
            Ok(0) | Err(_) => return None,
            Ok(read) => bytes.extend_from_slice(&buffer[..read]),
        }
    }
}

/// A response with a body of a media type.
pub fn answer(status: &str, media_type: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A response with headers and no body.
pub fn bare(status: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    let headers: String = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\r\n"))
        .collect();
    format!("HTTP/1.1 {status}\r\n{headers}content-length: 0\r\n\r\n").into_bytes()
}

/// A copy of the sources that a test can change. Cargo builds it into the same
/// target directory, which has the compiled dependencies.
pub struct CopiedRepository(PathBuf);

impl CopiedRepository {
    pub fn new(name: &str) -> Self {
        let copied = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        copy(&copied);
        // Cargo identifies packages by name and version, not by path. With the same
        // version, it would mistake one crate for the other.
        let manifest = copied.join("Cargo.toml");
        let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
        let text = fs::read_to_string(&manifest).unwrap();
        assert!(text.matches(&version).count() >= 2, "{text}");
        let other = format!("\"0.0.0-{name}\"");
        fs::write(&manifest, text.replace(&version, &other)).unwrap();
        Self(copied)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(arguments).current_dir(&self.0).env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap(),
        );
        cargo
    }
}

/// Makes `subscriber` the default of this thread until the guard is dropped.
///
/// A callsite caches whether a subscriber is interested in it. If it is first reached by
/// the thread of another test, that thread has no subscriber, and the callsite would
/// stay disabled for all threads. The global subscriber records nothing, but its
/// interest is dynamic, so every callsite asks the subscriber of its own thread.
pub fn subscribe(
    subscriber: impl tracing::Subscriber + Send + Sync,
) -> tracing::dispatcher::DefaultGuard {
    static GLOBAL: Once = Once::new();
    GLOBAL.call_once(|| {
        let nothing = Registry::default().with(dynamic_filter_fn(|_, _| false));
        tracing::dispatcher::set_global_default(nothing.into()).unwrap();
    });
    tracing::dispatcher::set_default(&tracing::Dispatch::new(subscriber))
}

#[test]
fn a_callsite_that_another_thread_reaches_first_is_recorded() {
    let spans = Registry::default().with(LevelFilter::TRACE);
    let _guard = subscribe(spans);
    let is_recorded = || !tracing::info_span!("probe").is_disabled();

    let elsewhere = std::thread::spawn(is_recorded).join().unwrap();

    assert!(!elsewhere, "the other thread has a subscriber");
    assert!(is_recorded(), "the callsite is disabled");
}
