//! The client.

pub(crate) mod base_url;
mod builder;
pub(crate) mod headers;
mod server;
mod shared_http_client;

use std::{
    fmt,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use http::HeaderValue;

pub use builder::{ClientBuilder, default_http_client};
pub use server::Server;

use base_url::BaseUrl;
use headers::ExtraHeaders;

use crate::{
    AttemptHook, Error, Operation, RateLimits, RetryPolicy, credentials::TokenSource,
    rate_limit::Limiter, retry::RetryBudget,
};

/// A client for the LaunchDarkly REST API.
///
/// It has one method per operation. The method returns a request builder
/// (module [`builder`](crate::builder)) with one setter per argument, and
/// `send()` returns a future that sends the request when it is awaited. Cloning is
/// cheap, and clones share connections and rate limits: create one client and
/// clone it.
///
/// ```no_run
/// # async fn example() -> Result<(), launchdarkly_api::Error> {
/// use launchdarkly_api::{Client, JsonPatch};
///
/// let client = Client::builder().access_token("api-…").build()?;
/// let subscription = client
///     .update_subscription()
///     .integration_key("datadog")
///     .id("1234a56b7c89d012345e678f")
///     .body(JsonPatch::new().replace("/on", true))
///     .send()
///     .await?;
/// println!("on: {:?}", subscription.on);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    /// A trait object, because the compiler would otherwise prove `Send` and `Sync`
    /// for all fields again in each type and future that holds a client.
    inner: Arc<dyn AsRef<Inner> + Send + Sync>,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) idempotent: bool,
    pub(crate) extra_headers: Option<Arc<ExtraHeaders>>,
}

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) base_url: BaseUrl,
    pub(crate) tokens: TokenSource,
    pub(crate) user_agent: HeaderValue,
    pub(crate) api_version: HeaderValue,
    pub(crate) method_override: bool,
    pub(crate) max_body: u64,
    /// In the order in which the caller added them.
    pub(crate) attempt_hooks: Vec<Arc<dyn AttemptHook>>,
    /// The number of calls with hooks.
    pub(crate) calls: AtomicU64,
    /// Origins that the hook may send requests to, besides that of the base
    /// URL.
    pub(crate) allowed_origins: Vec<BaseUrl>,
    pub(crate) limiter: Limiter,
    pub(crate) retry_budget: RetryBudget,
}

impl AsRef<Self> for Inner {
    fn as_ref(&self) -> &Self {
        self
    }
}

impl Client {
    /// Returns a builder. Only the access token or its
    /// [credentials](crate::Credentials) are required.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Creates a client from environment variables: `LD_ACCESS_TOKEN` is the
    /// access token, and `LD_BASE_URI` the address of the server if it is not
    /// the commercial one. LaunchDarkly's command line tool uses the same
    /// names.
    ///
    /// # Errors
    ///
    /// Those of [`ClientBuilder::build`]. An unset variable counts as missing.
    /// A variable that is not valid Unicode is an error.
    pub fn from_env() -> Result<Self, Error> {
        ClientBuilder::from_env()?.build()
    }

    /// The server's base URL, without a trailing slash.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.inner().base_url.as_str()
    }

    /// Returns this client with another retry policy, for one or more calls.
    /// The returned client shares everything else with this one.
    #[must_use]
    pub fn with_retry_policy(&self, policy: RetryPolicy) -> Self {
        Self {
            retry_policy: policy,
            ..self.clone()
        }
    }

    /// Returns this client with another deadline and the rest of its retry
    /// policy, for one or more calls; see [`RetryPolicy::deadline`].
    #[must_use]
    pub fn with_deadline(&self, deadline: Duration) -> Self {
        self.with_retry_policy(self.retry_policy.deadline(deadline))
    }

    /// Returns the retry policy, for example to change it and pass it to
    /// [`with_retry_policy`](Self::with_retry_policy).
    pub fn retry_policy(&self) -> RetryPolicy {
        self.retry_policy
    }

    /// Returns this client for calls that are idempotent, such as a PATCH that
    /// replaces a value. The client retries them even if the server may have
    /// applied an earlier attempt, as it does for GET, PUT and DELETE.
    ///
    /// ```no_run
    /// # async fn example(client: launchdarkly_api::Client) -> Result<(), launchdarkly_api::Error> {
    /// # use launchdarkly_api::JsonPatch;
    /// client
    ///     .idempotent()
    ///     .update_subscription()
    ///     .integration_key("datadog")
    ///     .id("1234a56b7c89d012345e678f")
    ///     .body(JsonPatch::new().replace("/on", true))
    ///     .send()
    ///     .await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn idempotent(&self) -> Self {
        Self {
            idempotent: true,
            ..self.clone()
        }
    }

    /// Returns the rate limits of the latest response to this client or a
    /// clone.
    #[must_use]
    pub fn rate_limits(&self) -> RateLimits {
        self.inner().limiter.latest()
    }

    /// Returns the rate limits of the operation's latest response, or `None`
    /// before the first one.
    #[must_use]
    pub fn rate_limits_of(&self, operation: &Operation) -> Option<RateLimits> {
        self.inner().limiter.latest_of(operation)
    }

    /// The HTTP client.
    pub(crate) fn http(&self) -> &reqwest::Client {
        &self.inner().http
    }

    pub(crate) fn inner(&self) -> &Inner {
        (*self.inner).as_ref()
    }
}

impl Client {
    pub(crate) fn new(inner: Inner, retry_policy: RetryPolicy) -> Self {
        Self {
            inner: Arc::new(inner),
            retry_policy,
            idempotent: false,
            extra_headers: None,
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.base_url())
            .field("access_token", &self.inner().tokens)
            .field("retry_policy", &self.retry_policy)
            .field("idempotent", &self.idempotent)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_clone_send_and_sync() {
        fn holds<T: Clone + Send + Sync + 'static>() {}
        holds::<Client>();
    }
}
