//! The operations of the API, from the OpenAPI document.

use std::{borrow::Cow, fmt, ops::Deref, sync::Arc};

use http::Method;

pub use crate::generated::paging::Paging;

/// An operation of the API, from the OpenAPI document. All operations are in
/// [`operations`](crate::operations). A request of
/// [`Client::request`](crate::Client::request) has an operation too, with its
/// method and path template.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    pub(crate) id: Cow<'static, str>,
    /// Its index among the operations of all areas, which are
    /// [`COUNT`](crate::operations::COUNT), or `None` for a route that this crate
    /// does not know.
    pub(crate) index: Option<usize>,
    pub(crate) method: Method,
    pub(crate) path: Cow<'static, str>,
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
    /// client's method. The ID of a request of
    /// [`Client::request`](crate::Client::request) is its method and path
    /// template, such as `GET /api/v2/projects/{projectKey}`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The HTTP method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The path template, with parameters in braces.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The area: the tag in `kebab-case`, which is the name of a feature. Empty
    /// for a request of [`Client::request`](crate::Client::request).
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
        f.write_str(&self.id)
    }
}

/// A reference to an operation that is cheap to clone: a generated one, or the
/// operation of one request with a template from the caller.
#[derive(Clone)]
pub(crate) enum OperationRef {
    Generated(&'static Operation),
    Custom(Arc<Operation>),
}

impl Deref for OperationRef {
    type Target = Operation;

    fn deref(&self) -> &Operation {
        match self {
            Self::Generated(operation) => operation,
            Self::Custom(operation) => operation,
        }
    }
}

impl From<&'static Operation> for OperationRef {
    fn from(operation: &'static Operation) -> Self {
        Self::Generated(operation)
    }
}

impl From<&Self> for OperationRef {
    fn from(operation: &Self) -> Self {
        operation.clone()
    }
}
