//! Generates the API client from `openapi/openapi.yaml`, or checks that the
//! generated code that ships with the crate is up to date.
//!
//! With the feature `generate`, `build/generate.rs` calls the crate
//! `launchdarkly-api-codegen` (`codegen/`), and `src/generated.rs` includes the code
//! from `OUT_DIR`. Without it, `src/generated.rs` uses `src/generated/shipped/`.

use std::{collections::BTreeSet, env, process::ExitCode};

#[cfg(feature = "generate")]
#[path = "build/generate.rs"]
mod generated;
#[cfg(not(feature = "generate"))]
#[path = "build/shipped.rs"]
mod generated;

const DOCUMENT: &str = "openapi";

/// The parts of the API that the enabled features have.
struct Enabled {
    operations: bool,
    /// The type that the payloads of webhooks have.
    audit_log_entry: bool,
}

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed={DOCUMENT}");
    println!("cargo::rustc-check-cfg=cfg(no_operations, no_audit_log_entry)");
    match generated::code(enabled_features()) {
        Ok(enabled) => {
            report(&enabled);
            ExitCode::SUCCESS
        }
        Err(error) => {
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

fn report(enabled: &Enabled) {
    if !enabled.operations {
        println!("cargo::rustc-cfg=no_operations");
        println!("cargo::warning=no area of the API is enabled: enable one by its feature");
    }
    if !enabled.audit_log_entry {
        println!("cargo::rustc-cfg=no_audit_log_entry");
    }
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
