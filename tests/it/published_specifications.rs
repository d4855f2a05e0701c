//! Imports of the published documents, as a maintainer does them.

use std::fs;

use crate::support::{CopiedRepository, PUBLISHED, shared, source};

fn cargo(repository: &CopiedRepository, arguments: &[&str]) {
    let output = repository.cargo(arguments).output().unwrap();
    assert!(
        output.status.success(),
        "{arguments:?}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn every_published_document_can_be_imported_and_the_crate_compiles() {
    let test = "every_published_document_can_be_imported_and_the_crate_compiles";
    let Some(specs) = shared(test, "specs") else {
        return;
    };
    let source = source();
    let repository = CopiedRepository::new("imported");
    let vendored = repository.path().join("openapi/openapi.yaml");
    let before = fs::read_to_string(&vendored).unwrap();
    for name in PUBLISHED {
        fs::write(&vendored, &before).unwrap();
        let file = fs::canonicalize(specs.join(name)).unwrap();
        let file = file.to_str().unwrap();
        cargo(
            &repository,
            &[
                "run",
                "--offline",
                "-p",
                "xtask",
                "--",
                "spec",
                "import",
                "--allow-removals",
                file,
            ],
        );
        cargo(
            &repository,
            &["check", "--offline", "--lib", "--features", "full"],
        );
        if source == Some(name) {
            assert!(fs::read_to_string(&vendored).unwrap() == before);
        }
    }
}
