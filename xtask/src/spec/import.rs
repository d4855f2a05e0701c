//! `spec import`: a published document's facts, with our words.

use clap::Args;

use super::{canonical, drafts, keep_descriptions, merge, source, undocumented, vendored};

#[derive(Args)]
pub(crate) struct Import {
    /// An OpenAPI 3.0 or 3.1 document: a file or an https URL with YAML, JSON,
    /// or a documentation page.
    #[arg(default_value = source::PUBLISHED)]
    source: String,
    /// Adds to the vendored document and removes nothing. It is so anyway for a
    /// document with less than a tenth of the vendored one's operations.
    #[arg(long, conflicts_with = "replace")]
    merge: bool,
    /// Replaces the whole, however small the document is.
    #[arg(long)]
    replace: bool,
}

pub(crate) fn run(import: &Import) -> anyhow::Result<()> {
    let document = source::read(&import.source)?.unified()?;
    let facts = canonical::facts(&document);
    for (key, times) in &facts.left_out {
        eprintln!("left out: `{key}`, {times} times");
    }
    let before = vendored::read()?;
    let is_part = merge::is_part(&before, &facts.root);
    let mut root = if import.merge || (is_part && !import.replace) {
        eprintln!("merging it as a part of the API");
        merge::merge(&before, &facts.root)?
    } else {
        facts.root
    };
    for (new, old) in keep_descriptions::words(&before, &mut root) {
        eprintln!("renamed: schema `{old}` is now `{new}`, and keeps its words");
    }
    let changes = merge::changes(&before, &root);
    for line in &changes {
        eprintln!("{line}");
    }
    eprintln!("generating Rust from it");
    let findings = vendored::write(&root, &import.source)?;

    for finding in &findings {
        eprintln!("audit finding: {finding}");
    }
    let drafts = drafts::of(&root).count();
    eprintln!(
        "{} operations; {} operations and schemas are new or changed; {drafts} descriptions are \
         drafts; {} audit findings",
        keep_descriptions::operations(&root).count(),
        changes.len(),
        findings.len()
    );
    if drafts > 0 {
        eprintln!("the drafts, as `cargo xtask spec undocumented` prints them:");
        print!("{}", undocumented::text(&root, &[])?);
    }
    Ok(())
}
