//! The crate built from a document with one operation instead of the vendored one.

use std::fs;

use crate::support::{CopiedRepository, shared};

#[test]
fn update_subscription_behaves_the_same_in_a_crate_with_one_operation() {
    let test = "update_subscription_behaves_the_same_in_a_crate_with_one_operation";
    let Some(document) = shared(test, "specs/update-subscription.yaml") else {
        return;
    };
    let repository = CopiedRepository::new("swapped");
    let crate_ = repository.path();
    fs::copy(document, crate_.join("openapi/openapi.yaml")).unwrap();
    // Only these tests use no other operation.
    fs::write(
        crate_.join("tests/it/main.rs"),
        "#![allow(clippy::unwrap_used, dead_code, missing_docs)]\nmod support;\nmod update_subscription;\n",
    )
    .unwrap();

    let output = repository
        .cargo(&["test", "--offline", "--test", "it"])
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
        text.contains("the_request_is_the_documented_one ... ok"),
        "{text}"
    );
}
