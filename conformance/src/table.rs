//! The operations and types of the crate as data.

use std::{collections::BTreeMap, error::Error, pin::Pin};

use launchdarkly_api::{
    ByteStream, Client, JsonPatch, Pages, ResponseValue,
    httpmock::{Mock, MockServer},
    mock::{Example, Examples, MockServerExt},
    modify,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::arguments::{Arguments, Patch};

/// Any error.
pub type Fault = Box<dyn Error>;

/// An operation of the crate.
#[non_exhaustive]
pub struct Operation {
    /// The name of the client's method.
    pub id: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path template.
    pub path: &'static str,
    /// Decodes and encodes the request body.
    pub request: Option<RoundTrip>,
    /// The JSON Schema of the request body.
    pub request_schema: Option<Describe>,
    /// The patch formats of the request body.
    pub patches: &'static [&'static str],
    /// Decodes and encodes the response body.
    pub response: Option<RoundTrip>,
    /// Makes an example of the response body.
    pub example: Option<MakeExample>,
    /// The JSON Schema of the response body.
    pub response_schema: Option<Describe>,
    /// Calls the operation.
    pub call: fn(&Client, &Arguments) -> Result<Sending, Fault>,
    /// Mocks a call with these arguments.
    pub mock: for<'a> fn(&'a MockServer, &Arguments, &MockResponse) -> Result<Mock<'a>, Fault>,
    /// Changes the resource with `modify`, if the operation takes a JSON Patch and
    /// its path has a GET.
    pub modify: Option<Modify>,
    /// Requests the items of all pages, if the operation returns a list of pages.
    pub list: Option<ListItems>,
}

/// The response of a mock.
#[derive(Debug, Clone, PartialEq)]
pub struct MockResponse {
    /// A documented status.
    pub status: u16,
    /// Its body.
    pub body: Value,
}

impl MockResponse {
    fn value<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        read(&self.body)
    }

    fn is_undocumented(&self) -> Result<(), Fault> {
        Err(format!("the mock has no method for status {}", self.status).into())
    }
}

/// A type of the crate.
#[non_exhaustive]
pub struct Type {
    /// Its name in `types`.
    pub name: &'static str,
    /// The schemas that it was generated from.
    pub schemas: &'static [&'static str],
    /// Decodes and encodes a value.
    pub round_trip: RoundTrip,
    /// Its JSON Schema.
    pub schema: Describe,
    /// Builds a value with the methods of its builder.
    pub build: Option<Build>,
}

/// Decodes JSON as a type and encodes the value.
pub type RoundTrip = fn(&[u8]) -> Result<Value, Fault>;

/// Makes an example. Returns its JSON, and the JSON after decoding and encoding it.
pub type MakeExample = fn(&Examples) -> Result<(Value, Value), Fault>;

/// The JSON Schema (draft 2020-12) of a type, with the schemas that it refers to.
pub type Describe = fn() -> Value;

/// Builds a value from its properties and encodes it.
pub type Build = fn(&Properties) -> Result<Value, Fault>;

/// Reads a resource, changes the JSON of the typed value, and sends the patch.
pub type Modify = fn(&Client, &Arguments, ChangeValue) -> Result<Modifying, Fault>;

/// Requests the items of all pages, so many pages at the same time.
pub type ListItems = fn(&Client, &Arguments, usize) -> Result<Listing, Fault>;

/// The JSON of the items that a list returned, and the error that ended it.
pub type Listing = Pin<Box<dyn Future<Output = (Vec<Value>, Option<launchdarkly_api::Error>)>>>;

/// Changes the JSON of a typed value.
pub type ChangeValue = Box<dyn Fn(&mut Value)>;

/// The JSON of the changed resource.
pub type Modifying = Pin<Box<dyn Future<Output = Result<Value, launchdarkly_api::Error>>>>;

/// A running call.
pub type Sending = Pin<Box<dyn Future<Output = Result<CallResult, launchdarkly_api::Error>>>>;

/// The result of a call.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct CallResult {
    /// The status.
    pub status: u16,
    /// The JSON of the decoded value.
    pub value: Option<Value>,
    /// The violations that Prism reports.
    pub violations: Option<String>,
}

impl CallResult {
    fn new<T>(response: &ResponseValue<T>, value: Option<Value>) -> Self {
        let violations = response.headers().get("sl-violations");
        Self {
            status: response.status().as_u16(),
            value,
            violations: violations.map(|text| String::from_utf8_lossy(text.as_bytes()).into()),
        }
    }
}

/// The properties of an object, by name.
pub struct Properties(pub BTreeMap<String, Value>);

impl Properties {
    fn get<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Fault> {
        self.0.get(name).map(read).transpose()
    }
}

/// All operations.
#[must_use]
pub fn operations() -> &'static [Operation] {
    generated::OPERATIONS
}

/// All types.
#[must_use]
pub fn types() -> &'static [Type] {
    generated::TYPES
}

/// Decodes a value from text, as the client does. Decoding from `Value` would
/// compile for hundreds of types a second time.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Fault> {
    Ok(serde_json::from_slice(&serde_json::to_vec(value)?)?)
}

fn written<T: Serialize>(value: &T) -> Result<Value, Fault> {
    Ok(serde_json::from_slice(&serde_json::to_vec(value)?)?)
}

fn round_trip<T: DeserializeOwned + Serialize>(json: &[u8]) -> Result<Value, Fault> {
    written(&serde_json::from_slice::<T>(json)?)
}

fn example<T>(examples: &Examples) -> Result<(Value, Value), Fault>
where
    T: Example + DeserializeOwned + Serialize + PartialEq,
{
    let value: T = examples.make();
    let json = written(&value)?;
    let after: T = read(&json)?;
    if after != value {
        return Err("the decoded example differs from the example".into());
    }
    Ok((json, written(&after)?))
}

fn described<T: JsonSchema>() -> Value {
    SchemaGenerator::default()
        .into_root_schema_for::<T>()
        .into()
}

fn json<T, F>(send: F) -> Sending
where
    T: Serialize,
    F: Future<Output = Result<ResponseValue<T>, launchdarkly_api::Error>> + 'static,
{
    Box::pin(async move {
        let response = send.await?;
        // A decoded value can be encoded.
        Ok(CallResult::new(&response, written(&*response).ok()))
    })
}

fn modified<T, U, R, W>(
    read: impl Fn() -> R + 'static,
    change: ChangeValue,
    write: impl Fn(JsonPatch) -> W + 'static,
) -> Modifying
where
    T: Serialize + DeserializeOwned + Clone + 'static,
    U: 'static,
    R: Future<Output = Result<ResponseValue<T>, launchdarkly_api::Error>> + 'static,
    W: Future<Output = Result<ResponseValue<U>, launchdarkly_api::Error>> + 'static,
{
    Box::pin(async move {
        let change = |typed: &mut T| {
            let mut value = written(typed).unwrap_or_default();
            change(&mut value);
            // If decoding fails, the value stays unchanged and the test fails.
            if let Ok(changed) = self::read(&value) {
                *typed = changed;
            }
        };
        let resource = modify(read, change, write).await?;
        Ok(written(&resource).unwrap_or_default())
    })
}

fn listed<P: Send + 'static, I: Serialize + Send + 'static>(pages: Pages<P, I>) -> Listing {
    let mut items = pages.items();
    Box::pin(async move {
        let mut listed = Vec::new();
        loop {
            match items.try_next().await {
                Ok(Some(item)) => listed.push(written(&item).unwrap_or_default()),
                Ok(None) => return (listed, None),
                Err(error) => return (listed, Some(error)),
            }
        }
    })
}

fn no_content<F>(send: F) -> Sending
where
    F: Future<Output = Result<ResponseValue<()>, launchdarkly_api::Error>> + 'static,
{
    Box::pin(async move {
        let response = send.await?;
        Ok(CallResult::new(&response, None))
    })
}

#[allow(dead_code)]
fn stream<F>(send: F) -> Sending
where
    F: Future<Output = Result<ResponseValue<ByteStream>, launchdarkly_api::Error>> + 'static,
{
    Box::pin(async move {
        let response = send.await?;
        Ok(CallResult::new(&response, None))
    })
}

/// The tables from `build.rs`.
mod generated {
    // The tables have deprecated operations and operations without arguments.
    #![allow(clippy::all, clippy::unwrap_used, deprecated)]
    #![allow(unused_assignments, unused_mut, unused_variables)]

    use super::*;

    include!(concat!(env!("OUT_DIR"), "/table.rs"));
}
