//! Pagination: how a list continues beyond a page.

use serde_json::Value;

use super::body::JSON;
use crate::spec::visit::resolved;

/// How a list continues beyond a page (LaunchDarkly documentation,
/// "Pagination").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pagination {
    /// By the parameters `limit` and `offset`.
    Offset,
    /// By the parameters `before` and `after`, which are timestamps.
    BeforeAfter,
    /// By the parameter `continuationToken`.
    ContinuationToken,
    /// By the link to the next page in the response alone.
    NextLink,
}

impl Pagination {
    /// The variant of the client's `Paging`.
    #[must_use]
    pub fn variant(self) -> &'static str {
        match self {
            Self::Offset => "Offset",
            Self::BeforeAfter => "BeforeAfter",
            Self::ContinuationToken => "ContinuationToken",
            Self::NextLink => "NextLink",
        }
    }
}

/// How the list that an operation returns continues. Requests for its pages have
/// the operation's method and body, so that it must be one that reads: a GET, or
/// a POST that selects a page by a query parameter.
pub(super) fn of(root: &Value, method: &str, operation: &Value) -> Option<Pagination> {
    let has = |name: &str| {
        operation["parameters"]
            .as_array()
            .is_some_and(|parameters| {
                parameters
                    .iter()
                    .any(|parameter| parameter["in"] == "query" && parameter["name"] == name)
            })
    };
    let page = operation["responses"]
        .as_object()?
        .iter()
        .find_map(|(status, response)| {
            let schema = &response["content"][JSON]["schema"];
            (status.starts_with('2') && schema.is_object()).then(|| resolved(root, schema))
        })?;
    let items = resolved(root, &page["properties"]["items"]);
    if items["type"] != "array" || !matches!(method, "get" | "post") {
        return None;
    }
    let links = resolved(root, &page["properties"]["_links"]);
    if has("continuationToken") {
        Some(Pagination::ContinuationToken)
    } else if has("offset") {
        Some(Pagination::Offset)
    } else if has("before") && has("after") {
        Some(Pagination::BeforeAfter)
    } else if has("limit") || method == "get" && !links["properties"]["next"].is_null() {
        Some(Pagination::NextLink)
    } else {
        None
    }
}
