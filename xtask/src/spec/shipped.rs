//! `cargo xtask generate`: the generated code that ships with the crate.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, ensure};
use clap::Args;
use launchdarkly_api_codegen::{Document, Settings, api::Api};

use super::vendored;

#[path = "../../../build/openapi_digest.rs"]
mod openapi_digest;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Writes nothing, and fails if a file is not up to date.
    #[arg(long)]
    check: bool,
}

/// The file with the digest of `openapi/`, which the build script compares.
const FACTS: &str = "facts.txt";

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let document = Document::read(&vendored::path())?;
    let code = Code::of(&document, &vendored::settings()?)?;
    if !arguments.check {
        return code.write();
    }
    let differences = differences(&code.files()?)?;
    ensure!(
        differences.is_empty(),
        "{} is not up to date, run `cargo xtask generate`:\n{}",
        folder().display(),
        differences.join("\n")
    );
    Ok(())
}

fn folder() -> PathBuf {
    vendored::repository().join("src/generated/shipped")
}

/// The code of a document, which need not be written yet.
pub(crate) struct Code {
    /// The formatted files, by path.
    files: BTreeMap<String, String>,
    /// The lines of the facts that the document gives.
    facts: String,
}

impl Code {
    pub(crate) fn of(document: &Document, settings: &Settings) -> anyhow::Result<Self> {
        let api = Api::read(document, settings)?;
        let files = formatted(&api.files(settings))?;
        let mut facts = String::new();
        let areas: Vec<&str> = api.areas.keys().map(String::as_str).collect();
        for (name, areas) in [
            ("operations", areas),
            ("AuditLogEntryRep", api.users("AuditLogEntryRep")),
        ] {
            // Writing to a string cannot fail.
            let _ = writeln!(facts, "{name}: {}", areas.join(" "));
        }
        Ok(Self { files, facts })
    }

    /// The files by path, as they are to be, with the digest of `openapi/` as it is.
    fn files(mut self) -> anyhow::Result<BTreeMap<String, String>> {
        let document = vendored::path();
        let openapi = document.parent().context("the document is in no folder")?;
        let facts = format!("openapi: {}\n{}", openapi_digest::of(openapi)?, self.facts);
        self.files.insert(FACTS.to_owned(), facts);
        Ok(self.files)
    }

    /// Writes the files, and removes others.
    pub(crate) fn write(self) -> anyhow::Result<()> {
        let files = self.files()?;
        let folder = folder();
        for (path, text) in files.iter().filter(|(path, _)| *path != FACTS) {
            replace(&folder.join(path), text)?;
        }
        for path in present(&folder)?.keys() {
            if !files.contains_key(path) {
                fs::remove_file(folder.join(path))?;
            }
        }
        // The last: a build must not take a part of the files for all of them.
        replace(&folder.join(FACTS), &files[FACTS])?;
        let bytes: usize = files.values().map(String::len).sum();
        eprintln!("{}: {} files, {bytes} bytes", folder.display(), files.len());
        Ok(())
    }
}

/// Writes a file, unless it has this text.
fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    if fs::read_to_string(path).is_ok_and(|before| before == text) {
        return Ok(());
    }
    let parent = path.parent().context("a file is in no folder")?;
    fs::create_dir_all(parent)?;
    // Another program never reads half of a file.
    let mut file = tempfile::Builder::new()
        .prefix(vendored::TEMPORARY)
        .tempfile_in(parent)?;
    file.write_all(text.as_bytes())?;
    let mut permissions = file.as_file().metadata()?.permissions();
    vendored::readable(&mut permissions);
    file.as_file().set_permissions(permissions)?;
    file.persist(path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(())
}

/// Formats the files with rustfmt, as `cargo fmt` does.
fn formatted(files: &BTreeMap<String, String>) -> anyhow::Result<BTreeMap<String, String>> {
    let folder = tempfile::tempdir()?;
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().context("a file is in no folder")?)?;
        fs::write(path, text)?;
    }
    let status = Command::new("rustfmt")
        .args(["--edition", "2024"])
        .arg(folder.path().join("mod.rs"))
        .status()
        .context("rustfmt does not start: add it by `rustup component add rustfmt`")?;
    ensure!(status.success(), "rustfmt: {status}");
    present(folder.path())
}

/// The files in a folder, by their path in it. Empty if there is none.
fn present(folder: &Path) -> anyhow::Result<BTreeMap<String, String>> {
    let mut files = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                open.push(entry?.path());
            }
        } else if path.exists() {
            let name: Vec<_> = path.strip_prefix(folder)?.iter().collect();
            let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
            let bytes =
                fs::read(&path).with_context(|| format!("{} cannot be read", path.display()))?;
            // A file that is no text is none of ours, and is removed.
            let text = String::from_utf8_lossy(&bytes).into_owned();
            files.insert(name.join("/"), text);
        }
    }
    Ok(files)
}

/// The files that are not as they are to be.
fn differences(files: &BTreeMap<String, String>) -> anyhow::Result<Vec<String>> {
    let present = present(&folder())?;
    let mut differences = Vec::new();
    for (path, text) in files {
        match present.get(path) {
            None => differences.push(format!("{path} is missing")),
            Some(other) if other != text => differences.push(format!("{path} differs")),
            Some(_) => {}
        }
    }
    let others = present.keys().filter(|path| !files.contains_key(*path));
    differences.extend(others.map(|path| format!("{path} is not generated")));
    Ok(differences)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use toml_edit::{DocumentMut, Item};

    use super::*;

    #[test]
    fn docs_rs_documents_the_shipped_code_with_every_feature_that_adds_to_it() {
        let manifest = fs::read_to_string(vendored::repository().join("Cargo.toml")).unwrap();
        let manifest: DocumentMut = manifest.parse().unwrap();
        let names = |list: &Item| -> BTreeSet<String> {
            let names = list.as_array().unwrap().iter();
            names
                .map(|name| name.as_str().unwrap().to_owned())
                .collect()
        };
        let docs_rs = &manifest["package"]["metadata"]["docs"]["rs"];
        assert!(docs_rs.get("all-features").is_none());
        assert_eq!(docs_rs["no-default-features"].as_bool(), Some(true));
        let features = &manifest["features"];
        let documented = &names(&docs_rs["features"]) | &names(&features["full"]);
        // An old name of an area enables only what is documented.
        let all = features.as_table().unwrap().iter();
        let others: Vec<&str> = all
            .filter(|(name, enables)| {
                let enables = names(enables);
                !documented.contains(*name)
                    && (enables.is_empty() || !enables.is_subset(&documented))
            })
            .map(|(name, _)| name)
            .collect();
        assert_eq!(others, ["default", "generate", "rustls-ring", "native-tls"]);
    }
}
