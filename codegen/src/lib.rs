//! Turns a LaunchDarkly OpenAPI document into the Rust of the
//! `launchdarkly-api` crate.
//!
//! ```text
//! file ─ spec ─ normalize ─┬─ lower ─ progenitor ─┬─ api ─ emit ─ code
//!        overlay ─┘        └──────────────────────┘
//! ```
//!
//! [`Document::read`] takes OpenAPI 3.0 and 3.1, as YAML, as JSON or inside a
//! documentation page (`src/spec`). [`Api::read`] brings every published dialect
//! to one form (`src/normalize`) with the files beside the document
//! (`src/overlay`), brings a copy into the form that progenitor accepts
//! (`src/lower`), runs progenitor and reads the types it decides on
//! (`src/progenitor`), and joins the two in one model (`src/api`). [`Api::code`]
//! writes the code around the hand-written client (`src/emit`). The crate's
//! build script uses them:
//!
//! ```
//! # fn main() -> Result<(), launchdarkly_api_codegen::Error> {
//! use launchdarkly_api_codegen::{Document, Settings, generate};
//!
//! let document = Document::parse("flag.yaml", r#"
//! openapi: 3.1.0
//! info: {title: LaunchDarkly REST API, version: "1"}
//! servers:
//!   - url: https://app.launchdarkly.com
//!   - url: https://app.launchdarkly.us
//! paths:
//!   /api/v2/flags/{projectKey}:
//!     delete:
//!       operationId: delete-flags
//!       tags: [Feature flags]
//!       parameters:
//!         - {name: projectKey, in: path, required: true, schema: {type: string}}
//!       responses:
//!         "204": {description: Gone}
//! "#)?;
//! assert!(generate(&document, &Settings::default())?.contains("pub fn delete_flags(&self)"));
//! # Ok(())
//! # }
//! ```

pub mod api;
mod audit;
mod document;
mod emit;
mod error;
mod lower;
mod model;
mod normalize;
mod overlay;
mod progenitor;
mod spec;

use std::path::Path;

use api::Api;
pub use audit::audit;
pub use document::Document;
pub use emit::client_page;
pub use error::{Error, Result};
pub use normalize::{areas::area, method};
pub use overlay::Settings;
pub use spec::secret_signs::SECRET_SIGN;

/// Turns a document into Rust source: [`Api::read`], then [`Api::code`].
///
/// # Errors
///
/// Those of [`Api::read`].
pub fn generate(document: &Document, settings: &Settings) -> Result<String> {
    Ok(Api::read(document, settings)?.code(settings))
}

/// Reads a file and turns it into Rust: [`Document::read`], [`Api::of`], then
/// [`Api::code`].
///
/// # Errors
///
/// Those of the first two.
pub fn generate_file(path: &Path, settings: &Settings) -> Result<String> {
    Ok(Api::of(Document::read(path)?, settings)?.code(settings))
}
