use std::{
    future::{Pending, pending, ready},
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use tokio::{
    runtime,
    time::{advance, sleep},
};

use super::*;
use crate::credentials::{BoxError, BoxFuture};

const LIFETIME: Duration = Duration::from_secs(600);

/// Returns the tokens 1, 2, … after a delay.
#[derive(Default)]
struct Numbers {
    provided: AtomicUsize,
    delay: Mutex<Duration>,
    fails: AtomicBool,
    outdated: AtomicBool,
}

impl Numbers {
    fn provided(&self) -> usize {
        self.provided.load(Ordering::SeqCst)
    }
}

impl Credentials for Numbers {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        Box::pin(async {
            let number = self.provided.fetch_add(1, Ordering::SeqCst) + 1;
            let delay = *self.delay.lock().unwrap();
            sleep(delay).await;
            if self.fails.load(Ordering::SeqCst) {
                return Err("no token today".into());
            }
            Ok(AccessToken::new(format!("api-{number}")).expires_in(LIFETIME))
        })
    }

    fn is_outdated<'a>(&'a self, _: &'a AccessToken) -> BoxFuture<'a, bool> {
        Box::pin(ready(self.outdated.load(Ordering::SeqCst)))
    }
}

fn refresher<C: Credentials>(provider: &Arc<C>) -> Arc<Refresher> {
    let provider: Arc<dyn Credentials> = Arc::clone(provider) as _;
    Arc::new(Refresher::new(provider, Arc::default()))
}

async fn token(refresher: &Arc<Refresher>) -> String {
    text(refresher.token().await)
}

fn text(outcome: Outcome) -> String {
    match outcome {
        Ok(token) => token.access_token.expose().to_owned(),
        Err(failure) => failure.text().to_owned(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_is_refreshed_a_minute_before_it_expires() {
    let numbers = Arc::new(Numbers::default());
    let refresher = refresher(&numbers);
    assert_eq!(token(&refresher).await, "api-1");
    advance(LIFETIME - MARGIN - Duration::from_millis(1)).await;
    assert_eq!(token(&refresher).await, "api-1");
    advance(Duration::from_millis(1)).await;
    assert_eq!(token(&refresher).await, "api-2");
    assert_eq!(numbers.provided(), 2);
}

const MARGIN: Duration = Duration::from_secs(60);

#[tokio::test(start_paused = true)]
async fn a_short_lived_token_is_refreshed_at_half_of_its_lifetime() {
    let provider = |lifetime| AccessToken::new("api-1").expires_in(lifetime);
    let token = Token::new(provider(Duration::from_secs(10)), 1).unwrap();
    advance(Duration::from_millis(4999)).await;
    assert!(!token.is_due());
    advance(Duration::from_millis(1)).await;
    assert!(token.is_due() && !token.is_expired());
    advance(Duration::from_secs(5)).await;
    assert!(token.is_expired());
    // Too far away to represent.
    let token = Token::new(provider(Duration::MAX), 1).unwrap();
    advance(Duration::from_secs(1_000_000)).await;
    assert!(!token.is_due());
}

#[tokio::test(start_paused = true)]
async fn all_calls_wait_for_one_refresh() {
    let numbers = Arc::new(Numbers::default());
    *numbers.delay.lock().unwrap() = Duration::from_secs(1);
    let refresher = refresher(&numbers);
    for expected in ["api-1", "api-2"] {
        let calls = (0..20).map(|_| token(&refresher));
        let tokens = futures_util::future::join_all(calls).await;
        assert!(tokens.iter().all(|token| token == expected), "{tokens:?}");
        advance(LIFETIME).await;
    }
    assert_eq!(numbers.provided(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refresh_goes_on_without_the_call_that_started_it() {
    let numbers = Arc::new(Numbers::default());
    *numbers.delay.lock().unwrap() = Duration::from_secs(2);
    let refresher = refresher(&numbers);
    let first = timeout(Duration::from_secs(1), token(&refresher));
    first.await.unwrap_err();
    assert_eq!(token(&refresher).await, "api-1");
    assert_eq!(numbers.provided(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_refresh_keeps_the_token_until_it_expires() {
    let numbers = Arc::new(Numbers::default());
    let refresher = refresher(&numbers);
    assert_eq!(token(&refresher).await, "api-1");
    numbers.fails.store(true, Ordering::SeqCst);
    advance(LIFETIME - MARGIN).await;
    for _ in 0..3 {
        assert_eq!(token(&refresher).await, "api-1");
    }
    assert_eq!(numbers.provided(), 2);
    advance(PAUSE).await;
    assert_eq!(token(&refresher).await, "api-1");
    assert_eq!(numbers.provided(), 3);
    advance(MARGIN - PAUSE).await;
    assert_eq!(token(&refresher).await, "no token today");
    numbers.fails.store(false, Ordering::SeqCst);
    assert_eq!(token(&refresher).await, "api-5");
}

#[tokio::test(start_paused = true)]
async fn a_hanging_refresh_delays_calls_only_while_there_is_patience() {
    let numbers = Arc::new(Numbers::default());
    let refresher = refresher(&numbers);
    assert_eq!(token(&refresher).await, "api-1");
    *numbers.delay.lock().unwrap() = Duration::from_secs(3600);
    advance(LIFETIME - MARGIN).await;
    for expected in [PATIENCE, Duration::ZERO] {
        let started = Instant::now();
        assert_eq!(token(&refresher).await, "api-1");
        assert_eq!(started.elapsed(), expected);
    }
    assert_eq!(numbers.provided(), 2);
    // Once the token has expired, the calls wait for the timeout of the refresh.
    advance(MARGIN - PATIENCE - Duration::from_millis(1)).await;
    assert_eq!(token(&refresher).await, "api-1");
    advance(Duration::from_millis(1)).await;
    let text = token(&refresher).await;
    assert_eq!(text, "it returned no access token within 60s");
}

#[tokio::test(start_paused = true)]
async fn an_outdated_token_is_refreshed_and_kept_if_that_fails() {
    let numbers = Arc::new(Numbers::default());
    let refresher = refresher(&numbers);
    assert_eq!(token(&refresher).await, "api-1");
    numbers.outdated.store(true, Ordering::SeqCst);
    assert_eq!(token(&refresher).await, "api-2");
    numbers.fails.store(true, Ordering::SeqCst);
    assert_eq!(token(&refresher).await, "api-2");
    assert_eq!(numbers.provided(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_token_is_not_returned_again_and_a_newer_one_stays() {
    let numbers = Arc::new(Numbers::default());
    let refresher = refresher(&numbers);
    let first = refresher.token().await.ok().unwrap();
    refresher.reject(&first);
    numbers.fails.store(true, Ordering::SeqCst);
    assert_eq!(token(&refresher).await, "no token today");
    numbers.fails.store(false, Ordering::SeqCst);
    assert_eq!(token(&refresher).await, "api-3");
    // Another call got a 401 for the first one.
    refresher.reject(&first);
    assert_eq!(token(&refresher).await, "api-3");
    assert_eq!(numbers.provided(), 3);
}

/// Returns this token, or panics.
struct Returns(Option<AccessToken>);

impl Credentials for Returns {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        let token = self.0.clone().expect("the provider panics");
        Box::pin(ready(Ok(token)))
    }
}

#[tokio::test(start_paused = true)]
async fn an_invalid_token_of_the_provider_is_an_error() {
    let expired = AccessToken::new("api-s3cret").expires_in(Duration::ZERO);
    let mut texts = Vec::new();
    for provided in [
        Some(AccessToken::new("")),
        Some(AccessToken::bearer("s3cret s3cret")),
        Some(AccessToken::new("mob-s3cret")),
        Some(expired),
        None,
    ] {
        texts.push(token(&refresher(&Arc::new(Returns(provided)))).await);
    }
    assert!(texts.iter().all(|text| !text.contains("s3cret")));
    insta::assert_snapshot!(texts.join("\n"));
}

/// Hangs in the first runtime.
struct HangsOnce(AtomicBool);

impl Credentials for HangsOnce {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        if self.0.swap(true, Ordering::SeqCst) {
            return Box::pin(ready(Ok(AccessToken::new("api-2"))));
        }
        let never: Pending<_> = pending();
        Box::pin(never)
    }
}

#[test]
fn a_refresh_that_ended_with_its_runtime_starts_again() {
    let refresher = refresher(&Arc::new(HangsOnce(AtomicBool::new(false))));
    let build = || runtime::Builder::new_current_thread().enable_time().build();
    let first = build().unwrap();
    let refresh = first.block_on(async { refresher.join(0).err().unwrap() });
    // Lets the task start.
    first.block_on(async { tokio::task::yield_now().await });
    drop(first);
    let second = build().unwrap();
    assert!(second.block_on(refresh.outcome()).is_none());
    assert_eq!(second.block_on(token(&refresher)), "api-2");
}

#[test]
fn a_refresh_in_a_runtime_that_no_longer_runs_starts_again() {
    let refresher = refresher(&Arc::new(HangsOnce(AtomicBool::new(false))));
    let build = || {
        let mut builder = runtime::Builder::new_current_thread();
        builder.enable_time().start_paused(true).build().unwrap()
    };
    let idle = build();
    let first = idle.block_on(async { timeout(Duration::from_secs(1), token(&refresher)).await });
    first.unwrap_err();
    // The timers of its task no longer run, so nothing ends the refresh.
    let second = async { timeout(2 * TIMEOUT, token(&refresher)).await };
    assert_eq!(build().block_on(second).as_deref(), Ok("api-2"));
    drop(idle);
}

#[test]
fn a_runtime_that_is_shut_down_is_an_error() {
    let refresher = refresher(&Arc::new(Returns(Some(AccessToken::new("api-1")))));
    let ended = runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    let handle = ended.handle().clone();
    drop(ended);
    // Tasks are spawned in the runtime that has ended.
    let _guard = handle.enter();
    let outcome = refresher.token().now_or_never();
    let text = text(outcome.expect("no task runs"));
    assert_eq!(text, "the tokio runtime is being shut down");
}
