//! Reading documents, and visiting what they hold.

pub(crate) mod json;
pub(crate) mod page;
pub(crate) mod prose;
pub(crate) mod secret_signs;
pub(crate) mod visit;
pub(crate) mod yaml;
