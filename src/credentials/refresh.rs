//! Refreshes the token of a client: before it expires, when it changed, and
//! after the server rejected it. One refresh at a time.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use futures_util::FutureExt;
use tokio::{
    sync::RwLock,
    time::{Instant, timeout, timeout_at},
};
use tracing::{Instrument, warn};

use super::{AccessToken, Credentials, Token};
use crate::{error::CredentialsFailure, redact::KnownTokens};

/// Timeout for the provider.
const TIMEOUT: Duration = Duration::from_secs(60);
/// A refresh ends by then, unless the runtime of its task no longer runs.
const STUCK: Duration = Duration::from_secs(65);
/// How long calls wait for a refresh while the token that they have is valid.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the client keeps a valid token after a failed refresh, before it
/// refreshes again.
const PAUSE: Duration = Duration::from_secs(10);

type Outcome = Result<Arc<Token>, Arc<CredentialsFailure>>;

/// The provider of a client and the token that it returned last.
pub(super) struct Refresher {
    provider: Arc<dyn Credentials>,
    known: Arc<KnownTokens>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The latest token, unless the server rejected it.
    token: Option<Arc<Token>>,
    /// The number of the latest token. Tokens count from 1.
    latest: u64,
    refresh: Option<Refresh>,
    failed: Option<Instant>,
}

/// A running refresh.
#[derive(Clone)]
struct Refresh {
    started: Instant,
    /// The task holds the lock until it ends or is dropped.
    outcome: Arc<RwLock<Option<Outcome>>>,
}

impl Refresh {
    fn is_running(&self) -> bool {
        self.outcome.try_read().is_err() && self.started.elapsed() < STUCK
    }

    /// Waits for the outcome. `None` if the task was dropped with its runtime.
    async fn outcome(self) -> Option<Outcome> {
        self.outcome.read().await.clone()
    }
}

impl Refresher {
    pub(super) fn new(provider: Arc<dyn Credentials>, known: Arc<KnownTokens>) -> Self {
        Self {
            provider,
            known,
            state: Mutex::default(),
        }
    }

    /// Returns a valid token. A token that is still valid is better than none:
    /// if its refresh fails or hangs, it stays.
    pub(super) async fn token(self: &Arc<Self>) -> Outcome {
        let held = self.state().token.clone();
        let Some(held) = held else {
            return self.newer_than(0).await;
        };
        if !held.is_expired() {
            if !self.is_refresh_due(&held).await {
                return Ok(held);
            }
            let refresh = match self.join(held.number) {
                Ok(newer) => return Ok(newer),
                Err(refresh) => refresh,
            };
            let patience = refresh.started + PATIENCE;
            let until = held.expiry.map_or(patience, |expiry| expiry.min(patience));
            match timeout_at(until, refresh.outcome()).await {
                Ok(Some(Ok(newer))) => return Ok(newer),
                _ if !held.is_expired() => return Ok(held),
                _ => {}
            }
        }
        self.newer_than(held.number).await
    }

    /// Forgets the token, unless it has been replaced since it was sent.
    pub(super) fn reject(&self, rejected: &Token) {
        let mut state = self.state();
        if state.latest == rejected.number {
            state.token = None;
        }
    }

    async fn is_refresh_due(&self, held: &Token) -> bool {
        if held.is_due() {
            let failed = self.state().failed;
            if failed.is_none_or(|failed| failed.elapsed() >= PAUSE) {
                return true;
            }
        }
        // The token stays if the provider hangs or panics.
        let is_outdated =
            AssertUnwindSafe(async { self.provider.is_outdated(&held.access_token).await });
        let compared = timeout(PATIENCE, is_outdated.catch_unwind()).await;
        matches!(compared, Ok(Ok(true)))
    }

    /// Returns a token with a greater number, after a refresh if there is none.
    async fn newer_than(self: &Arc<Self>, number: u64) -> Outcome {
        // Without an outcome, the task ended with the runtime of another call, or
        // nobody runs that runtime. The second task belongs to the runtime of this
        // call.
        for _ in 0..2 {
            let refresh = match self.join(number) {
                Ok(newer) => return Ok(newer),
                Err(refresh) => refresh,
            };
            let stuck = refresh.started + STUCK;
            if let Ok(Some(outcome)) = timeout_at(stuck, refresh.outcome()).await {
                return outcome;
            }
        }
        let error = "the tokio runtime is being shut down";
        Err(CredentialsFailure::new(error.into(), &self.known).into())
    }

    /// Returns a token with a greater number, or the refresh that is running,
    /// which it starts if necessary.
    fn join(self: &Arc<Self>, number: u64) -> Result<Arc<Token>, Refresh> {
        let mut state = self.state();
        if let Some(token) = state.token.as_ref().filter(|token| token.number > number) {
            return Ok(Arc::clone(token));
        }
        match &state.refresh {
            Some(refresh) if refresh.is_running() => Err(refresh.clone()),
            _ => Err(state.refresh.insert(self.start()).clone()),
        }
    }

    /// Starts a refresh. It is a task, so that it continues if the call that
    /// started it is dropped.
    fn start(self: &Arc<Self>) -> Refresh {
        let outcome = Arc::new(RwLock::new(None));
        // Always succeeds: nobody else has the lock yet.
        let locked = Arc::clone(&outcome).try_write_owned();
        let refresher = Arc::clone(self);
        let task = async move {
            let provided = refresher.provide().await;
            let stored = refresher.store(provided);
            if let Ok(mut outcome) = locked {
                *outcome = Some(stored);
            }
        };
        tokio::spawn(task.in_current_span().boxed());
        Refresh {
            started: Instant::now(),
            outcome,
        }
    }

    /// Asks the provider for a token.
    async fn provide(&self) -> Result<AccessToken, CredentialsFailure> {
        let provided = AssertUnwindSafe(async { self.provider.access_token().await });
        let error = match timeout(TIMEOUT, provided.catch_unwind()).await {
            Ok(Ok(Ok(token))) => return Ok(token),
            Ok(Ok(Err(error))) => error,
            Ok(Err(_)) => "it panicked".into(),
            Err(_) => format!("it returned no access token within {TIMEOUT:?}").into(),
        };
        Err(CredentialsFailure::new(error, &self.known))
    }

    fn store(&self, provided: Result<AccessToken, CredentialsFailure>) -> Outcome {
        let mut state = self.state();
        state.refresh = None;
        let outcome = provided.and_then(|token| {
            self.known.add(token.secret());
            checked(token, state.latest + 1)
                .map(Arc::new)
                .map_err(|reason| CredentialsFailure::new(reason.into(), &self.known))
        });
        match &outcome {
            Ok(token) => {
                state.latest = token.number;
                state.token = Some(Arc::clone(token));
                state.failed = None;
            }
            Err(failure) => {
                state.failed = Some(Instant::now());
                warn!(
                    "error.type" = "credentials",
                    "exception.message" = failure.text(),
                    "failed credentials refresh"
                );
            }
        }
        outcome.map_err(Arc::new)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No code that can panic runs between two changes of the state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks a token that the provider returned.
fn checked(token: AccessToken, number: u64) -> Result<Token, String> {
    if token.expose().is_empty() {
        return Err("it returned an empty access token".to_owned());
    }
    let token = Token::new(token, number)?;
    if token.is_expired() {
        return Err(
            "it returned an access token that has expired: return a current one, and check the \
             expiry and the clock"
                .to_owned(),
        );
    }
    Ok(token)
}

#[cfg(test)]
mod tests;
