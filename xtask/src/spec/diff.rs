//! `spec diff`: what another document does to the callers of this crate.
//!
//! What counts is what codegen makes of both, so that is compared; the documents
//! themselves tell of what does not show in Rust.

mod change;
mod documents;
mod markdown;
mod operations;
mod renamed;
mod types;

use std::{collections::BTreeMap, path::Path};

use clap::Args;
use launchdarkly_api_codegen::{Document, Settings, api::Api};
use serde_json::Value;

use self::change::{Bump, Change, Effect, Kind, Report, Subject};
use super::{canonical, secrets, source, vendored};

#[derive(Args)]
pub(crate) struct Diff {
    /// The document that callers were written against: a file or an https URL.
    old: String,
    /// The document that is to replace it.
    new: String,
    /// Prints JSON instead of Markdown.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(diff: &Diff) -> anyhow::Result<()> {
    eprintln!("generating Rust from both documents");
    let before = source::read(&diff.old)?.unified()?;
    // It takes seconds each.
    let (old, new) = std::thread::scope(|scope| {
        let old = scope.spawn(|| Side::read(&diff.old, None));
        let new = Side::read(&diff.new, Some(&before));
        (old.join(), new)
    });
    let old = old.map_err(|_| anyhow::anyhow!("reading {} panicked", diff.old))??;
    let mut report = compare(&old, &new?);
    report.old = diff.old.clone();
    report.new = diff.new.clone();
    if diff.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", markdown::text(&report));
    }
    Ok(())
}

/// A document, and what it becomes.
struct Side {
    /// With its words.
    document: Value,
    facts: Value,
    code: String,
    api: Api,
    /// The renamed areas: the old name, and the new one.
    renamed_areas: BTreeMap<String, String>,
}

impl Side {
    /// Reads a document. Findings are resolved as the files beside it say; those of
    /// this repository if it has none, which a published document does not. Secrets
    /// of `before` stay redacted in a published document as if it was imported.
    fn read(source: &str, before: Option<&Value>) -> anyhow::Result<Self> {
        let mut document = source::read(source)?.unified()?;
        let folder = Path::new(source).parent().unwrap_or(Path::new(""));
        let settings = match folder.join("names.yaml").exists() {
            true => Settings::read(folder)?,
            false => {
                let settings = vendored::settings()?;
                if let Some(before) = before {
                    secrets::keep(before, &mut document, &settings);
                }
                settings
            }
        };
        Self::of(source, document, &settings)
    }

    fn of(source: &str, document: Value, settings: &Settings) -> anyhow::Result<Self> {
        let facts = canonical::facts(&document).root;
        // With the prose: it can decide that a property is redacted.
        let api = Api::read(&Document::new(source, document.clone())?, settings)?;
        // Documentation makes no difference to callers.
        let is_code = |line: &&str| !line.trim_start().starts_with("///");
        let code = api.code(settings).lines().filter(is_code).collect();
        Ok(Self {
            document,
            facts,
            code,
            api,
            renamed_areas: settings.renamed_areas().clone(),
        })
    }
}

fn compare(old: &Side, new: &Side) -> Report {
    let mut before = old.api.clone();
    let mut changes = renamed::apply(&mut before, &new.api, &old.facts, &new.facts);
    changes.extend(operations::areas(&before, &new.api, &new.renamed_areas));
    changes.extend(operations::changes(&before, &new.api, &new.renamed_areas));
    changes.extend(types::changes(&before, &new.api));
    let in_new_names = |root| renamed::document(root, &old.facts, &new.facts);
    let (facts, document) = (in_new_names(&old.facts), in_new_names(&old.document));
    changes.extend(documents::changes((&facts, &document), new, &changes));
    if changes.is_empty() && old.code != new.code {
        changes.push(Change::new(
            Effect::Invisible,
            Kind::Changed,
            Subject::Document,
            "generated code",
            "it differs in what callers do not see",
        ));
    }
    changes.sort();
    let bump = if changes
        .iter()
        .any(|change| change.effect == Effect::Breaking)
    {
        Bump::Minor
    } else if old.code != new.code {
        Bump::Patch
    } else {
        Bump::None
    };
    Report::new(bump, changes)
}

#[cfg(test)]
mod tests;
