//! The retry loop: the attempts of a call, and the waits between them.

use std::{
    pin::pin,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use reqwest::Request;
use tokio::{
    runtime::Handle,
    time::{Instant, sleep, timeout_at},
};
use tracing::{Instrument, Span};

use super::{
    failure::Failure, replayable_request::ReplayableRequest, telemetry, transport::BodyMode,
};
use crate::{
    Client, Error,
    credentials::Token,
    hook::{Attempt, Outcome},
    operation::OperationRef,
    rate_limit::{NotBefore, Permit, WaitLimits},
    redact::SentRequest,
    response::RawResponse,
    retry::{self, RetryClass, Withdrawals},
};

const NOT_REPLAYABLE: &str = "not retried because the request body is a stream";

pub(crate) struct RetryLoop<'a> {
    client: &'a Client,
    operation: OperationRef,
    request: ReplayableRequest,
    span: Span,
    /// When the latest attempt started.
    started: Instant,
    deadline: Instant,
    attempts: u32,
    /// Whether an attempt followed a 401 with another token.
    reauthorized: bool,
    /// Whether the server may have applied a failed attempt.
    maybe_applied: bool,
    withdrawals: Withdrawals,
}

impl<'a> RetryLoop<'a> {
    pub(crate) fn new(client: &'a Client, operation: OperationRef, request: Request) -> Self {
        let started = Instant::now();
        Self {
            client,
            request: ReplayableRequest::new(request),
            span: telemetry::call_span(&operation),
            operation,
            started,
            // A deadline too far away to represent is no deadline.
            deadline: started
                .checked_add(client.retry_policy.deadline)
                .unwrap_or_else(|| started + Duration::from_secs(365 * 24 * 60 * 60)),
            attempts: 0,
            reauthorized: false,
            maybe_applied: false,
            withdrawals: Withdrawals::default(),
        }
    }

    /// Makes attempts until one succeeds or the call must not be retried.
    ///
    /// CPU time: a future is copied into the future that awaits it, and an
    /// `async fn` stores its arguments twice. So this is not an `async fn`, it
    /// holds no request across an await, and it boxes futures that are rarely
    /// awaited. `benches/call_overhead.rs` measures the result.
    #[expect(clippy::manual_async_fn, reason = "as said above")]
    pub(crate) fn run(
        mut self,
        mode: BodyMode,
    ) -> impl Future<Output = Result<RawResponse, Error>> + Send {
        async move {
            let operation = self.operation.clone();
            if Handle::try_current().is_err() {
                return Err(Error::argument(
                    &operation,
                    "there is no tokio runtime, which the timers and connections need: await the \
                     call in one, such as that of #[tokio::main], or use `send_blocking()` of the \
                     feature `blocking`",
                ));
            }
            let has_hooks = !self.client.inner().attempt_hooks.is_empty();
            let call = if has_hooks {
                self.client.inner().calls.fetch_add(1, Ordering::Relaxed)
            } else {
                0
            };
            let mut waited = Duration::ZERO;
            loop {
                self.attempts += 1;
                let (failure, replaceable) = 'attempt: {
                    let fixed = self.client.inner().tokens.fixed_token();
                    let mut token = match fixed {
                        Some(token) => Arc::clone(token),
                        None => match Box::pin(self.token()).await {
                            Ok(token) => {
                                self.started = Instant::now();
                                token
                            }
                            Err(failure) => break 'attempt (failure, None),
                        },
                    };
                    // A timeout would send the request before it looks at the
                    // time.
                    if self.deadline <= self.started {
                        let error = Error::deadline(&operation, "before the request was sent");
                        let class = RetryClass::NotSent;
                        break 'attempt (Failure { error, class }, None);
                    }
                    let permit = self
                        .client
                        .inner()
                        .limiter
                        .try_acquire(&operation, self.started);
                    let (mut permit, permit_wait) = match permit {
                        Some(permit) => (permit, Duration::ZERO),
                        None => match Box::pin(self.wait_for_permit()).await {
                            Ok(permit) => permit,
                            Err(failure) => break 'attempt (failure, None),
                        },
                    };
                    // The token may have expired during the wait.
                    if permit_wait > Duration::ZERO && fixed.is_none() {
                        token = match Box::pin(self.token()).await {
                            Ok(token) => token,
                            Err(failure) => break 'attempt (failure, None),
                        };
                    }
                    // Only hooks see these two.
                    let sent = has_hooks.then(Instant::now);
                    let mut attempt = Attempt {
                        call,
                        operation: &operation,
                        number: self.attempts,
                        waited: waited + permit_wait,
                        redirects: 0,
                        elapsed: Duration::ZERO,
                    };
                    let span = self.attempt_span();
                    let deadline = self.deadline;
                    let result = {
                        let exchange =
                            pin!(self.exchange(&operation, &attempt, &token, &mut permit, mode));
                        // Entering a span has a cost even if it is disabled.
                        if span.is_none() {
                            timeout_at(deadline, exchange).await
                        } else {
                            timeout_at(deadline, exchange.instrument(span.clone())).await
                        }
                    };
                    let result = result.unwrap_or_else(|_| {
                        Err(Failure {
                            error: Error::deadline(&operation, "while waiting for a response"),
                            class: RetryClass::Unknown,
                        })
                    });
                    if let Some(sent) = sent {
                        attempt.elapsed = sent.elapsed();
                    }
                    self.after(&attempt, &span, &result);
                    match result {
                        Ok(response) => {
                            self.client.inner().retry_budget.deposit(&self.withdrawals);
                            let sent = SentRequest {
                                tokens: Some(Arc::clone(self.client.inner().tokens.known())),
                                headers: self.request.secret_headers(),
                                body: self.request.take_body(),
                                changed: None,
                            };
                            return Ok(response.finish(self.attempts, sent));
                        }
                        Err(failure) => (failure, fixed.is_none().then_some(token)),
                    }
                };
                waited = match Box::pin(self.wait_for_retry(failure, replaceable)).await {
                    Ok(waited) => waited,
                    Err(end) => return end,
                };
                self.started = Instant::now();
            }
        }
    }

    /// Waits before the next attempt and returns the wait, or returns the
    /// result of the call. The token of the attempt is replaced after a 401, if
    /// it can be.
    async fn wait_for_retry(
        &mut self,
        failure: Failure,
        replaceable: Option<Arc<Token>>,
    ) -> Result<Duration, Result<RawResponse, Error>> {
        let before = self.maybe_applied;
        self.record(&failure);
        if before && self.is_delete() && failure.error.is_not_found() {
            return Err(Ok(RawResponse::already_deleted(
                &self.operation,
                &failure.error,
                self.attempts,
            )));
        }
        if let Some(rejected) = replaceable.filter(|_| failure.error.is_unauthorized()) {
            let another = self.replace_token(&rejected, failure.error).await;
            return another.map(|()| Duration::ZERO).map_err(Err);
        }
        let wait = match self.retry_wait(&failure) {
            Ok(wait) => wait,
            Err(why) => return Err(Err(self.finish(failure.error, why))),
        };
        self.span
            .in_scope(|| telemetry::retrying(&failure.error, self.attempts, wait));
        sleep(wait).await;
        Ok(wait)
    }

    /// Gets the token of an attempt from the credentials.
    async fn token(&self) -> Result<Arc<Token>, Failure> {
        let tokens = &self.client.inner().tokens;
        let error = match timeout_at(self.deadline, tokens.token()).await {
            Ok(Ok(token)) => return Ok(token),
            Ok(Err(failure)) => Error::credentials(&self.operation, failure),
            Err(_) => Error::deadline(&self.operation, "while waiting for the credentials"),
        };
        Err(Failure {
            error,
            class: RetryClass::NotSent,
        })
    }

    /// Gets another token after a 401, once in a call. Otherwise returns the
    /// error of the call.
    async fn replace_token(&mut self, rejected: &Token, error: Error) -> Result<(), Error> {
        let tokens = &self.client.inner().tokens;
        tokens.reject(rejected);
        if std::mem::replace(&mut self.reauthorized, true) {
            return Err(self.finish(error, ""));
        }
        if !self.request.is_replayable() {
            return Err(self.finish(error, NOT_REPLAYABLE));
        }
        match timeout_at(self.deadline, tokens.token()).await {
            Ok(Ok(token)) if token.is_same(rejected) => Err(self.finish(error, "")),
            Ok(Ok(_)) => {
                self.span.in_scope(telemetry::reauthorizing);
                Ok(())
            }
            Ok(Err(failure)) => Err(self.finish(error.because_of(failure), "")),
            Err(_) => Err(self.finish(
                error,
                "not retried because the deadline was exceeded while waiting for the credentials",
            )),
        }
    }

    /// Creates the span of an attempt.
    fn attempt_span(&self) -> Span {
        telemetry::attempt_span(&self.span, self.client, &self.operation, self.attempts)
    }

    /// Sends the request of an attempt.
    fn exchange(
        &mut self,
        operation: &OperationRef,
        attempt: &Attempt<'_>,
        token: &Token,
        permit: &mut Permit<'_>,
        mode: BodyMode,
    ) -> impl Future<Output = Result<RawResponse, Failure>> + Send {
        let request = self.request.request();
        self.client.exchange(
            operation,
            attempt,
            token,
            request,
            &self.request,
            permit,
            mode,
        )
    }

    /// Reports the result of an attempt to the span and the hook.
    fn after(&self, attempt: &Attempt<'_>, span: &Span, result: &Result<RawResponse, Failure>) {
        let hooks = &self.client.inner().attempt_hooks;
        if span.is_none() && hooks.is_empty() {
            return;
        }
        let outcome = match result {
            Ok(response) => Outcome::Response(response.status(), response.headers()),
            Err(Failure { error, .. }) => match error.error_response() {
                Some((status, headers)) => Outcome::Response(status, headers),
                None => Outcome::Failure(error),
            },
        };
        match outcome {
            Outcome::Response(status, _) => telemetry::record_response(span, status),
            Outcome::Failure(error) => telemetry::record_failure(span, error),
        }
        for hook in hooks {
            hook.after(attempt, &outcome);
        }
    }

    /// Waits for a rate-limit permit, and returns it with the wait.
    async fn wait_for_permit(&self) -> Result<(Permit<'a>, Duration), Failure> {
        let started = Instant::now();
        let limits = WaitLimits {
            deadline: self.deadline,
            max_wait: self.client.retry_policy.max_wait,
        };
        let permit = self.client.inner().limiter.acquire(&self.operation, limits);
        let error = match timeout_at(self.deadline, permit).await {
            Ok(Ok(permit)) => {
                let waited = started.elapsed();
                self.span.in_scope(|| telemetry::waited_for_permit(waited));
                return Ok((permit, waited));
            }
            Ok(Err(NotBefore(instant))) => {
                let wait = instant.saturating_duration_since(Instant::now());
                Error::wait_too_long(&self.operation, wait)
            }
            Err(_) => Error::deadline(&self.operation, "while waiting for a rate-limit permit"),
        };
        Err(Failure {
            error,
            class: RetryClass::NotSent,
        })
    }

    fn is_delete(&self) -> bool {
        self.operation.method == http::Method::DELETE
    }

    /// Records whether the attempt was sent and may have been applied.
    fn record(&mut self, failure: &Failure) {
        if failure.class == RetryClass::NotSent {
            self.attempts -= 1;
        }
        let acted = failure.error.status().is_some_and(retry::may_have_applied);
        if !retry::is_safe(&self.operation.method)
            && (failure.class == RetryClass::Unknown || acted)
        {
            self.maybe_applied = true;
        }
    }

    /// Returns the wait before the next attempt, or the reason not to retry.
    fn retry_wait(&mut self, failure: &Failure) -> Result<Duration, &'static str> {
        let policy = self.client.retry_policy;
        let error = &failure.error;
        let is_retryable = match failure.class {
            RetryClass::NotSent => false,
            RetryClass::NotProcessed => true,
            RetryClass::Unknown => {
                self.client.idempotent || retry::is_idempotent(&self.operation.method)
            }
            RetryClass::Final => {
                policy.retry_not_found
                    && error.is_not_found()
                    && self.operation.method == http::Method::GET
            }
        };
        // The attempt after a 401 is not one of the policy.
        let attempts = self.attempts - u32::from(self.reauthorized);
        if !is_retryable || attempts >= policy.max_attempts {
            return Err("");
        }
        if !self.request.is_replayable() {
            return Err(NOT_REPLAYABLE);
        }
        let inner = self.client.inner();
        let backoff = policy.backoff(attempts, inner.limiter.random());
        let requested = error.headers().and_then(|headers| {
            let limiter = &inner.limiter;
            limiter.requested_wait(headers, error.is_rate_limited())
        });
        let wait = match requested {
            // The client never retries earlier than the server requires.
            Some(requested) if requested > policy.max_wait => {
                return Err("not retried because the required wait exceeds max_wait");
            }
            // The server may require the same wait of many clients: spread
            // them.
            Some(requested) => {
                requested.saturating_add(backoff.min(requested.max(policy.base_delay)))
            }
            None => backoff,
        };
        let next = Instant::now().checked_add(wait);
        if next.is_none_or(|next| next >= self.deadline) {
            return Err("not retried because the deadline is before the end of the wait");
        }
        // A 429 does not take from the budget: the server is healthy and says
        // when to retry.
        if !error.is_rate_limited()
            && !inner
                .retry_budget
                .try_withdraw(error.is_timeout(), &mut self.withdrawals)
        {
            return Err("not retried because the retry budget is exhausted");
        }
        Ok(wait)
    }

    fn finish(&self, error: Error, why: &'static str) -> Error {
        error.finish(self.attempts, self.maybe_applied, why)
    }
}
