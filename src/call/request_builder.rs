//! A request that is put together from an operation's arguments.

use std::fmt::Display;

use http::{HeaderName, HeaderValue, header};
use reqwest::{Request, Url};
use serde::Serialize;

use crate::{
    ByteStream, Client, Error, FilePart, Operation, ResponseValue,
    call::argument::{InvalidValue, Part},
    call::file_part::Form,
    codec::Value,
    patch::Body,
    response::Answer,
};

/// A request in the making, or the first reason why it cannot be made. That it
/// is one or the other is known here alone: the generated code is one chain of
/// calls, without a branch at each.
pub(crate) struct Draft(Result<Started, Error>);

struct Started {
    client: Client,
    operation: &'static Operation,
    request: Request,
    form: Option<Form>,
}

impl Draft {
    /// A request to the operation's path with its parameters in their places.
    pub(crate) fn new<const N: usize>(
        client: Client,
        operation: &'static Operation,
        segments: [Result<String, InvalidValue>; N],
    ) -> Self {
        Self(Started::new(client, operation, segments))
    }

    /// A request to an address that a link has given, query included.
    pub(crate) fn to(client: Client, operation: &'static Operation, url: Url) -> Self {
        Self(Ok(Started::to(client, operation, url)))
    }

    /// Puts an argument where it belongs.
    fn with<T>(
        mut self,
        value: Part<T>,
        put: impl FnOnce(&mut Started, T) -> Result<(), Error>,
    ) -> Self {
        if let Ok(started) = &mut self.0 {
            let done = match value.optional() {
                Ok(Some(value)) => put(started, value),
                Ok(None) => Ok(()),
                Err(reason) => Err(started.operation.refuse(reason)),
            };
            if let Err(error) = done {
                self.0 = Err(error);
            }
        }
        self
    }

    /// A query parameter.
    pub(crate) fn query(self, name: &str, value: Part<impl ToString>) -> Self {
        self.with(value, |started, value| {
            started.append(name, &value.to_string());
            Ok(())
        })
    }

    /// A query parameter that is repeated for each of its values.
    pub(crate) fn query_each<T: ToString>(self, name: &str, values: Part<Vec<T>>) -> Self {
        self.with(values, |started, values| {
            for value in values {
                started.append(name, &value.to_string());
            }
            Ok(())
        })
    }

    /// A query parameter whose values stand in it, separated by commas.
    pub(crate) fn query_joined<T: ToString>(self, name: &str, values: Part<Vec<T>>) -> Self {
        self.with(values, |started, values| {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
            started.append(name, &values.join(","));
            Ok(())
        })
    }

    /// A header parameter.
    pub(crate) fn header(self, name: &'static str, value: Part<impl Display>) -> Self {
        self.with(value, |started, value| {
            let operation = started.operation;
            let refuse =
                |reason: &dyn Display| operation.refuse(format!("`{name}` is not valid: {reason}"));
            let value = HeaderValue::from_str(&value.to_string()).map_err(|e| refuse(&e))?;
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| refuse(&e))?;
            started.request.headers_mut().insert(name, value);
            Ok(())
        })
    }

    /// A body of JSON.
    pub(crate) fn json<T: Serialize>(self, body: Part<T>) -> Self {
        self.with(body, |started, body| started.json(&body))
    }

    /// A patch document.
    pub(crate) fn patch(self, body: Part<Body>) -> Self {
        self.with(body, |started, Body { content_type, json }| {
            let headers = started.request.headers_mut();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
            *started.request.body_mut() = Some(json.into());
            Ok(())
        })
    }

    /// A body of JSON that is still to be built.
    pub(crate) fn built<T, B>(self, body: Part<B>) -> Self
    where
        T: Serialize,
        B: TryInto<T, Error = InvalidValue>,
    {
        self.with(body, |started, body| {
            let body = body.try_into().map_err(|reason| {
                started
                    .operation
                    .refuse(format!("`body` is not valid: {reason}"))
            })?;
            started.json(&body)
        })
    }

    /// A part of a form (`multipart/form-data`, RFC 7578).
    pub(crate) fn text(self, name: &'static str, value: Part<String>) -> Self {
        self.with(value, |started, value| {
            started.form.get_or_insert_default().text(name, value);
            Ok(())
        })
    }

    /// A file in a form.
    pub(crate) fn file(self, name: &'static str, file: Part<FilePart>) -> Self {
        self.with(file, |started, file| {
            let form = started.form.get_or_insert_default();
            form.file(name, file)
                .map_err(|reason| started.operation.refuse(reason))
        })
    }

    /// Sends it; the answer's body is JSON.
    pub(crate) async fn answer_json<T: Value>(self) -> Result<ResponseValue<T>, Error> {
        self.exec().await?.json()
    }

    /// Sends it; the answer's body is JSON, or there is none.
    pub(crate) async fn answer_json_or_nothing<T: Value + Default>(
        self,
    ) -> Result<ResponseValue<T>, Error> {
        self.exec().await?.json_or_nothing()
    }

    /// Sends it; the answer has no body.
    pub(crate) async fn answer_nothing(self) -> Result<ResponseValue<()>, Error> {
        self.exec().await?.nothing()
    }

    /// Sends it; the answer's body is left to be read.
    pub(crate) async fn answer_stream(self) -> Result<ResponseValue<ByteStream>, Error> {
        let (client, operation, request) = self.0?.finish()?;
        client.exec_stream(request, operation).await?.stream()
    }

    async fn exec(self) -> Result<Answer, Error> {
        let (client, operation, request) = self.0?.finish()?;
        client.exec(request, operation).await
    }
}

impl Started {
    fn new<const N: usize>(
        client: Client,
        operation: &'static Operation,
        segments: [Result<String, InvalidValue>; N],
    ) -> Result<Self, Error> {
        let mut arguments = [const { String::new() }; N];
        for (argument, segment) in arguments.iter_mut().zip(segments) {
            *argument = segment.map_err(|reason| operation.refuse(reason))?;
        }
        let url = operation.url(&client, &arguments)?;
        Ok(Self::to(client, operation, url))
    }

    fn to(client: Client, operation: &'static Operation, url: Url) -> Self {
        let mut request = Request::new(operation.method.clone(), url);
        request
            .headers_mut()
            .insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        Self {
            client,
            operation,
            request,
            form: None,
        }
    }

    fn append(&mut self, name: &str, value: &str) {
        self.request
            .url_mut()
            .query_pairs_mut()
            .append_pair(name, value);
    }

    fn json(&mut self, body: &impl Serialize) -> Result<(), Error> {
        let body = serde_json::to_vec(body).map_err(|reason| {
            self.operation
                .refuse(format!("`body` is not valid: {reason}"))
        })?;
        self.request.headers_mut().insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        *self.request.body_mut() = Some(body.into());
        Ok(())
    }

    fn finish(self) -> Result<(Client, &'static Operation, Request), Error> {
        let Self {
            client,
            operation,
            mut request,
            form,
        } = self;
        if let Some(form) = form {
            form.put_into(&mut request, &client, operation)?;
        }
        Ok((client, operation, request))
    }
}
