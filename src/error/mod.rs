//! The error type of every operation.

mod conflict;
mod credentials;
mod display;
mod server_response;
mod transport;

use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};

use crate::{
    Operation, UnixMillis, codec::decode::DecodeError, operation::OperationRef, redact::Secrets,
    retry,
};

pub use conflict::Conflict;
pub(crate) use credentials::CredentialsFailure;

use server_response::ServerResponse;
use transport::{Transport, causes, shortened};

/// The error of a call.
///
/// It is one of: an invalid configuration or argument (nothing was sent), no
/// access token from the [credentials](crate::Credentials), no response, an unsuccessful response, or a successful response that cannot be
/// decoded. Classify it with the predicates:
///
/// ```no_run
/// # async fn example(client: launchdarkly_api::Client) -> Result<(), launchdarkly_api::Error> {
/// use launchdarkly_api::JsonPatch;
///
/// let result = client
///     .update_subscription()
///     .integration_key("datadog")
///     .id("1234a56b7c89d012345e678f")
///     .body(JsonPatch::new().replace("/on", true))
///     .send()
///     .await;
/// match result {
///     Ok(subscription) => println!("on: {:?}", subscription.on),
///     Err(error) if error.is_not_found() => println!("not found"),
///     Err(error) if error.is_rate_limited() => println!("wait {:?}", error.retry_after()),
///     Err(error) => return Err(error),
/// }
/// # Ok(())
/// # }
/// ```
///
/// `Display` is one line for logs. `Display`, `Debug`, [`code`](Self::code),
/// [`message`](Self::message), [`id`](Self::id),
/// [`decode_path`](Self::decode_path) and the
/// [`source`](std::error::Error::source) show what the server said without the
/// access token, the 15 tokens before it, and the secret values of the request, such as its `config`. The
/// client recognizes a secret in another case, with other whitespace, escaped
/// as in JSON, HTML, a URL or source code, and any eight consecutive characters
/// of it. It does not recognize base64 and hashes. Only [`body`](Self::body)
/// and [`headers`](Self::headers) return what the server sent, unchanged.
pub struct Error(Box<Inner>);

struct Inner {
    operation: Option<OperationRef>,
    kind: Kind,
    response: Option<ServerResponse>,
    /// This client's own message about the response.
    note: Option<String>,
    /// The number of attempts that sent a request.
    attempts: u32,
    /// Whether the server may have applied an attempt.
    maybe_applied: bool,
    /// Why the client did not retry. Empty if the kind says so.
    not_retried: &'static str,
}

enum Kind {
    /// The configuration of the client is invalid.
    Config(String),
    /// An argument is missing or invalid.
    Argument(String),
    /// The provider of credentials failed. With a response, a 401, it failed to
    /// replace the token.
    Credentials(Arc<CredentialsFailure>),
    /// There was no response, or its body was incomplete.
    Transport(Transport),
    /// The deadline of the call was exceeded, in this phase.
    Deadline(&'static str),
    /// The rate limits allow no request for this long.
    WaitTooLong(Duration),
    /// The response is not a success.
    Status,
    /// The body of a success has more bytes than this.
    BodyTooLarge(u64),
    /// The body of a success does not decode.
    Decode(DecodeError),
    /// A list cannot be requested to its end.
    Pagination(Cow<'static, str>),
    /// A list changed while it was requested. So many items were returned.
    ListChanged(i64),
    /// More items have this time than a list can return.
    Incomplete(UnixMillis),
}

impl Error {
    /// An invalid configuration of the client.
    pub(crate) fn config(reason: impl Into<String>) -> Self {
        Self::new(None, Kind::Config(reason.into()), None)
    }

    /// A missing or invalid argument of the call.
    pub(crate) fn argument(operation: impl Into<OperationRef>, reason: impl fmt::Display) -> Self {
        Self::new(
            Some(operation.into()),
            Kind::Argument(reason.to_string()),
            None,
        )
    }

    /// The provider of credentials returned no token.
    pub(crate) fn credentials(
        operation: impl Into<OperationRef>,
        failure: Arc<CredentialsFailure>,
    ) -> Self {
        Self::new(Some(operation.into()), Kind::Credentials(failure), None)
    }

    /// Replaces the error of a response by the failure to get another token
    /// because of it.
    pub(crate) fn because_of(mut self, failure: Arc<CredentialsFailure>) -> Self {
        self.0.kind = Kind::Credentials(failure);
        self
    }

    /// A list cannot be requested to its end.
    pub(crate) fn pagination(
        operation: impl Into<OperationRef>,
        what: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(Some(operation.into()), Kind::Pagination(what.into()), None)
    }

    /// A list changed while it was requested, and items are missing.
    pub(crate) fn list_changed(operation: impl Into<OperationRef>, count: i64) -> Self {
        Self::new(Some(operation.into()), Kind::ListChanged(count), None)
    }

    /// More items have this time than a list can return.
    pub(crate) fn incomplete(operation: impl Into<OperationRef>, time: UnixMillis) -> Self {
        Self::new(Some(operation.into()), Kind::Incomplete(time), None)
    }

    pub(crate) fn transport(
        operation: impl Into<OperationRef>,
        error: reqwest::Error,
        secrets: &Secrets,
    ) -> Self {
        // The caller can cause a build error only with a body that does not
        // serialize.
        let kind = if error.is_builder() {
            let reason = secrets.redact(&causes(&error));
            Kind::Argument(format!("the request cannot be built: {reason}"))
        } else {
            Kind::Transport(Transport::new(error, secrets))
        };
        Self::new(Some(operation.into()), kind, None)
    }

    /// An incomplete response body.
    pub(crate) fn incomplete_body(
        operation: impl Into<OperationRef>,
        status: StatusCode,
        headers: HeaderMap,
        error: reqwest::Error,
        secrets: &Secrets,
    ) -> Self {
        let operation = operation.into();
        let response =
            ServerResponse::new(&operation.method, status, headers, Bytes::new(), secrets);
        let kind = Kind::Transport(Transport::new(error, secrets));
        Self::new(Some(operation), kind, Some(response))
    }

    pub(crate) fn undecodable(
        operation: Option<OperationRef>,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        failure: DecodeError,
        secrets: &Secrets,
    ) -> Self {
        // A success has no code and message.
        let response = ServerResponse {
            body,
            ..ServerResponse::new(&Method::GET, status, headers, Bytes::new(), secrets)
        };
        // The path can contain keys of a map, which the server chooses.
        let failure = DecodeError {
            path: secrets.redact(&failure.path),
            reason: secrets.redact(&failure.reason),
        };
        Self::new(operation, Kind::Decode(failure), Some(response))
    }

    pub(crate) fn body_too_large(
        operation: impl Into<OperationRef>,
        status: StatusCode,
        headers: HeaderMap,
        most: u64,
        secrets: &Secrets,
    ) -> Self {
        let operation = operation.into();
        let response =
            ServerResponse::new(&operation.method, status, headers, Bytes::new(), secrets);
        Self::new(Some(operation), Kind::BodyTooLarge(most), Some(response))
    }

    pub(crate) fn deadline(operation: impl Into<OperationRef>, doing: &'static str) -> Self {
        Self::new(Some(operation.into()), Kind::Deadline(doing), None)
    }

    /// A rate-limit wait that is too long for the call.
    pub(crate) fn wait_too_long(operation: impl Into<OperationRef>, wait: Duration) -> Self {
        Self::new(Some(operation.into()), Kind::WaitTooLong(wait), None)
    }

    /// An unsuccessful response. Its texts are redacted.
    pub(crate) fn unsuccessful(
        operation: impl Into<OperationRef>,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        secrets: &Secrets,
    ) -> Self {
        let operation = operation.into();
        let response = ServerResponse::new(&operation.method, status, headers, body, secrets);
        Self::new(Some(operation), Kind::Status, Some(response))
    }

    /// Adds the result of the retry loop.
    pub(crate) fn finish(mut self, attempts: u32, maybe_applied: bool, why: &'static str) -> Self {
        self.0.attempts = attempts;
        self.0.maybe_applied = maybe_applied;
        self.0.not_retried = why;
        self
    }

    /// Returns the response if it is complete and not a success.
    pub(crate) fn error_response(&self) -> Option<(StatusCode, &HeaderMap)> {
        match (&self.0.kind, &self.0.response) {
            (Kind::Status, Some(response)) => Some((response.status, &response.headers)),
            _ => None,
        }
    }

    /// Returns the kind, for `error.type` (OpenTelemetry semantic conventions).
    pub(crate) fn error_type(&self) -> &str {
        match &self.0.kind {
            Kind::Config(_) | Kind::Argument(_) => "invalid_input",
            Kind::Credentials(_) => "credentials",
            Kind::Transport(_) | Kind::Deadline(_) if self.is_timeout() => "timeout",
            Kind::Transport(failed) if failed.error.is_connect() => "connect",
            Kind::Transport(_) | Kind::Deadline(_) => "transport",
            Kind::WaitTooLong(_) => "rate_limited",
            Kind::Decode(_) => "decode",
            Kind::BodyTooLarge(_) => "too_large",
            Kind::Pagination(_) | Kind::ListChanged(_) | Kind::Incomplete(_) => "pagination",
            Kind::Status => match &self.0.response {
                Some(response) => response.status.as_str(),
                None => "status",
            },
        }
    }

    /// Replaces the message of the server, and may contain a host from the
    /// response.
    pub(crate) fn with_note(mut self, note: &str, secrets: &Secrets) -> Self {
        self.0.note = Some(shortened(secrets.redact(note)));
        self
    }

    fn new(operation: Option<OperationRef>, kind: Kind, response: Option<ServerResponse>) -> Self {
        Self(Box::new(Inner {
            operation,
            kind,
            response,
            note: None,
            attempts: 0,
            maybe_applied: false,
            not_retried: "",
        }))
    }

    /// Returns the operation, or `None` for a configuration error.
    #[must_use]
    pub fn operation(&self) -> Option<&Operation> {
        self.0.operation.as_deref()
    }

    /// Returns the status of the response, if there was one. It is a success
    /// (2xx) if the body could not be read.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.response.as_ref().map(|response| response.status)
    }

    /// Returns the server's error code, such as `not_found` or
    /// `optimistic_locking_error`.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.response.as_ref()?.code.as_deref()
    }

    /// Returns the server's error message, on one line and without secrets.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.response.as_ref()?.message.as_deref()
    }

    /// Returns the server's error ID, for LaunchDarkly's support.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.0.response.as_ref()?.id.as_deref()
    }

    /// Returns the wait that the server requires before the next request: the
    /// longest that `Retry-After` (RFC 9110, section 10.2.3) or, with a 429,
    /// `X-Ratelimit-Reset` requires. A reset further away than the length of a
    /// window is ignored.
    ///
    /// If nothing was sent, because an earlier response requires a longer wait
    /// than the [`RetryPolicy`](crate::RetryPolicy) of this call allows, it is
    /// the remaining wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.kind {
            Kind::WaitTooLong(wait) => Some(wait),
            _ => self.0.response.as_ref()?.retry_after,
        }
    }

    /// Returns the unredacted headers of the response, if there was one.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.response.as_ref().map(|response| &response.headers)
    }

    /// Returns the unchanged body of the response, if there was one. It may
    /// contain secrets.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.response.as_ref().map(|response| &response.body)
    }

    /// Returns the location of the unexpected value in the body, such as
    /// `items[3].statements[0].effect`. Empty for the whole body, and `None`
    /// unless [`is_decode`](Self::is_decode) is true.
    #[must_use]
    pub fn decode_path(&self) -> Option<&str> {
        match &self.0.kind {
            Kind::Decode(failure) => Some(&failure.path),
            _ => None,
        }
    }

    /// Whether the configuration or an argument is invalid. Nothing was sent.
    #[must_use]
    pub fn is_invalid_input(&self) -> bool {
        matches!(self.0.kind, Kind::Config(_) | Kind::Argument(_))
    }

    /// Whether the [credentials](crate::Credentials) returned no valid access
    /// token. [`source`](std::error::Error::source) returns the error of the
    /// provider. Either nothing was sent, or the server rejected the token, which
    /// the provider failed to replace: [`is_unauthorized`](Self::is_unauthorized)
    /// is then true too.
    #[must_use]
    pub fn is_credentials(&self) -> bool {
        matches!(self.0.kind, Kind::Credentials(_))
    }

    /// Whether the resource does not exist or is hidden from the token (404).
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.is(StatusCode::NOT_FOUND)
    }

    /// Whether the change conflicts with the current state of the resource
    /// (409).
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        self.is(StatusCode::CONFLICT)
    }

    /// Classifies a conflict (409). `None` for other errors.
    ///
    /// The response's [`code`](Self::code) decides, then the operation (a
    /// DELETE cannot conflict with an existing key), then the words of the
    /// [`message`](Self::message).
    #[must_use]
    pub fn conflict(&self) -> Option<Conflict> {
        self.0.response.as_ref()?.conflict
    }

    /// Whether the environment requires approval for this change (403, or 405
    /// of some operations). Propose it with an approval request (LaunchDarkly
    /// documentation, "Approvals"). Always false for the operations on approval
    /// requests, whose messages name them for other reasons.
    #[must_use]
    pub fn is_approval_required(&self) -> bool {
        let mentions =
            |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().contains("approval"));
        let is_change = self
            .operation()
            .is_none_or(|operation| !operation.path().contains("approval-requests"));
        is_change
            && (self.is(StatusCode::FORBIDDEN) || self.is(StatusCode::METHOD_NOT_ALLOWED))
            && (mentions(self.code()) || mentions(self.message()))
    }

    /// Whether the request names an environment that the project does not have
    /// (400 or 404). LaunchDarkly has no code for this, so the words of the
    /// [`message`](Self::message) decide: `Unknown environment key`.
    #[must_use]
    pub fn is_unknown_environment(&self) -> bool {
        // `Flag not found in the environment` is about another resource.
        let is_missing = |message: &str| {
            let after = message.split_once("environment").map(|(_, after)| after);
            message.contains("unknown environment")
                || after.is_some_and(|after| has_any(after, &["not found", "does not exist"]))
        };
        (self.is(StatusCode::BAD_REQUEST) || self.is(StatusCode::NOT_FOUND))
            && self.message_is(is_missing)
    }

    /// Whether a flag cannot be archived or deleted because other flags have it
    /// as a prerequisite (400 or 409). LaunchDarkly has no code for this, so the
    /// words of the [`message`](Self::message) decide.
    #[must_use]
    pub fn is_prerequisite_in_use(&self) -> bool {
        let in_use = [
            "a prerequisite",
            "prerequisite of",
            "prerequisite for",
            "depend",
        ];
        // Why a prerequisite cannot be added.
        let rejected = ["circular", "cycle", "itself", "already"];
        (self.is(StatusCode::BAD_REQUEST) || self.is(StatusCode::CONFLICT))
            && self.message_is(|message| {
                message.contains("prerequisite")
                    && has_any(message, &in_use)
                    && !has_any(message, &rejected)
            })
    }

    /// Whether the message, in lower case, fulfils a condition.
    fn message_is(&self, condition: impl Fn(&str) -> bool) -> bool {
        self.message()
            .is_some_and(|message| condition(&message.to_lowercase()))
    }

    /// Whether the access token is invalid (401).
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.is(StatusCode::UNAUTHORIZED)
    }

    /// Whether the role of the access token does not allow the request (403).
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.is(StatusCode::FORBIDDEN)
    }

    /// Whether a rate limit was exceeded: the response is a 429, or nothing was
    /// sent because an earlier response requires a longer wait than this call
    /// allows. [`retry_after`](Self::retry_after) returns the wait.
    #[must_use]
    pub fn is_rate_limited(&self) -> bool {
        self.is(StatusCode::TOO_MANY_REQUESTS) || matches!(self.0.kind, Kind::WaitTooLong(_))
    }

    /// Whether a timeout or the call's deadline was exceeded.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match &self.0.kind {
            Kind::Transport(failed) => failed.error.is_timeout(),
            Kind::Deadline(_) => true,
            _ => false,
        }
    }

    /// Whether the server may have applied the request despite this error: the
    /// connection broke or a timeout was exceeded after the request was sent, a
    /// gateway failed, the server redirected a write with a status other than
    /// 307 and 308, or the response could not be read. Check the resource
    /// before you repeat the call.
    ///
    /// Always false for a GET.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        self.0.maybe_applied
            || (matches!(self.0.kind, Kind::Decode(_))
                && self
                    .0
                    .operation
                    .as_ref()
                    .is_some_and(|operation| !retry::is_safe(&operation.method)))
    }

    /// Returns the number of attempts that sent a request. Zero if nothing was
    /// sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the connection failed. The server has not seen the request.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(&self.0.kind, Kind::Transport(failed) if failed.error.is_connect())
    }

    /// Whether a list changed so much while it was requested that items may be
    /// missing. The items that the stream returned before this error are
    /// correct. Request the list again.
    #[must_use]
    pub fn is_list_changed(&self) -> bool {
        matches!(self.0.kind, Kind::ListChanged(_))
    }

    /// Returns the timestamp of which a list by time could not return every
    /// item, because more items share it than fit on the largest page. The
    /// stream has returned those that could be requested, and all newer items; a
    /// tail has returned all older ones. Continue with `before` this time, or a
    /// tail with [`Checkpoint::skip_incomplete`](crate::Checkpoint::skip_incomplete).
    #[must_use]
    pub fn incomplete_time(&self) -> Option<UnixMillis> {
        match self.0.kind {
            Kind::Incomplete(time) => Some(time),
            _ => None,
        }
    }

    /// Whether a successful response could not be decoded. The server has
    /// applied the request. [`body`](Self::body) returns the body, and
    /// [`decode_path`](Self::decode_path) locates the unexpected value.
    #[must_use]
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, Kind::Decode(_))
    }

    fn is(&self, status: StatusCode) -> bool {
        self.status() == Some(status)
    }
}

fn has_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

impl std::error::Error for Error {
    /// Returns the error of the HTTP client or of the credentials, unless its
    /// text contains a secret.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            Kind::Transport(failed) if !failed.has_secrets => Some(&failed.error),
            Kind::Credentials(failure) => failure.source(),
            _ => None,
        }
    }
}
