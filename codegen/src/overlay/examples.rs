//! `examples.yaml`: what the examples of the operations contain.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

/// What the examples of the operations contain.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Examples {
    /// The published ids of the operations whose example is a documentation test.
    pub(crate) tested: BTreeSet<String>,
    /// Optional properties of request bodies that examples set, by published id of
    /// the operation.
    pub(crate) properties: BTreeMap<String, Vec<String>>,
    /// Values of arguments and properties, by name.
    pub(crate) values: BTreeMap<String, Value>,
}
