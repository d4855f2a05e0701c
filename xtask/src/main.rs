//! The maintainer's tool: `cargo xtask spec …` keeps `openapi/openapi.yaml`,
//! `cargo xtask generate` writes the code that ships with the crate,
//! `cargo xtask digest` compares the generated code before and after a change,
//! `cargo xtask cost` measures what compiling the crate costs.

mod cost;
mod digest;
mod spec;

use std::process::ExitCode;

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
    /// Writes the generated code that ships with the crate, `src/generated/shipped`,
    /// for builds without the feature `generate`. `spec import` and `spec describe`
    /// do it too.
    Generate(spec::shipped::Arguments),
    /// Prints a digest of the code generated for each document and each set of
    /// features, to compare before and after a change to codegen.
    Digest(digest::Arguments),
    /// Measures what checking the crate costs, against stock progenitor, and what
    /// the first build of a program costs, against reqwest alone.
    Cost(cost::Arguments),
    /// Runs a program and prints what it took: for `cost`.
    #[command(hide = true)]
    Measure(cost::measure::Arguments),
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // In a line, and without the stack: it is about a file, not a bug.
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    if let Some(record) = cost::invocation::wanted() {
        return record.keep_and_run();
    }
    match Arguments::parse().task {
        Task::Spec(task) => spec::run(task),
        Task::Generate(arguments) => spec::shipped::run(&arguments),
        Task::Digest(arguments) => digest::run(&arguments),
        Task::Cost(arguments) => cost::run(&arguments),
        Task::Measure(arguments) => cost::measure::run(&arguments),
    }
}
