//! First builds: what a program that depends on the crate costs, dependencies
//! included, against a program that depends on reqwest alone.
//!
//! Each program is a package in `target/cost/first-builds` with this
//! repository's `Cargo.lock`. `cargo build` starts with an empty target
//! directory each time, after `cargo fetch` downloaded the missing crates.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Context;
use serde_json::Value;
use toml_edit::{DocumentMut, InlineTable, Table, value};

use super::{
    checked,
    measure::{self, Usage},
};

/// A program to build.
pub(super) struct Program {
    pub(super) name: &'static str,
    dependency: Dependency,
    /// The most CPU time, as a part of that of reqwest alone.
    pub(super) budget: Option<f64>,
    /// The most crates beside those of reqwest alone.
    pub(super) more_crates: Option<usize>,
}

/// What the program depends on.
enum Dependency {
    /// reqwest with [`REQWEST_FEATURES`].
    Reqwest,
    /// The crate with some features.
    Crate(&'static [&'static str]),
}

/// What the crate enabled, with rustls, when the bounds were set. It stays, also
/// if the crate enables less.
const REQWEST_FEATURES: [&str; 9] = [
    "charset",
    "gzip",
    "http2",
    "json",
    "multipart",
    "query",
    "stream",
    "system-proxy",
    "rustls",
];

/// The first is the one to compare the others with.
pub(super) const PROGRAMS: [Program; 5] = [
    Program {
        name: "reqwest alone, rustls",
        dependency: Dependency::Reqwest,
        budget: None,
        more_crates: None,
    },
    Program {
        name: "rustls,feature-flags",
        dependency: Dependency::Crate(&["rustls", "feature-flags"]),
        budget: Some(1.15),
        more_crates: Some(12),
    },
    Program {
        name: "rustls,feature-flags,generate",
        dependency: Dependency::Crate(&["rustls", "feature-flags", "generate"]),
        budget: Some(1.45),
        more_crates: None,
    },
    Program {
        name: "default features",
        dependency: Dependency::Crate(&["default"]),
        budget: Some(1.55),
        more_crates: None,
    },
    Program {
        name: "rustls-ring,feature-flags",
        dependency: Dependency::Crate(&["rustls-ring", "feature-flags"]),
        budget: Some(0.75),
        more_crates: None,
    },
];

/// The most CPU time that [`alone`] may take, in seconds.
pub(super) const ALONE_BUDGET: f64 = 4.75;

/// A built program.
pub(super) struct Built {
    pub(super) usage: Usage,
    /// The number of packages that cargo compiled, without the program itself.
    pub(super) crates: usize,
}

impl Program {
    /// Builds the program into an empty target directory, which is removed
    /// afterwards.
    pub(super) fn build(&self, root: &Path, target: &Path) -> anyhow::Result<Built> {
        let folder = target.join("first-builds");
        remove(&folder)?;
        fs::create_dir_all(folder.join("src"))?;
        let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
        fs::write(folder.join("Cargo.toml"), self.manifest(root, &manifest)?)?;
        fs::write(folder.join("src/main.rs"), "fn main() {}\n")?;
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
        // The features of reqwest need crates that `Cargo.lock` may not have.
        let mut fetch = cargo();
        fetch.args(["fetch", "--quiet", "--target", &host()?]);
        checked(fetch.current_dir(&folder))?;
        let usage = measure::take(build(&[])?.current_dir(&folder))?;
        // Cargo lists what it built before, too.
        let mut list = cargo();
        list.args(["build", "--quiet", "--offline", "--message-format=json"]);
        let crates = packages(&checked(list.current_dir(&folder))?) - 1;
        remove(&folder)?;
        Ok(Built { usage, crates })
    }

    /// The program's manifest; `of_crate` is that of the repository's crate.
    fn manifest(&self, root: &Path, of_crate: &str) -> anyhow::Result<String> {
        let of_crate: DocumentMut = of_crate.parse()?;
        let mut dependency;
        let name = match self.dependency {
            Dependency::Reqwest => {
                dependency = of_crate["dependencies"]["reqwest"]
                    .as_inline_table()
                    .context("Cargo.toml: reqwest is not a dependency with a table")?
                    .clone();
                dependency.insert("features", REQWEST_FEATURES.into_iter().collect());
                "reqwest"
            }
            Dependency::Crate(features) => {
                dependency = InlineTable::new();
                dependency.insert("path", root.display().to_string().into());
                dependency.insert("default-features", false.into());
                dependency.insert("features", features.iter().copied().collect());
                "launchdarkly-api"
            }
        };
        let mut manifest = DocumentMut::new();
        let mut package = Table::new();
        package["name"] = value("program");
        package["edition"] = value("2024");
        manifest["package"] = package.into();
        manifest["workspace"] = Table::new().into();
        manifest["dependencies"] = Table::new().into();
        manifest["dependencies"][name] = value(dependency);
        Ok(manifest.to_string())
    }
}

/// What a debug build of this crate with its default features takes if its
/// dependencies are built: the build script and the library.
pub(super) fn alone(root: &Path, target: &Path) -> anyhow::Result<Usage> {
    let target = target.display().to_string();
    let arguments = ["--lib", "--locked", "--target-dir", &target];
    measure::take(build(&arguments)?.current_dir(root))?;
    let mut clean = cargo();
    clean.args([
        "clean",
        "--quiet",
        "--package",
        "launchdarkly-api",
        "--target-dir",
        &target,
    ]);
    checked(clean.current_dir(root))?;
    measure::take(build(&arguments)?.current_dir(root))
}

/// A command that runs `cargo build` and prints what it took.
fn build(arguments: &[&str]) -> anyhow::Result<Command> {
    let arguments: Vec<String> = ["build", "--quiet", "--offline"]
        .iter()
        .chain(arguments)
        .map(ToString::to_string)
        .collect();
    let mut command = measure::of(&super::cargo_program(), &arguments)?;
    settle(&mut command);
    Ok(command)
}

/// The target triple of this machine.
fn host() -> anyhow::Result<String> {
    let output = Command::new("rustc")
        .args(["--print", "host-tuple"])
        .output()
        .context("rustc")?;
    anyhow::ensure!(output.status.success(), "rustc: {}", output.status);
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}

fn cargo() -> Command {
    let mut cargo = Command::new(super::cargo_program());
    settle(&mut cargo);
    cargo
}

/// Has cargo build path dependencies as it builds those from a registry, into
/// the package's own target directory.
fn settle(command: &mut Command) {
    command
        .env("CARGO_INCREMENTAL", "0")
        .env_remove("CARGO_TARGET_DIR");
}

fn remove(folder: &PathBuf) -> anyhow::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| folder.display().to_string())
        }
        _ => Ok(()),
    }
}

/// The number of packages that cargo's messages are about.
fn packages(messages: &[Value]) -> usize {
    let ids: BTreeSet<&str> = messages
        .iter()
        .filter(|message| message["reason"] == "compiler-artifact")
        .filter_map(|message| message["package_id"].as_str())
        .collect();
    ids.len()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn manifests_have_the_version_of_the_dependency_and_fixed_features() {
        let of_crate = "[dependencies]\n\
             reqwest = { version = \"0.13.4\", default-features = false, features = [\"json\"] }\n";
        let manifests: Vec<String> = PROGRAMS[..2]
            .iter()
            .map(|program| program.manifest(Path::new("/r"), of_crate).unwrap())
            .collect();
        let head =
            "[package]\nname = \"program\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n";
        let features = REQWEST_FEATURES.map(|name| format!("{name:?}")).join(", ");
        assert_eq!(
            manifests,
            [
                format!(
                    "{head}reqwest = {{ version = \"0.13.4\", default-features = false, \
                     features = [{features}] }}\n"
                ),
                format!(
                    "{head}launchdarkly-api = {{ path = \"/r\", default-features = false, \
                     features = [\"rustls\", \"feature-flags\"] }}\n"
                ),
            ]
        );
    }

    #[test]
    fn a_package_with_several_artifacts_is_one_crate() {
        let artifact = |id: &str| json!({"reason": "compiler-artifact", "package_id": id});
        let other = json!({"reason": "build-script-executed", "package_id": "c"});
        let messages = [artifact("a"), artifact("b"), artifact("a"), other];
        assert_eq!(packages(&messages), 2);
    }
}
