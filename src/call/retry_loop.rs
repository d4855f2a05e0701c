//! A call: its tries, and the waits between them.

use std::{pin::pin, time::Duration};

use reqwest::Request;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, Span};

use super::{
    failure::Failure, replayable_request::ReplayableRequest, telemetry, transport::BodyMode,
};
use crate::{
    Client, Error, Operation,
    hook::{Attempt, Outcome},
    rate_limit::{NotBefore, Permit, WaitLimits},
    redact::SentRequest,
    response::RawResponse,
    retry::{self, RetryClass, Withdrawals},
};

pub(crate) struct RetryLoop<'a> {
    client: &'a Client,
    operation: &'static Operation,
    request: ReplayableRequest,
    span: Span,
    /// When the latest try started.
    started: Instant,
    deadline: Instant,
    attempts: u32,
    /// Whether a try may have been carried out although it failed.
    maybe_applied: bool,
    withdrawals: Withdrawals,
}

impl Client {
    /// Sends a request that an operation's builder has put together, and reads
    /// the response. One that is not a success is an error.
    ///
    /// The future is boxed, for whoever awaits it not to copy it each time it
    /// is handed on.
    pub(crate) fn execute(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> impl Future<Output = Result<RawResponse, Error>> + Send {
        Box::pin(RetryLoop::new(self, operation, request).run(BodyMode::Buffered))
    }

    /// The same, for an response whose body the caller reads.
    pub(crate) fn execute_streaming(
        &self,
        request: Request,
        operation: &'static Operation,
    ) -> impl Future<Output = Result<RawResponse, Error>> + Send {
        Box::pin(RetryLoop::new(self, operation, request).run(BodyMode::Streaming))
    }
}

impl<'a> RetryLoop<'a> {
    pub(crate) fn new(client: &'a Client, operation: &'static Operation, request: Request) -> Self {
        let started = Instant::now();
        Self {
            client,
            operation,
            request: ReplayableRequest::new(request),
            span: telemetry::call_span(operation),
            started,
            // A deadline beyond all time is none.
            deadline: started
                .checked_add(client.retry_policy.deadline)
                .unwrap_or_else(|| started + Duration::from_secs(365 * 24 * 60 * 60)),
            attempts: 0,
            maybe_applied: false,
            withdrawals: Withdrawals::default(),
        }
    }

    /// Tries until there is a success or nothing more to try.
    ///
    /// Whoever changes this: a future is copied as a whole into the one that
    /// awaits it, and an `async fn` holds its arguments twice. So this is no
    /// `async fn`, holds no request across an await, and boxes what is seldom
    /// awaited; a call's CPU time is measured (`benches/call_overhead.rs`).
    #[expect(clippy::manual_async_fn, reason = "as said above")]
    pub(crate) fn run(
        mut self,
        mode: BodyMode,
    ) -> impl Future<Output = Result<RawResponse, Error>> + Send {
        async move {
            let mut waited = Duration::ZERO;
            loop {
                self.attempts += 1;
                let failure = 'attempt: {
                    let permit = self
                        .client
                        .inner()
                        .limiter
                        .try_acquire(self.operation, self.started);
                    let (mut permit, permit_wait) = match permit {
                        Some(permit) => (permit, Duration::ZERO),
                        None => match Box::pin(self.wait_for_permit()).await {
                            Ok(permit) => permit,
                            Err(failure) => break 'attempt failure,
                        },
                    };
                    let attempt = Attempt {
                        operation: self.operation,
                        number: self.attempts,
                        waited: waited + permit_wait,
                        redirects: 0,
                    };
                    let span = self.attempt_span();
                    let deadline = self.deadline;
                    let result = {
                        let exchange = pin!(self.exchange(&attempt, &mut permit, mode));
                        // Where nobody listens there is nothing to enter.
                        if span.is_none() {
                            timeout_at(deadline, exchange).await
                        } else {
                            timeout_at(deadline, exchange.instrument(span.clone())).await
                        }
                    };
                    let result = result.unwrap_or_else(|_| {
                        Err(Failure {
                            error: Error::deadline(self.operation, "while waiting for a response"),
                            class: RetryClass::Unknown,
                        })
                    });
                    self.after(&attempt, &span, &result);
                    match result {
                        Ok(response) => {
                            self.client.inner().retry_budget.deposit(&self.withdrawals);
                            let sent = SentRequest {
                                authorization: Some(self.client.inner().authorization.clone()),
                                body: self.request.take_body(),
                                changed: None,
                            };
                            return Ok(response.finish(self.attempts, sent));
                        }
                        Err(failure) => failure,
                    }
                };
                waited = match Box::pin(self.wait_for_retry(failure)).await {
                    Ok(waited) => waited,
                    Err(end) => return end,
                };
                self.started = Instant::now();
            }
        }
    }

    /// Waits for the next try after one that failed, and says how long; or how
    /// the call ends with it.
    async fn wait_for_retry(
        &mut self,
        failure: Failure,
    ) -> Result<Duration, Result<RawResponse, Error>> {
        let before = self.maybe_applied;
        self.record(&failure);
        if before && self.is_delete() && failure.error.is_not_found() {
            return Err(Ok(RawResponse::already_deleted(
                self.operation,
                &failure.error,
                self.attempts,
            )));
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

    /// The span of a try that begins.
    fn attempt_span(&self) -> Span {
        telemetry::attempt_span(&self.span, self.client, self.operation, self.attempts)
    }

    /// Makes the request of a try that begins, and sends it.
    fn exchange(
        &mut self,
        attempt: &Attempt,
        permit: &mut Permit<'_>,
        mode: BodyMode,
    ) -> impl Future<Output = Result<RawResponse, Failure>> + Send {
        let request = self.request.request();
        self.client
            .exchange(attempt, request, &self.request, permit, mode)
    }

    /// Tells of a try that has ended.
    fn after(&self, attempt: &Attempt, span: &Span, result: &Result<RawResponse, Failure>) {
        let hook = self.client.inner().attempt_hook.as_deref();
        if span.is_none() && hook.is_none() {
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
        if let Some(hook) = hook {
            hook.after(attempt, &outcome);
        }
    }

    /// Waits for a permit of the rate limiter, and returns it with the wait.
    async fn wait_for_permit(&self) -> Result<(Permit<'a>, Duration), Failure> {
        let started = Instant::now();
        let limits = WaitLimits {
            deadline: self.deadline,
            max_wait: self.client.retry_policy.max_wait,
        };
        let permit = self.client.inner().limiter.acquire(self.operation, limits);
        let error = match timeout_at(self.deadline, permit).await {
            Ok(Ok(permit)) => {
                let waited = started.elapsed();
                self.span.in_scope(|| telemetry::waited_for_permit(waited));
                return Ok((permit, waited));
            }
            Ok(Err(NotBefore(instant))) => {
                let wait = instant.saturating_duration_since(Instant::now());
                Error::wait_too_long(self.operation, wait)
            }
            Err(_) => Error::deadline(self.operation, "while waiting for a rate-limit permit"),
        };
        Err(Failure {
            error,
            class: RetryClass::NotSent,
        })
    }

    fn is_delete(&self) -> bool {
        self.operation.method == http::Method::DELETE
    }

    /// Remembers whether this attempt was sent, and may have been carried out.
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

    /// How long to wait for the next try, or why there is none.
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
        if !is_retryable || self.attempts >= policy.max_attempts {
            return Err("");
        }
        if !self.request.is_replayable() {
            return Err(
                "not retried, as the request body is a stream, which can be sent only once",
            );
        }
        let inner = self.client.inner();
        let backoff = policy.backoff(self.attempts, inner.limiter.random());
        let requested = error.headers().and_then(|headers| {
            let limiter = &inner.limiter;
            limiter.requested_wait(headers, error.is_rate_limited())
        });
        let wait = match requested {
            // No attempt is made before the server asks for it.
            Some(requested) if requested > policy.max_wait => {
                return Err("not retried, as the wait is longer than max_wait");
            }
            // Everybody was asked to wait for the same: not to come together.
            Some(requested) => {
                requested.saturating_add(backoff.min(requested.max(policy.base_delay)))
            }
            None => backoff,
        };
        let next = Instant::now().checked_add(wait);
        if next.is_none_or(|next| next >= self.deadline) {
            return Err("not retried, as the call's deadline comes before the wait is over");
        }
        // Too many calls: the server is well, and says when to come back.
        if !error.is_rate_limited()
            && !inner
                .retry_budget
                .try_withdraw(error.is_timeout(), &mut self.withdrawals)
        {
            return Err("not retried, as the client's retry budget is exhausted");
        }
        Ok(wait)
    }

    fn finish(&self, error: Error, why: &'static str) -> Error {
        error.finish(self.attempts, self.maybe_applied, why)
    }
}
