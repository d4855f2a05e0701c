//! `cargo xtask generate`.

use std::fs;

use crate::support::{Kept, text};

#[test]
fn a_build_rejects_the_shipped_code_after_a_generate_that_failed_half_way() {
    let kept = Kept::new();
    let shipped = kept.path().join("src/generated/shipped");
    // The last file cannot be replaced.
    let obstacle = shipped.join("shared.rs");
    fs::create_dir_all(obstacle.join("folder")).unwrap();
    let generate = || kept.xtask(&["generate"]).output().unwrap();
    let output = generate();
    assert!(!output.status.success());
    let log = text(&output.stderr);
    assert!(log.contains("shared.rs cannot be written"), "{log}");
    assert!(shipped.join("mod.rs").exists());
    // The build script compares the document with the digest in it.
    let facts = shipped.join("facts.txt");
    assert!(!facts.exists());

    fs::remove_dir_all(&obstacle).unwrap();
    assert!(generate().status.success());
    assert!(facts.exists());
}

#[test]
fn a_file_that_is_no_text_is_removed_from_the_shipped_code() {
    let kept = Kept::new();
    let shipped = kept.path().join("src/generated/shipped");
    fs::create_dir_all(&shipped).unwrap();
    // Finder's.
    let other = shipped.join(".DS_Store");
    fs::write(&other, b"\0\0\0\x01Bud1\xff").unwrap();
    let output = kept.xtask(&["generate"]).output().unwrap();
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(!other.exists());
}
