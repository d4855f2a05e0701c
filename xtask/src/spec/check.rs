//! `spec check`: the vendored document is as the tool would write it, and no
//! audit finding is open.

use super::{areas, drafts, vendored};

pub(crate) fn run() -> anyhow::Result<()> {
    let root = vendored::read()?;
    let drafts = drafts::of(&root).count();
    if drafts > 0 {
        eprintln!("{drafts} descriptions are drafts: `cargo xtask spec undocumented` prints them");
    }
    let problems = problems(&root)?;
    anyhow::ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// The files that are not as the tool would write them, and the audit findings.
fn problems(root: &serde_json::Value) -> anyhow::Result<Vec<String>> {
    let mut problems = Vec::new();
    let path = vendored::path();
    if std::fs::read_to_string(&path)? != vendored::text(root)? {
        problems.push(format!(
            "{} is not in its canonical form, or a text that `x-drafts` lists is not the draft: \
             `cargo xtask spec describe` of an empty file rewrites it. It replaces such a text, so \
             first remove `x-drafts` beside a text to keep",
            path.display()
        ));
    }
    for made in areas::made(root)? {
        if !std::fs::read_to_string(&made.path).is_ok_and(|text| text == made.text) {
            problems.push(format!(
                "{} is not up to date: `cargo xtask spec describe` of an empty file rewrites it",
                made.path.display()
            ));
        }
    }
    problems.extend(vendored::audit(root)?);
    Ok(problems)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_repository_is_as_this_tool_writes_it() {
        super::run().unwrap();
    }
}
