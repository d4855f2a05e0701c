//! `spec check`: the vendored document is as the tool would write it, and no
//! audit finding is open.

use serde_json::Value;

use super::{areas, drafts, vendored};

pub(crate) fn run() -> anyhow::Result<()> {
    let root = vendored::read()?;
    let drafts = drafts::of(&root).count();
    if drafts > 0 {
        eprintln!("{drafts} descriptions are drafts: `cargo xtask spec undocumented` prints them");
    }
    let mut problems = outdated(&root)?;
    problems.extend(vendored::audit(&root)?);
    anyhow::ensure!(problems.is_empty(), "{}", problems.join("\n"));
    if drafts == 0 {
        eprintln!(
            "the document is complete: no description is missing or a draft, the document, \
             `docs/areas.md` and `Cargo.toml` are up to date, and no audit finding is open. \
             `cargo xtask generate --check` checks the code that ships"
        );
    }
    Ok(())
}

/// The files that are not as the tool would write them.
fn outdated(root: &Value) -> anyhow::Result<Vec<String>> {
    let mut outdated = Vec::new();
    let path = vendored::path();
    if std::fs::read_to_string(&path)? != vendored::text(root)? {
        outdated.push(format!(
            "{} is not in its canonical form, or a text that `x-drafts` lists is not the draft: \
             `cargo xtask spec describe /dev/null` rewrites it. It replaces such a text, so first \
             remove `x-drafts` beside a text to keep",
            path.display()
        ));
    }
    for made in areas::made(root, &areas::Renamed::new())? {
        if !std::fs::read_to_string(&made.path).is_ok_and(|text| text == made.text) {
            outdated.push(format!(
                "{} is not up to date: `cargo xtask spec describe /dev/null` rewrites it",
                made.path.display()
            ));
        }
    }
    Ok(outdated)
}

#[cfg(test)]
mod tests {
    use launchdarkly_api_codegen::{Document, audit};

    use crate::spec::{canonical, vendored};

    #[test]
    fn resolved_findings_stay_resolved_without_descriptions() {
        let root = vendored::read().unwrap();
        let facts = canonical::facts(&root).root;
        let document = Document::new("facts.json", facts).unwrap();
        let findings = audit(&document, &vendored::settings().unwrap()).unwrap();
        assert_eq!(findings, vendored::audit(&root).unwrap());
    }

    #[test]
    fn the_repository_is_as_this_tool_writes_it() {
        let root = vendored::read().unwrap();
        assert_eq!(super::outdated(&root).unwrap(), [""; 0]);
    }
}
