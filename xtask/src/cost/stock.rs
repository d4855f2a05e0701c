//! Stock progenitor: a package whose code is what progenitor makes of the
//! vendored document, in its builder style.
//!
//! As it is, progenitor stops at the document. What is changed is the least
//! that it takes, each change a function here.

use std::{fs, path::Path};

use anyhow::Context;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle};
use serde_json::{Map, Value};

/// The crate's name.
pub(crate) const NAME: &str = "stock";

const MANIFEST: &str = r#"[package]
name = "stock"
version = "0.0.0"
edition = "2021"

[workspace]

[dependencies]
bytes = "1"
chrono = { version = "0.4", default-features = false, features = ["serde"] }
futures-core = "0.3"
progenitor-client = "=0.15.1"
regress = "0.12"
reqwest = { version = "0.13", default-features = false, features = ["json", "query", "rustls", "stream"] }
serde = { version = "1", features = ["derive"] }
serde_json = "1"
uuid = { version = "1", features = ["serde"] }

# As the repository's, so that both need the same dependencies.
[profile.dev]
debug = "line-tables-only"
"#;

/// What is changed, in order.
const CHANGES: [fn(&mut Value); 2] = [drop_forms, hold_one_type_a_group];

/// Writes the package.
pub(crate) fn write(folder: &Path, document: &Value, lock: &Path) -> anyhow::Result<()> {
    let mut document = document.clone();
    CHANGES.iter().for_each(|change| change(&mut document));
    let code = generate(document)?;
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("Cargo.toml"), MANIFEST)?;
    // The same versions of what both depend on.
    fs::copy(lock, folder.join("Cargo.lock"))?;
    fs::write(folder.join("src/lib.rs"), code)?;
    Ok(())
}

fn generate(document: Value) -> anyhow::Result<String> {
    let document = serde_json::from_value(document)?;
    Generator::new(GenerationSettings::new().with_interface(InterfaceStyle::Builder))
        .generate_tokens(&document)
        .map(|tokens| tokens.to_string())
        .context("stock progenitor")
}

fn each_operation(root: &mut Value, change: impl Fn(&mut Map<String, Value>)) {
    let paths = root["paths"].as_object_mut().into_iter().flatten();
    let items = paths.filter_map(|(_, item)| item.as_object_mut()).flatten();
    items
        .filter_map(|(_, operation)| operation.as_object_mut())
        .for_each(change);
}

/// progenitor knows no forms: an operation that takes one takes no body.
fn drop_forms(root: &mut Value) {
    let is_form = |body: &Value| !body["content"]["multipart/form-data"].is_null();
    each_operation(root, |operation| {
        if operation.get("requestBody").is_some_and(is_form) {
            operation.remove("requestBody");
        }
    });
}

/// progenitor holds the successes of an operation in one type and its errors in
/// another, and stops where there are more: of either group those answers stay
/// that are of its first type. `default` would belong to both, and stays.
fn hold_one_type_a_group(root: &mut Value) {
    each_operation(root, |operation| {
        let Some(Value::Object(responses)) = operation.get_mut("responses") else {
            return;
        };
        for group in [&['2'][..], &['4', '5']] {
            let first = responses
                .iter()
                .filter(|(status, _)| status.starts_with(group))
                .find_map(|(_, response)| response.get("content"))
                .cloned();
            if first.is_some() {
                responses.retain(|status, response| {
                    !status.starts_with(group) || response.get("content") == first.as_ref()
                });
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::panic;

    use launchdarkly_api_codegen::Document;

    use super::*;

    /// Whether progenitor takes the vendored document with these changes.
    fn is_accepted(changes: &[fn(&mut Value)]) -> bool {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/openapi.yaml");
        let mut document = Document::read(&file).unwrap().root().clone();
        changes.iter().for_each(|change| change(&mut document));
        panic::catch_unwind(|| generate(document).is_ok()).unwrap_or(false)
    }

    #[test]
    fn the_changes_are_enough_and_each_is_needed() {
        assert!(is_accepted(&CHANGES));
        for left_out in 0..CHANGES.len() {
            let mut changes = CHANGES.to_vec();
            changes.remove(left_out);
            assert!(!is_accepted(&changes), "without change {left_out}");
        }
    }
}
