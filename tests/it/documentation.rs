//! The Markdown files of the repository.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// The Markdown files that GitHub shows.
fn files() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    ["", "codegen", "conformance", "docs", "downstream"]
        .into_iter()
        .flat_map(|folder| fs::read_dir(root.join(folder)).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .collect()
}

/// The lines outside code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !is_fence && !in_code
    })
}

/// The anchors that GitHub gives to headings.
fn anchors(text: &str) -> BTreeSet<String> {
    prose(text)
        .filter(|line| line.starts_with('#'))
        .filter_map(|line| line.trim_start_matches('#').strip_prefix(' '))
        .map(|heading| {
            let kept = heading
                .chars()
                .filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
            kept.collect::<String>().to_lowercase().replace(' ', "-")
        })
        .collect()
}

/// The targets of links, as in `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    prose(text).flat_map(|line| {
        let starts = line.split("](").skip(1);
        starts.filter_map(|start| Some(start.split_once(')')?.0))
    })
}

/// The relative links of a file that lead nowhere.
fn broken_links(file: &Path, text: &str) -> Vec<String> {
    let is_relative = |target: &&str| {
        let is_path = target.contains(['#', '/', '.']) && !target.contains("::");
        is_path && !target.contains("://")
    };
    let mut broken = Vec::new();
    for target in links(text).filter(is_relative) {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let linked = match path {
            "" => Some(text.to_owned()),
            path => fs::read_to_string(file.with_file_name(path)).ok(),
        };
        let leads_somewhere =
            linked.is_some_and(|linked| anchor.is_empty() || anchors(&linked).contains(anchor));
        if !leads_somewhere {
            broken.push(format!("{}: {target}", file.display()));
        }
    }
    broken
}

#[test]
fn every_relative_link_of_the_documentation_leads_to_a_file_and_a_heading() {
    let mut broken = Vec::new();
    for file in files() {
        broken.extend(broken_links(&file, &fs::read_to_string(&file).unwrap()));
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn a_link_to_a_missing_heading_or_file_is_found() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = "# A heading: `code`\n[a](#a-heading-code) [b](#b) [c](Missing.md)\n\
        ```\n# b\n```\n[d](README.md) [e](Error::body) [f](https://example.com/#g)";
    let broken = broken_links(&file, text);
    let targets: Vec<_> = broken
        .iter()
        .filter_map(|link| link.split_once(": "))
        .collect();
    assert_eq!(
        targets
            .iter()
            .map(|(_, target)| *target)
            .collect::<Vec<_>>(),
        ["#b", "Missing.md"]
    );
}
