//! Building a client: what it is told, and what it assumes.

use std::{env, fmt, sync::Arc, time::Duration};

use http::HeaderValue;

use crate::{
    AccessToken, AttemptHook, Client, Error, RetryPolicy, Server, base_url::BaseUrl, client::Inner,
    rate_limit::Limiter, retry_budget::RetryBudget,
};

/// How long making a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one request may take, from the first byte sent to the last read.
const TIMEOUT: Duration = Duration::from_secs(60);
/// How long an answer's body may stand still.
const READ_TIMEOUT: Duration = Duration::from_secs(30);
/// The version of the API this crate is written for (LaunchDarkly
/// documentation, "Versioning").
const API_VERSION: &str = "20240415";
/// How many bytes an answer's body may have.
const MAX_BODY: u64 = 64 * 1024 * 1024;
/// The names LaunchDarkly's command line uses.
const ACCESS_TOKEN_VARIABLE: &str = "LD_ACCESS_TOKEN";
const BASE_URL_VARIABLE: &str = "LD_BASE_URI";

/// Builds a [`Client`]; made by [`Client::builder`].
///
/// Without further calls a client talks to the commercial instance, gives a
/// connection 10 seconds, a request 60 and a call with its retries 120, stays
/// under the rate limits, retries what may be retried ([`RetryPolicy`]), speaks HTTP/2 and gzip where the
/// server does, TLS 1.2 or newer, and goes through the proxy that the
/// environment names (`HTTPS_PROXY` and its like). A base URL that is `http` on
/// loopback never goes through a proxy, which would see the access token.
#[must_use = "a builder makes a client by `build()`"]
pub struct ClientBuilder {
    access_token: Option<AccessToken>,
    address: Address,
    plain_http: bool,
    http: Option<reqwest::ClientBuilder>,
    user_agent: Option<String>,
    api_version: String,
    method_override: bool,
    max_body: u64,
    retry_policy: RetryPolicy,
    rate_limiter: bool,
    attempt_hook: Option<Arc<dyn AttemptHook>>,
    allowed_origins: Vec<String>,
}

impl Default for ClientBuilder {
    fn default() -> Self {
        Self {
            access_token: None,
            address: Address::default(),
            plain_http: false,
            http: None,
            user_agent: None,
            api_version: API_VERSION.to_owned(),
            method_override: false,
            max_body: MAX_BODY,
            retry_policy: RetryPolicy::default(),
            rate_limiter: true,
            attempt_hook: None,
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
    /// The access token, personal or service. Required.
    ///
    /// It is sent as it is in the `Authorization` header.
    pub fn access_token(mut self, token: impl Into<AccessToken>) -> Self {
        self.access_token = Some(token.into());
        self
    }

    /// The instance of LaunchDarkly the account is on, the commercial one
    /// unless told otherwise. The last call of this and
    /// [`base_url`](Self::base_url) holds.
    pub fn server(mut self, server: Server) -> Self {
        self.address = Address::Server(server);
        self
    }

    /// The server's address as text, for one that is not LaunchDarkly's own:
    /// the rules are those of [`Server::Custom`].
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.address = Address::Text(url.into());
        self
    }

    /// Whether the address may be `http` although it is not loopback: then
    /// anybody on the way can read the access token. It may not, unless told
    /// otherwise.
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.plain_http = allow;
        self
    }

    /// The HTTP client to use, for a proxy, trusted roots or timeouts of the
    /// caller's own.
    ///
    /// Its settings are taken as they are, also where they say nothing of a
    /// timeout: start from [`default_http_client`] to keep this crate's
    /// defaults. Three of them are set here, whatever the builder has:
    ///
    /// - Redirects are followed within the server's origin, where the access
    ///   token may go, and not beyond.
    /// - The HTTP client itself does not retry: [`RetryPolicy`] decides.
    /// - There is no proxy if the base URL is `http` on loopback: that address
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

    /// What the program calls itself, such as `my-app/1.2`: it is put before
    /// this crate's own name in the `User-Agent` header (RFC 9110, section
    /// 10.1.5).
    pub fn user_agent(mut self, product: impl Into<String>) -> Self {
        self.user_agent = Some(product.into());
        self
    }

    /// How long and how often calls are tried; see [`RetryPolicy`]. One call
    /// can have its own, by [`Client::with_retry_policy`].
    pub fn retry_policy(mut self, policy: RetryPolicy) -> Self {
        self.retry_policy = policy;
        self
    }

    /// Whether calls wait for their turn when an answer has said how many are
    /// left until the rate limit's window ends (LaunchDarkly documentation,
    /// "Rate limiting"). They do, unless told otherwise: then calls are sent
    /// at once, and answered 429 when they are too many.
    ///
    /// All clones of a client share what is left.
    pub fn rate_limiter(mut self, enabled: bool) -> Self {
        self.rate_limiter = enabled;
        self
    }

    /// The version of the API to ask for (LaunchDarkly documentation,
    /// "Versioning"), `20240415` unless told otherwise, for which this crate
    /// is written. Operations in beta ask for `beta` all the same.
    pub fn api_version(mut self, version: impl Into<String>) -> Self {
        self.api_version = version.into();
        self
    }

    /// Whether PUT, PATCH and DELETE are sent as POST with the header
    /// `X-HTTP-Method-Override`, for networks that pass only GET and POST
    /// (LaunchDarkly documentation, "Method overriding"). They are not,
    /// unless told otherwise.
    pub fn method_override(mut self, enabled: bool) -> Self {
        self.method_override = enabled;
        self
    }

    /// How many bytes the body of an answer may have, after decompression: 64
    /// MiB unless told otherwise. One that has more is not read to its end,
    /// and the call is an error.
    pub fn max_response_bytes(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }

    /// A hook that sees every attempt of every call, and may change its
    /// requests; see [`AttemptHook`].
    pub fn attempt_hook(mut self, hook: impl AttemptHook) -> Self {
        self.attempt_hook = Some(Arc::new(hook));
        self
    }

    /// Lets the [attempt hook](Self::attempt_hook) send requests, with the
    /// access token, to this origin too, such as `https://replay.example:8443`
    /// (scheme, host and port; RFC 6454). Each call adds one. Without it a
    /// request that the hook redirects to another origin is not sent, and the
    /// call is an error.
    ///
    /// The origin must be `https`, unless
    /// [`allow_plain_http`](Self::allow_plain_http) is set, or both it and the
    /// base URL are `http` on loopback. [`build`](Self::build) checks it.
    /// Redirects by the server are not affected: they are followed within the
    /// origin that was asked.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.allowed_origins.push(origin.into());
        self
    }

    /// A builder with what the environment says; see [`Client::from_env`].
    ///
    /// # Errors
    ///
    /// A variable is not Unicode.
    pub fn from_env() -> Result<Self, Error> {
        Self::from_variables(|name| match env::var(name) {
            Ok(value) => Ok(Some(value)),
            Err(env::VarError::NotPresent) => Ok(None),
            // The error would repeat the value.
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

    /// Makes the client. Nothing is sent yet.
    ///
    /// # Errors
    ///
    /// The access token is missing, empty, has characters that no token has,
    /// or is an SDK key or a mobile key; the address cannot be a base URL; an
    /// allowed origin is not one; or the HTTP client cannot be made. The error names the input and how to
    /// mend it, and never repeats the token.
    pub fn build(self) -> Result<Client, Error> {
        let access_token = self.access_token.ok_or_else(|| {
            Error::config(format!(
                "the access token is missing: pass one to `access_token`, or set \
                 {ACCESS_TOKEN_VARIABLE} and use `from_env`"
            ))
        })?;
        let authorization = access_token.header()?;
        let base_url = match &self.address {
            Address::Server(server) => server.base_url(self.plain_http),
            Address::Text(text) => BaseUrl::parse(text, self.plain_http),
        }?;
        if cfg!(not(any(feature = "rustls", feature = "native-tls")))
            && base_url.as_str().starts_with("https:")
        {
            return Err(Error::config(
                "an https server needs TLS: build launchdarkly-api with its feature `rustls` or \
                 `native-tls`",
            ));
        }
        let allowed_origins = self
            .allowed_origins
            .iter()
            .map(|origin| base_url.other_origin(origin, self.plain_http))
            .collect::<Result<_, _>>()?;
        let mut http = self
            .http
            .unwrap_or_else(default_http_client)
            // `transport` follows redirects, and `call` retries.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never().max_retries_per_request(0));
        if base_url.is_plain_loopback() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            Error::config(format!("the HTTP client cannot be made: {}", chain(&error)))
        })?;
        let api_version = HeaderValue::try_from(self.api_version).map_err(|_| {
            Error::config(
                "the API version has characters that no header may have: it is written like \
                 20240415",
            )
        })?;
        let inner = Inner {
            http,
            base_url,
            access_token,
            authorization,
            user_agent: user_agent(self.user_agent.as_deref())?,
            api_version,
            method_override: self.method_override,
            max_body: self.max_body,
            attempt_hook: self.attempt_hook,
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
            .field("plain_http", &self.plain_http)
            .field("user_agent", &self.user_agent)
            .field("api_version", &self.api_version)
            .field("method_override", &self.method_override)
            .field("max_response_bytes", &self.max_body)
            .field("retry_policy", &self.retry_policy)
            .field("rate_limiter", &self.rate_limiter)
            // The address may have credentials in it before it is checked, and
            // the HTTP client's headers may be secret.
            .finish_non_exhaustive()
    }
}

/// The HTTP client that is used unless
/// [`http_client`](ClientBuilder::http_client) is called, to start from when it
/// is: 10 seconds for a connection, 60 for a request, 30 in which nothing of an
/// answer comes, gzip, HTTP/2, TLS 1.2 or newer.
pub fn default_http_client() -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .read_timeout(READ_TIMEOUT)
        .gzip(true);
    #[cfg(any(feature = "rustls", feature = "native-tls"))]
    let builder = builder.tls_version_min(reqwest::tls::Version::TLS_1_2);
    #[cfg(feature = "rustls")]
    let builder = builder.tls_backend_rustls();
    #[cfg(all(feature = "native-tls", not(feature = "rustls")))]
    let builder = builder.tls_backend_native();
    builder
}

fn user_agent(product: Option<&str>) -> Result<HeaderValue, Error> {
    const OURS: &str = concat!("launchdarkly-api-rust/", env!("CARGO_PKG_VERSION"));
    let text = match product {
        Some(product) => format!("{product} {OURS}"),
        None => OURS.to_owned(),
    };
    HeaderValue::try_from(text)
        .map_err(|_| Error::config("the user agent has characters that no header may have"))
}

/// An error and what caused it, on one line.
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
    fn the_environment_gives_token_and_address() {
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
    fn the_programs_name_stands_before_the_crates() {
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
