//! The maintainer's tool: `cargo xtask spec …` keeps `openapi/openapi.yaml`.

mod spec;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Keeps the launchdarkly-api crate")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Keeps the vendored OpenAPI document, `openapi/openapi.yaml`.
    #[command(subcommand)]
    Spec(spec::Task),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Spec(task) => spec::run(task),
    }
}
