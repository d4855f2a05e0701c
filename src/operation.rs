//! The operations of the API, from the OpenAPI document.

use std::fmt;

use http::Method;

pub use crate::generated::paging::Paging;

/// An operation of the API, from the OpenAPI document. All operations are in
/// [`operations`](crate::operations).
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    pub(crate) id: &'static str,
    /// Its index in [`operations::ALL`](crate::operations::ALL).
    pub(crate) index: usize,
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) area: &'static str,
    pub(crate) beta: bool,
    pub(crate) deprecated: bool,
    pub(crate) patches: &'static [PatchFormat],
    pub(crate) paging: Option<Paging>,
}

/// A format of patch documents (LaunchDarkly documentation, "Updates").
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PatchFormat {
    /// JSON Patch (RFC 6902).
    Json,
    /// JSON Merge Patch (RFC 7386).
    Merge,
    /// LaunchDarkly's semantic patch: a list of instructions.
    Semantic,
}

impl Operation {
    /// The ID (OpenAPI `operationId`) in `snake_case`, which is the name of the
    /// client's method.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path template, with parameters in braces.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// The area: the tag in `kebab-case`, which is the name of a feature.
    #[must_use]
    pub fn area(&self) -> &'static str {
        self.area
    }

    /// Whether the client sends `LD-API-Version: beta`, because the operation
    /// is in beta or was when LaunchDarkly deprecated it (LaunchDarkly
    /// documentation, "Beta resources").
    #[must_use]
    pub fn is_beta(&self) -> bool {
        self.beta
    }

    /// Whether LaunchDarkly has deprecated it.
    #[must_use]
    pub fn is_deprecated(&self) -> bool {
        self.deprecated
    }

    /// The patch formats of the request body. Empty if the body is not a patch.
    #[must_use]
    pub fn patch_formats(&self) -> &'static [PatchFormat] {
        self.patches
    }

    /// How the list is paginated, or `None` if the operation returns no list or
    /// a complete one.
    #[must_use]
    pub fn paging(&self) -> Option<Paging> {
        self.paging
    }
}

/// Shows the ID.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}
