//! The vendored document swapped for another one: the crate builds, and what
//! the other one has behaves the same.

use std::fs;

use crate::support::{CopiedRepository, shared};

#[test]
fn on_the_one_operation_document_the_crate_builds_and_update_subscription_behaves_the_same() {
    let test =
        "on_the_one_operation_document_the_crate_builds_and_update_subscription_behaves_the_same";
    let Some(document) = shared(test, "specs/update-subscription.yaml") else {
        return;
    };
    let repository = CopiedRepository::new("swapped");
    let crate_ = repository.path();
    fs::copy(document, crate_.join("openapi/openapi.yaml")).unwrap();
    // The tests that use no other operation.
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
        text.contains("the_request_on_the_wire_is_the_one_the_api_documents ... ok"),
        "{text}"
    );
}
