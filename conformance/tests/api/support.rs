//! Helpers of the tests.

use std::sync::LazyLock;

use conformance::document::Document;

#[path = "../../../tests/it/repository.rs"]
mod repository;

pub use repository::{repository, shared, source};

/// The document that the crate is generated from, read once.
pub static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::vendored().unwrap());

/// Fails with all findings.
pub fn assert_none(findings: &[String]) {
    assert!(
        findings.is_empty(),
        "{} findings:\n{}",
        findings.len(),
        findings.join("\n")
    );
}
