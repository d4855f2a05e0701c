//! Each published specification, brought in as a maintainer would: the whole
//! crate compiles.

use std::fs;

use crate::support::{CopiedRepository, shared};

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
fn each_published_specification_can_be_imported_and_compiles_whole() {
    let test = "each_published_specification_can_be_imported_and_compiles_whole";
    let files = [
        "launchdarkly-v18.json",
        "launchdarkly-v22.yaml",
        "launchdarkly-v23.yaml",
    ];
    let Some(files) = files
        .into_iter()
        .map(|file| shared(test, &format!("specs/{file}")))
        .collect::<Option<Vec<_>>>()
    else {
        return;
    };
    let repository = CopiedRepository::new("imported");
    let vendored = repository.path().join("openapi/openapi.yaml");
    let before = fs::read_to_string(&vendored).unwrap();
    for file in files {
        fs::write(&vendored, &before).unwrap();
        let file = fs::canonicalize(file).unwrap();
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
                file,
            ],
        );
        cargo(
            &repository,
            &["check", "--offline", "--lib", "--features", "full"],
        );
    }
    // Of the last one it was made.
    assert!(fs::read_to_string(&vendored).unwrap() == before);
}
