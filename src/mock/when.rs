//! What a request must be for a mock to answer it.

use std::marker::PhantomData;

use futures_util::{FutureExt, stream};
use httpmock::HttpMockRequest;
use multer::Multipart;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{fail, route};
use crate::{
    Operation,
    call::argument::{Argument, InvalidValue},
    call::path,
    patch::PatchBody,
};

/// What a request must be for a mock to answer it; `O` is the operation's
/// builder in [`builder`](mod@crate::builder).
///
/// The operation's method and path are matched in any case, and so is each
/// argument that is set here, exactly; what is not set may be anything.
///
/// # Panics
///
/// A setter panics if its value is one the client would fail to send, such as
/// an empty key, and says which and why.
pub struct When<O> {
    inner: httpmock::When,
    operation: &'static Operation,
    /// The arguments of the path that are known so far.
    path: Vec<Option<String>>,
    of: PhantomData<fn() -> O>,
}

impl<O> When<O> {
    pub(super) fn new(inner: httpmock::When, operation: &'static Operation) -> Self {
        let is_routed =
            move |request: &HttpMockRequest| route::arguments(operation, request).is_some();
        Self {
            inner: inner.is_true(is_routed),
            operation,
            path: vec![None; operation.path.matches('{').count()],
            of: PhantomData,
        }
    }

    /// Adds what only [`httpmock::When`] can say, as its
    /// own `and` does.
    ///
    /// ```
    /// # use launchdarkly_api::{httpmock::MockServer, mock::MockServerExt};
    /// # let server = MockServer::start();
    /// let beta = server.get_tags(|when, then| {
    ///     when.and(|when| when.header("ld-api-version", "beta"));
    ///     then.not_found();
    /// });
    /// ```
    pub fn and(mut self, more: impl FnOnce(httpmock::When) -> httpmock::When) -> Self {
        self.inner = more(self.inner);
        self
    }

    /// The [`httpmock::When`] in it, which matches what
    /// was set so far.
    #[must_use]
    pub fn into_inner(self) -> httpmock::When {
        self.inner
    }

    fn matching(self, is: impl Fn(&HttpMockRequest) -> bool + Send + Sync + 'static) -> Self {
        self.and(|when| when.is_true(is))
    }

    /// A value that was valid for an argument.
    #[track_caller]
    fn valid<T>(&self, name: &str, value: Argument<T>) -> T {
        match value.required(name, name) {
            Ok(value) => value,
            Err(reason) => fail(self.operation.id, &reason),
        }
    }

    fn json_body(self, json: Value) -> Self {
        self.and(|when| when.json_body(json))
    }
}

/// A parameter of the path, by its place among them.
#[track_caller]
pub(crate) fn path<O, T: ToString>(
    mut when: When<O>,
    place: usize,
    name: &str,
    value: Argument<T>,
) -> When<O> {
    let operation = when.operation;
    let argument = when.valid(name, value).to_string();
    if let Err(reason) = path::fill("", &format!("{{{name}}}"), &[&argument]) {
        fail(operation.id, &reason);
    }
    when.path[place] = Some(argument.clone());
    let known: Vec<&String> = when.path.iter().flatten().collect();
    // It matches the same, and tells a failed assertion what was expected.
    if known.len() == when.path.len()
        && let Ok(path) = path::fill("", operation.path, &known)
    {
        when.inner = when.inner.path(path);
    }
    when.matching(move |request| {
        route::arguments(operation, request)
            .is_some_and(|arguments| arguments.get(place) == Some(&argument))
    })
}

/// A query parameter.
#[track_caller]
pub(crate) fn query<O, T: ToString>(when: When<O>, name: &str, value: Argument<T>) -> When<O> {
    let value = when.valid(name, value);
    when.and(|when| when.query_param(name, value.to_string()))
}

/// A query parameter that is repeated for each of its values.
#[track_caller]
pub(crate) fn query_each<O, T: ToString>(
    when: When<O>,
    name: &'static str,
    values: Argument<Vec<T>>,
) -> When<O> {
    let values = when.valid(name, values);
    let expected: Vec<String> = values.iter().map(ToString::to_string).collect();
    when.matching(move |request| {
        let found = request.query_params().into_iter();
        found
            .filter(|(other, _)| other == name)
            .map(|(_, value)| value)
            .eq(expected.iter().cloned())
    })
}

/// A query parameter whose values stand in it, separated by commas.
#[track_caller]
pub(crate) fn query_joined<O, T: ToString>(
    when: When<O>,
    name: &str,
    values: Argument<Vec<T>>,
) -> When<O> {
    let values = when.valid(name, values);
    let values: Vec<String> = values.iter().map(ToString::to_string).collect();
    query(when, name, Argument::Set(values.join(",")))
}

/// A header.
#[track_caller]
pub(crate) fn header<O, T: ToString>(when: When<O>, name: &str, value: Argument<T>) -> When<O> {
    let value = when.valid(name, value);
    when.and(|when| when.header(name, value.to_string()))
}

/// A body of JSON.
#[track_caller]
pub(crate) fn json<O, T: Serialize>(when: When<O>, body: Argument<T>) -> When<O> {
    let body = when.valid("body", body);
    let json = as_sent(&when, &body);
    when.json_body(json)
}

/// A body of JSON that may still be to be built.
#[track_caller]
pub(crate) fn json_from_builder<O, T, B>(when: When<O>, body: Argument<B>) -> When<O>
where
    T: Serialize,
    B: TryInto<T, Error = InvalidValue>,
{
    match when.valid("body", body).try_into() {
        Ok(body) => json(when, Argument::Set(body)),
        Err(reason) => fail(when.operation.id, &format!("`body` is not valid: {reason}")),
    }
}

/// A patch document, of its format.
#[track_caller]
pub(crate) fn patch<O>(when: When<O>, body: Argument<PatchBody>) -> When<O> {
    let PatchBody { content_type, json } = when.valid("body", body);
    let json = read(&when, &json);
    when.and(|when| when.header("content-type", content_type))
        .json_body(json)
}

/// A part of a form that is text.
#[track_caller]
pub(crate) fn form_text<O>(when: When<O>, name: &'static str, value: Argument<String>) -> When<O> {
    let value = when.valid(name, value);
    form_file(when, name, value.into_bytes())
}

/// A part of a form, by what is in it.
#[track_caller]
pub(crate) fn form_file<O>(when: When<O>, name: &'static str, expected: Vec<u8>) -> When<O> {
    when.matching(move |request| {
        // All of it is there: nothing is waited for.
        part(request, name).now_or_never().flatten().as_ref() == Some(&expected)
    })
}

/// What is in a part of a request's form.
async fn part(request: &HttpMockRequest, name: &str) -> Option<Vec<u8>> {
    let headers = request.headers();
    let content_type = headers.get("content-type")?.to_str().ok()?;
    let boundary = multer::parse_boundary(content_type).ok()?;
    let body = request.body().to_bytes();
    let body = stream::iter([Ok::<_, std::convert::Infallible>(body)]);
    let mut form = Multipart::new(body, boundary);
    while let Some(field) = form.next_field().await.ok()? {
        if field.name() == Some(name) {
            return Some(field.bytes().await.ok()?.to_vec());
        }
    }
    None
}

/// A body as it is once it has been sent and read.
#[track_caller]
fn as_sent<O>(when: &When<O>, body: &impl Serialize) -> Value {
    match serde_json::to_vec(body) {
        Ok(json) => read(when, &json),
        Err(reason) => fail(when.operation.id, &format!("`body` is not valid: {reason}")),
    }
}

#[track_caller]
fn read<O, T: DeserializeOwned>(when: &When<O>, json: &[u8]) -> T {
    match serde_json::from_slice(json) {
        Ok(value) => value,
        Err(reason) => fail(when.operation.id, &format!("`body` is not valid: {reason}")),
    }
}
