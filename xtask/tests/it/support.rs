//! What the tests share: copies of what the tool keeps, and running it there.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

#[path = "../../../tests/it/repository.rs"]
mod repository;

pub use repository::{copy, repository, shared};

/// The files that the tool writes.
const KEPT: [&str; 3] = ["openapi/openapi.yaml", "docs/areas.md", "Cargo.toml"];

/// A copy of what the tool reads and writes.
pub struct Kept(tempfile::TempDir);

impl Kept {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for inner in ["openapi", "docs", "xtask"] {
            fs::create_dir(folder.path().join(inner)).unwrap();
        }
        for entry in fs::read_dir(repository().join("openapi")).unwrap() {
            let entry = entry.unwrap();
            let copy = folder.path().join("openapi").join(entry.file_name());
            fs::copy(entry.path(), copy).unwrap();
        }
        for file in KEPT {
            fs::copy(repository().join(file), folder.path().join(file)).unwrap();
        }
        Self(folder)
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The texts of the files that the tool writes.
    pub fn texts(&self) -> [String; 3] {
        KEPT.map(|file| fs::read_to_string(self.path().join(file)).unwrap())
    }

    /// `cargo xtask …` there.
    pub fn xtask(&self, arguments: &[&str]) -> Command {
        xtask(&self.path().join("xtask"), arguments)
    }

    /// Runs `cargo xtask spec …` there.
    pub fn spec(&self, arguments: &[&str]) -> Output {
        spec(&self.path().join("xtask"), arguments)
    }
}

/// Runs `cargo xtask spec …` as cargo runs it from a package.
pub fn spec(package: &Path, arguments: &[&str]) -> Output {
    let arguments = [&["spec"], arguments].concat();
    xtask(package, &arguments).output().unwrap()
}

fn xtask(package: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command.args(arguments).env("CARGO_MANIFEST_DIR", package);
    command
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
