//! `spec import`: a published document's facts, with our words.

use anyhow::ensure;
use clap::Args;

use super::{
    canonical, changes, drafts, keep_descriptions, merge, secrets, source, undocumented, vendored,
};

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
    /// Allows an import that removes more than a tenth of the operations.
    #[arg(long)]
    allow_removals: bool,
}

/// An import that would remove more than one operation in so many fails.
const REMOVABLE: usize = 10;

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
    keep_descriptions::words(&before, &mut root);
    secrets::keep(&before, &mut root, &vendored::settings()?);
    let changes = changes::between(&before, &root);
    for line in &changes.lines {
        eprintln!("{line}");
    }
    let (removed, all) = (
        changes.removed_operations,
        keep_descriptions::operations(&before).count(),
    );
    ensure!(
        import.allow_removals || removed * REMOVABLE <= all,
        "{} would remove {removed} of {all} operations, more than a tenth: use \
         `--allow-removals` if it describes the whole API, or `--merge` if it describes a part",
        import.source
    );
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
        changes.changed,
        findings.len()
    );
    if drafts > 0 {
        eprintln!("the drafts, as `cargo xtask spec undocumented` prints them:");
        print!("{}", undocumented::text(&root, &[])?);
    }
    Ok(())
}
