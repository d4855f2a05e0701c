//! Builds a request from the arguments of an operation.

use std::fmt::Display;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::{Request, Url};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    argument::{Argument, InvalidValue},
    file_part::{FilePart, Form},
    path,
    response_future::ResponseFuture,
    retry_loop::RetryLoop,
    transport::BodyMode,
};
use crate::{
    Client, Error,
    codec::Value,
    operation::OperationRef,
    patch::PatchBody,
    response::{ByteStream, RawResponse, ResponseValue},
};

/// A request that is being built, or the first error. The error is kept here so
/// that the generated code is one chain of calls without branches.
pub(crate) struct RequestBuilder(Result<Parts, Error>);

struct Parts {
    client: Client,
    operation: OperationRef,
    request: Request,
    form: Option<Form>,
}

impl RequestBuilder {
    /// Creates a request for the path of the operation.
    pub(crate) fn new<const N: usize>(
        client: Client,
        operation: impl Into<OperationRef>,
        segments: [Result<String, InvalidValue>; N],
    ) -> Self {
        Self(Parts::new(client, operation.into(), segments))
    }

    /// Creates a request for the URL of a link.
    pub(crate) fn for_url(client: Client, operation: impl Into<OperationRef>, url: Url) -> Self {
        Self(Parts::for_url(client, operation.into(), url))
    }

    /// Creates a request that fails with this error.
    pub(crate) fn failed(error: Error) -> Self {
        Self(Err(error))
    }

    /// Sets headers and, unless it is empty, the body.
    pub(super) fn with_parts(mut self, headers: HeaderMap, body: Bytes) -> Self {
        if let Ok(parts) = &mut self.0 {
            parts.request.headers_mut().extend(headers);
            if !body.is_empty() {
                *parts.request.body_mut() = Some(body.into());
            }
        }
        self
    }

    /// Applies an argument to the request if it is set.
    fn with<T>(
        mut self,
        value: Argument<T>,
        put: impl FnOnce(&mut Parts, T) -> Result<(), Error>,
    ) -> Self {
        if let Ok(parts) = &mut self.0 {
            let done = match value.optional() {
                Ok(Some(value)) => put(parts, value),
                Ok(None) => Ok(()),
                Err(reason) => Err(Error::argument(&parts.operation, reason)),
            };
            if let Err(error) = done {
                self.0 = Err(error);
            }
        }
        self
    }

    /// Adds a query parameter.
    pub(crate) fn query(self, name: &str, value: Argument<impl ToString>) -> Self {
        self.with(value, |parts, value| {
            parts.append(name, &value.to_string());
            Ok(())
        })
    }

    /// Adds a query parameter for each of the values.
    pub(crate) fn query_each<T: ToString>(self, name: &str, values: Argument<Vec<T>>) -> Self {
        self.with(values, |parts, values| {
            for value in values {
                parts.append(name, &value.to_string());
            }
            Ok(())
        })
    }

    /// Adds a query parameter with the values separated by commas.
    pub(crate) fn query_joined<T: ToString>(self, name: &str, values: Argument<Vec<T>>) -> Self {
        self.with(values, |parts, values| {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            parts.append(name, &values.join(","));
            Ok(())
        })
    }

    /// Adds a header.
    pub(crate) fn header(self, name: &'static str, value: Argument<impl Display>) -> Self {
        self.with(value, |parts, value| {
            let operation = &parts.operation;
            let reject = |reason: &dyn Display| {
                Error::argument(operation, format!("`{name}` is not valid: {reason}"))
            };
            let value = HeaderValue::from_str(&value.to_string()).map_err(|e| reject(&e))?;
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| reject(&e))?;
            parts.request.headers_mut().insert(name, value);
            Ok(())
        })
    }

    /// Sets a JSON body.
    pub(crate) fn json<T: Serialize>(self, body: Argument<T>) -> Self {
        self.with(body, |parts, body| parts.json(&body))
    }

    /// Sets a patch document as the body.
    pub(crate) fn patch(self, body: Argument<PatchBody>) -> Self {
        self.with(body, |parts, PatchBody { content_type, json }| {
            let headers = parts.request.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            *parts.request.body_mut() = Some(json.into());
            Ok(())
        })
    }

    /// Builds a value and sets it as a JSON body.
    pub(crate) fn json_from_builder<T, B>(self, body: Argument<B>) -> Self
    where
        T: Serialize,
        B: TryInto<T, Error = InvalidValue>,
    {
        self.with(body, |parts, body| {
            let body = body.try_into().map_err(|reason| {
                Error::argument(&parts.operation, format!("`body` is not valid: {reason}"))
            })?;
            parts.json(&body)
        })
    }

    /// Adds a text field to the form (`multipart/form-data`, RFC 7578).
    pub(crate) fn form_text(self, name: &'static str, value: Argument<String>) -> Self {
        self.with(value, |parts, value| {
            parts.form.get_or_insert_default().text(name, value);
            Ok(())
        })
    }

    /// Adds a file to the form.
    pub(crate) fn form_file(self, name: &'static str, file: Argument<FilePart>) -> Self {
        self.with(file, |parts, file| {
            let form = parts.form.get_or_insert_default();
            form.file(name, file)
                .map_err(|reason| Error::argument(&parts.operation, reason))
        })
    }

    /// Sends the request and decodes a JSON body.
    pub(crate) fn send_json<T: Value>(self) -> ResponseFuture<T> {
        self.send(BodyMode::Buffered, RawResponse::json)
    }

    /// Sends the request and decodes a JSON body; the value is empty without a
    /// body.
    pub(crate) fn send_json_or_empty<T: Value + Default>(self) -> ResponseFuture<T> {
        self.send(BodyMode::Buffered, RawResponse::json_or_empty)
    }

    /// Sends the request and ignores the body.
    pub(crate) fn send_empty(self) -> ResponseFuture<()> {
        self.send(BodyMode::Buffered, RawResponse::empty)
    }

    /// Sends the request and returns the body as it came.
    pub(crate) fn send_bytes(self) -> ResponseFuture<Bytes> {
        self.send(BodyMode::Buffered, RawResponse::bytes)
    }

    /// Sends the request and decodes a JSON body into the caller's type.
    pub(crate) fn send_as<T: DeserializeOwned>(self) -> ResponseFuture<T> {
        self.send(BodyMode::Buffered, |response| response.bytes()?.decode())
    }

    /// Sends the request and returns the body as a stream.
    pub(crate) fn send_stream(self) -> ResponseFuture<ByteStream> {
        self.send(BodyMode::Streaming, RawResponse::stream)
    }

    fn send<T>(
        self,
        mode: BodyMode,
        decode: fn(RawResponse) -> Result<ResponseValue<T>, Error>,
    ) -> ResponseFuture<T> {
        ResponseFuture::new(self.execute(mode), decode)
    }

    /// Sends the request. Returns an error if the response is not a success.
    pub(super) fn execute(self, mode: BodyMode) -> BoxFuture<'static, Result<RawResponse, Error>> {
        Box::pin(async move {
            let (client, operation, request) = self.0?.finish()?;
            RetryLoop::new(&client, operation, request).run(mode).await
        })
    }
}

impl Parts {
    fn new<const N: usize>(
        client: Client,
        operation: OperationRef,
        segments: [Result<String, InvalidValue>; N],
    ) -> Result<Self, Error> {
        let mut arguments = [const { String::new() }; N];
        for (argument, segment) in arguments.iter_mut().zip(segments) {
            *argument = segment.map_err(|reason| Error::argument(&operation, reason))?;
        }
        let base = &client.inner().base_url;
        let path = path::fill(base.prefix(), &operation.path, &arguments)
            .map_err(|reason| Error::argument(&operation, reason))?;
        let url = base.with_path(&path);
        Self::for_url(client, operation, url)
    }

    fn for_url(client: Client, operation: OperationRef, url: Url) -> Result<Self, Error> {
        let mut request = Request::new(operation.method.clone(), url);
        request
            .headers_mut()
            .insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(extra) = client.extra_headers.as_deref() {
            if let Some(reason) = &extra.invalid {
                return Err(Error::argument(&operation, reason));
            }
            request.headers_mut().extend(extra.headers.clone());
        }
        Ok(Self {
            client,
            operation,
            request,
            form: None,
        })
    }

    fn append(&mut self, name: &str, value: &str) {
        self.request
            .url_mut()
            .query_pairs_mut()
            .append_pair(name, value);
    }

    fn json(&mut self, body: &impl Serialize) -> Result<(), Error> {
        let body = serde_json::to_vec(body).map_err(|reason| {
            Error::argument(&self.operation, format!("`body` is not valid: {reason}"))
        })?;
        self.request.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        *self.request.body_mut() = Some(body.into());
        Ok(())
    }

    fn finish(self) -> Result<(Client, OperationRef, Request), Error> {
        let Self {
            client,
            operation,
            mut request,
            form,
        } = self;
        if let Some(form) = form {
            form.put_into(&mut request, &client, &operation)?;
        }
        Ok((client, operation, request))
    }
}
