//! Credentials: where tokens come from, and when the client gets another one.

use std::{
    error::Error as _,
    fs, io,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{future::join_all, stream};
use launchdarkly_api::{
    AccessToken, Attempt, AttemptHook, Client, ClientBuilder, Credentials, Error, FilePart,
    JsonPatch, Outcome, RetryPolicy,
    credentials::{self, BoxError, BoxFuture},
    reqwest::{self, Body},
};

use crate::support::{Request, TOKEN, Wire, answer, bare};

fn builder(wire: &Wire) -> ClientBuilder {
    Client::builder()
        .base_url(wire.url())
        .retry_policy(RetryPolicy::none())
}

fn client(wire: &Wire, credentials: impl Credentials) -> Client {
    builder(wire).credentials(credentials).build().unwrap()
}

/// Accepts the tokens for which the function returns true.
async fn server(accepts: impl Fn(&str) -> bool + Send + Sync + 'static) -> Wire {
    Wire::start(move |request| {
        if accepts(request.header("authorization")[0]) {
            answer("200 OK", "application/json", "{}")
        } else {
            bare("401 Unauthorized", &[])
        }
    })
    .await
}

async fn get(client: &Client) -> Result<(), Error> {
    let call = client.get_subscriptions().integration_key("k").send();
    call.await.map(drop)
}

async fn patch(client: &Client) -> Result<(), Error> {
    let call = client.update_subscription().integration_key("k").id("1");
    let body = JsonPatch::new().replace("/on", true);
    call.body(body).send().await.map(drop)
}

fn sent(wire: &Wire) -> Vec<String> {
    let token = |request: &Request| request.header("authorization").join(", ");
    wire.requests().iter().map(token).collect()
}

/// Returns the tokens `api-token-1`, `api-token-2`, …, and counts them.
fn numbered() -> (impl Credentials, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let provided = Arc::clone(&count);
    let credentials = credentials::from_fn(move || {
        let number = provided.fetch_add(1, Ordering::SeqCst) + 1;
        async move { Ok::<_, io::Error>(AccessToken::new(format!("api-token-{number}"))) }
    });
    (credentials, count)
}

#[tokio::test]
async fn an_oauth_token_is_sent_as_bearer() {
    let wire = server(|_| true).await;
    let token = AccessToken::bearer("0123");
    get(&builder(&wire).access_token(token.clone()).build().unwrap())
        .await
        .unwrap();
    get(&client(&wire, token)).await.unwrap();
    assert_eq!(sent(&wire), ["Bearer 0123", "Bearer 0123"]);
}

#[test]
fn a_client_needs_either_a_token_or_credentials() {
    let both = Client::builder().access_token(TOKEN);
    let texts = [Client::builder(), both.credentials(credentials::file("t"))]
        .map(|builder| builder.build().unwrap_err().to_string());
    insta::assert_snapshot!(texts.join("\n"));
}

#[tokio::test]
async fn concurrent_calls_share_one_token_of_the_provider() {
    let wire = server(|_| true).await;
    let (credentials, count) = numbered();
    let client = client(&wire, credentials);
    for result in join_all((0..8).map(|_| get(&client))).await {
        result.unwrap();
    }
    assert_eq!(sent(&wire), ["api-token-1"; 8]);
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

/// Records the outcome of each attempt.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl AttemptHook for Recorder {
    fn after(&self, attempt: &Attempt, outcome: &Outcome<'_>) {
        let Outcome::Response(status, _) = outcome else {
            panic!("no response");
        };
        let line = format!("{}: {}", attempt.number, status.as_u16());
        self.0.lock().unwrap().push(line);
    }
}

#[tokio::test]
async fn a_rejected_request_of_any_method_is_sent_once_more_with_another_token() {
    let wire = server(|token| token == "api-token-2").await;
    let (credentials, count) = numbered();
    let recorder = Recorder::default();
    let client = builder(&wire)
        .credentials(credentials)
        .attempt_hook(recorder.clone())
        .build()
        .unwrap();
    patch(&client).await.unwrap();
    let requests = wire.requests();
    assert_eq!(sent(&wire), ["api-token-1", "api-token-2"]);
    assert_eq!(requests[0].line(), requests[1].line());
    assert!(!requests[0].body.is_empty());
    assert_eq!(requests[0].body, requests[1].body);
    assert_eq!(*recorder.0.lock().unwrap(), ["1: 401", "2: 200"]);
    get(&client).await.unwrap();
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_second_rejection_is_returned() {
    let wire = server(|_| false).await;
    let (credentials, count) = numbered();
    let error = get(&client(&wire, credentials)).await.unwrap_err();
    assert!(
        error.is_unauthorized() && !error.is_credentials(),
        "{error}"
    );
    assert!(!error.outcome_unknown(), "{error}");
    assert_eq!((error.attempts(), wire.requests().len()), (2, 2));
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_rejected_token_that_the_provider_returns_again_is_not_sent_again() {
    let wire = server(|_| false).await;
    let count = Arc::new(AtomicUsize::new(0));
    let provided = Arc::clone(&count);
    let client = client(
        &wire,
        credentials::from_fn(move || {
            provided.fetch_add(1, Ordering::SeqCst);
            async { Ok::<_, io::Error>(AccessToken::new(TOKEN)) }
        }),
    );
    let error = patch(&client).await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert_eq!((error.attempts(), wire.requests().len()), (1, 1));
    assert_eq!(count.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn concurrent_rejections_cause_one_refresh() {
    let wire = server(|token| token != "api-token-1").await;
    let (credentials, count) = numbered();
    let client = client(&wire, credentials);
    for result in join_all((0..8).map(|_| get(&client))).await {
        result.unwrap();
    }
    let second = sent(&wire).iter().filter(|t| *t == "api-token-2").count();
    assert_eq!((second, count.load(Ordering::SeqCst)), (8, 2));
}

#[tokio::test]
async fn another_token_uses_neither_attempts_nor_budget_of_the_retry_policy() {
    let wire = Wire::script([
        bare("401 Unauthorized", &[]),
        bare("503 Service Unavailable", &[]),
        answer("200 OK", "application/json", "{}"),
    ])
    .await;
    let policy = RetryPolicy::none().base_delay(Duration::ZERO);
    let client = builder(&wire)
        .credentials(numbered().0)
        .retry_policy(policy.max_attempts(2))
        .build()
        .unwrap();
    get(&client).await.unwrap();
    assert_eq!(sent(&wire), ["api-token-1", "api-token-2", "api-token-2"]);

    // More calls than a retry budget allows.
    let turn = AtomicUsize::new(0);
    let wire = server(move |_| turn.fetch_add(1, Ordering::SeqCst) % 2 == 1).await;
    let client = client.with_retry_policy(policy);
    let client = builder(&wire)
        .credentials(numbered().0)
        .retry_policy(client.retry_policy())
        .build()
        .unwrap();
    for _ in 0..60 {
        get(&client).await.unwrap();
    }
    assert_eq!(wire.requests().len(), 120);
}

#[tokio::test]
async fn a_rejected_stream_is_returned_and_the_next_call_has_another_token() {
    let wire = server(|token| token == "api-token-2").await;
    let client = client(&wire, numbered().0);
    let chunks = stream::iter([Ok::<_, io::Error>("a,b\n")]);
    let upload = client
        .create_big_segment_import()
        .project_key("p")
        .environment_key("e")
        .segment_key("s")
        .file(FilePart::stream(Body::wrap_stream(chunks)))
        .mode("merge");
    let error = upload.send().await.unwrap_err();
    assert!(error.is_unauthorized(), "{error}");
    assert!(error.to_string().contains("body is a stream"), "{error}");
    get(&client).await.unwrap();
    assert_eq!(sent(&wire), ["api-token-1", "api-token-2"]);
}

/// Panics where it only has to compare.
struct PanicsLater;

impl Credentials for PanicsLater {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        Box::pin(async { Ok(AccessToken::new("api-1")) })
    }

    fn is_outdated<'a>(&'a self, _: &'a AccessToken) -> BoxFuture<'a, bool> {
        panic!("the provider panics")
    }
}

#[tokio::test]
async fn a_provider_that_panics_does_not_panic_the_call() {
    let wire = server(|token| token == "api-1").await;
    let client = client(&wire, PanicsLater);
    for _ in 0..2 {
        get(&client).await.unwrap();
    }
}

#[tokio::test]
async fn a_hanging_provider_ends_with_the_deadline() {
    let wire = server(|_| true).await;
    let hangs = credentials::from_fn(std::future::pending::<Result<AccessToken, io::Error>>);
    let client = client(&wire, hangs).with_deadline(Duration::from_millis(50));
    let error = get(&client).await.unwrap_err();
    assert!(error.is_timeout() && error.attempts() == 0, "{error}");
    assert!(error.to_string().contains("the credentials"), "{error}");
    assert!(wire.requests().is_empty());
}

#[derive(Debug, Clone)]
struct MyError(String);

impl std::fmt::Display for MyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for MyError {}

/// Returns these results in turn.
fn script<const N: usize>(results: [Result<AccessToken, MyError>; N]) -> impl Credentials {
    let next = AtomicUsize::new(0);
    credentials::from_fn(move || {
        let result = results[next.fetch_add(1, Ordering::SeqCst).min(N - 1)].clone();
        std::future::ready(result)
    })
}

#[tokio::test]
async fn a_failure_of_the_provider_is_an_error_of_its_own_with_its_cause() {
    let wire = server(|_| false).await;
    let fails = || Err(MyError("the vault\nis sealed".to_owned()));
    let error = get(&client(&wire, script([fails()]))).await.unwrap_err();
    assert!(error.is_credentials() && !error.is_invalid_input());
    assert!(!error.is_unauthorized() && error.attempts() == 0);
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<MyError>());
    assert_eq!(cause.unwrap().0, "the vault\nis sealed");
    assert_eq!(
        error.to_string(),
        "get_subscriptions: not sent: the credentials failed: the vault is sealed"
    );
    assert!(wire.requests().is_empty());

    let client = client(&wire, script([Ok(AccessToken::new(TOKEN)), fails()]));
    let error = patch(&client).await.unwrap_err();
    assert!(error.is_credentials() && error.is_unauthorized());
    assert!(!error.outcome_unknown() && error.attempts() == 1);
    assert_eq!(
        error.to_string(),
        "update_subscription: 401 Unauthorized: the credentials failed to replace the access \
         token: the vault is sealed"
    );
}

#[tokio::test]
async fn no_text_shows_a_present_or_past_token() {
    let needle = "5ecre7";
    let tokens = [1, 2].map(|number| AccessToken::bearer(format!("api-{needle}-token-{number}")));
    let echo = format!(r#"{{"message": "not api-{needle}-token-1, API-{needle}-TOKEN-2"}}"#);
    let wire = Wire::answering(answer("401 Unauthorized", "application/json", &echo)).await;
    let leak = Err(MyError(format!("no token after api-{needle}-token-1")));
    let [first, second] = tokens;
    let client = client(&wire, script([Ok(first), Ok(second), leak]));
    assert!(!format!("{client:?}").contains(needle));

    let error = get(&client).await.unwrap_err();
    assert_eq!(error.message(), Some("not [redacted], [redacted]"));
    assert!(!format!("{error} {error:?}").contains(needle), "{error}");

    let error = get(&client).await.unwrap_err();
    assert!(error.is_credentials());
    assert!(error.source().is_none());
    let text = format!("{error} {error:?} {:?}", error.message());
    assert!(
        text.contains("[redacted]") && !text.contains(needle),
        "{text}"
    );

    let template = format!("/api/v2/api-{needle}-token-1");
    let request = client.request(reqwest::Method::GET, template);
    assert!(!format!("{request:?}").contains(needle));
    let error = request.send().await.unwrap_err();
    assert!(error.is_invalid_input() && !error.to_string().contains(needle));
}

#[tokio::test]
async fn a_body_that_does_not_decode_does_not_show_a_past_token() {
    let turn = AtomicUsize::new(0);
    let wire = Wire::start(move |_| {
        if turn.fetch_add(1, Ordering::SeqCst) == 0 {
            return bare("401 Unauthorized", &[]);
        }
        let body = r#"{"items": [{"config": {}, "_links": {"api-5ecre7-token-1": 1}}]}"#;
        answer("200 OK", "application/json", body)
    })
    .await;
    // Without a common part, which would hide both.
    let tokens = ["api-5ecre7-token-1", "another-pre5ent"].map(|token| Ok(AccessToken::new(token)));
    let error = get(&client(&wire, script(tokens))).await.unwrap_err();
    let path = error.decode_path().unwrap();
    assert!(path.contains("[redacted]"), "{path}");
}

/// A file in a directory of its own.
struct TokenFile(tempfile::TempDir, PathBuf);

impl TokenFile {
    fn new(content: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("ld-token");
        fs::write(&path, content).unwrap();
        Self(directory, path)
    }

    /// Replaces the file atomically.
    fn replace(&self, content: &str) {
        let new = self.0.path().join("new");
        fs::write(&new, content).unwrap();
        fs::rename(&new, &self.1).unwrap();
    }

    fn client(&self, wire: &Wire) -> Client {
        client(wire, credentials::file(&self.1))
    }
}

#[tokio::test]
async fn a_file_is_read_again_when_it_changes() {
    let wire = server(|_| true).await;
    let file = TokenFile::new("api-1\n");
    let client = file.client(&wire);
    get(&client).await.unwrap();
    file.replace("  api-2\r\n");
    get(&client).await.unwrap();
    fs::write(&file.1, "api-three").unwrap();
    get(&client).await.unwrap();
    // While the file is being written, or gone, the token stays.
    fs::write(&file.1, "").unwrap();
    get(&client).await.unwrap();
    fs::remove_file(&file.1).unwrap();
    get(&client).await.unwrap();
    fs::write(&file.1, "api-4").unwrap();
    get(&client).await.unwrap();
    assert_eq!(
        sent(&wire),
        [
            "api-1",
            "api-2",
            "api-three",
            "api-three",
            "api-three",
            "api-4"
        ]
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_behind_a_changed_symbolic_link_is_read_again() {
    let wire = server(|_| true).await;
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let link = |to: &str| {
        std::os::unix::fs::symlink(to, path("..new")).unwrap();
        fs::rename(path("..new"), path("..data")).unwrap();
    };
    // The layout of a secret that Kubernetes mounts.
    for (version, token) in [("..1", "api-1"), ("..2", "api-2")] {
        fs::create_dir(path(version)).unwrap();
        fs::write(path(version).join("token"), token).unwrap();
    }
    link("..1");
    std::os::unix::fs::symlink("..data/token", path("token")).unwrap();
    let client = client(&wire, credentials::file(path("token")));
    get(&client).await.unwrap();
    link("..2");
    get(&client).await.unwrap();
    assert_eq!(sent(&wire), ["api-1", "api-2"]);
}

#[tokio::test]
async fn clients_that_share_a_file_all_see_its_change() {
    let wire = server(|_| true).await;
    let file = TokenFile::new("api-1");
    let shared = Arc::new(credentials::file(&file.1));
    let clients = [(); 2].map(|()| client(&wire, Arc::clone(&shared)));
    for token in ["api-1", "api-2"] {
        file.replace(token);
        for client in &clients {
            get(client).await.unwrap();
        }
    }
    assert_eq!(sent(&wire), ["api-1", "api-1", "api-2", "api-2"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_replaces_one_of_the_same_length_and_time_is_read_again() {
    let wire = server(|_| true).await;
    let file = TokenFile::new("api-1");
    let client = file.client(&wire);
    get(&client).await.unwrap();
    let modified = fs::metadata(&file.1).unwrap().modified().unwrap();
    file.replace("api-2");
    let replaced = fs::File::options().write(true).open(&file.1).unwrap();
    replaced.set_modified(modified).unwrap();
    get(&client).await.unwrap();
    assert_eq!(sent(&wire), ["api-1", "api-2"]);
}

#[tokio::test]
async fn a_file_that_was_replaced_while_a_request_ran_is_read_after_its_rejection() {
    let file = Arc::new(TokenFile::new("api-1"));
    let replaced = Arc::clone(&file);
    let wire = server(move |token| {
        if token == "api-1" {
            replaced.replace("api-2");
        }
        token == "api-2"
    })
    .await;
    patch(&file.client(&wire)).await.unwrap();
    assert_eq!(sent(&wire), ["api-1", "api-2"]);
}

#[tokio::test]
async fn a_file_without_a_token_is_an_error_that_names_it() {
    let wire = server(|_| true).await;
    let file = TokenFile::new("");
    let mut texts = Vec::new();
    for content in ["", "api-s3cret\napi-s3cret\n", "Bearer s3cret s3cret"] {
        fs::write(&file.1, content).unwrap();
        let error = get(&file.client(&wire)).await.unwrap_err();
        assert!(error.is_credentials() && error.attempts() == 0);
        texts.push(error.to_string());
    }
    fs::remove_file(&file.1).unwrap();
    let missing = fs::read(&file.1).unwrap_err().to_string();
    texts.push(get(&file.client(&wire)).await.unwrap_err().to_string());
    let token_as_path = client(&wire, credentials::file("api-s3cret"));
    texts.push(get(&token_as_path).await.unwrap_err().to_string());
    assert!(wire.requests().is_empty());
    let text = texts
        .join("\n")
        .replace(&file.1.display().to_string(), "<path>")
        .replace(&missing, "<cause>");
    assert!(!text.contains("s3cret"), "{text}");
    insta::assert_snapshot!(text);
}
