//! A request that is put together from an operation's arguments.

use std::fmt::Display;

use http::{HeaderName, HeaderValue, header};
use reqwest::{Request, multipart};
use serde::Serialize;

use crate::{Client, Error, Operation, part::InvalidValue, patch::Body, response::Answer};

/// What an argument is, or why it is none.
type Given<T> = Result<Option<T>, InvalidValue>;

pub(crate) struct Draft {
    client: Client,
    operation: &'static Operation,
    request: Request,
    form: Option<multipart::Form>,
}

impl Draft {
    /// A request to the operation's path with its parameters in their places.
    pub(crate) fn new<const N: usize>(
        client: Client,
        operation: &'static Operation,
        segments: [Result<String, InvalidValue>; N],
    ) -> Result<Self, Error> {
        let mut arguments = [const { String::new() }; N];
        for (argument, segment) in arguments.iter_mut().zip(segments) {
            *argument = segment.map_err(|reason| operation.refuse(reason))?;
        }
        let url = operation.url(&client, &arguments)?;
        let mut request = Request::new(operation.method.clone(), url);
        request
            .headers_mut()
            .insert(header::ACCEPT, HeaderValue::from_static("application/json"));
        Ok(Self {
            client,
            operation,
            request,
            form: None,
        })
    }

    /// A query parameter.
    pub(crate) fn query(&mut self, name: &str, value: Given<impl Query>) -> Result<(), Error> {
        if let Some(value) = self.taken(value)? {
            let text = value.text();
            self.request
                .url_mut()
                .query_pairs_mut()
                .append_pair(name, &text);
        }
        Ok(())
    }

    /// A query parameter that is repeated for each of its values.
    pub(crate) fn query_each<T: Query>(
        &mut self,
        name: &str,
        values: Given<Vec<T>>,
    ) -> Result<(), Error> {
        for value in self.taken(values)?.into_iter().flatten() {
            let text = value.text();
            self.request
                .url_mut()
                .query_pairs_mut()
                .append_pair(name, &text);
        }
        Ok(())
    }

    /// A query parameter whose values stand in it, separated by commas.
    pub(crate) fn query_joined<T: Query>(
        &mut self,
        name: &str,
        values: Given<Vec<T>>,
    ) -> Result<(), Error> {
        let joined = values.map(|values| {
            values.map(|values| values.iter().map(Query::text).collect::<Vec<_>>().join(","))
        });
        self.query(name, joined)
    }

    /// A header parameter.
    pub(crate) fn header(
        &mut self,
        name: &'static str,
        value: Given<impl Display>,
    ) -> Result<(), Error> {
        if let Some(value) = self.taken(value)? {
            let operation = self.operation;
            let refuse =
                |reason: &dyn Display| operation.refuse(format!("`{name}` is not valid: {reason}"));
            let value = HeaderValue::from_str(&value.to_string()).map_err(|e| refuse(&e))?;
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| refuse(&e))?;
            self.request.headers_mut().insert(name, value);
        }
        Ok(())
    }

    /// A body of JSON.
    pub(crate) fn json<T: Serialize>(&mut self, body: Given<T>) -> Result<(), Error> {
        if let Some(body) = self.taken(body)? {
            let body = serde_json::to_vec(&body).map_err(|reason| {
                self.operation
                    .refuse(format!("`body` is not valid: {reason}"))
            })?;
            let headers = self.request.headers_mut();
            headers.insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
            *self.request.body_mut() = Some(body.into());
        }
        Ok(())
    }

    /// A patch document.
    pub(crate) fn patch(&mut self, body: Result<Body, InvalidValue>) -> Result<(), Error> {
        let Body { content_type, json } = body.map_err(|reason| self.operation.refuse(reason))?;
        let content_type = HeaderValue::from_static(content_type);
        self.request
            .headers_mut()
            .insert(header::CONTENT_TYPE, content_type);
        *self.request.body_mut() = Some(json.into());
        Ok(())
    }

    /// A body of JSON that is still to be built.
    pub(crate) fn built<T, B>(&mut self, body: Given<B>) -> Result<(), Error>
    where
        T: Serialize,
        B: TryInto<T, Error = InvalidValue>,
    {
        let body = match self.taken(body)? {
            Some(body) => Some(body.try_into().map_err(|reason| {
                self.operation
                    .refuse(format!("`body` is not valid: {reason}"))
            })?),
            None => None,
        };
        self.json(Ok(body))
    }

    /// A part of a form (`multipart/form-data`, RFC 7578).
    pub(crate) fn text(&mut self, name: &'static str, value: Given<String>) -> Result<(), Error> {
        if let Some(value) = self.taken(value)? {
            let form = self.form.take().unwrap_or_default();
            self.form = Some(form.text(name, value));
        }
        Ok(())
    }

    /// A file in a form.
    pub(crate) fn file(
        &mut self,
        name: &'static str,
        file: Given<multipart::Part>,
    ) -> Result<(), Error> {
        if let Some(file) = self.taken(file)? {
            let form = self.form.take().unwrap_or_default();
            self.form = Some(form.part(name, file));
        }
        Ok(())
    }

    pub(crate) async fn exec(mut self) -> Result<Answer, Error> {
        self.finish()?;
        let Self {
            client,
            operation,
            request,
            ..
        } = self;
        client.exec(request, operation).await
    }

    pub(crate) async fn exec_stream(mut self) -> Result<Answer, Error> {
        self.finish()?;
        let Self {
            client,
            operation,
            request,
            ..
        } = self;
        client.exec_stream(request, operation).await
    }

    fn finish(&mut self) -> Result<(), Error> {
        let Some(form) = self.form.take() else {
            return Ok(());
        };
        let with_form = self
            .client
            .http()
            .post(self.request.url().clone())
            .multipart(form)
            .build()
            .map_err(|error| self.operation.unbuildable(error))?;
        let (content_type, length) = (
            with_form.headers().get(header::CONTENT_TYPE).cloned(),
            with_form.headers().get(header::CONTENT_LENGTH).cloned(),
        );
        for (name, value) in [
            (header::CONTENT_TYPE, content_type),
            (header::CONTENT_LENGTH, length),
        ] {
            if let Some(value) = value {
                self.request.headers_mut().insert(name, value);
            }
        }
        let mut with_form = with_form;
        *self.request.body_mut() = with_form.body_mut().take();
        Ok(())
    }

    fn taken<T>(&self, value: Given<T>) -> Result<Option<T>, Error> {
        value.map_err(|reason| self.operation.refuse(reason))
    }
}

/// A query parameter's value as text.
pub(crate) trait Query {
    fn text(&self) -> String;
}

impl<T: ToString> Query for T {
    fn text(&self) -> String {
        self.to_string()
    }
}
