//! A call: its tries, and the waits between them.

use std::{pin::pin, time::Duration};

use reqwest::Request;
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument, Span};

use crate::{
    Client, Error, Operation,
    call::replayable_request::Original,
    call::telemetry,
    call::transport::Reading,
    hook::{Attempt, Outcome},
    rate_limit::{NotBefore, Patience, Permit},
    redact::Sent,
    response::Answer,
    retry::budget::Spent,
    retry::{self, Verdict},
};

pub(crate) struct Call<'a> {
    client: &'a Client,
    operation: &'static Operation,
    request: Original,
    span: Span,
    /// When the latest try began.
    began: Instant,
    deadline: Instant,
    attempts: u32,
    /// Whether a try may have been carried out although it failed.
    maybe_done: bool,
    spent: Spent,
}

/// A try that did not succeed.
pub(crate) struct Failure {
    pub(crate) error: Error,
    pub(crate) verdict: Verdict,
}

impl<'a> Call<'a> {
    pub(crate) fn new(client: &'a Client, operation: &'static Operation, request: Request) -> Self {
        let began = Instant::now();
        Self {
            client,
            operation,
            request: Original::new(request),
            span: telemetry::call_span(operation),
            began,
            // A deadline beyond all time is none.
            deadline: began
                .checked_add(client.retry_policy.deadline)
                .unwrap_or_else(|| began + Duration::from_secs(365 * 24 * 60 * 60)),
            attempts: 0,
            maybe_done: false,
            spent: Spent::default(),
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
        reading: Reading,
    ) -> impl Future<Output = Result<Answer, Error>> + Send {
        async move {
            let mut waited = Duration::ZERO;
            loop {
                self.attempts += 1;
                let failure = 'tried: {
                    let turn = self
                        .client
                        .inner()
                        .limiter
                        .try_acquire(self.operation, self.began);
                    let (mut permit, in_line) = match turn {
                        Some(permit) => (permit, Duration::ZERO),
                        None => match Box::pin(self.wait_in_line()).await {
                            Ok(turn) => turn,
                            Err(failure) => break 'tried failure,
                        },
                    };
                    let attempt = Attempt {
                        operation: self.operation,
                        number: self.attempts,
                        waited: waited + in_line,
                        redirects: 0,
                    };
                    let span = self.span_of_try();
                    let deadline = self.deadline;
                    let result = {
                        let exchange = pin!(self.exchange(&attempt, &mut permit, reading));
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
                            verdict: Verdict::Unknown,
                        })
                    });
                    self.after(&attempt, &span, &result);
                    match result {
                        Ok(answer) => {
                            self.client.inner().retry_budget.succeeded(&self.spent);
                            let sent = Sent {
                                authorization: Some(self.client.inner().authorization.clone()),
                                body: self.request.take_body(),
                                changed: None,
                            };
                            return Ok(answer.of_call(self.attempts, sent));
                        }
                        Err(failure) => failure,
                    }
                };
                waited = match Box::pin(self.wait_for_next(failure)).await {
                    Ok(waited) => waited,
                    Err(end) => return end,
                };
                self.began = Instant::now();
            }
        }
    }

    /// Waits for the next try after one that failed, and says how long; or how
    /// the call ends with it.
    async fn wait_for_next(&mut self, failure: Failure) -> Result<Duration, Result<Answer, Error>> {
        let before = self.maybe_done;
        self.remember(&failure);
        if before && self.is_delete() && failure.error.is_not_found() {
            return Err(Ok(Answer::gone(
                self.operation,
                &failure.error,
                self.attempts,
            )));
        }
        let wait = match self.next(&failure) {
            Ok(wait) => wait,
            Err(why) => return Err(Err(self.ended(failure.error, why))),
        };
        self.span
            .in_scope(|| telemetry::retries(&failure.error, self.attempts, wait));
        sleep(wait).await;
        Ok(wait)
    }

    /// The span of a try that begins.
    fn span_of_try(&self) -> Span {
        telemetry::attempt_span(&self.span, self.client, self.operation, self.attempts)
    }

    /// Makes the request of a try that begins, and sends it.
    fn exchange(
        &mut self,
        attempt: &Attempt,
        permit: &mut Permit<'_>,
        reading: Reading,
    ) -> impl Future<Output = Result<Answer, Failure>> + Send {
        let request = self.request.request();
        self.client
            .exchange(attempt, request, &self.request, permit, reading)
    }

    /// Tells of a try that has ended.
    fn after(&self, attempt: &Attempt, span: &Span, result: &Result<Answer, Failure>) {
        let hook = self.client.inner().attempt_hook.as_deref();
        if span.is_none() && hook.is_none() {
            return;
        }
        let outcome = match result {
            Ok(answer) => Outcome::Answer(answer.status(), answer.headers()),
            Err(Failure { error, .. }) => match error.refusal() {
                Some((status, headers)) => Outcome::Answer(status, headers),
                None => Outcome::Failure(error),
            },
        };
        match outcome {
            Outcome::Answer(status, _) => telemetry::answered(span, status),
            Outcome::Failure(error) => telemetry::failed(span, error),
        }
        if let Some(hook) = hook {
            hook.after(attempt, &outcome);
        }
    }

    /// Waits for a permit of the rate limiter, and returns it with the wait.
    async fn wait_in_line(&self) -> Result<(Permit<'a>, Duration), Failure> {
        let began = Instant::now();
        let patience = Patience {
            deadline: self.deadline,
            max_wait: self.client.retry_policy.max_wait,
        };
        let permit = self
            .client
            .inner()
            .limiter
            .acquire(self.operation, patience);
        let error = match timeout_at(self.deadline, permit).await {
            Ok(Ok(permit)) => {
                let waited = began.elapsed();
                self.span.in_scope(|| telemetry::waited_for_turn(waited));
                return Ok((permit, waited));
            }
            Ok(Err(NotBefore(instant))) => {
                let wait = instant.saturating_duration_since(Instant::now());
                Error::closed(self.operation, wait)
            }
            Err(_) => Error::deadline(self.operation, "while waiting for a rate-limit permit"),
        };
        Err(Failure {
            error,
            verdict: Verdict::NotSent,
        })
    }

    fn is_delete(&self) -> bool {
        self.operation.method == http::Method::DELETE
    }

    /// Remembers whether this attempt was sent, and may have been carried out.
    fn remember(&mut self, failure: &Failure) {
        if failure.verdict == Verdict::NotSent {
            self.attempts -= 1;
        }
        let acted = failure.error.status().is_some_and(retry::may_have_acted);
        if !retry::is_safe(&self.operation.method) && (failure.verdict == Verdict::Unknown || acted)
        {
            self.maybe_done = true;
        }
    }

    /// How long to wait for the next try, or why there is none.
    fn next(&mut self, failure: &Failure) -> Result<Duration, &'static str> {
        let policy = self.client.retry_policy;
        let error = &failure.error;
        let is_worth_it = match failure.verdict {
            Verdict::NotSent => false,
            Verdict::NotDone => true,
            Verdict::Unknown => {
                self.client.idempotent || retry::is_idempotent(&self.operation.method)
            }
            Verdict::Final => {
                policy.retry_not_found
                    && error.is_not_found()
                    && self.operation.method == http::Method::GET
            }
        };
        if !is_worth_it || self.attempts >= policy.max_attempts {
            return Err("");
        }
        if !self.request.is_complete() {
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
        if !error.is_rate_limited() && !inner.retry_budget.take(error.is_timeout(), &mut self.spent)
        {
            return Err("not retried, as the client's retry budget is exhausted");
        }
        Ok(wait)
    }

    fn ended(&self, error: Error, why: &'static str) -> Error {
        error.ended(self.attempts, self.maybe_done, why)
    }
}
