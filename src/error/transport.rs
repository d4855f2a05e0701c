//! Errors of the HTTP client, without secrets that the server repeats.

use crate::redact::Secrets;

/// An error of the HTTP client. Its text can contain what the server sent: the
/// debug data of a GOAWAY frame (RFC 9113, section 6.8).
pub(super) struct Transport {
    pub(super) error: reqwest::Error,
    /// The redacted causes.
    pub(super) causes: String,
    /// Whether the text of a cause contains a secret.
    pub(super) has_secrets: bool,
}

impl Transport {
    pub(super) fn new(error: reqwest::Error, secrets: &Secrets) -> Self {
        // The operation identifies the request, and a URL may contain private
        // arguments.
        let error = error.without_url();
        Self {
            causes: shortened(secrets.redact(&causes(&error))),
            has_secrets: contain_secrets(&error, secrets),
            error,
        }
    }
}

/// Whether the texts of an error or its causes contain a secret.
pub(super) fn contain_secrets(
    error: &(dyn std::error::Error + 'static),
    secrets: &Secrets,
) -> bool {
    let mut next = Some(error);
    while let Some(error) = next {
        if secrets.are_in(&format!("{error} {error:?}")) {
            return true;
        }
        next = error.source();
    }
    false
}

/// Shortens a text for one line.
pub(super) fn shortened(text: String) -> String {
    const MOST: usize = 500;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// Returns the causes of an error on one line, without its own text.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
    let mut parts = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let part = cause.to_string();
        // Wrappers often repeat the text of the wrapped error.
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
