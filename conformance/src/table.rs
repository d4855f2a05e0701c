//! The operations and types of the crate, for calling by name.

use std::{collections::BTreeMap, error::Error, pin::Pin};

use launchdarkly_api::{
    ByteStream, Client, JsonPatch, ResponseValue,
    httpmock::{Mock, MockServer},
    mock::{Example, Examples, MockServerExt},
    modify,
};
use schemars::{JsonSchema, SchemaGenerator};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::arguments::{Arguments, Patch};

/// What went wrong, of whatever kind.
pub type Fault = Box<dyn Error>;

/// An operation of the crate.
#[non_exhaustive]
pub struct Operation {
    /// The name of the client's method.
    pub id: &'static str,
    /// The HTTP method that it says it has.
    pub method: &'static str,
    /// The path that it says it has.
    pub path: &'static str,
    /// Reads and writes a request's body.
    pub request: Option<Again>,
    /// The JSON Schema of a request's body.
    pub request_schema: Option<Describe>,
    /// The formats of the patches that are its body.
    pub patches: &'static [&'static str],
    /// Reads and writes an answer's body.
    pub answer: Option<Again>,
    /// Makes an example of an answer's body.
    pub example: Option<MakeExample>,
    /// The JSON Schema of an answer's body.
    pub answer_schema: Option<Describe>,
    /// Calls it.
    pub call: fn(&Client, &Arguments) -> Result<Sending, Fault>,
    /// Mocks a call with these arguments.
    pub mock: for<'a> fn(&'a MockServer, &Arguments, &MockAnswer) -> Result<Mock<'a>, Fault>,
    /// Changes the resource by `modify`, if the operation takes a JSON Patch and
    /// its path has a GET.
    pub modify: Option<Modify>,
}

/// What a mock answers.
#[derive(Debug, Clone, PartialEq)]
pub struct MockAnswer {
    /// A status that is documented.
    pub status: u16,
    /// Its body.
    pub body: Value,
}

impl MockAnswer {
    fn value<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        read(&self.body)
    }

    fn is_undocumented(&self) -> Result<(), Fault> {
        Err(format!("a mock has no method for {}", self.status).into())
    }
}

/// A type of the crate.
#[non_exhaustive]
pub struct Type {
    /// Its name in `types`.
    pub name: &'static str,
    /// The schemas it was made from.
    pub schemas: &'static [&'static str],
    /// Reads and writes a value.
    pub again: Again,
    /// Its JSON Schema.
    pub schema: Describe,
    /// Builds one from its properties, by the builder's methods.
    pub build: Option<Build>,
}

/// Reads JSON as a type and writes it again.
pub type Again = fn(&[u8]) -> Result<Value, Fault>;

/// Makes an example, and says what it is as JSON, and again when that was read.
pub type MakeExample = fn(&Examples) -> Result<(Value, Value), Fault>;

/// The JSON Schema (draft 2020-12) of a type, with what it refers to.
pub type Describe = fn() -> Value;

/// Builds a value from its properties, and writes it.
pub type Build = fn(&Properties) -> Result<Value, Fault>;

/// Reads a resource, changes the typed value as JSON, and writes it.
pub type Modify = fn(&Client, &Arguments, ChangeValue) -> Result<Modifying, Fault>;

/// Changes a typed value, written as JSON.
pub type ChangeValue = Box<dyn Fn(&mut Value)>;

/// The resource, written as JSON, once it is changed.
pub type Modifying = Pin<Box<dyn Future<Output = Result<Value, launchdarkly_api::Error>>>>;

/// A call on its way.
pub type Sending = Pin<Box<dyn Future<Output = Result<Answered, launchdarkly_api::Error>>>>;

/// What a call answered.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// The value, as JSON again.
    pub value: Option<Value>,
    /// What Prism says is wrong with the request.
    pub violations: Option<String>,
}

impl Answered {
    fn new<T>(answer: &ResponseValue<T>, value: Option<Value>) -> Self {
        let violations = answer.headers().get("sl-violations");
        Self {
            status: answer.status().as_u16(),
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

/// Reads a value by way of text, as the client does: each further way would be
/// compiled for hundreds of types.
pub(crate) fn read<T: DeserializeOwned>(value: &Value) -> Result<T, Fault> {
    Ok(serde_json::from_slice(&serde_json::to_vec(value)?)?)
}

fn written<T: Serialize>(value: &T) -> Result<Value, Fault> {
    Ok(serde_json::from_slice(&serde_json::to_vec(value)?)?)
}

fn again<T: DeserializeOwned + Serialize>(json: &[u8]) -> Result<Value, Fault> {
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
        return Err("an example is another value when it was read".into());
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
        let answer = send.await?;
        // What was read can be written.
        Ok(Answered::new(&answer, written(&*answer).ok()))
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
            // What cannot be read stays, and the test finds it unchanged.
            if let Ok(changed) = self::read(&value) {
                *typed = changed;
            }
        };
        let resource = modify(read, change, write).await?;
        Ok(written(&resource).unwrap_or_default())
    })
}

fn nothing<F>(send: F) -> Sending
where
    F: Future<Output = Result<ResponseValue<()>, launchdarkly_api::Error>> + 'static,
{
    Box::pin(async move {
        let answer = send.await?;
        Ok(Answered::new(&answer, None))
    })
}

#[allow(dead_code)]
fn stream<F>(send: F) -> Sending
where
    F: Future<Output = Result<ResponseValue<ByteStream>, launchdarkly_api::Error>> + 'static,
{
    Box::pin(async move {
        let answer = send.await?;
        Ok(Answered::new(&answer, None))
    })
}

/// What `build.rs` writes.
mod generated {
    // Deprecated operations are called too, and those without arguments.
    #![allow(clippy::all, clippy::unwrap_used, deprecated)]
    #![allow(unused_assignments, unused_mut, unused_variables)]

    use super::*;

    include!(concat!(env!("OUT_DIR"), "/table.rs"));
}
