//! From the vendored document to Rust: what the build script does, step by
//! step and as a whole.

#![allow(clippy::unwrap_used, missing_docs)]

use std::path::{Path, PathBuf};

use divan::{Bencher, black_box};
use launchdarkly_api_codegen::{Document, Settings, generate, generate_file};

fn main() {
    divan::main();
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi")
}

/// `full`, or the area of that name alone.
fn settings(areas: &str) -> Settings {
    let mut settings = Settings::read(&folder()).unwrap();
    if areas != "full" {
        settings.areas = Some([areas.to_owned()].into());
    }
    settings
}

/// YAML to a document.
#[divan::bench]
fn read() -> Document {
    Document::read(&folder().join("openapi.yaml")).unwrap()
}

/// A document to Rust: the whole API, and one area of it.
#[divan::bench(args = ["full", "feature-flags", "tags"])]
fn generate_from(bencher: Bencher<'_, '_>, areas: &str) {
    let document = read();
    let settings = settings(areas);
    bencher.bench_local(|| generate(black_box(&document), &settings).unwrap());
}

/// All of it: YAML to Rust.
#[divan::bench]
fn spec_to_rust(bencher: Bencher<'_, '_>) {
    let settings = settings("full");
    let file = folder().join("openapi.yaml");
    bencher.bench_local(|| generate_file(black_box(&file), &settings).unwrap());
}
