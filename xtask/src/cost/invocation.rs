//! How cargo calls rustc for one crate: recorded once, repeated for each
//! measurement.
//!
//! This tool is cargo's `RUSTC_WORKSPACE_WRAPPER`: it records the call, then runs
//! rustc.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, exit},
};

use anyhow::Context;
use serde::{Deserialize, Serialize};

use super::measure::{self, Usage};

const FILE: &str = "LAUNCHDARKLY_API_COST_FILE";
const CRATE: &str = "LAUNCHDARKLY_API_COST_CRATE";

/// One call of rustc.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Invocation {
    program: String,
    arguments: Vec<String>,
    folder: PathBuf,
    /// What cargo sets; the rest is what this tool is called with.
    environment: BTreeMap<String, String>,
}

/// Tells a cargo command to have its call for a crate written to a file.
pub(crate) fn catch(cargo: &mut Command, name: &str, file: &Path) -> anyhow::Result<()> {
    cargo
        .env("RUSTC_WORKSPACE_WRAPPER", env::current_exe()?)
        .env(CRATE, name)
        .env(FILE, file);
    Ok(())
}

/// The call that this process stands in for, if cargo has started it as
/// [`catch`] says.
pub(crate) struct Caught {
    file: PathBuf,
    name: String,
}

pub(crate) fn wanted() -> Option<Caught> {
    Some(Caught {
        file: env::var_os(FILE)?.into(),
        name: env::var(CRATE).ok()?,
    })
}

impl Caught {
    /// Keeps the call if it is for the crate, and does it.
    pub(crate) fn keep_and_run(self) -> anyhow::Result<()> {
        let mut arguments = env::args().skip(1);
        let program = arguments.next().context("no compiler is named")?;
        let arguments: Vec<String> = arguments.collect();
        let status = Command::new(&program).args(&arguments).status()?;
        let is_it = arguments
            .windows(2)
            .any(|pair| pair[0] == "--crate-name" && pair[1] == self.name);
        if is_it && status.success() {
            let invocation = Invocation {
                program,
                arguments,
                folder: env::current_dir()?,
                environment: env::vars().filter(|(name, _)| is_cargos(name)).collect(),
            };
            fs::write(self.file, serde_json::to_vec(&invocation)?)?;
        }
        exit(status.code().unwrap_or(1))
    }
}

fn is_cargos(name: &str) -> bool {
    // The job server's pipes end with the cargo that made them.
    (name.starts_with("CARGO") && name != "CARGO_MAKEFLAGS") || name == "OUT_DIR"
}

impl Invocation {
    pub(crate) fn read(file: &Path) -> anyhow::Result<Self> {
        let told = || {
            format!(
                "{}: how rustc is called was not caught; remove the folder {}",
                file.display(),
                file.parent().unwrap_or(file).display()
            )
        };
        let bytes = fs::read(file).with_context(told)?;
        serde_json::from_slice(&bytes).with_context(told)
    }

    /// Does it again.
    pub(crate) fn measure(&self) -> anyhow::Result<Usage> {
        let mut command = measure::of(&self.program, &self.arguments)?;
        command
            .current_dir(&self.folder)
            .envs(&self.environment)
            .env_remove("CARGO_MAKEFLAGS")
            .env_remove("MAKEFLAGS");
        measure::take(&mut command)
    }
}
