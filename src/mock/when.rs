//! The expected requests of mocks.

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

/// The expected request of a mock; `O` is the operation's builder in
/// [`builder`](mod@crate::builder).
///
/// A request must match the operation's method and path, and each argument that
/// is set here, exactly. Other arguments may have any value.
///
/// # Panics
///
/// A setter panics if the client would reject its value before sending, such as
/// an empty key. The message names the argument and the reason.
pub struct When<O> {
    inner: httpmock::When,
    operation: &'static Operation,
    /// The path arguments that are set so far.
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

    /// Adds expectations of [`httpmock::When`].
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

    /// Returns the wrapped [`httpmock::When`] with the expectations so far.
    #[must_use]
    pub fn into_inner(self) -> httpmock::When {
        self.inner
    }

    fn matching(self, is: impl Fn(&HttpMockRequest) -> bool + Send + Sync + 'static) -> Self {
        self.and(|when| when.is_true(is))
    }

    /// Returns the value of an argument, or fails the test.
    #[track_caller]
    fn valid<T>(&self, name: &str, value: Argument<T>) -> T {
        match value.required(name, name) {
            Ok(value) => value,
            Err(reason) => fail(&self.operation.id, &reason),
        }
    }

    fn json_body(self, json: Value) -> Self {
        self.and(|when| when.json_body(json))
    }
}

/// Expects a path parameter, by its position.
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
        fail(&operation.id, &reason);
    }
    when.path[place] = Some(argument.clone());
    let known: Vec<&String> = when.path.iter().flatten().collect();
    // Does not change the match, but a failed assertion shows the expected
    // path.
    if known.len() == when.path.len()
        && let Ok(path) = path::fill("", &operation.path, &known)
    {
        when.inner = when.inner.path(path);
    }
    when.matching(move |request| {
        route::arguments(operation, request)
            .is_some_and(|arguments| arguments.get(place) == Some(&argument))
    })
}

/// Expects a query parameter.
#[track_caller]
pub(crate) fn query<O, T: ToString>(when: When<O>, name: &str, value: Argument<T>) -> When<O> {
    let value = when.valid(name, value);
    when.and(|when| when.query_param(name, value.to_string()))
}

/// Expects a query parameter for each of the values.
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

/// Expects a query parameter with the values separated by commas.
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

/// Expects a header.
#[track_caller]
pub(crate) fn header<O, T: ToString>(when: When<O>, name: &str, value: Argument<T>) -> When<O> {
    let value = when.valid(name, value);
    when.and(|when| when.header(name, value.to_string()))
}

/// Expects a JSON body.
#[track_caller]
pub(crate) fn json<O, T: Serialize>(when: When<O>, body: Argument<T>) -> When<O> {
    let body = when.valid("body", body);
    let json = as_sent(&when, &body);
    when.json_body(json)
}

/// Expects a JSON body that is still a builder.
#[track_caller]
pub(crate) fn json_from_builder<O, T, B>(when: When<O>, body: Argument<B>) -> When<O>
where
    T: Serialize,
    B: TryInto<T, Error = InvalidValue>,
{
    match when.valid("body", body).try_into() {
        Ok(body) => json(when, Argument::Set(body)),
        Err(reason) => fail(
            &when.operation.id,
            &format!("`body` is not valid: {reason}"),
        ),
    }
}

/// Expects a patch document and the header of its format.
#[track_caller]
pub(crate) fn patch<O>(when: When<O>, body: Argument<PatchBody>) -> When<O> {
    let PatchBody { content_type, json } = when.valid("body", body);
    let json = read(&when, &json);
    when.and(|when| when.header("content-type", content_type))
        .json_body(json)
}

/// Expects a text field of a form.
#[track_caller]
pub(crate) fn form_text<O>(when: When<O>, name: &'static str, value: Argument<String>) -> When<O> {
    let value = when.valid(name, value);
    form_file(when, name, value.into_bytes())
}

/// Expects a field of a form with this content.
#[track_caller]
pub(crate) fn form_file<O>(when: When<O>, name: &'static str, expected: Vec<u8>) -> When<O> {
    when.matching(move |request| {
        // The whole body is in memory, so no wait is necessary.
        part(request, name).now_or_never().flatten().as_ref() == Some(&expected)
    })
}

/// Returns the content of a field of the form of a request.
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

/// Returns the JSON of a body after a round trip through text.
#[track_caller]
fn as_sent<O>(when: &When<O>, body: &impl Serialize) -> Value {
    match serde_json::to_vec(body) {
        Ok(json) => read(when, &json),
        Err(reason) => fail(
            &when.operation.id,
            &format!("`body` is not valid: {reason}"),
        ),
    }
}

#[track_caller]
fn read<O, T: DeserializeOwned>(when: &When<O>, json: &[u8]) -> T {
    match serde_json::from_slice(json) {
        Ok(value) => value,
        Err(reason) => fail(
            &when.operation.id,
            &format!("`body` is not valid: {reason}"),
        ),
    }
}
