//! `pagination.yaml`: the largest pages of lists.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The largest pages of some lists, and where they are documented.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PageLimits {
    /// Where LaunchDarkly documents them.
    #[serde(rename = "source")]
    _source: String,
    /// The largest `limit`, by `operationId`. There is none if the operation
    /// returns the whole list without a limit.
    pub(crate) limits: BTreeMap<String, Option<i64>>,
}
