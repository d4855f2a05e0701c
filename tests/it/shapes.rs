//! A document that combines schemas in many ways: the crate compiles with it, and
//! values are read as the alternative that they are.

use std::fs;

use crate::support::CopiedRepository;

#[test]
fn unions_of_objects_that_are_written_in_place_compile_and_read_their_values() {
    let repository = CopiedRepository::new("shapes");
    let crate_ = repository.path();
    fs::copy(
        crate_.join("codegen/tests/shapes.yaml"),
        crate_.join("openapi/openapi.yaml"),
    )
    .unwrap();
    fs::copy(
        crate_.join("tests/it/shapes/reading.rs"),
        crate_.join("tests/it/main.rs"),
    )
    .unwrap();

    let output = repository
        .cargo(&[
            "test",
            "--offline",
            "--no-default-features",
            "--features",
            "generate,teams,rustls",
            "--test",
            "it",
        ])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && text.contains("4 passed"),
        "{text}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
