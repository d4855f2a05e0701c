//! The headers that the caller adds to requests.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::Client;

/// The headers that describe the connection and the length of the body, which
/// only the HTTP library knows.
const OF_THE_CONNECTION: [HeaderName; 4] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
];

/// The headers that the caller adds to every request of a client.
#[derive(Clone, Default)]
pub(crate) struct ExtraHeaders {
    pub(crate) headers: HeaderMap,
    /// The first invalid header, an error of every call.
    pub(crate) invalid: Option<String>,
}

/// Converts a header and checks that the caller may set it.
pub(crate) fn checked_header(
    name: &str,
    value: impl TryInto<HeaderValue>,
) -> Result<(HeaderName, HeaderValue), String> {
    let name = HeaderName::try_from(name).map_err(|_| {
        format!("the name of the header {name:?} has characters that no name may have")
    })?;
    if name == header::AUTHORIZATION {
        return Err(
            "the header `authorization` cannot be set: `access_token` of the client's builder sets \
             it"
            .to_owned(),
        );
    }
    if name == "x-http-method-override" {
        return Err(
            "the header `x-http-method-override` cannot be set, as retries depend on the method: \
             `method_override` of the client's builder sets it"
                .to_owned(),
        );
    }
    if OF_THE_CONNECTION.contains(&name) {
        return Err(format!(
            "the header `{name}` cannot be set: the HTTP library sets it"
        ));
    }
    let value = value.try_into().map_err(|_| {
        format!("the value of the header `{name}` has characters that no header may have")
    })?;
    Ok((name, value))
}

impl Client {
    /// Returns this client with a header for every request, such as
    /// `LD-API-Version`, `User-Agent` or a trace context. It replaces an earlier
    /// value and this crate's default.
    ///
    /// A call with an invalid header fails before any I/O. `Authorization`,
    /// `X-HTTP-Method-Override` and the headers that the HTTP library sets
    /// (`Host`, `Content-Length`, `Transfer-Encoding`, `Connection`) cannot be
    /// set.
    ///
    /// Errors do not show the values of `Cookie`, `Proxy-Authorization` and of
    /// headers marked as sensitive
    /// ([`HeaderValue::set_sensitive`](http::HeaderValue::set_sensitive)) if the
    /// server repeats them.
    ///
    /// ```no_run
    /// # async fn example(client: launchdarkly_api::Client) -> Result<(), launchdarkly_api::Error> {
    /// let beta = client.with_header("LD-API-Version", "beta");
    /// let tags = beta.get_tags().send().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_header(&self, name: impl AsRef<str>, value: impl TryInto<HeaderValue>) -> Self {
        let mut extra = self.extra_headers.as_deref().cloned().unwrap_or_default();
        match checked_header(name.as_ref(), value) {
            Ok((name, value)) => {
                extra.headers.insert(name, value);
            }
            Err(reason) => {
                extra.invalid.get_or_insert(reason);
            }
        }
        Self {
            extra_headers: Some(extra.into()),
            ..self.clone()
        }
    }
}
