//! The trait of a provider of access tokens.

use std::{error, future, pin::Pin, sync::Arc};

use super::AccessToken;

/// A boxed future, which keeps [`Credentials`] object safe.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The error of a provider.
pub type BoxError = Box<dyn error::Error + Send + Sync>;

/// A provider of access tokens.
///
/// The client asks it for a token before the first request, before the token
/// expires ([`AccessToken::expires_in`]), when it is
/// [outdated](Self::is_outdated), and after the server rejected it with 401.
/// Between these, the client keeps the token: a provider needs no cache.
///
/// The client makes one call of [`access_token`](Self::access_token) at a time,
/// in a tokio task of its own, and all calls of the client and its clones wait
/// for it. It ends after 60 seconds, and each call stops waiting at its
/// deadline.
///
/// ```
/// use launchdarkly_api::{
///     AccessToken, Credentials,
///     credentials::{BoxError, BoxFuture},
/// };
///
/// struct Vault;
///
/// impl Credentials for Vault {
///     fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
///         Box::pin(async { Ok(AccessToken::new("api-0123")) })
///     }
/// }
/// ```
pub trait Credentials: Send + Sync + 'static {
    /// Returns a token to send from now on.
    ///
    /// # Errors
    ///
    /// There is no token. The call that needs it fails, and
    /// [`Error::is_credentials`](crate::Error::is_credentials) is true; the
    /// client does not retry, so retry here if it is worthwhile. If the client
    /// still has a token that is valid, it keeps that token. The client redacts
    /// its tokens in the text of the error, but does not know other secrets, such
    /// as a refresh token.
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>>;

    /// Whether there may be another token than this one, which the client
    /// holds. The client asks before each attempt, so this must be fast.
    /// Default: false.
    fn is_outdated<'a>(&'a self, held: &'a AccessToken) -> BoxFuture<'a, bool> {
        let _ = held;
        Box::pin(future::ready(false))
    }
}

/// Always provides the same token.
impl Credentials for AccessToken {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        Box::pin(future::ready(Ok(self.clone())))
    }
}

/// Shares a provider, for example between clients.
impl<C: Credentials + ?Sized> Credentials for Arc<C> {
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        (**self).access_token()
    }

    fn is_outdated<'a>(&'a self, held: &'a AccessToken) -> BoxFuture<'a, bool> {
        (**self).is_outdated(held)
    }
}
