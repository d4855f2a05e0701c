//! `pagination.yaml`: what the document does not say of lists in a form to read.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Facts of some lists, and where they are documented.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListFacts {
    /// Where LaunchDarkly documents them.
    #[serde(rename = "source")]
    _source: String,
    /// The largest `limit`, by `operationId`. There is none if the operation
    /// returns the whole list without a limit.
    #[serde(default)]
    pub(crate) limits: BTreeMap<String, Option<i64>>,
    /// The properties that identify an item, by `operationId`. Empty if none do.
    #[serde(default)]
    pub(crate) identities: BTreeMap<String, Vec<String>>,
}
