//! The stated `rust-version` is true.

use std::process::Command;

use serde_json::Value;

/// The three numbers of a version.
fn parse(version: &str) -> Vec<u32> {
    let mut numbers: Vec<u32> = version.split('.').map(|n| n.parse().unwrap()).collect();
    numbers.resize(3, 0);
    numbers
}

/// What the crate's own code uses, clippy's `incompatible_msrv` checks.
#[test]
fn no_dependency_asks_for_a_newer_rust_than_the_stated_one() {
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let rustc = String::from_utf8(rustc.stdout).unwrap();
    let host = rustc
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--offline", "--locked"])
        // What other platforms need has not been downloaded.
        .args(["--filter-platform", host])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let stated = env!("CARGO_PKG_RUST_VERSION");
    let newer: Vec<_> = packages
        .iter()
        .filter_map(|package| {
            let asked = package["rust_version"].as_str()?;
            (parse(asked) > parse(stated)).then(|| format!("{} asks for {asked}", package["name"]))
        })
        .collect();
    assert!(
        packages.len() > 100 && newer.is_empty(),
        "over {stated}: {newer:?}"
    );
}
