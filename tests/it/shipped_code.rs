//! Builds without the feature `generate`: the crate with the generated code that
//! ships with it.

use std::fs;

use crate::support::CopiedRepository;

#[path = "../../build/openapi_digest.rs"]
mod openapi_digest;

const SHIPPED: [&str; 6] = [
    "check",
    "--lib",
    "--offline",
    "--no-default-features",
    "--features",
    "rustls,audit-log",
];

/// What cargo prints if it fails; `None` if it succeeds.
fn failure(repository: &CopiedRepository) -> Option<String> {
    let output = repository.cargo(&SHIPPED).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    (!output.status.success()).then_some(text)
}

#[test]
fn a_build_without_the_generator_rejects_a_document_that_was_changed() {
    let repository = CopiedRepository::new("changed");
    assert_eq!(failure(&repository), None);

    let file = repository.path().join("openapi/pagination.yaml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}# changed\n")).unwrap();
    let error = failure(&repository).unwrap();
    for part in [
        "the files in `openapi/` have changed",
        "run `cargo xtask generate`, or enable the feature `generate`",
    ] {
        assert!(error.contains(part), "{error}");
    }
}

/// The digest of a folder with these files.
fn digest(files: &[(&str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    openapi_digest::of(folder.path()).unwrap()
}

#[test]
fn the_digest_depends_on_names_and_contents_and_not_on_line_ends_and_hidden_files() {
    let one = digest(&[("a", "b\n"), ("c", "d")]);
    assert_eq!(one.len(), 16);
    assert_eq!(digest(&[("c", "d"), ("a", "b\r\n"), (".c.swp", "e")]), one);
    for other in [
        digest(&[("a", "b\n")]),
        digest(&[("a", "b"), ("c", "d")]),
        digest(&[("a", "b\n"), ("cd", "")]),
        digest(&[("a", "d"), ("c", "b\n")]),
    ] {
        assert_ne!(other, one);
    }
}

#[test]
fn the_digest_is_fnv_1a() {
    assert_eq!(digest(&[]), "cbf29ce484222325");
    // The name, a zero byte and the content.
    assert_eq!(digest(&[("a", "")]), "089be207b544f1e4");
}
