//! Requests to any route of the server.

use std::fmt::{self, Display};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use serde::Serialize;

use super::{
    ResponseFuture,
    request_builder::RequestBuilder,
    template::{Template, invalid_operation},
    transport::BodyMode,
};
use crate::{
    Client, Error, PatchDocument, client::headers::checked_header, patch::PatchBody,
    response::RawResponse,
};

/// A request to any route of the server, created by [`Client::request`].
///
/// ```no_run
/// # async fn example(client: launchdarkly_api::Client) -> Result<(), launchdarkly_api::Error> {
/// use launchdarkly_api::reqwest::Method;
///
/// let response = client
///     .request(Method::GET, "/api/v2/projects/{projectKey}/new-thing")
///     .path("projectKey", "shop")
///     .query("limit", 5)
///     .header("LD-API-Version", "beta")
///     .send()
///     .await?;
/// let thing: serde_json::Value = response.json()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing is sent before `send()`"]
pub struct RawRequest {
    client: Client,
    method: Method,
    template: String,
    arguments: Vec<(String, String)>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
    /// The first invalid argument.
    invalid: Option<String>,
}

impl Client {
    /// Returns a builder of a request to any route of the server, for routes that
    /// have no method in this version of the crate.
    ///
    /// The template is a path with each parameter in braces, such as
    /// `/api/v2/projects/{projectKey}/new-thing`, below the base URL of the
    /// client. It can also be a complete URL in the origin of the base URL, and
    /// it can have a query, so that a link of a response can be followed. Pass
    /// keys and IDs with [`path`](RawRequest::path), which encodes them: errors,
    /// traces and rate limits identify the request by its method and template.
    ///
    /// The request has the same authentication, rate limits, retries, deadline,
    /// traces and hooks as all others. The client remembers the rate limits of
    /// the 128 latest templates. A template of an operation in
    /// [`operations`](crate::operations) has the rate limits and the API
    /// version of that operation.
    pub fn request(&self, method: Method, template: impl Into<String>) -> RawRequest {
        RawRequest {
            client: self.clone(),
            method,
            template: template.into(),
            arguments: Vec::new(),
            query: Vec::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            invalid: None,
        }
    }
}

impl RawRequest {
    /// Sets the value of the parameter `{name}` of the template. It is encoded
    /// as one segment of the path and must not be empty, `.` or `..`.
    pub fn path(mut self, name: impl Into<String>, value: impl Display) -> Self {
        let name = name.into();
        self.arguments.retain(|(known, _)| *known != name);
        self.arguments.push((name, value.to_string()));
        self
    }

    /// Adds a query parameter. Calls with the same name add more values.
    pub fn query(mut self, name: impl Into<String>, value: impl Display) -> Self {
        self.query.push((name.into(), value.to_string()));
        self
    }

    /// Sets a header, such as `LD-API-Version`, whose default is that of the
    /// client. [`Client::with_header`] says which headers cannot be set, and
    /// which values errors do not show.
    pub fn header(mut self, name: impl AsRef<str>, value: impl TryInto<HeaderValue>) -> Self {
        match checked_header(name.as_ref(), value) {
            Ok((name, value)) => {
                self.headers.insert(name, value);
            }
            Err(reason) => self.reject(reason),
        }
        self
    }

    /// Sets a JSON body (`application/json`). Errors do not show the values of
    /// its properties that this crate knows as secret.
    pub fn json(mut self, body: &(impl Serialize + ?Sized)) -> Self {
        match serde_json::to_vec(body) {
            Ok(json) => self.bytes("application/json", json),
            Err(reason) => {
                self.reject(format!("the body is not valid JSON: {reason}"));
                self
            }
        }
    }

    /// Sets a patch document as the body. Its type decides the `Content-Type`
    /// header.
    pub fn patch(mut self, patch: impl PatchDocument) -> Self {
        match patch.into_body() {
            Ok(PatchBody { content_type, json }) => self.bytes(content_type, json),
            Err(reason) => {
                self.reject(format!("the body is not a valid patch: {reason}"));
                self
            }
        }
    }

    /// Sets the body and its media type, such as `text/csv`.
    pub fn bytes(mut self, content_type: impl AsRef<str>, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(header::CONTENT_TYPE, content_type.as_ref())
    }

    /// Marks the call as idempotent, as [`Client::idempotent`] does. Default:
    /// the method decides.
    #[inline]
    pub fn idempotent(mut self) -> Self {
        self.client = self.client.idempotent();
        self
    }

    /// Sends the request and returns the body of the response as it came.
    /// [`ResponseValue::json`](crate::ResponseValue::json) decodes it.
    ///
    /// # Errors
    ///
    /// Nothing is sent if the template is not a path in the server's origin, a
    /// `{name}` of it has no value, a value has no `{name}`, or an argument is
    /// invalid. After that, the call fails if no response arrives or the response
    /// is not a success: see [`Error`](crate::Error).
    #[inline]
    pub fn send(self) -> ResponseFuture<Bytes> {
        // The check for the access token needs the tokens that the client has when
        // the request is sent.
        let response = async move { self.into_request().execute(BodyMode::Buffered).await };
        ResponseFuture::new(Box::pin(response), RawResponse::bytes)
    }

    /// Sends the request and blocks the thread until the call ends.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send). In async code, nothing is sent: see
    /// [`blocking`](crate::blocking).
    #[cfg(feature = "blocking")]
    #[inline]
    pub fn send_blocking(self) -> Result<crate::ResponseValue<Bytes>, Error> {
        crate::blocking::block_on(self.send())
    }

    #[inline]
    fn reject(&mut self, reason: String) {
        self.invalid.get_or_insert(reason);
    }

    #[inline]
    fn into_request(self) -> RequestBuilder {
        let inner = self.client.inner();
        let has_token = inner.tokens.known().are_in(&self.template);
        let rejected = |reason: String| {
            let operation = invalid_operation(&self.method, &self.template, has_token);
            RequestBuilder::failed(Error::argument(&operation, reason))
        };
        let template = match Template::parse(&self.template, &inner.base_url) {
            Ok(template) => template,
            Err(reason) => return rejected(reason),
        };
        if has_token {
            return rejected("the template contains the access token: remove it".to_owned());
        }
        let operation = template.operation(&self.method);
        let rejected = |reason: &str| RequestBuilder::failed(Error::argument(&operation, reason));
        if let Some(reason) = &self.invalid {
            return rejected(reason);
        }
        if self.method == Method::CONNECT {
            return rejected("CONNECT opens a tunnel and is not a request to a path");
        }
        match template.url(&inner.base_url, &self.arguments) {
            Ok(mut url) => {
                if !self.query.is_empty() {
                    url.query_pairs_mut().extend_pairs(&self.query);
                }
                RequestBuilder::for_url(self.client, &operation, url)
                    .with_parts(self.headers, self.body)
            }
            Err(reason) => rejected(&reason),
        }
    }
}

/// Shows the method and the template without its query, not the arguments.
impl fmt::Debug for RawRequest {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_token = self.client.inner().tokens.known().are_in(&self.template);
        let operation = invalid_operation(&self.method, &self.template, has_token);
        f.debug_tuple("RawRequest")
            .field(&operation.id())
            .finish_non_exhaustive()
    }
}
