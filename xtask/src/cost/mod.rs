//! `cargo xtask cost`: what checking the crate costs, against stock
//! progenitor's client for the same document, and against the budgets.
//!
//! Of each crate only its own rustc is measured, dependencies built: what
//! cargo calls is caught (`invocation`) and called again, all in turn, as
//! often as asked for (`measure`), without incremental compilation. The build
//! script, which generates the code, is measured by itself.
//!
//! Then `first_build` measures the debug build of this crate, and the first
//! build of programs that depend on it.

mod first_build;
pub(crate) mod invocation;
pub(crate) mod measure;
mod report;
mod stock;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};
use launchdarkly_api_codegen::Document;
use serde_json::Value;

use first_build::{Built, PROGRAMS};
use invocation::Invocation;
use measure::Usage;

/// How to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// How many times each check is measured; 0 for not at all.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// How many times each first build of a program is measured; 0 for not at all.
    #[arg(long, default_value_t = 1)]
    first_builds: u32,
}

/// What the crate is measured with.
struct Selection {
    name: &'static str,
    /// For cargo.
    features: &'static [&'static str],
    budget: Budget,
}

/// What it may take, as parts of what stock progenitor takes.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Budget {
    cpu: Option<f64>,
    peak: Option<f64>,
    /// The build script's CPU time, in seconds.
    script: Option<f64>,
}

const AREA: Budget = Budget {
    cpu: Some(0.05),
    peak: None,
    script: None,
};

const SELECTIONS: [Selection; 5] = [
    Selection {
        name: "full",
        features: &["--features", "full"],
        budget: Budget {
            cpu: Some(0.7),
            peak: Some(0.7),
            script: Some(5.0),
        },
    },
    Selection {
        name: "default features",
        features: &[],
        budget: Budget {
            cpu: Some(0.25),
            ..AREA
        },
    },
    Selection {
        name: "rustls,feature-flags,generate",
        features: &[
            "--no-default-features",
            "--features",
            "rustls,feature-flags,generate",
        ],
        budget: AREA,
    },
    Selection {
        name: "rustls,tags,generate",
        features: &[
            "--no-default-features",
            "--features",
            "rustls,tags,generate",
        ],
        budget: AREA,
    },
    // Without a build script to generate it, the whole shipped code is read.
    Selection {
        name: "rustls,feature-flags",
        features: &[
            "--no-default-features",
            "--features",
            "rustls,feature-flags",
        ],
        budget: Budget { cpu: None, ..AREA },
    },
];

/// The crate with a selection of its features, ready to be measured.
struct Subject {
    selection: &'static Selection,
    check: Invocation,
    script: String,
    environment: BTreeMap<String, String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("the tool is in no repository")?;
    // Its own, so that what is built here is what is built by `cargo check`.
    let target = root.join("target/cost");
    fs::create_dir_all(&target)?;
    let mut is_kept = true;
    if arguments.rounds > 0 {
        let (table, checks_are_kept) = measure_checks(root, &target, arguments.rounds)?;
        println!("{table}");
        is_kept &= checks_are_kept;
    }
    if arguments.first_builds > 0 {
        let (table, builds_are_kept) = measure_first_builds(root, &target, arguments.first_builds)?;
        print!("{table}");
        is_kept &= builds_are_kept;
    }
    if is_kept {
        Ok(())
    } else {
        bail!("a budget is not kept")
    }
}

fn measure_checks(root: &Path, target: &Path, rounds: u32) -> anyhow::Result<(String, bool)> {
    eprintln!("preparing: the dependencies, stock progenitor's client, this crate");
    let stock = prepare_stock(root, target)?;
    let subjects = SELECTIONS
        .iter()
        .enumerate()
        .map(|(index, selection)| prepare(root, target, index, selection))
        .collect::<anyhow::Result<Vec<_>>>()?;

    let mut taken = vec![Vec::new(); 1 + 2 * subjects.len()];
    for round in 1..=rounds {
        eprintln!("measuring: {round} of {rounds}");
        taken[0].push(stock.measure()?);
        for (index, subject) in subjects.iter().enumerate() {
            taken[1 + 2 * index].push(subject.check.measure()?);
            taken[2 + 2 * index].push(subject.measure_script(root)?);
        }
    }
    let medians: Vec<Usage> = taken
        .iter()
        .map(|usages| measure::medians(usages))
        .collect();
    let rows: Vec<report::Row> = subjects
        .iter()
        .zip(medians[1..].chunks(2))
        .map(|(subject, usages)| report::Row {
            name: subject.selection.name,
            budget: subject.selection.budget,
            check: usages[0],
            script: usages[1],
        })
        .collect();
    Ok(report::table(medians[0], &rows))
}

fn measure_first_builds(root: &Path, target: &Path, rounds: u32) -> anyhow::Result<(String, bool)> {
    let mut alone = Vec::new();
    let mut programs: Vec<(Vec<Usage>, usize)> = vec![Default::default(); PROGRAMS.len()];
    for round in 1..=rounds {
        eprintln!("first builds: {round} of {rounds}");
        let usage = first_build::alone(root, target)?;
        eprintln!("this crate alone: {:.2} s", usage.cpu.as_secs_f64());
        alone.push(usage);
        for (program, (usages, crates)) in PROGRAMS.iter().zip(&mut programs) {
            let built = program.build(root, target)?;
            let seconds = built.usage.cpu.as_secs_f64();
            eprintln!("{}: {seconds:.2} s, {} crates", program.name, built.crates);
            usages.push(built.usage);
            *crates = built.crates;
        }
    }
    let built: Vec<Built> = programs
        .into_iter()
        .map(|(usages, crates)| Built {
            usage: measure::medians(&usages),
            crates,
        })
        .collect();
    Ok(report::first_builds(measure::medians(&alone), &built))
}

fn prepare_stock(root: &Path, target: &Path) -> anyhow::Result<Invocation> {
    let folder = target.join("stock-progenitor");
    let document = Document::read(&root.join("openapi/openapi.yaml"))?;
    stock::write(&folder, document.root(), &root.join("Cargo.lock"))?;
    let file = target.join("stock-progenitor.json");
    let mut cargo = cargo(target);
    cargo.current_dir(&folder);
    invocation::catch(&mut cargo, stock::NAME, &file)?;
    checked(&mut cargo)?;
    Invocation::read(&file)
}

fn prepare(
    root: &Path,
    target: &Path,
    index: usize,
    selection: &'static Selection,
) -> anyhow::Result<Subject> {
    let file = target.join(format!("selection-{index}.json"));
    let mut cargo = cargo(target);
    cargo
        .current_dir(root)
        .args(["--lib", "--locked"])
        .args(selection.features);
    invocation::catch(&mut cargo, "launchdarkly_api", &file)?;
    let messages = checked(&mut cargo)?;
    let (script, features) =
        build_script(root, &messages).context("cargo built no build script")?;
    let out: PathBuf = target.join(format!("selection-{index}.out"));
    fs::create_dir_all(&out)?;
    let mut environment: BTreeMap<String, String> = features
        .iter()
        .map(|feature| {
            let name = feature.to_uppercase().replace('-', "_");
            (format!("CARGO_FEATURE_{name}"), "1".into())
        })
        .collect();
    environment.insert("OUT_DIR".into(), out.display().to_string());
    Ok(Subject {
        selection,
        check: Invocation::read(&file)?,
        script,
        environment,
    })
}

impl Subject {
    fn measure_script(&self, root: &Path) -> anyhow::Result<Usage> {
        let mut command = measure::of(&self.script, &[])?;
        measure::take(command.current_dir(root).envs(&self.environment))
    }
}

fn cargo(target: &Path) -> Command {
    let mut cargo = Command::new(cargo_program());
    cargo
        .args(["check", "--quiet", "--message-format=json", "--target-dir"])
        .arg(target)
        .env("CARGO_INCREMENTAL", "0");
    cargo
}

/// The cargo that runs this tool.
fn cargo_program() -> String {
    std::env::var("CARGO").unwrap_or_else(|_| "cargo".into())
}

/// Runs cargo; what it says of what it built.
fn checked(cargo: &mut Command) -> anyhow::Result<Vec<Value>> {
    let output = cargo.stderr(Stdio::inherit()).output()?;
    let messages: Vec<Value> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    if !output.status.success() {
        for message in &messages {
            if let Some(text) = message["message"]["rendered"].as_str() {
                eprint!("{text}");
            }
        }
        bail!("cargo: {}", output.status);
    }
    Ok(messages)
}

/// The crate's build script, and the features it was built for.
fn build_script(root: &Path, messages: &[Value]) -> Option<(String, Vec<String>)> {
    let manifest = root.join("Cargo.toml").display().to_string();
    let message = messages.iter().find(|message| {
        message["target"]["kind"][0] == "custom-build" && message["manifest_path"] == manifest
    })?;
    let program = message["filenames"][0].as_str()?.to_owned();
    let features = message["features"].as_array()?;
    let features = features.iter().filter_map(Value::as_str);
    Some((program, features.map(str::to_owned).collect()))
}
