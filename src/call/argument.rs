//! Arguments and properties: unset, set, or set to an invalid value.

use std::fmt;

use crate::{
    Error,
    codec::Value,
    patch::{PatchBody, PatchDocument},
};

/// A value that a setter accepts for a `T`: anything that converts to it, such
/// as `&str` to `String`, or a builder to the type that it builds.
///
/// Every type with [`TryInto<T>`](TryInto) implements this trait. Do not
/// implement it yourself.
pub trait IntoValue<T> {
    /// Converts the value.
    ///
    /// # Errors
    ///
    /// The error of the conversion, as text.
    fn into_value(self) -> Result<T, String>;
}

impl<T, V> IntoValue<T> for V
where
    V: TryInto<T>,
    V::Error: fmt::Display,
{
    fn into_value(self) -> Result<T, String> {
        self.try_into().map_err(|reason| reason.to_string())
    }
}

/// An invalid value: the property, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidValue(String);

impl fmt::Display for InvalidValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for InvalidValue {}

/// A value built from the [`types`](crate::types) that lacks a required property.
impl From<InvalidValue> for Error {
    fn from(error: InvalidValue) -> Self {
        Self::config(format!("a value cannot be built: {error}"))
    }
}

/// The first invalid property of a value that is being built. The error is kept
/// here so that the generated code has no branches.
#[derive(Default)]
pub(crate) struct Check(Option<InvalidValue>);

impl Check {
    /// Takes a required property. An invalid one has its default value until
    /// [`finish`](Self::finish) returns the error.
    pub(crate) fn required<T: Value>(&mut self, name: &str, setter: &str, value: Argument<T>) -> T {
        match value.required(name, setter) {
            Ok(value) => value,
            Err(error) => {
                self.0.get_or_insert(error);
                T::error_corrected_default()
            }
        }
    }

    /// Takes an optional property.
    pub(crate) fn optional<T>(&mut self, value: Argument<T>) -> Option<T> {
        value.optional().unwrap_or_else(|error| {
            self.0.get_or_insert(error);
            None
        })
    }

    /// Returns the built value, or the first error.
    pub(crate) fn finish<T>(self, built: T) -> Result<T, InvalidValue> {
        match self.0 {
            Some(error) => Err(error),
            None => Ok(built),
        }
    }
}

/// An argument, or a property of a value, while it is built.
#[derive(Clone, Default)]
pub(crate) enum Argument<T> {
    #[default]
    Unset,
    Set(T),
    Invalid(String),
}

impl<T> Argument<T> {
    /// Converts a value for the argument `name`.
    pub(crate) fn new(name: &str, value: impl IntoValue<T>) -> Self {
        match value.into_value() {
            Ok(value) => Self::Set(value),
            Err(reason) => Self::Invalid(format!("`{name}` is not valid: {reason}")),
        }
    }

    /// Sets the argument `name` to a value.
    pub(crate) fn set(&mut self, name: &str, value: impl IntoValue<T>) {
        *self = Self::new(name, value);
    }

    pub(crate) fn from_option(value: Option<T>) -> Self {
        value.map_or(Self::Unset, Self::Set)
    }

    /// Returns the value, or an error that names the setter.
    pub(crate) fn required(self, name: &str, setter: &str) -> Result<T, InvalidValue> {
        match self {
            Self::Set(value) => Ok(value),
            Self::Invalid(reason) => Err(InvalidValue(reason)),
            Self::Unset => Err(InvalidValue(format!(
                "`{name}` is missing: set it with `.{setter}(…)`"
            ))),
        }
    }

    /// Makes an unset argument invalid.
    pub(crate) fn ensure_set(self, name: &str, setter: &str) -> Self {
        match self.required(name, setter) {
            Ok(value) => Self::Set(value),
            Err(InvalidValue(reason)) => Self::Invalid(reason),
        }
    }

    pub(crate) fn optional(self) -> Result<Option<T>, InvalidValue> {
        match self {
            Self::Set(value) => Ok(Some(value)),
            Self::Unset => Ok(None),
            Self::Invalid(reason) => Err(InvalidValue(reason)),
        }
    }

    /// Returns the value if it is set.
    pub(crate) fn get(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Unset | Self::Invalid(_) => None,
        }
    }

    /// Returns the value as text for a path.
    pub(crate) fn path_segment(self, name: &str, setter: &str) -> Result<String, InvalidValue>
    where
        T: ToString,
    {
        self.required(name, setter).map(|value| value.to_string())
    }
}

impl Argument<PatchBody> {
    pub(crate) fn from_patch(patch: impl PatchDocument) -> Self {
        match patch.into_body() {
            Ok(body) => Self::Set(body),
            Err(reason) => Self::Invalid(format!("`body` is not valid: {reason}")),
        }
    }
}

impl<T: Default> Argument<T> {
    /// Sets an unset argument to its default value.
    pub(crate) fn or_empty(self) -> Self {
        self.update(|value| value)
    }

    /// Changes the value. An unset value starts from its default.
    pub(crate) fn update(self, change: impl FnOnce(T) -> T) -> Self {
        match self {
            Self::Unset => Self::Set(change(T::default())),
            Self::Set(value) => Self::Set(change(value)),
            invalid @ Self::Invalid(_) => invalid,
        }
    }
}

impl<T> Argument<Vec<T>> {
    /// Converts the values of a list for the argument `name`.
    pub(crate) fn list(name: &str, values: impl IntoIterator<Item = impl IntoValue<T>>) -> Self {
        let values: Result<Vec<T>, String> = values
            .into_iter()
            .enumerate()
            .map(|(index, value)| {
                value
                    .into_value()
                    .map_err(|reason| format!("`{name}[{index}]` is not valid: {reason}"))
            })
            .collect();
        match values {
            Ok(values) => Self::Set(values),
            Err(reason) => Self::Invalid(reason),
        }
    }
}

/// Does not show the value, because it may be a secret.
impl<T> fmt::Debug for Argument<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unset => "unset",
            Self::Set(_) => "set",
            Self::Invalid(_) => "invalid",
        })
    }
}
