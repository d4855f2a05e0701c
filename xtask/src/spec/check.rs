//! `spec check`: the vendored document is as the tool would write it.

use super::{lacking, vendored};

pub(crate) fn run() -> anyhow::Result<()> {
    let root = vendored::read()?;
    let path = vendored::path();
    anyhow::ensure!(
        std::fs::read_to_string(&path)? == vendored::text(&root)?,
        "{} is not in its canonical form: `cargo xtask spec describe` of an empty file rewrites it",
        path.display()
    );
    let lacking = lacking::of(&root, &[]);
    anyhow::ensure!(
        lacking.count() == 0,
        "{} places lack a description: see `cargo xtask spec lacking`",
        lacking.count()
    );
    Ok(())
}
