//! The vendored document as a file.

use std::{ffi::OsStr, io::Write, path::PathBuf};

use anyhow::Context;
use launchdarkly_api_codegen::{Document, Settings};
use serde_json::Value;

use super::{areas, canonical, changes, drafts, shared, shipped, yaml};

const HEADING: &str = "\
# The facts of LaunchDarkly's REST API, kept by `cargo xtask spec`. Paths, names,
# types and statuses are LaunchDarkly's; every description is written for this
# crate. `x-drafts` marks descriptions that the tool derived from the facts and
# derives again: replace them with `cargo xtask spec describe`. A parameter or
# response of ten or more operations is written once, after `&name`; `*name`
# stands for it elsewhere. A name that ends in `-2` is a second variant.
";

/// The prefix of temporary files. One stays behind if the tool is killed:
/// `.gitignore` lists them.
pub(super) const TEMPORARY: &str = ".xtask-spec-";

/// The workspace: the one that cargo runs the tool of, else the one that it was
/// built in.
pub(crate) fn repository() -> PathBuf {
    let built_in = || OsStr::new(env!("CARGO_MANIFEST_DIR")).to_owned();
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(built_in);
    let mut path = PathBuf::from(package);
    path.pop();
    path
}

/// Where the document is.
pub(crate) fn path() -> PathBuf {
    repository().join("openapi").join("openapi.yaml")
}

/// What is known of the interface beside the document.
pub(crate) fn settings() -> anyhow::Result<Settings> {
    let path = path();
    Ok(Settings::read(
        path.parent().context("the document is in no folder")?,
    )?)
}

/// The document without its drafts.
pub(crate) fn read() -> anyhow::Result<Value> {
    let mut root = Document::read(&path())?.root().clone();
    drafts::remove(&mut root);
    Ok(root)
}

/// The text of the document in its canonical form, with drafts where it has no
/// description.
pub(crate) fn text(root: &Value) -> anyhow::Result<String> {
    let mut document = canonical::ordered(&drafts::filled(root));
    let anchors = shared::share(&mut document);
    Ok(format!("{HEADING}{}", yaml::text(&document, anchors)?))
}

/// The document as a build reads it, with drafts. `source` is the file that errors
/// name.
fn document(root: &Value, source: &str) -> anyhow::Result<Document> {
    let filled = drafts::filled(root);
    let written = Document::parse(path().display().to_string(), &text(root)?)?;
    anyhow::ensure!(
        *written.root() == filled,
        "the document is not what was written: its YAML reads differently"
    );
    Ok(Document::new(source, filled)?)
}

/// The audit findings of the vendored document.
pub(crate) fn audit(root: &Value) -> anyhow::Result<Vec<String>> {
    let document = document(root, &path().display().to_string())?;
    Ok(launchdarkly_api_codegen::audit(&document, &settings()?)?)
}

/// Writes the document and what is made from it, the code that ships last, and
/// returns the audit findings. Writes all of the files beside the code or none, and
/// none if no Rust can be generated from the document and formatted. `source` is the file that the facts come from: errors name it.
pub(crate) fn write(root: &Value, source: &str) -> anyhow::Result<Vec<String>> {
    let (document, settings) = (document(root, source)?, settings()?);
    launchdarkly_api_codegen::generate(&document, &settings).map_err(|error| {
        anyhow::anyhow!(
            "{error}. Nothing is written: correct the place with a `patch` in \
             openapi/corrections.yaml, or in a copy of the document, and import again"
        )
    })?;
    let findings = launchdarkly_api_codegen::audit(&document, &settings)?;
    let code = shipped::Code::of(&document, &settings)?;
    let mut files = vec![(path(), text(root)?)];
    // Where the document cannot be read, its areas are not known.
    let moved = read().map_or_else(
        |_| areas::Renamed::new(),
        |before| changes::moved_areas(&before, root),
    );
    files.extend(areas::made(root, &moved)?.map(|made| (made.path, made.text)));
    let mut written = Vec::new();
    for (path, text) in &files {
        let folder = path.parent().context("a file is in no folder")?;
        std::fs::create_dir_all(folder)?;
        let mut file = tempfile::Builder::new()
            .prefix(TEMPORARY)
            .tempfile_in(folder)
            .with_context(|| format!("nothing can be written in {}", folder.display()))?;
        file.write_all(text.as_bytes())?;
        written.push((file, path));
    }
    let mut replaced = Vec::new();
    for (file, path) in written {
        let before = std::fs::read(path).ok();
        // A temporary file is its owner's alone.
        let mut permissions = file.as_file().metadata()?.permissions();
        if let Ok(before) = std::fs::metadata(path) {
            permissions = before.permissions();
        } else {
            readable(&mut permissions);
        }
        file.as_file().set_permissions(permissions)?;
        if let Err(error) = file.persist(path) {
            put_back(&replaced);
            return Err(error).with_context(|| format!("{} cannot be written", path.display()));
        }
        replaced.push((path, before));
    }
    code.write()
        .context("the document is written, but not the code: run `cargo xtask generate`")?;
    Ok(findings)
}

/// Puts the files back as they were.
fn put_back(replaced: &[(&PathBuf, Option<Vec<u8>>)]) {
    for (path, before) in replaced {
        let result = match before {
            Some(bytes) => std::fs::write(path, bytes),
            None => std::fs::remove_file(path),
        };
        if let Err(error) = result {
            eprintln!("{} could not be put back: {error}", path.display());
        }
    }
}

#[cfg(unix)]
pub(super) fn readable(permissions: &mut std::fs::Permissions) {
    std::os::unix::fs::PermissionsExt::set_mode(permissions, 0o644);
}

#[cfg(not(unix))]
pub(super) fn readable(_: &mut std::fs::Permissions) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_ignores_temporary_files() {
        let ignored = std::fs::read_to_string(repository().join(".gitignore")).unwrap();
        let pattern = format!("{TEMPORARY}*");
        assert!(ignored.lines().any(|line| line == pattern), "{ignored}");
    }
}
