//! Retries of streams that an HTTP/2 server refuses, which it has not processed.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use launchdarkly_api::{
    Attempt, AttemptHook, Client, Error, JsonPatch, RetryPolicy, default_http_client, reqwest,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

use crate::support::TOKEN;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const GOAWAY: u8 = 7;
/// END_STREAM of DATA and HEADERS, and ACK of SETTINGS.
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

const NO_ERROR: u32 = 0;
const INTERNAL_ERROR: u32 = 2;
const REFUSED_STREAM: u32 = 7;
const CANCEL: u32 = 8;
const ENHANCE_YOUR_CALM: u32 = 11;

/// The reaction of the server to a request (RFC 9113).
#[derive(Debug, Clone, Copy)]
enum Reply {
    /// 200, and the headers `x-ratelimit-…` if calls are left.
    Ok {
        left: Option<u8>,
    },
    Reset(u32),
    /// GOAWAY that excludes the stream.
    GoAwayBefore(u32),
    /// GOAWAY that includes the stream, and the connection's end.
    GoAwayAfter(u32),
    /// GOAWAY that excludes no stream, and the connection's end.
    GoAwayNone,
}

use Reply::{GoAwayAfter, GoAwayBefore, GoAwayNone, Ok as Respond, Reset};

const OK: Reply = Respond { left: None };

/// An HTTP/2 server that reacts to the requests in turn and counts them.
struct Server {
    url: String,
    requests: Arc<AtomicUsize>,
}

impl Server {
    async fn start(replies: &[Reply]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<AtomicUsize>::default();
        let (seen, replies) = (Arc::clone(&requests), replies.to_vec());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, replies) = (Arc::clone(&seen), replies.clone());
                tokio::spawn(async move { serve(stream, &seen, &replies).await });
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

/// Serves a connection until it ends.
async fn serve(
    mut stream: TcpStream,
    seen: &AtomicUsize,
    replies: &[Reply],
) -> std::io::Result<()> {
    let mut preface = [0; 24];
    stream.read_exact(&mut preface).await?;
    assert!(preface.starts_with(b"PRI * HTTP/2.0"));
    write(&mut stream, SETTINGS, 0, 0, &[]).await?;
    loop {
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let (kind, flags) = (head[3], head[4]);
        let id = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
        let mut payload = vec![0; length.try_into().unwrap()];
        stream.read_exact(&mut payload).await?;
        if kind == HEADERS {
            seen.fetch_add(1, Ordering::SeqCst);
        }
        match kind {
            SETTINGS if flags == 0 => write(&mut stream, SETTINGS, END_STREAM, 0, &[]).await?,
            HEADERS | DATA if flags & END_STREAM != 0 => {
                let reply = replies[seen.load(Ordering::SeqCst) - 1];
                if respond(&mut stream, id, reply).await?.is_none() {
                    return stream.shutdown().await;
                }
            }
            _ => {}
        }
    }
}

/// Responds to a request. `None` if the connection ends afterwards.
async fn respond(stream: &mut TcpStream, id: u32, reply: Reply) -> std::io::Result<Option<()>> {
    let go_away = |last: u32, code: u32| [last.to_be_bytes(), code.to_be_bytes()].concat();
    match reply {
        Respond { left } => {
            // `:status: 200` of the static table (RFC 7541, appendix A), and
            // literals.
            let mut block = vec![0x88];
            if let Some(left) = left {
                let reset = SystemTime::now() + Duration::from_secs(50);
                let reset = reset.duration_since(SystemTime::UNIX_EPOCH).unwrap();
                for (name, value) in [
                    ("x-ratelimit-global-remaining", left.to_string()),
                    ("x-ratelimit-reset", reset.as_millis().to_string()),
                ] {
                    block.push(0);
                    for text in [name, &value] {
                        block.push(u8::try_from(text.len()).unwrap());
                        block.extend_from_slice(text.as_bytes());
                    }
                }
            }
            write(stream, HEADERS, END_HEADERS, id, &block).await?;
            write(stream, DATA, END_STREAM, id, br#"{"on": true}"#).await?;
        }
        Reset(code) => write(stream, RST_STREAM, 0, id, &code.to_be_bytes()).await?,
        GoAwayBefore(code) => write(stream, GOAWAY, 0, 0, &go_away(id - 1, code)).await?,
        GoAwayAfter(code) => {
            write(stream, GOAWAY, 0, 0, &go_away(id, code)).await?;
            return Ok(None);
        }
        GoAwayNone => {
            write(stream, GOAWAY, 0, 0, &go_away(i32::MAX as u32, NO_ERROR)).await?;
            return Ok(None);
        }
    }
    Ok(Some(()))
}

async fn write(
    stream: &mut TcpStream,
    kind: u8,
    flags: u8,
    id: u32,
    payload: &[u8],
) -> std::io::Result<()> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut frame = vec![length[1], length[2], length[3], kind, flags];
    frame.extend_from_slice(&id.to_be_bytes());
    frame.extend_from_slice(payload);
    stream.write_all(&frame).await
}

/// Counts the requests.
#[derive(Clone, Default)]
struct Counter(Arc<Mutex<Vec<u32>>>);

impl AttemptHook for Counter {
    fn before(&self, attempt: &Attempt, _: &mut reqwest::Request) {
        self.0.lock().unwrap().push(attempt.number);
    }
}

impl Counter {
    fn seen(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

fn client(server: &Server, policy: RetryPolicy, hook: Counter) -> Client {
    Client::builder()
        .access_token(TOKEN)
        .base_url(server.url.clone())
        .http_client(default_http_client().http2_prior_knowledge())
        .retry_policy(policy.base_delay(Duration::from_millis(1)))
        .attempt_hook(hook)
        .build()
        .unwrap()
}

async fn patch(client: &Client) -> Result<(), Error> {
    client
        .update_subscription()
        .integration_key("k")
        .id("1")
        .body(JsonPatch::new().replace("/on", true))
        .send()
        .await
        .map(drop)
}

/// A POST without a body.
async fn post(client: &Client) -> Result<(), Error> {
    client
        .reset_environment_mobile_key()
        .project_key("p")
        .environment_key("e")
        .send()
        .await
        .map(drop)
}

const UNPROCESSED: [Reply; 3] = [
    Reset(REFUSED_STREAM),
    GoAwayBefore(NO_ERROR),
    GoAwayBefore(ENHANCE_YOUR_CALM),
];

#[tokio::test]
async fn a_refused_stream_is_sent_once_without_retries() {
    for reply in UNPROCESSED {
        let server = Server::start(&[reply, OK, OK]).await;
        let hook = Counter::default();
        let error = patch(&client(&server, RetryPolicy::none(), hook.clone()))
            .await
            .unwrap_err();
        assert!(!error.outcome_unknown(), "{reply:?}: {error}");
        assert_eq!(error.attempts(), 1, "{reply:?}");
        assert_eq!((server.requests(), hook.seen()), (1, 1), "{reply:?}");
    }
}

#[tokio::test]
async fn a_refused_stream_is_retried_for_every_method() {
    for reply in UNPROCESSED {
        let server = Server::start(&[reply, reply, OK, reply, OK]).await;
        let hook = Counter::default();
        let client = client(&server, RetryPolicy::default(), hook.clone());
        patch(&client).await.unwrap();
        assert_eq!(server.requests(), 3, "{reply:?}");
        post(&client).await.unwrap();
        assert_eq!(server.requests(), 5, "{reply:?}");
        // After a GOAWAY, h2 rejects requests without sending them.
        assert!(hook.seen() >= 5, "{reply:?}");
    }
}

#[tokio::test]
async fn a_possibly_processed_request_is_not_retried() {
    for reply in [
        Reset(INTERNAL_ERROR),
        Reset(CANCEL),
        GoAwayAfter(NO_ERROR),
        GoAwayAfter(INTERNAL_ERROR),
        GoAwayNone,
    ] {
        let server = Server::start(&[reply, OK]).await;
        let client = client(&server, RetryPolicy::default(), Counter::default());
        let error = patch(&client).await.unwrap_err();
        assert!(error.outcome_unknown(), "{reply:?}: {error}");
        assert_eq!((error.attempts(), server.requests()), (1, 1), "{reply:?}");
    }
}

#[tokio::test]
async fn a_refused_stream_does_not_count_against_the_rate_limit() {
    for reply in UNPROCESSED {
        // One call is left, and the window ends after the deadline.
        let server = Server::start(&[Respond { left: Some(1) }, reply, OK]).await;
        let policy = RetryPolicy::default().deadline(Duration::from_secs(20));
        let client = client(&server, policy, Counter::default());
        patch(&client).await.unwrap();
        patch(&client).await.unwrap();
        assert_eq!(server.requests(), 3, "{reply:?}");
    }
}
