//! A function as the provider of access tokens.

use super::{
    AccessToken,
    provider::{BoxError, BoxFuture, Credentials},
};

/// Returns a provider that calls an async function for each token.
///
/// ```
/// use std::{io, time::Duration};
///
/// use launchdarkly_api::{AccessToken, Client, credentials};
///
/// # async fn fetch() -> io::Result<String> { Ok(String::new()) }
/// # fn main() -> Result<(), launchdarkly_api::Error> {
/// let client = Client::builder()
///     .credentials(credentials::from_fn(|| async {
///         let token = AccessToken::bearer(fetch().await?);
///         Ok::<_, io::Error>(token.expires_in(Duration::from_secs(3600)))
///     }))
///     .build()?;
/// # Ok(())
/// # }
/// ```
pub fn from_fn<F, R, E>(function: F) -> impl Credentials
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<AccessToken, E>> + Send + 'static,
    E: Into<BoxError>,
{
    FromFn(function)
}

struct FromFn<F>(F);

impl<F, R, E> Credentials for FromFn<F>
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<AccessToken, E>> + Send + 'static,
    E: Into<BoxError>,
{
    fn access_token(&self) -> BoxFuture<'_, Result<AccessToken, BoxError>> {
        let token = (self.0)();
        Box::pin(async move { token.await.map_err(Into::into) })
    }
}
