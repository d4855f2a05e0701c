//! Errors of the HTTP client, without the secrets that a server repeats.

use crate::redact::Secrets;

/// An error of the HTTP client. Its text can hold what the server sent: the
/// debug data of a GOAWAY frame (RFC 9113, section 6.8).
pub(super) struct Transport {
    pub(super) error: reqwest::Error,
    /// Its causes, without secrets.
    pub(super) causes: String,
    /// Whether the text of one of its causes has a secret in it.
    pub(super) has_secrets: bool,
}

impl Transport {
    pub(super) fn new(error: reqwest::Error, secrets: &Secrets) -> Self {
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

/// A text for one line: an essay is cut.
pub(super) fn shortened(text: String) -> String {
    const MOST: usize = 500;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What caused an error, on one line, without its own wording.
pub(super) fn causes(error: &dyn std::error::Error) -> String {
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
