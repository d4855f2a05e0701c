//! Spans and events for `tracing`, named by OpenTelemetry's semantic
//! conventions for HTTP clients. They contain no headers, bodies or path
//! arguments.

use std::time::Duration;

use http::StatusCode;
use tracing::{Level, Span, debug, enabled, field::Empty, info_span};

use crate::{Client, Error, Operation};

/// The span of a call with all of its attempts.
///
/// Without a subscriber it is [`Span::none`], which costs less at every step
/// than a disabled span.
pub(crate) fn call_span(operation: &Operation) -> Span {
    if !enabled!(Level::INFO) {
        return Span::none();
    }
    info_span!(
        "launchdarkly.call",
        "launchdarkly.operation.id" = operation.id()
    )
}

/// The span of one attempt.
pub(crate) fn attempt_span(
    call: &Span,
    client: &Client,
    operation: &Operation,
    number: u32,
) -> Span {
    if !enabled!(Level::INFO) {
        return Span::none();
    }
    let base_url = &client.inner().base_url;
    let span = info_span!(
        parent: call,
        "http.client.request",
        "otel.name" = format_args!("{} {}", operation.method, operation.path),
        "otel.kind" = "client",
        "http.request.method" = operation.method.as_str(),
        "http.request.resend_count" = Empty,
        "http.response.status_code" = Empty,
        "url.template" = operation.path(),
        "server.address" = base_url.host(),
        "server.port" = base_url.port(),
        "error.type" = Empty,
        "launchdarkly.operation.id" = operation.id(),
    );
    if number > 1 {
        span.record("http.request.resend_count", number - 1);
    }
    span
}

pub(crate) fn record_response(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", status.as_u16());
    if !status.is_success() {
        span.record("error.type", status.as_str());
    }
}

pub(crate) fn record_failure(span: &Span, error: &Error) {
    span.record("error.type", error.error_type());
}

/// Logs that the call waited for a rate-limit permit.
pub(crate) fn waited_for_permit(wait: Duration) {
    debug!(
        "launchdarkly.wait.reason" = "rate limit",
        "launchdarkly.wait.duration" = wait.as_secs_f64(),
        "rate limit wait"
    );
}

/// Logs that the call is about to be sent once more, with another access token.
pub(crate) fn reauthorizing() {
    debug!("error.type" = "401", "retrying with another access token");
}

/// Logs that the call is about to be retried.
pub(crate) fn retrying(error: &Error, attempt: u32, wait: Duration) {
    debug!(
        "error.type" = error.error_type(),
        "http.request.resend_count" = attempt,
        "launchdarkly.wait.reason" = "retry",
        "launchdarkly.wait.duration" = wait.as_secs_f64(),
        "retrying"
    );
}
