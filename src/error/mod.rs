//! Errors: one type for every operation.

use std::{fmt, time::Duration, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};
use serde_json::Value;

use crate::{
    InvalidValue, Operation,
    codec::decode::{self, DecodeError},
    rate_limit::requested_wait,
    redact::Secrets,
    retry,
};

/// The error of a call.
///
/// It is one of: an invalid configuration or argument (nothing was sent), no
/// response, an unsuccessful response, or a successful response that cannot be
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
/// access token and the secret values of the request, such as its `config`.
/// A secret is recognized in another case, with other whitespace, escaped as in
/// JSON, HTML, a URL or source code, and by any eight of its characters in a
/// row; not in base64 and not as a hash. Only [`body`](Self::body) and
/// [`headers`](Self::headers) have what the server sent, unchanged.
pub struct Error(Box<Inner>);

struct Inner {
    operation: Option<&'static Operation>,
    kind: Kind,
    response: Option<ServerResponse>,
    /// What this client makes of the response.
    note: Option<String>,
    /// How often the call was tried.
    attempts: u32,
    /// Whether a try may have been carried out.
    maybe_applied: bool,
    /// Why it was not tried once more; empty if it goes without saying.
    not_retried: &'static str,
}

enum Kind {
    /// The client's configuration is not valid.
    Config(String),
    /// An argument of the call is missing or not valid.
    Argument(String),
    /// There was no response, or only the beginning of one.
    Transport(Transport),
    /// The call's deadline passed, while it was as said here.
    Deadline(&'static str),
    /// Nothing was sent, as the rate limits allow no request for this long.
    WaitTooLong(Duration),
    /// The response is not a success.
    Status,
    /// The body of a success has more bytes than this.
    BodyTooLarge(u64),
    /// The body of a success cannot be read.
    Decode(DecodeError),
    /// The list that was answered does not lead on.
    Pagination(&'static str),
}

/// An error of the HTTP client. Its text can hold what the server sent: the
/// debug data of a GOAWAY frame (RFC 9113, section 6.8).
struct Transport {
    error: reqwest::Error,
    /// Its causes, without secrets.
    causes: String,
    /// Whether the text of one of its causes has a secret in it.
    has_secrets: bool,
}

/// What a change conflicts with (409).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Conflict {
    /// A resource with this key exists already.
    KeyExists,
    /// Somebody else has changed the resource since it was read, or is changing
    /// it.
    Version,
    /// It is something else, or the response does not say.
    Undecidable,
}

impl Conflict {
    /// Classifies a 409 by its code; if the code decides nothing (`conflict`,
    /// or none), by what the method can conflict with; and at last by the words
    /// of the message.
    ///
    /// The one code that LaunchDarkly's document has for this is
    /// `optimistic_locking_error`.
    pub(crate) fn of(method: &Method, code: &str, message: &str) -> Self {
        let (code, message) = (code.to_lowercase(), message.to_lowercase());
        let has = |text: &str, words: &[&str]| words.iter().any(|word| text.contains(word));
        if has(&code, &["exists", "duplicate", "taken", "unique"]) {
            return Self::KeyExists;
        }
        if has(&code, &["optimistic", "version", "stale", "outdated"]) {
            return Self::Version;
        }
        let sets_keys = matches!(*method, Method::POST | Method::PUT | Method::PATCH);
        let exists = [
            "already exists",
            "already in use",
            "already taken",
            "already used",
            "duplicate",
            "unique",
        ];
        // The words that also describe changes count only if they describe a key.
        let key_exists = has(&message, &["key"])
            && has(&message, &[" exists", "existing", " in use"])
            && !has(&message, &["not exist"]);
        if sets_keys && (has(&message, &exists) || key_exists) {
            return Self::KeyExists;
        }
        let changed = [
            "optimistic",
            "modified since",
            "changed since",
            "out of date",
        ];
        // A version can also be what the message is about: of an application.
        let relations = [
            "match", "conflict", "stale", "latest", "newer", "older", "current", "expected",
            "changed", "modified",
        ];
        if has(&message, &changed) || (has(&message, &["version"]) && has(&message, &relations)) {
            return Self::Version;
        }
        Self::Undecidable
    }
}

/// What the server answered. Its texts are without secrets, other than those in
/// `headers` and `body`.
struct ServerResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
    code: Option<String>,
    message: Option<String>,
    id: Option<String>,
    /// The media type of the body.
    media_type: Option<String>,
    conflict: Option<Conflict>,
    retry_after: Option<Duration>,
}

impl Error {
    /// An error of the client's configuration.
    pub(crate) fn config(reason: impl Into<String>) -> Self {
        Self::new(None, Kind::Config(reason.into()), None)
    }

    pub(crate) fn argument(operation: &'static Operation, reason: String) -> Self {
        Self::new(Some(operation), Kind::Argument(reason), None)
    }

    /// An error of a walk from page to page.
    pub(crate) fn pagination(operation: &'static Operation, what: &'static str) -> Self {
        Self::new(Some(operation), Kind::Pagination(what), None)
    }

    pub(crate) fn transport(
        operation: &'static Operation,
        error: reqwest::Error,
        secrets: &Secrets,
    ) -> Self {
        // Serializing the body is the one thing about a request's building
        // that depends on the caller.
        let kind = if error.is_builder() {
            let reason = secrets.redact(&causes(&error));
            Kind::Argument(format!("the request cannot be built: {reason}"))
        } else {
            Kind::Transport(Transport::new(error, secrets))
        };
        Self::new(Some(operation), kind, None)
    }

    /// The body of an response broke off.
    pub(crate) fn incomplete_body(
        operation: &'static Operation,
        status: StatusCode,
        headers: HeaderMap,
        error: reqwest::Error,
        secrets: &Secrets,
    ) -> Self {
        let response = ServerResponse::new(operation, status, headers, Bytes::new(), secrets);
        let kind = Kind::Transport(Transport::new(error, secrets));
        Self::new(Some(operation), kind, Some(response))
    }

    pub(crate) fn undecodable(
        operation: &'static Operation,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        failure: DecodeError,
        secrets: &Secrets,
    ) -> Self {
        // A success has no code or message to be read.
        let response = ServerResponse {
            body,
            ..ServerResponse::new(operation, status, headers, Bytes::new(), secrets)
        };
        // A step of the path is a key that the server chose if it is one of a
        // map.
        let failure = DecodeError {
            path: secrets.redact(&failure.path),
            reason: secrets.redact(&failure.reason),
        };
        Self::new(Some(operation), Kind::Decode(failure), Some(response))
    }

    pub(crate) fn body_too_large(
        operation: &'static Operation,
        status: StatusCode,
        headers: HeaderMap,
        most: u64,
        secrets: &Secrets,
    ) -> Self {
        let response = ServerResponse::new(operation, status, headers, Bytes::new(), secrets);
        Self::new(Some(operation), Kind::BodyTooLarge(most), Some(response))
    }

    pub(crate) fn deadline(operation: &'static Operation, doing: &'static str) -> Self {
        Self::new(Some(operation), Kind::Deadline(doing), None)
    }

    /// The rate limits allow no request for longer than the call can wait.
    pub(crate) fn wait_too_long(operation: &'static Operation, wait: Duration) -> Self {
        Self::new(Some(operation), Kind::WaitTooLong(wait), None)
    }

    /// An response that is not a success. The texts that the server wrote are
    /// redacted.
    pub(crate) fn unsuccessful(
        operation: &'static Operation,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        secrets: &Secrets,
    ) -> Self {
        let response = ServerResponse::new(operation, status, headers, body, secrets);
        Self::new(Some(operation), Kind::Status, Some(response))
    }

    /// This error as the end of a call.
    pub(crate) fn finish(mut self, attempts: u32, maybe_applied: bool, why: &'static str) -> Self {
        self.0.attempts = attempts;
        self.0.maybe_applied = maybe_applied;
        self.0.not_retried = why;
        self
    }

    /// The response, if it is a whole one that is not a success.
    pub(crate) fn error_response(&self) -> Option<(StatusCode, &HeaderMap)> {
        match (&self.0.kind, &self.0.response) {
            (Kind::Status, Some(response)) => Some((response.status, &response.headers)),
            _ => None,
        }
    }

    /// The kind of error, for `error.type` (OpenTelemetry semantic
    /// conventions).
    pub(crate) fn error_type(&self) -> &str {
        match &self.0.kind {
            Kind::Config(_) | Kind::Argument(_) => "invalid_input",
            Kind::Transport(_) | Kind::Deadline(_) if self.is_timeout() => "timeout",
            Kind::Transport(failed) if failed.error.is_connect() => "connect",
            Kind::Transport(_) | Kind::Deadline(_) => "transport",
            Kind::WaitTooLong(_) => "rate_limited",
            Kind::Decode(_) => "decode",
            Kind::BodyTooLarge(_) => "too_large",
            Kind::Pagination(_) => "pagination",
            Kind::Status => match &self.0.response {
                Some(response) => response.status.as_str(),
                None => "status",
            },
        }
    }

    /// What to say in place of what the server says. It may hold a host that
    /// the server named.
    pub(crate) fn with_note(mut self, note: &str, secrets: &Secrets) -> Self {
        self.0.note = Some(shortened(secrets.redact(note)));
        self
    }

    fn new(
        operation: Option<&'static Operation>,
        kind: Kind,
        response: Option<ServerResponse>,
    ) -> Self {
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

    /// The operation, or `None` for a configuration error.
    #[must_use]
    pub fn operation(&self) -> Option<&'static Operation> {
        self.0.operation
    }

    /// The status of the response, if there was one. It is a success (2xx) if
    /// the body could not be read.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.response.as_ref().map(|response| response.status)
    }

    /// The server's error code, such as `not_found` or
    /// `optimistic_locking_error`, if any.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.response.as_ref()?.code.as_deref()
    }

    /// The server's error message, on one line and without secrets.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.0.response.as_ref()?.message.as_deref()
    }

    /// The server's error id, for LaunchDarkly's support.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.0.response.as_ref()?.id.as_deref()
    }

    /// How long the server asks to wait before the next request: the longest
    /// that `Retry-After` (RFC 9110, section 10.2.3) or, with a 429,
    /// `X-Ratelimit-Reset` asks for. An end of a window that is further away
    /// than a window lasts is not believed.
    ///
    /// If nothing was sent, because an earlier response asks for a longer wait
    /// than this call's [`RetryPolicy`](crate::RetryPolicy) allows, it is the
    /// rest of that wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.kind {
            Kind::WaitTooLong(wait) => Some(wait),
            _ => self.0.response.as_ref()?.retry_after,
        }
    }

    /// The headers of the response, if there was one. They are unredacted.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.response.as_ref().map(|response| &response.headers)
    }

    /// The body of the response, unchanged, if there was one. It may contain
    /// secrets.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.response.as_ref().map(|response| &response.body)
    }

    /// The location of the unexpected value in the body, such as
    /// `items[3].statements[0].effect`. Empty for the whole body. Only set if
    /// [`is_decode`](Self::is_decode) is true.
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

    /// Classifies a conflict (409); `None` for other errors.
    ///
    /// It is classified by the response's [`code`](Self::code), then by the
    /// operation (a DELETE cannot conflict with a key that exists), and by the
    /// words of the [`message`](Self::message) only if those do not decide.
    #[must_use]
    pub fn conflict(&self) -> Option<Conflict> {
        self.0.response.as_ref()?.conflict
    }

    /// Whether the environment requires approval for this change (403, or 405
    /// of some operations). Propose it with an approval request (LaunchDarkly
    /// documentation, "Approvals").
    #[must_use]
    pub fn is_approval_required(&self) -> bool {
        let status = [StatusCode::FORBIDDEN, StatusCode::METHOD_NOT_ALLOWED];
        let mentions =
            |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().contains("approval"));
        status.into_iter().any(|status| self.is(status))
            && (mentions(self.code()) || mentions(self.message()))
    }

    /// Whether the access token is unknown (401).
    #[must_use]
    pub fn is_unauthorized(&self) -> bool {
        self.is(StatusCode::UNAUTHORIZED)
    }

    /// Whether the access token's role does not allow the request (403).
    #[must_use]
    pub fn is_forbidden(&self) -> bool {
        self.is(StatusCode::FORBIDDEN)
    }

    /// Whether there were too many calls in too short a time: the response is
    /// a 429, or nothing was sent because an earlier response asks for a longer
    /// wait than this call allows. [`retry_after`](Self::retry_after) returns
    /// the wait.
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

    /// Whether the request may have been applied despite this error: the
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
                && !self
                    .0
                    .operation
                    .is_some_and(|operation| retry::is_safe(&operation.method)))
    }

    /// How many attempts the call made: those that sent a request. It is 0 if
    /// nothing was sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Whether the client could not connect. The server has not seen the
    /// request.
    #[must_use]
    pub fn is_connect(&self) -> bool {
        matches!(&self.0.kind, Kind::Transport(failed) if failed.error.is_connect())
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

impl Transport {
    fn new(error: reqwest::Error, secrets: &Secrets) -> Self {
        // The operation says where it went; a URL may hold what the caller
        // looks for.
        let error = error.without_url();
        let mut has_secrets = secrets.are_in(&format!("{error} {error:?}"));
        let mut next = std::error::Error::source(&error);
        while let Some(cause) = next {
            has_secrets = has_secrets || secrets.are_in(&format!("{cause} {cause:?}"));
            next = cause.source();
        }
        Self {
            causes: shortened(secrets.redact(&causes(&error))),
            error,
            has_secrets,
        }
    }
}

impl ServerResponse {
    fn new(
        operation: &Operation,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        secrets: &Secrets,
    ) -> Self {
        let body_json: Option<Value> =
            serde_json::from_slice(decode::without_byte_order_mark(&body)).ok();
        let text = |name: &str| body_json.as_ref()?.get(name)?.as_str();
        let shown = |text: &str| shortened(secrets.redact(text));
        let conflict = (status == StatusCode::CONFLICT).then(|| {
            let [code, message] = ["code", "message"].map(|name| text(name).unwrap_or_default());
            Conflict::of(&operation.method, code, message)
        });
        let media_type = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next());
        Self {
            status,
            code: text("code").map(shown),
            message: text("message").map(shown),
            id: text("id").map(shown),
            media_type: media_type.map(shown),
            conflict,
            retry_after: requested_wait(
                &headers,
                status == StatusCode::TOO_MANY_REQUESTS,
                SystemTime::now(),
            ),
            headers,
            body,
        }
    }

    /// What the body is, when it says nothing in the API's own terms.
    fn describe_body(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.body.is_empty() {
            return f.write_str("the body is empty");
        }
        write!(
            f,
            "the body is {} bytes of {} content",
            self.body.len(),
            self.media_type.as_deref().unwrap_or("no")
        )
    }
}

/// A text for one line: an essay is cut.
fn shortened(text: String) -> String {
    const MOST: usize = 500;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What caused an error, on one line, without its own wording.
fn causes(error: &dyn std::error::Error) -> String {
    let mut parts = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let part = cause.to_string();
        // Wrappers often repeat what they wrap.
        if !parts.contains(&part) {
            parts.push(part);
        }
        next = cause.source();
    }
    if parts.is_empty() {
        error.to_string()
    } else {
        parts.join(": ")
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner {
            operation,
            kind,
            response,
            note,
            attempts,
            not_retried,
            ..
        } = &*self.0;
        if let Some(operation) = operation {
            write!(f, "{operation}: ")?;
        }
        if let Some(response) = response {
            write!(f, "{}: ", response.status)?;
        }
        match (kind, response) {
            (Kind::Config(reason), _) => f.write_str(reason),
            (Kind::Argument(reason), _) => write!(f, "not sent: {reason}"),
            (Kind::Pagination(what), _) => write!(f, "pagination failed: {what}"),
            (Kind::Transport(failed), response) => {
                let what = match (&failed.error, response) {
                    (error, Some(_)) if error.is_timeout() => {
                        "timeout while reading the response body"
                    }
                    (_, Some(_)) => "the response body ended early",
                    (error, _) if error.is_connect() => "no connection",
                    (error, _) if error.is_timeout() => "no response before the timeout",
                    _ => "no response",
                };
                write!(f, "{what}: {}", failed.causes)
            }
            (Kind::Status, Some(response)) => {
                match (note, &response.code, &response.message) {
                    (Some(note), _, _) => f.write_str(note)?,
                    (None, Some(code), Some(message)) => write!(f, "{code}: {message}")?,
                    (None, Some(only), None) | (None, None, Some(only)) => f.write_str(only)?,
                    (None, None, None) => response.describe_body(f)?,
                }
                match &response.id {
                    Some(id) => write!(f, " (error id {id})"),
                    None => Ok(()),
                }
            }
            (Kind::WaitTooLong(wait), _) => {
                write!(
                    f,
                    "not sent, as the rate limits allow no request for {wait:?}"
                )
            }
            (Kind::Deadline(doing), _) => write!(f, "deadline exceeded {doing}"),
            (Kind::BodyTooLarge(most), _) => {
                write!(f, "the response body has more than {most} bytes")
            }
            (Kind::Decode(failure), _) => {
                f.write_str("applied, but the response does not decode")?;
                if !failure.path.is_empty() {
                    write!(f, " at {}", failure.path)?;
                }
                write!(f, ": {}", failure.reason)
            }
            (Kind::Status, None) => Ok(()),
        }?;
        if *attempts > 1 {
            write!(f, ", after {attempts} attempts")?;
        }
        if !not_retried.is_empty() {
            write!(f, ", {not_retried}")?;
        }
        if let Some(wait) = response.as_ref().and_then(|response| response.retry_after) {
            write!(f, "; the server requires a wait of {wait:?}")?;
        }
        if self.outcome_unknown() && !self.is_decode() {
            f.write_str("; it may have been applied")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("Error");
        debug
            .field("error", &format_args!("{self}"))
            .field("attempts", &self.0.attempts)
            .field("outcome_unknown", &self.outcome_unknown());
        if let Some(response) = &self.0.response {
            debug
                .field("status", &response.status)
                .field("code", &response.code)
                .field("message", &response.message)
                .field("id", &response.id)
                .field("retry_after", &response.retry_after)
                .field("body_bytes", &response.body.len());
        }
        debug.finish()
    }
}

impl std::error::Error for Error {
    /// The HTTP client's error, unless its text has a secret in it that the
    /// server repeated.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0.kind {
            Kind::Transport(failed) if !failed.has_secrets => Some(&failed.error),
            _ => None,
        }
    }
}

/// A value built from the [`types`](crate::types) that lacks a required property.
impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::config(format!("a value cannot be built: {error}"))
    }
}

impl From<crate::InvalidPatch> for Error {
    fn from(error: crate::InvalidPatch) -> Self {
        Self::config(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conflict_is_classified_by_code_then_method_then_message() {
        use Conflict::{KeyExists, Undecidable, Version};
        let (post, patch, delete) = (Method::POST, Method::PATCH, Method::DELETE);
        for (method, code, message, expected) in [
            // The code decides, whatever the message says.
            (
                &patch,
                "key_exists",
                "Duplicate application version key",
                KeyExists,
            ),
            (&post, "key_exists", "no", KeyExists),
            (&delete, "key_exists", "no", KeyExists),
            (&post, "duplicate_key", "", KeyExists),
            (&post, "keyAlreadyExists", "", KeyExists),
            (
                &post,
                "optimistic_locking_error",
                "The key already exists",
                Version,
            ),
            (&patch, "version_mismatch", "", Version),
            // A code that decides nothing: the message.
            (
                &post,
                "conflict",
                "A flag with this key already exists",
                KeyExists,
            ),
            (
                &patch,
                "conflict",
                "Duplicate application version key",
                KeyExists,
            ),
            (&patch, "", "Key must be unique", KeyExists),
            // The key of a version is a key.
            (
                &post,
                "conflict",
                "Application version key is currently in use",
                KeyExists,
            ),
            (
                &post,
                "",
                "The version key conflicts with an existing version",
                KeyExists,
            ),
            (&post, "", "A version with this key exists", KeyExists),
            (
                &patch,
                "",
                "The version key does not match the current one",
                Version,
            ),
            (
                &patch,
                "",
                "The environment key does not exist",
                Undecidable,
            ),
            (
                &patch,
                "conflict",
                "Optimistic lock error. Try again later.",
                Version,
            ),
            (
                &patch,
                "",
                "The version does not match the current one",
                Version,
            ),
            (&delete, "", "It was modified since it was read", Version),
            // No key can exist already where none is set.
            (
                &delete,
                "conflict",
                "A copy of it already exists",
                Undecidable,
            ),
            // It is about a version, and not about the version of the resource.
            (
                &delete,
                "conflict",
                "The application version has traffic",
                Undecidable,
            ),
            (
                &post,
                "data_export_project_identity_incomplete",
                "",
                Undecidable,
            ),
            (&post, "conflict", "", Undecidable),
            (&patch, "", "", Undecidable),
        ] {
            let found = Conflict::of(method, code, message);
            assert_eq!(found, expected, "{method} {code:?} {message:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_message_outweighs_a_code_that_decides(
            message in "\\PC{0,20}(version|optimistic|already exists|duplicate)?\\PC{0,20}",
        ) {
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
                let of = |code| Conflict::of(&method, code, &message);
                proptest::prop_assert_eq!(of("key_exists"), Conflict::KeyExists);
                proptest::prop_assert_eq!(of("optimistic_locking_error"), Conflict::Version);
            }
        }
    }
}
