//! Generates the API client from `openapi/openapi.yaml`.
//!
//! All of the work is in the `launchdarkly-api-codegen` crate (`codegen/`);
//! what it writes to `OUT_DIR` is included by `src/generated.rs`.

use std::{env, fs, path::Path, process::ExitCode};

const SPECIFICATION: &str = "openapi/openapi.yaml";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed={SPECIFICATION}");
    match generate() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

fn generate() -> Result<(), Box<dyn std::error::Error>> {
    let code = launchdarkly_api_codegen::generate_file(Path::new(SPECIFICATION))?;
    let out = env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?;
    fs::write(Path::new(&out).join("client.rs"), code)?;
    Ok(())
}
