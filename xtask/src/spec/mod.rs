//! `cargo xtask spec`: the vendored OpenAPI document, and what is made of it.

pub(crate) mod areas;
mod canonical;
mod changes;
mod check;
mod describe;
mod diff;
pub(crate) mod drafts;
mod import;
pub(crate) mod keep_descriptions;
mod merge;
mod renames;
#[cfg(test)]
mod robustness;
mod secrets;
mod semantic_equality;
mod shared;
pub(crate) mod shipped;
mod source;
mod undocumented;
pub(crate) mod vendored;
mod yaml;

use std::path::PathBuf;

use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum Task {
    /// Replaces the document's facts by those of a published one, and keeps
    /// our words. A document of a part of the API is merged.
    Import(import::Import),
    /// Puts descriptions into the document, from a file like the one that
    /// `spec undocumented` prints.
    Describe {
        /// YAML: `tags`, `operations`, `schemas`, and texts for many places in
        /// `parameters`, `properties` and `responses`.
        file: PathBuf,
    },
    /// Prints the drafts, as a file for `spec describe`: those of operations
    /// first, then of arguments, of the default areas' schemas, of the others.
    Undocumented {
        /// Only these areas, such as `feature-flags`, and the schemas they use.
        #[arg(long)]
        area: Vec<String>,
    },
    /// Prints what another document does to callers of the crate, and the
    /// version bump it asks for.
    Diff(diff::Diff),
    /// Fails if the document is not in its canonical form, an audit finding is
    /// open, or `docs/areas.md` or `Cargo.toml` is not up to date. Reports the
    /// number of drafts, or that the document is complete.
    Check,
}

pub(crate) fn run(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Import(import) => import::run(&import),
        Task::Describe { file } => describe::run(&file),
        Task::Undocumented { area } => undocumented::run(&area),
        Task::Diff(diff) => diff::run(&diff),
        Task::Check => check::run(),
    }
}
