//! A token that the client holds.

use std::time::Duration;

use http::HeaderValue;
use tokio::time::Instant;

use super::AccessToken;

/// The client refreshes a token this long before it expires, or at half of its
/// lifetime if that is later.
const MARGIN: Duration = Duration::from_secs(60);

/// A token that the client holds, with its header.
pub(crate) struct Token {
    pub(crate) authorization: HeaderValue,
    pub(super) access_token: AccessToken,
    /// The number of the token among those of the client.
    pub(super) number: u64,
    pub(super) expiry: Option<Instant>,
    /// When to refresh it.
    due: Option<Instant>,
}

impl Token {
    /// Returns the token, received now, or why it is invalid.
    pub(super) fn new(access_token: AccessToken, number: u64) -> Result<Self, String> {
        let expiry = access_token.expiry();
        let now = Instant::now();
        Ok(Self {
            authorization: access_token.header()?,
            access_token,
            number,
            expiry,
            due: expiry.map(|expiry| {
                let lifetime = expiry.saturating_duration_since(now);
                expiry - MARGIN.min(lifetime / 2)
            }),
        })
    }

    /// Whether both are sent as the same header.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.access_token.is_same(&other.access_token)
    }

    pub(super) fn is_expired(&self) -> bool {
        self.expiry.is_some_and(|expiry| expiry <= Instant::now())
    }

    pub(super) fn is_due(&self) -> bool {
        self.due.is_some_and(|due| due <= Instant::now())
    }
}
