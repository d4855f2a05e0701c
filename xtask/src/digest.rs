//! `cargo xtask digest`: a digest of the code that codegen generates, for each
//! document and each set of features, so that a change to codegen can be shown
//! to leave its output as it was.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context, ensure};
use clap::Args;
use launchdarkly_api_codegen::{Document, Settings, area, generate};
use sha2::{Digest as _, Sha256};

use crate::spec::{areas, keep_descriptions, vendored};

#[derive(Args)]
pub(crate) struct Arguments {
    /// Documents, and folders of documents, beside the vendored document.
    /// Files that no code can be generated from are named on standard error.
    documents: Vec<PathBuf>,
    /// Compares with the digests in this file, which an earlier run printed, and
    /// fails if one differs.
    #[arg(long)]
    compare: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let recorded = match &arguments.compare {
        Some(file) => Some(
            std::fs::read_to_string(file)
                .with_context(|| format!("{} cannot be read", file.display()))?,
        ),
        None => None,
    };
    let documents = read(&arguments.documents)?;
    let text = text(&documents, &vendored::settings()?);
    let Some(recorded) = recorded else {
        print!("{text}");
        return Ok(());
    };
    let differences = differences(&recorded, &text);
    ensure!(
        differences.is_empty(),
        "the generated code differs from the record:\n{}",
        differences.join("\n")
    );
    println!("all {} digests are equal", text.lines().count());
    Ok(())
}

/// The documents by name. The vendored document is `vendored`.
fn read(paths: &[PathBuf]) -> anyhow::Result<BTreeMap<String, Document>> {
    let mut files = BTreeSet::new();
    for path in paths {
        if path.is_dir() {
            for entry in std::fs::read_dir(path)
                .with_context(|| format!("{} cannot be read", path.display()))?
            {
                files.insert(entry?.path());
            }
        } else {
            files.insert(path.clone());
        }
    }
    let mut documents = BTreeMap::new();
    for file in files.iter().filter(|file| file.is_file()) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        match Document::read(file) {
            Ok(document) => {
                let other = documents.insert(name.clone().into_owned(), document);
                ensure!(other.is_none(), "two documents are called {name}");
            }
            Err(error) => eprintln!("skipping {error}"),
        }
    }
    documents.insert(
        "vendored".to_owned(),
        Document::read(Path::new(&vendored::path()))?,
    );
    Ok(documents)
}

/// A line for each document and set of features that code is generated for:
/// the digest, the document's name and the features.
fn text(documents: &BTreeMap<String, Document>, settings: &Settings) -> String {
    let jobs: Vec<(&str, &Document, String, Settings)> = documents
        .iter()
        .flat_map(|(name, document)| {
            features(document, settings)
                .into_iter()
                .map(move |(features, settings)| (name.as_str(), document, features, settings))
        })
        .collect();
    let next = AtomicUsize::new(0);
    let work = || {
        let mut lines = Vec::new();
        while let Some((name, document, features, settings)) =
            jobs.get(next.fetch_add(1, Ordering::Relaxed))
        {
            match generate(document, settings) {
                Ok(code) => lines.push(format!("{} {name} {features}", digest(&code))),
                Err(error) => eprintln!("skipping {name} {features}: {error}"),
            }
        }
        lines
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let mut lines: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers
            .into_iter()
            // A panic in a worker has been reported; its lines are missing.
            .flat_map(|worker| worker.join().unwrap_or_default())
            .collect()
    });
    lines.sort_by(|left, right| key(left).cmp(key(right)));
    lines.into_iter().fold(String::new(), |mut text, line| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{line}");
        text
    })
}

/// The sets of features that are recorded, by name.
fn features(document: &Document, settings: &Settings) -> Vec<(String, Settings)> {
    let with = |change: &dyn Fn(&mut Settings)| {
        let mut settings = settings.clone();
        change(&mut settings);
        settings
    };
    let alone = |areas: BTreeSet<String>| with(&|settings| settings.areas = Some(areas.clone()));
    let mut all = vec![
        ("full".to_owned(), settings.clone()),
        ("full+httpmock".to_owned(), with(&|s| s.mocks = true)),
        ("full+schemars".to_owned(), with(&|s| s.descriptions = true)),
        (
            "default".to_owned(),
            alone(areas::DEFAULT.map(str::to_owned).into()),
        ),
    ];
    let names: BTreeSet<String> = keep_descriptions::operations(document.root())
        .filter_map(|(_, _, operation)| operation["tags"][0].as_str().map(area))
        .collect();
    all.extend(names.into_iter().map(|name| {
        let settings = alone([name.clone()].into());
        (name, settings)
    }));
    all
}

fn digest(code: &str) -> String {
    Sha256::digest(code)
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A line without its digest.
fn key(line: &str) -> &str {
    line.split_once(' ').map_or(line, |(_, key)| key)
}

/// What has changed from one record to another, a line each.
fn differences(before: &str, after: &str) -> Vec<String> {
    let by_key = |text: &str| -> BTreeMap<String, String> {
        text.lines()
            .filter(|line| !line.is_empty())
            .map(|line| (key(line).to_owned(), line.to_owned()))
            .collect()
    };
    let (before, after) = (by_key(before), by_key(after));
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    keys.into_iter()
        .filter_map(|key| match (before.get(key), after.get(key)) {
            (Some(old), Some(new)) if old == new => None,
            (Some(_), Some(_)) => Some(format!("changed: {key}")),
            (None, _) => Some(format!("not recorded: {key}")),
            (_, None) => Some(format!("no longer generated: {key}")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A document with an operation in each of two areas.
    fn document(summary: &str) -> BTreeMap<String, Document> {
        let operation = |id: &str, tag: &str| {
            format!(
                "    get: {{operationId: {id}, tags: [{tag}], summary: {summary}, responses: \
                 {{\"204\": {{description: Done}}}}}}\n"
            )
        };
        let text = format!(
            "openapi: 3.0.3\ninfo: {{title: t, version: \"1\"}}\nservers: [{{url: \
             \"https://app.launchdarkly.com\"}}, {{url: \"https://app.launchdarkly.us\"}}]\n\
             paths:\n  /a:\n{}  /b:\n{}",
            operation("getA", "Teams"),
            operation("getB", "Lamps"),
        );
        [(
            "d.yaml".to_owned(),
            Document::parse("d.yaml", &text).unwrap(),
        )]
        .into()
    }

    #[test]
    fn every_set_of_features_has_a_line_and_a_change_names_those_it_touches() {
        let settings = Settings::default();
        let before = text(&document("One"), &settings);
        let keys: Vec<&str> = before.lines().map(key).collect();
        let all = [
            "d.yaml default",
            "d.yaml full",
            "d.yaml full+httpmock",
            "d.yaml full+schemars",
            "d.yaml lamps",
            "d.yaml teams",
        ];
        assert_eq!(keys, all);
        assert_eq!(text(&document("One"), &settings), before);
        assert_eq!(differences(&before, &before), Vec::<String>::new());

        let after = text(&document("Two"), &settings);
        assert_eq!(
            differences(&before, &after),
            all.map(|key| format!("changed: {key}"))
        );
        let (first, rest) = after.split_once('\n').unwrap();
        assert_eq!(
            differences(&after, rest),
            [format!("no longer generated: {}", key(first))]
        );
        assert_eq!(
            differences(rest, &after),
            [format!("not recorded: {}", key(first))]
        );
    }
}
