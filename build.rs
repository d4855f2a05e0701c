//! Generates the API client from `openapi/openapi.yaml`.
//!
//! All of the work is in the `launchdarkly-api-codegen` crate (`codegen/`);
//! what it writes to `OUT_DIR` is included by `src/generated.rs`.

use std::{collections::BTreeSet, env, fs, path::Path, process::ExitCode};

use launchdarkly_api_codegen::{Document, Settings, api::Api};

const FOLDER: &str = "openapi";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed={FOLDER}");
    println!("cargo::rustc-check-cfg=cfg(no_operations, no_audit_log_entry)");
    match generate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

fn generate() -> Result<(), Box<dyn std::error::Error>> {
    let folder = Path::new(FOLDER);
    let mut settings = Settings::read(folder)?;
    let features = enabled_features();
    settings.mocks = features.contains("httpmock");
    settings.descriptions = features.contains("schemars");
    settings.areas = Some(features);
    let document = Document::read(&folder.join("openapi.yaml"))?;
    let api = Api::read(&document, &settings)?;
    if api.operations.is_empty() {
        println!("cargo::rustc-cfg=no_operations");
        println!("cargo::warning=no area of the API is enabled: enable one by its feature");
    }
    if !api.types.contains_key("AuditLogEntryRep") {
        println!("cargo::rustc-cfg=no_audit_log_entry");
    }
    let out = env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?;
    fs::write(Path::new(&out).join("client.rs"), api.code(&settings))?;
    Ok(())
}

/// The features the crate is built with. Those that name an area of the API
/// choose the operations; the others name none.
fn enabled_features() -> BTreeSet<String> {
    env::vars()
        .filter_map(|(name, _)| {
            let feature = name.strip_prefix("CARGO_FEATURE_")?;
            Some(feature.to_lowercase().replace('_', "-"))
        })
        .collect()
}
