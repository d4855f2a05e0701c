//! Prints the Rust a LaunchDarkly OpenAPI document becomes:
//! `cargo run -p launchdarkly-api-codegen --example generate -- FILE`.

use std::process::ExitCode;

use launchdarkly_api_codegen::Settings;

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("usage: generate FILE (YAML, JSON, or a documentation page)");
        return ExitCode::from(2);
    };
    match launchdarkly_api_codegen::generate_file(
        file.as_ref(),
        &Settings::read("openapi".as_ref()).unwrap_or_default(),
    ) {
        Ok(code) => {
            print!("{code}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
