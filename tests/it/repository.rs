//! The repository that tests are in, whichever of its packages they belong to,
//! and what is beside it.

#![allow(dead_code)] // Each of its users uses a part.

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

/// A file beside the repository, in `../shared`; `None`, and a word about it,
/// in a clone that has none.
pub fn shared(test: &str, file: &str) -> Option<PathBuf> {
    let path = repository().join("../shared").join(file);
    if path.exists() {
        return Some(path);
    }
    // Not `eprintln!`, which the test runner keeps to itself.
    let _ = writeln!(
        std::io::stderr(),
        "skipped: {test}: there is no {}",
        path.display()
    );
    None
}

/// The specifications that LaunchDarkly has published, as far as they are here.
pub const PUBLISHED: [&str; 3] = [
    "launchdarkly-v18.json",
    "launchdarkly-v22.yaml",
    "launchdarkly-v23.yaml",
];

/// Which of the [`PUBLISHED`] ones the vendored document was made of: the one
/// with its operations. `None` if it was made of another.
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

/// What of the repository the crate is built from.
const SOURCES: [&str; 13] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "benches",
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

/// Copies what the crate is built from to a folder, in place of what is there.
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
