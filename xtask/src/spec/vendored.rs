//! The vendored document as a file.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::Context;
use launchdarkly_api_codegen::{Document, Settings};
use serde_json::Value;

use super::{areas, canonical, yaml};

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

/// The document in its canonical form, read back from its text: what a build
/// reads.
pub(crate) fn document(root: &Value) -> anyhow::Result<Document> {
    let document = Document::parse(path().display().to_string(), &text(root)?)?;
    anyhow::ensure!(
        document.root() == root,
        "the document is not what was written: its YAML reads differently"
    );
    Ok(document)
}

/// Writes the document and what is made from it. Nothing is written unless
/// Rust can be generated from it.
pub(crate) fn write(root: &Value) -> anyhow::Result<()> {
    launchdarkly_api_codegen::generate(&document(root)?, &settings()?)?;
    let mut files = vec![(path(), text(root)?)];
    files.extend(areas::made(root)?.map(|made| (made.path, made.text)));
    let mut written = Vec::new();
    for (path, text) in &files {
        let folder = path.parent().context("a file is in no folder")?;
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::NamedTempFile::new_in(folder)
            .with_context(|| format!("nothing can be written in {}", folder.display()))?;
        file.write_all(text.as_bytes())?;
        written.push((file, path));
    }
    for (file, path) in written {
        // A temporary file is its owner's alone.
        let mut permissions = file.as_file().metadata()?.permissions();
        if let Ok(before) = std::fs::metadata(path) {
            permissions = before.permissions();
        } else {
            readable(&mut permissions);
        }
        file.as_file().set_permissions(permissions)?;
        file.persist(path)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

#[cfg(unix)]
fn readable(permissions: &mut std::fs::Permissions) {
    std::os::unix::fs::PermissionsExt::set_mode(permissions, 0o644);
}

#[cfg(not(unix))]
fn readable(_: &mut std::fs::Permissions) {}
