//! The server's response in an error: its code, message and other texts.

use std::{fmt, time::Duration, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode, header};

use super::{Conflict, transport::shortened};
use crate::{codec::decode, rate_limit::requested_wait, redact::Secrets};

/// A response, with redacted texts, and unredacted `headers` and `body`.
pub(super) struct ServerResponse {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    pub(super) id: Option<String>,
    /// The media type of the body.
    pub(super) media_type: Option<String>,
    pub(super) conflict: Option<Conflict>,
    pub(super) retry_after: Option<Duration>,
}

impl ServerResponse {
    pub(super) fn new(
        method: &Method,
        status: StatusCode,
        headers: HeaderMap,
        body: Bytes,
        secrets: &Secrets,
    ) -> Self {
        let body_json = decode::json(&body);
        let text = |name: &str| body_json.as_ref()?.get(name)?.as_str();
        let shown = |text: &str| shortened(secrets.redact(text));
        let conflict = (status == StatusCode::CONFLICT).then(|| {
            let code = text("code").unwrap_or_default();
            Conflict::of(method, code, text("message").unwrap_or_default())
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

    /// Describes a body that has neither a code nor a message.
    pub(super) fn describe_body(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
