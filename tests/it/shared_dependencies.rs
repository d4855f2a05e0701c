//! What the build script and the library both depend on is compiled once.

use std::{collections::BTreeSet, process::Command};

/// Cargo compiles a crate twice if the build script needs other features of it
/// than the library.
#[test]
fn the_build_script_and_the_library_need_the_same_features_of_serde_json() {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--locked",
            "--package",
            "launchdarkly-api",
        ])
        .args([
            "--edges",
            "normal,build",
            "--prefix",
            "none",
            "--format",
            "{p} {f}",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<&str> = tree
        .lines()
        .map(|line| line.trim_end_matches(" (*)"))
        .collect();
    for name in ["memchr", "serde_core", "serde_json"] {
        let is_it = |line: &&&str| line.split(' ').next() == Some(name);
        let variants: Vec<_> = crates.iter().filter(is_it).collect();
        assert_eq!(variants.len(), 1, "{name}: {variants:?}");
    }
}
