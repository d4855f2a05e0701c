//! What the tests share.

use std::sync::LazyLock;

use conformance::document::Document;

#[path = "../../../tests/it/repository.rs"]
mod repository;

pub use repository::{repository, shared, source};

/// The document the crate is made from; reading it takes a while.
pub static DOCUMENT: LazyLock<Document> = LazyLock::new(|| Document::vendored().unwrap());

/// Fails with everything that was found.
pub fn assert_none(findings: &[String]) {
    assert!(
        findings.is_empty(),
        "{} findings:\n{}",
        findings.len(),
        findings.join("\n")
    );
}
