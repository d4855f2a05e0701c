//! `properties.yaml`: what properties mean that their types do not say.

use std::collections::BTreeSet;

use serde::Deserialize;

/// What properties mean that their types do not tell.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Properties {
    /// 64-bit integers that are timestamps, by name.
    pub(crate) epoch_millis: BTreeSet<String>,
    /// Those that are something else.
    pub(crate) other_integers: BTreeSet<String>,
    /// Secrets: `Type.property`, or `*.property` wherever it is.
    pub(crate) secret: BTreeSet<String>,
    /// What looks like a secret and is none.
    pub(crate) public: BTreeSet<String>,
}

impl Properties {
    /// Whether a property of a type is a secret.
    pub(crate) fn is_secret(&self, ty: &str, property: &str) -> bool {
        self.secret.contains(&format!("*.{property}"))
            || self.secret.contains(&format!("{ty}.{property}"))
    }

    /// Whether a property of a type looks like a secret and is none.
    pub(crate) fn is_public(&self, ty: &str, property: &str) -> bool {
        self.public.contains(&format!("*.{property}"))
            || self.public.contains(&format!("{ty}.{property}"))
    }
}
