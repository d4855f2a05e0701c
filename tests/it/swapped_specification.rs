//! The vendored document swapped for another one: the crate builds, and what
//! the other one has behaves the same.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::support::shared;

/// What of the repository the crate is built from.
const SOURCES: [&str; 12] = [
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "benches",
    "build.rs",
    "codegen",
    "conformance",
    "examples",
    "openapi",
    "src",
    "tests",
    "xtask",
];

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        fs::create_dir_all(to).unwrap();
        for entry in fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else {
        fs::copy(from, to).unwrap();
    }
}

#[test]
fn on_the_one_operation_document_the_crate_builds_and_update_subscription_behaves_the_same() {
    let test =
        "on_the_one_operation_document_the_crate_builds_and_update_subscription_behaves_the_same";
    let Some(document) = shared(test, "specs/update-subscription.yaml") else {
        return;
    };
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let temporary = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let crate_ = temporary.join("swapped");
    let _ = fs::remove_dir_all(&crate_);
    fs::create_dir_all(&crate_).unwrap();
    for source in SOURCES {
        copy(&repository.join(source), &crate_.join(source));
    }
    fs::copy(document, crate_.join("openapi/openapi.yaml")).unwrap();
    // Another version: cargo tells what it builds by name and version, not by
    // place, and would take the one crate for the other.
    let manifest = crate_.join("Cargo.toml");
    let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
    let text = fs::read_to_string(&manifest).unwrap();
    assert!(text.matches(&version).count() >= 2, "{text}");
    fs::write(&manifest, text.replace(&version, "\"0.0.0-swapped\"")).unwrap();
    // The tests that use no other operation.
    fs::write(
        crate_.join("tests/it/main.rs"),
        "#![allow(clippy::unwrap_used, dead_code, missing_docs)]\nmod support;\nmod update_subscription;\n",
    )
    .unwrap();

    let output = Command::new(env!("CARGO"))
        .args(["test", "--workspace", "--test", "it", "--offline"])
        .current_dir(&crate_)
        // The dependencies are built already.
        .env("CARGO_TARGET_DIR", temporary.parent().unwrap())
        .env("INSTA_UPDATE", "no")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        text.contains("the_request_on_the_wire_is_the_one_the_api_documents ... ok"),
        "{text}"
    );
}
