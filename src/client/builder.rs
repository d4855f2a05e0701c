//! Builds a client.

use std::{
    env, fmt,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use http::HeaderValue;

use super::{Client, Inner, Server, base_url::BaseUrl, shared_http_client};
use crate::{
    AccessToken, Credentials, Error,
    credentials::TokenSource,
    hook::AttemptHook,
    rate_limit::Limiter,
    retry::{RetryBudget, RetryPolicy},
};

/// Timeout for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Timeout for one request, from its first byte to the last byte of the
/// response.
const TIMEOUT: Duration = Duration::from_secs(60);
/// Timeout between two reads of a response body.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The API version that this crate is written for (LaunchDarkly documentation,
/// "Versioning").
const API_VERSION: &str = "20240415";
/// Maximum size of a response body, in bytes.
const MAX_BODY: u64 = 64 * 1024 * 1024;
/// LaunchDarkly's command line tool uses the same names.
const ACCESS_TOKEN_VARIABLE: &str = "LD_ACCESS_TOKEN";
const BASE_URL_VARIABLE: &str = "LD_BASE_URI";

/// Builds a [`Client`]. Created by [`Client::builder`].
///
/// By default, a client uses the commercial server, allows 10 seconds to
/// connect, 60 seconds per request and 120 seconds per call including retries,
/// respects the rate limits, retries calls that are safe to retry
/// ([`RetryPolicy`]), uses HTTP/2 and gzip if the server supports them,
/// requires TLS 1.2, and uses the proxy of the environment (`HTTPS_PROXY` and
/// similar). For an `http` base URL on loopback it never uses a proxy, because
/// the proxy would see the access token.
#[must_use = "a builder does nothing until `build()` is called"]
pub struct ClientBuilder {
    access_token: Option<AccessToken>,
    credentials: Option<Arc<dyn Credentials>>,
    address: Address,
    plain_http: bool,
    http: Option<reqwest::ClientBuilder>,
    shared_http: Option<reqwest::Client>,
    user_agent: Option<String>,
    api_version: String,
    method_override: bool,
    max_body: u64,
    retry_policy: RetryPolicy,
    rate_limiter: bool,
    attempt_hooks: Vec<Arc<dyn AttemptHook>>,
    allowed_origins: Vec<String>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            access_token: None,
            credentials: None,
            address: Address::default(),
            plain_http: false,
            http: None,
            shared_http: None,
            user_agent: None,
            api_version: API_VERSION.to_owned(),
            method_override: false,
            max_body: MAX_BODY,
            retry_policy: RetryPolicy::default(),
            rate_limiter: true,
            attempt_hooks: Vec::new(),
            allowed_origins: Vec::new(),
        }
    }
}

enum Address {
    Server(Server),
    Text(String),
}

impl Default for Address {
    fn default() -> Self {
        Self::Server(Server::default())
    }
}

impl ClientBuilder {
    /// Sets the access token: personal or service, or from OAuth
    /// ([`AccessToken::bearer`]). Required, unless
    /// [`credentials`](Self::credentials) provide it.
    ///
    /// The client sends it in the `Authorization` header.
    pub fn access_token(mut self, token: impl Into<AccessToken>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// Sets a provider of access tokens, instead of
    /// [`access_token`](Self::access_token): a [file](crate::credentials::file),
    /// a [function](crate::credentials::from_fn) or your own [`Credentials`].
    ///
    /// The client asks it for a token before the first request, before the token
    /// expires, and once if the server responds with 401. If the token is
    /// another one then, it sends the request once more, whatever its method,
    /// because the server has not applied it. Neither the attempts of the
    /// [`RetryPolicy`] nor the retry budget count this, but
    /// [`Error::attempts`] does. A body that is a stream cannot be sent again.
    ///
    /// The client redacts its latest 16 tokens in all texts.
    pub fn credentials(mut self, provider: impl Credentials) -> Self {
        self.credentials = Some(Arc::new(provider));
        self
    }

    /// Sets the LaunchDarkly instance that hosts the account. Default:
    /// commercial. The last call of this method or [`base_url`](Self::base_url)
    /// wins.
    pub fn server(mut self, server: Server) -> Self {
        self.address = Address::Server(server);
        self
    }

    /// Sets the address of a server that is not LaunchDarkly's. The rules of
    /// [`Server::Custom`] apply.
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.address = Address::Text(url.into());
        self
    }

    /// Allows plain `http` for addresses other than loopback. Anyone on the
    /// network path can then read the access token. Default: false.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.plain_http = allow;
        self
    }

    /// Sets the builder of the HTTP client, for example with a proxy, trusted
    /// roots or timeouts.
    ///
    /// The settings of the builder apply unchanged. Without a timeout, for
    /// example, there is none. Start from [`default_http_client`] to keep this
    /// crate's defaults. The client overrides three settings:
    ///
    /// - It follows redirects within the origin of the server, where the access
    ///   token may go, and no others.
    /// - Only the [`RetryPolicy`] decides on retries.
    /// - It uses no proxy if the base URL is `http` on loopback. That address
    ///   may be unencrypted because the bytes do not leave the machine.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use std::time::Duration;
    ///
    /// let client = launchdarkly_api::Client::builder()
    ///     .access_token("api-01234567-89ab-cdef-0123-456789abcdef")
    ///     .http_client(
    ///         launchdarkly_api::default_http_client()
    ///             .timeout(Duration::from_secs(5))
    ///             .proxy(launchdarkly_api::reqwest::Proxy::all("http://proxy.internal:3128")?),
    ///     )
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn http_client(mut self, builder: reqwest::ClientBuilder) -> Self {
        self.http = Some(builder);
        self
    }

    /// Sets a complete HTTP client, to share its connections with the rest of
    /// the program, or to use a TLS configuration of your own. Excludes
    /// [`http_client`](Self::http_client).
    ///
    /// All settings of the HTTP client apply: timeouts, proxies, HTTP versions,
    /// compression, TLS and trusted roots. Its default headers apply where this
    /// client sets none. They are neither checked nor redacted, unlike those of
    /// [`Client::with_header`] and of hooks: reqwest does not return them. Unless it has a timeout, only the deadline of the
    /// [`RetryPolicy`] limits a call. It repeats a request that an HTTP/2 server
    /// refused, and with another `retry` setting perhaps others, in spite of
    /// the [`RetryPolicy`]; hooks and [`Error::attempts`] do not count that.
    ///
    /// [`build`](Self::build) rejects two kinds of clients, because the access
    /// token could leave the server's origin unseen:
    ///
    /// - A client that follows redirects. Build it with
    ///   `redirect(Policy::none())`: this client follows redirects within the
    ///   origin itself. `build` reads the policy from the `Debug` text of the
    ///   client, as reqwest has no other way, and rejects a client whose policy
    ///   it cannot read.
    /// - A client with proxies, if the base URL is `http` on loopback, unless
    ///   [`allow_plain_http`](Self::allow_plain_http) is set. Build it with
    ///   `no_proxy()`.
    ///
    /// ```
    /// use launchdarkly_api::{Client, default_http_client, reqwest::redirect::Policy};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let shared = default_http_client().redirect(Policy::none()).build()?;
    /// let client = Client::builder()
    ///     .access_token("api-01234567-89ab-cdef-0123-456789abcdef")
    ///     .reqwest_client(shared.clone())
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reqwest_client(mut self, client: reqwest::Client) -> Self {
        self.shared_http = Some(client);
        self
    }

    /// Sets the product token of your program, such as `my-app/1.2`. It
    /// precedes the token of this crate in the `User-Agent` header (RFC 9110,
    /// section 10.1.5).
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// Sets the default retry policy. Override it for single calls with
    /// [`Client::with_retry_policy`].
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// Whether requests wait for a permit once a response has reported the
    /// remaining requests of a rate-limit window (LaunchDarkly documentation,
    /// "Rate limiting"). Default: true. If false, the client sends every
    /// request at once, and the server returns 429 beyond the limit.
    ///
    /// All clones of a client share the limits.
    pub fn rate_limiter(mut self, enabled: bool) -> Self {
        self.rate_limiter = enabled;
        self
    }

    /// Sets the API version (LaunchDarkly documentation, "Versioning").
    /// Default: `20240415`, the version this crate is generated for. Beta
    /// operations always request `beta`.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = version.into();
        self
    }

    /// Whether to send PUT, PATCH and DELETE as POST with the header
    /// `X-HTTP-Method-Override`, for networks that allow only GET and POST
    /// (LaunchDarkly documentation, "Method overriding"). Default: false.
    pub fn method_override(mut self, enabled: bool) -> Self {
        self.method_override = enabled;
        self
    }

    /// Sets the maximum size of a response body after decompression, in bytes.
    /// Default: 64 MiB. The client stops reading a larger body and returns an
    /// error.
    pub fn max_response_bytes(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// Adds a hook that observes every attempt of every call and can change its
    /// requests; see [`AttemptHook`]. Hooks run in the order in which they were
    /// added.
    pub fn attempt_hook(mut self, hook: impl AttemptHook) -> Self {
        self.attempt_hooks.push(Arc::new(hook));
        self
    }

    /// Allows the [attempt hook](Self::attempt_hook) to send requests, with the
    /// access token, to this origin too, such as `https://replay.example:8443`
    /// (scheme, host and port; RFC 6454). Each call adds an origin. If the hook
    /// sends a request to any other origin, the call fails before any I/O.
    ///
    /// The origin must be `https`, unless
    /// [`allow_plain_http`](Self::allow_plain_http) is set, or both it and the
    /// base URL are `http` on loopback. [`build`](Self::build) checks it. The
    /// client follows redirects only within the origin of the request.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.allowed_origins.push(origin.into());
        self
    }

    /// Creates a builder from environment variables; see [`Client::from_env`].
    ///
    /// # Errors
    ///
    /// A variable is not valid Unicode.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| match env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(env::VarError::NotPresent) => Ok(None),
            // The error contains the value.
            Err(env::VarError::NotUnicode(_)) => {
                Err(Error::config(format!("{name} is not valid Unicode")))
            }
        })
    }

    fn from_variables(
        variable: impl Fn(&str) -> Result<Option<String>, Error>,
    ) -> Result<Self, Error> {
        let mut builder = Self::default();
        if let Some(token) = variable(ACCESS_TOKEN_VARIABLE)? {
            builder = builder.access_token(token);
        }
        if let Some(url) = variable(BASE_URL_VARIABLE)?.filter(|url| !url.is_empty()) {
            builder = builder.base_url(url);
        }
        Ok(builder)
    }

    /// Builds the client. Sends nothing.
    ///
    /// # Errors
    ///
    /// The access token is missing, empty, contains invalid characters, or is
    /// an SDK key or a mobile key; two settings exclude each other; the address
    /// is not a valid base URL; an allowed origin is invalid; or the HTTP client
    /// cannot be built, or is not safe for the token
    /// ([`reqwest_client`](Self::reqwest_client)). The error names the input and
    /// the fix, and never contains the token.
    pub fn build(self) -> Result<Client, Error> {
        let tokens = match (self.access_token, self.credentials) {
            (Some(token), None) => TokenSource::fixed(token).map_err(Error::config)?,
            (None, Some(provider)) => TokenSource::provider(provider),
            (Some(_), Some(_)) => {
                return Err(Error::config(format!(
                    "both `access_token`, which `from_env` sets from {ACCESS_TOKEN_VARIABLE}, and \
                     `credentials` are set: remove one of them"
                )));
            }
            (None, None) => {
                return Err(Error::config(format!(
                    "the access token is missing: pass one to `access_token`, or a provider to \
                     `credentials`, or set {ACCESS_TOKEN_VARIABLE} and use `from_env`"
                )));
            }
        };
        let base_url = match &self.address {
            Address::Server(server) => server.base_url(self.plain_http),
            Address::Text(text) => BaseUrl::parse(text, self.plain_http),
        }?;
        if cfg!(not(any(
            feature = "rustls",
            feature = "rustls-ring",
            feature = "native-tls"
        ))) && self.shared_http.is_none()
            && base_url.as_str().starts_with("https:")
        {
            return Err(Error::config(
                "an https server needs TLS: build launchdarkly-api with its feature `rustls`, \
                 `rustls-ring` or `native-tls`",
            ));
        }
        let mut allowed_origins = Vec::new();
        for origin in &self.allowed_origins {
            allowed_origins.push(base_url.other_origin(origin, self.plain_http)?);
        }
        let http = match (self.shared_http, self.http) {
            (Some(shared), None) => {
                shared_http_client::check(&shared, &base_url, self.plain_http)?;
                shared
            }
            (Some(_), Some(_)) => {
                return Err(Error::config(
                    "both `http_client` and `reqwest_client` are set: remove `http_client`, and \
                     make its settings when you build the client for `reqwest_client`",
                ));
            }
            (None, builder) => {
                build_http_client(builder.unwrap_or_else(default_http_client), &base_url)?
            }
        };
        let api_version = HeaderValue::try_from(self.api_version).map_err(|_| {
            Error::config(
                "the API version contains a character that is not valid in a header: use a date such as \
                 20240415",
            )
        })?;
        let inner = Inner {
            http,
            base_url,
            tokens,
            user_agent: user_agent(self.user_agent.as_deref())?,
            api_version,
            method_override: self.method_override,
            max_body: self.max_body,
            attempt_hooks: self.attempt_hooks,
            calls: AtomicU64::new(0),
            allowed_origins,
            limiter: Limiter::new(self.rate_limiter),
            retry_budget: RetryBudget::new(),
        };
        Ok(Client::new(inner, self.retry_policy))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("access_token", &self.access_token)
            .field("credentials", &self.credentials.is_some())
            .field("plain_http", &self.plain_http)
            .field("user_agent", &self.user_agent)
            .field("api_version", &self.api_version)
            .field("method_override", &self.method_override)
            .field("max_response_bytes", &self.max_body)
            .field("retry_policy", &self.retry_policy)
            .field("rate_limiter", &self.rate_limiter)
            // The address may contain credentials before `build` checks it, and
            // the headers of the HTTP client may be secret.
            .finish_non_exhaustive()
    }
}

/// Builds an HTTP client that neither follows redirects nor retries:
/// `call::transport` and `call::retry_loop` do.
fn build_http_client(
    builder: reqwest::ClientBuilder,
    base_url: &BaseUrl,
) -> Result<reqwest::Client, Error> {
    let mut builder = builder
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never().max_retries_per_request(0));
    if base_url.is_plain_loopback() {
        builder = builder.no_proxy();
    }
    install_crypto_provider();
    builder
        .build()
        .map_err(|error| Error::config(format!("cannot build the HTTP client: {}", chain(&error))))
}

/// Returns the default HTTP client builder, to customize and pass to
/// [`http_client`](ClientBuilder::http_client): 10 seconds to connect, 60
/// seconds per request, 30 seconds between reads of a response, gzip, HTTP/2,
/// TLS 1.2 or newer.
///
/// With the feature `rustls-ring` and without `rustls`, this function and
/// [`ClientBuilder::build`] make ring the process's default rustls provider,
/// unless the program has installed one.
pub fn default_http_client() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .gzip(true);
    #[cfg(any(feature = "rustls", feature = "rustls-ring", feature = "native-tls"))]
    let builder = builder.tls_version_min(reqwest::tls::Version::TLS_1_2);
    #[cfg(any(feature = "rustls", feature = "rustls-ring"))]
    let builder = builder.tls_backend_rustls();
    #[cfg(all(
        feature = "native-tls",
        not(any(feature = "rustls", feature = "rustls-ring"))
    ))]
    let builder = builder.tls_backend_native();
    install_crypto_provider();
    builder
}

/// With the feature `rustls-ring` alone, makes ring the default rustls provider
/// of the process unless it has one. reqwest has no other way to select a
/// provider, except a complete TLS configuration, with which it ignores the
/// caller's certificates.
fn install_crypto_provider() {
    #[cfg(all(feature = "rustls-ring", not(feature = "rustls")))]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Fails if another thread has just installed a provider.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
}

fn user_agent(product: Option<&str>) -> Result<HeaderValue, Error> {
    const OURS: &str = concat!("launchdarkly-api-rust/", env!("CARGO_PKG_VERSION"));
    let text = match product {
        Some(product) => format!("{product} {OURS}"),
        None => OURS.to_owned(),
    };
    HeaderValue::try_from(text).map_err(|_| {
        Error::config(
            "the user agent contains a character that is not valid in a header: remove it",
        )
    })
}

/// Returns an error and its causes on one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text = format!("{text}: {cause}");
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(variables: &[(&str, &str)]) -> Result<Client, Error> {
        ClientBuilder::from_variables(|name| {
            let found = variables.iter().find(|(variable, _)| *variable == name);
            Ok(found.map(|(_, value)| (*value).to_owned()))
        })?
        .build()
    }

    #[test]
    fn the_environment_sets_token_and_address() {
        let client = from(&[
            ("LD_ACCESS_TOKEN", "api-1"),
            ("LD_BASE_URI", "http://127.0.0.1:9"),
        ]);
        assert_eq!(client.unwrap().base_url(), "http://127.0.0.1:9");
        for without in [
            &[("LD_ACCESS_TOKEN", "api-1")][..],
            &[("LD_ACCESS_TOKEN", "api-1"), ("LD_BASE_URI", "")],
        ] {
            assert_eq!(
                from(without).unwrap().base_url(),
                "https://app.launchdarkly.com"
            );
        }
        let error = from(&[]).unwrap_err().to_string();
        assert!(error.contains("LD_ACCESS_TOKEN"), "{error}");
    }

    #[test]
    fn the_programs_product_token_precedes_the_crates() {
        let ours = concat!("launchdarkly-api-rust/", env!("CARGO_PKG_VERSION"));
        assert_eq!(user_agent(None).unwrap(), ours);
        assert_eq!(
            user_agent(Some("a/1")).unwrap(),
            format!("a/1 {ours}").as_str()
        );
        assert!(user_agent(Some("a\n")).is_err());
    }

    #[test]
    fn debug_shows_neither_token_nor_credentials() {
        let builder = Client::builder()
            .access_token("api-s3cret")
            .base_url("https://user:s3cret@a.example");
        assert!(!format!("{builder:?} {builder:#?}").contains("s3cret"));
    }
}
