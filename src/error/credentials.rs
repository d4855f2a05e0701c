//! Failures of the provider of credentials.

use super::transport::{causes, contain_secrets, shortened};
use crate::redact::{KnownTokens, Secrets};

/// A failure of the provider of credentials, for all calls that waited for it.
pub(crate) struct CredentialsFailure {
    /// The redacted text of the cause and its causes.
    text: String,
    cause: Box<dyn std::error::Error + Send + Sync>,
    /// Whether the text of a cause contains a token.
    has_secrets: bool,
}

impl CredentialsFailure {
    pub(crate) fn new(
        cause: Box<dyn std::error::Error + Send + Sync>,
        tokens: &KnownTokens,
    ) -> Self {
        let secrets = Secrets::of(tokens, None);
        let mut text = cause.to_string();
        if cause.source().is_some() {
            text = format!("{text}: {}", causes(&*cause));
        }
        Self {
            text: shortened(secrets.redact(&text)),
            has_secrets: contain_secrets(&*cause, &secrets),
            cause,
        }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the cause, unless its text contains a token.
    pub(super) fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        (!self.has_secrets).then_some(&*self.cause)
    }
}
