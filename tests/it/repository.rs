//! The repository that contains the tests of all packages, and the files next to it.

#![allow(dead_code)] // Each test crate uses some of the functions.

use std::{
    collections::BTreeSet,
    fs,
    io::Write,
    path::{Path, PathBuf},
};

/// The repository: where the workspace's lock file is.
pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").exists())
        .unwrap()
}

/// A file in `../shared`, next to the repository. In a clone without it, reports
/// that the test is skipped and returns `None`.
pub fn shared(test: &str, file: &str) -> Option<PathBuf> {
    let path = repository().join("../shared").join(file);
    if path.exists() {
        return Some(path);
    }
    // The test runner captures the output of `eprintln!`.
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {test}: there is no {}",
        path.display()
    );
    None
}

/// The published documents in `../shared/specs`, from the oldest to the newest.
pub const PUBLISHED: [&str; 5] = [
    "launchdarkly-v18.json",
    "launchdarkly-v22.yaml",
    "launchdarkly-2026-03.json",
    "launchdarkly-v23.yaml",
    "launchdarkly-v25-facts.json",
];

/// The [`PUBLISHED`] document with the operations of the vendored one, which was
/// imported from it. `None` if it was imported from another document.
pub fn source() -> Option<&'static str> {
    let operations = |path: PathBuf| {
        let text = fs::read_to_string(path).ok()?;
        let ids = text.split("operationId").skip(1).map(|rest| {
            let id = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
            id.chars().take_while(|c| c.is_alphanumeric()).collect()
        });
        Some(ids.collect::<BTreeSet<String>>())
    };
    let vendored = operations(repository().join("openapi/openapi.yaml"));
    PUBLISHED
        .into_iter()
        .find(|file| operations(repository().join("../shared/specs").join(file)) == vendored)
}

/// The files and folders that the crates and their tests are built from.
const SOURCES: [&str; 14] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "benches",
    "build",
    "build.rs",
    "codegen",
    "conformance",
    "docs",
    "examples",
    "openapi",
    "src",
    "tests",
    "xtask",
];

/// Copies the sources to a folder and replaces its content.
pub fn copy(to: &Path) {
    let _ = fs::remove_dir_all(to);
    fs::create_dir_all(to).unwrap();
    for source in SOURCES {
        copy_all(&repository().join(source), &to.join(source));
    }
}

fn copy_all(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy_all(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}
