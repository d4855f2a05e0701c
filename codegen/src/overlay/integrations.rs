//! `integration-configs.json`: what the configurations of audit log subscriptions
//! hold.

use serde::Deserialize;
use serde_json::Value;

/// A property of an integration's configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct ConfigField {
    pub(crate) r#type: String,
    pub(crate) optional: bool,
    pub(crate) secret: bool,
    #[serde(default)]
    pub(crate) default: Option<Value>,
    #[serde(default)]
    pub(crate) allowed_values: Vec<String>,
}
