//! `spec check`: the vendored document is as the tool would write it.

use super::{areas, undocumented, vendored};

pub(crate) fn run() -> anyhow::Result<()> {
    let root = vendored::read()?;
    let path = vendored::path();
    anyhow::ensure!(
        std::fs::read_to_string(&path)? == vendored::text(&root)?,
        "{} is not in its canonical form: `cargo xtask spec describe` of an empty file rewrites it",
        path.display()
    );
    let lacking = undocumented::of(&root, &[]);
    anyhow::ensure!(
        lacking.count() == 0,
        "{} places lack a description: see `cargo xtask spec undocumented`",
        lacking.count()
    );
    for made in areas::made(&root)? {
        anyhow::ensure!(
            std::fs::read_to_string(&made.path).is_ok_and(|text| text == made.text),
            "{} is not up to date: `cargo xtask spec describe` of an empty file rewrites it",
            made.path.display()
        );
    }
    let findings =
        launchdarkly_api_codegen::audit(&vendored::document(&root)?, &vendored::settings()?)?;
    anyhow::ensure!(findings.is_empty(), "{}", findings.join("\n"));
    Ok(())
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_is_as_this_tool_writes_it() {
        super::run().unwrap();
    }
}
