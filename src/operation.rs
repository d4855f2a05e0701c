//! An operation of the API, as the document describes it.

use std::fmt;

use http::Method;

pub use crate::generated::paging::Paging;

/// An operation of the API: what the OpenAPI document says of it, and what
/// errors and logs call it by. All of them are in
/// [`operations`](crate::operations).
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    pub(crate) id: &'static str,
    /// Its place in [`operations::ALL`](crate::operations::ALL).
    pub(crate) index: usize,
    pub(crate) method: Method,
    pub(crate) path: &'static str,
    pub(crate) area: &'static str,
    pub(crate) beta: bool,
    pub(crate) deprecated: bool,
    pub(crate) patches: &'static [PatchFormat],
    pub(crate) paging: Option<Paging>,
}

/// How a change is written (LaunchDarkly documentation, "Updates").
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
    /// Its id (OpenAPI `operationId`) in `snake_case`, which is also the name
    /// of the client's method.
    #[must_use]
    pub fn id(&self) -> &'static str {
        self.id
    }

    /// Its HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The template of its path, with parameters in braces.
    #[must_use]
    pub fn path(&self) -> &'static str {
        self.path
    }

    /// The area of the API it belongs to: its tag in `kebab-case`.
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

    /// The patch formats its body may have; none if it is no patch.
    #[must_use]
    pub fn patch_formats(&self) -> &'static [PatchFormat] {
        self.patches
    }

    /// How its list goes on; `None` if it answers no list, or a whole one.
    #[must_use]
    pub fn paging(&self) -> Option<Paging> {
        self.paging
    }
}

/// Shows the id.
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}
