//! The parts of the model that the stages before [`crate::api`] share with it:
//! types, bodies and parameters.

mod body;
mod types;

pub(crate) use body::{Content, JSON, content, is_patch_operation};
pub use types::{Alternative, Field, Shape, Type, TypeDefinition, Variant};
pub(crate) use types::{
    UNIX_MILLIS, break_cycles, contained, mark_requests, mark_responses, named,
};

/// Where a parameter is sent (OpenAPI 3.0.3, "Parameter Locations").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Location {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// As a header.
    Header,
}

/// How a change is written (LaunchDarkly documentation, "Updates").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PatchFormat {
    /// JSON Patch (RFC 6902).
    Json,
    /// JSON Merge Patch (RFC 7386).
    Merge,
    /// LaunchDarkly's semantic patch: a list of instructions.
    Semantic,
}

/// The body of a successful response.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Response {
    /// None.
    Empty,
    /// Anything but JSON.
    Bytes,
    /// A JSON value.
    Json(Type),
}

impl Location {
    /// The location as OpenAPI calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Header => "header",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        [Self::Path, Self::Query, Self::Header]
            .into_iter()
            .find(|location| location.name() == name)
    }
}

impl PatchFormat {
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            "json-patch" => Some(Self::Json),
            "merge-patch" => Some(Self::Merge),
            "semantic-patch" => Some(Self::Semantic),
            _ => None,
        }
    }

    /// The variant of the client's `PatchFormat`.
    #[must_use]
    pub fn variant(self) -> &'static str {
        match self {
            Self::Json => "Json",
            Self::Merge => "Merge",
            Self::Semantic => "Semantic",
        }
    }
}

/// The names of a path's parameters, as they stand in it.
pub(crate) fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('{')
        .skip(1)
        .filter_map(|rest| rest.split_once('}').map(|(name, _)| name))
}
