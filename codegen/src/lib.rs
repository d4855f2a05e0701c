//! Turns a LaunchDarkly OpenAPI document into the Rust of the
//! `launchdarkly-api` crate.
//!
//! ```text
//! file ─ spec ─ normalize ─┬─ lower ─ progenitor ─┬─ emit ─ code
//!        overlay ─┘        └─ facts ──────────────┘
//! ```
//!
//! [`Document::read`] takes OpenAPI 3.0 and 3.1, as YAML, as JSON or inside a
//! documentation page (`src/spec`). [`generate`] brings every published dialect
//! to one form (`src/normalize`), applies the files beside the document
//! (`src/overlay`), brings the document into the form that progenitor accepts
//! (`src/lower`), runs progenitor (`src/progenitor`) and writes the code around
//! the hand-written client (`src/emit`). The crate's build script uses it:
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

mod api;
mod audit;
mod emit;
mod error;
mod facts;
mod lower;
mod normalize;
pub mod outline;
mod overlay;
mod progenitor;
mod spec;
pub mod surface;

use std::path::Path;

pub use audit::audit;
pub use error::{Error, Result};
pub use normalize::areas::area;
pub use overlay::Settings;
pub use spec::document::Document;

/// Turns a document into Rust source: the modules `types`, `builder`,
/// `operations` and `servers`, the methods of `Client`, and if asked for the
/// module `mocks`.
///
/// The code stands inside the `launchdarkly-api` crate and uses its
/// hand-written parts by `crate::` paths.
///
/// # Errors
///
/// The document holds something no Rust can be made of; the error names the
/// file, the place in it and the reason. A panic inside progenitor or typify
/// is caught and told the same way.
pub fn generate(document: &Document, settings: &Settings) -> Result<String> {
    let (model, facts) = model(document, settings)?;
    emit::finish(&model, &facts, settings).map_err(whole(document))
}

/// The same, and what callers see of it as data.
///
/// # Errors
///
/// Those of [`generate`].
pub fn generate_with_surface(
    document: &Document,
    settings: &Settings,
) -> Result<(String, surface::Surface)> {
    let (model, facts) = model(document, settings)?;
    let code = emit::finish(&model, &facts, settings).map_err(whole(document))?;
    let surface = surface::of(&model, &facts).map_err(whole(document))?;
    Ok((code, surface))
}

/// The names in the code that [`generate`] makes of a document.
///
/// # Errors
///
/// As for [`generate`].
pub fn outline(document: &Document, settings: &Settings) -> Result<outline::Outline> {
    let names: Vec<String> = document.root()["components"]["schemas"]
        .as_object()
        .into_iter()
        .flat_map(|schemas| schemas.keys().cloned())
        .collect();
    let (model, facts) = model(document, settings)?;
    let mut outline = emit::outline(&model, &facts).map_err(whole(document))?;
    outline.add_schemas(&names, settings);
    Ok(outline)
}

/// Reads a file and turns it into Rust: [`Document::read`], then [`generate`].
///
/// # Errors
///
/// Those of the two.
pub fn generate_file(path: &Path, settings: &Settings) -> Result<String> {
    generate(&Document::read(path)?, settings)
}

/// What progenitor makes of a document, and the facts beside it.
fn model(
    document: &Document,
    settings: &Settings,
) -> Result<(progenitor::read::Model, facts::Facts)> {
    let mut prepared = document.clone();
    let (tokens, facts) = prepare(prepared.root_mut(), settings)
        .map_err(|fault| document.error(fault.pointer, fault.reason))?;
    let model = progenitor::read::model(tokens).map_err(whole(document))?;
    Ok((model, facts))
}

/// An error about all of a document.
fn whole(document: &Document) -> impl Fn(progenitor::read::Unexpected) -> Error {
    |reason| document.error(jsonptr::PointerBuf::new(), reason)
}

fn prepare(
    root: &mut serde_json::Value,
    settings: &Settings,
) -> Result<(proc_macro2::TokenStream, facts::Facts), error::Fault> {
    normalize::apply(root, &settings.corrections)?;
    let secrets = api::secrets::read(root, &settings.properties);
    if let Some(areas) = &settings.areas {
        normalize::areas::keep(root, areas)?;
    }
    let facts = facts::Facts {
        secrets,
        ..facts::read(root, settings)?
    };
    lower::apply(root, settings, &facts)?;
    Ok((progenitor::run::generate(root)?, facts))
}
