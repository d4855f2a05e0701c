//! Where the tokens of a client come from.

use std::{fmt, sync::Arc};

use super::{AccessToken, Credentials, Token, refresh::Refresher};
use crate::{error::CredentialsFailure, redact::KnownTokens};

/// The source of the tokens of a client and its clones.
pub(crate) struct TokenSource {
    source: Source,
    known: Arc<KnownTokens>,
}

enum Source {
    /// A token that never changes.
    Fixed(Arc<Token>),
    Provider(Arc<Refresher>),
}

impl TokenSource {
    /// Returns the source of one token, or why the token is invalid.
    pub(crate) fn fixed(access_token: AccessToken) -> Result<Self, String> {
        let known = Arc::new(KnownTokens::default());
        known.add(access_token.secret());
        Ok(Self {
            source: Source::Fixed(Arc::new(Token::new(access_token, 0)?)),
            known,
        })
    }

    pub(crate) fn provider(provider: Arc<dyn Credentials>) -> Self {
        let known = Arc::new(KnownTokens::default());
        Self {
            source: Source::Provider(Arc::new(Refresher::new(provider, Arc::clone(&known)))),
            known,
        }
    }

    /// Returns the token if it never changes.
    pub(crate) fn fixed_token(&self) -> Option<&Arc<Token>> {
        match &self.source {
            Source::Fixed(token) => Some(token),
            Source::Provider(_) => None,
        }
    }

    /// Returns the token for the next attempt, and refreshes it before if
    /// necessary.
    pub(crate) async fn token(&self) -> Result<Arc<Token>, Arc<CredentialsFailure>> {
        match &self.source {
            Source::Fixed(token) => Ok(Arc::clone(token)),
            Source::Provider(refresher) => refresher.token().await,
        }
    }

    /// Forgets a token that the server rejected.
    pub(crate) fn reject(&self, token: &Token) {
        if let Source::Provider(refresher) = &self.source {
            refresher.reject(token);
        }
    }

    /// The tokens to redact.
    pub(crate) fn known(&self) -> &Arc<KnownTokens> {
        &self.known
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::Fixed(token) => token.access_token.fmt(f),
            Source::Provider(_) => f.write_str("[from credentials]"),
        }
    }
}
