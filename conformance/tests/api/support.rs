//! What the tests share.

use std::{
    io::Write,
    path::{Path, PathBuf},
    sync::LazyLock,
};

use conformance::document::Document;

/// The document the crate is made from; reading it takes a while.
pub static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::vendored().unwrap());

/// A file beside the repository, in `../shared`; `None`, and a word about it,
/// in a clone that has none.
pub fn shared(test: &str, file: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared")
        .join(file);
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

/// Fails with everything that was found.
pub fn assert_none(findings: &[String]) {
    assert!(
        findings.is_empty(),
        "{} findings:\n{}",
        findings.len(),
        findings.join("\n")
    );
}
