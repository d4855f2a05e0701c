//! The vendored document as a file.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context;
use launchdarkly_api_codegen::{Document, Settings};
use serde_json::Value;

use super::{canonical, yaml};

const HEADING: &str = "\
# The facts of LaunchDarkly's REST API, kept by `cargo xtask spec`. Paths, names,
# types and statuses are LaunchDarkly's; every description is written for this
# crate.
";

/// Where the document is: beside the workspace's `Cargo.toml`.
pub(crate) fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .with_file_name("openapi")
        .join("openapi.yaml")
}

/// What is known of the interface beside the document.
pub(crate) fn settings() -> anyhow::Result<Settings> {
    let path = path();
    Ok(Settings::read(
        path.parent().context("the document is in no folder")?,
    )?)
}

pub(crate) fn read() -> anyhow::Result<Value> {
    Ok(Document::read(&path())?.root().clone())
}

/// The document's text in its canonical form.
pub(crate) fn text(root: &Value) -> anyhow::Result<String> {
    Ok(format!(
        "{HEADING}{}",
        yaml::text(&canonical::ordered(root))?
    ))
}

/// Writes the document, whole or not at all.
pub(crate) fn write(root: &Value) -> anyhow::Result<()> {
    let path = path();
    let folder = path.parent().context("the document is in no folder")?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text(root)?.as_bytes())?;
    file.persist(&path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(())
}
