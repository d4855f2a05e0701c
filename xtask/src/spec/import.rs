//! `spec import`: a published document's facts, with our words.

use std::path::Path;

use launchdarkly_api_codegen::Document;

use super::{canonical, carry, lacking, vendored};

pub(crate) fn run(file: &Path) -> anyhow::Result<()> {
    eprintln!("reading {}", file.display());
    let source = Document::read(file)?.unified()?;
    let mut facts = canonical::facts(&source);
    for (key, times) in &facts.left_out {
        eprintln!("left out: `{key}`, {times} times");
    }
    carry::words(&vendored::read()?, &mut facts.root);
    eprintln!("generating Rust from it");
    vendored::write(&facts.root)?;
    let operations = carry::operations(&facts.root).count();
    let lacking = lacking::of(&facts.root, &[]).count();
    eprintln!(
        "{operations} operations; {lacking} places lack a description: cargo xtask spec lacking"
    );
    Ok(())
}
