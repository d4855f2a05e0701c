//! `cargo xtask spec import`.

use std::fs;

use crate::support::{Kept, repository, shared, text};

/// Equality of long texts, told by the file and without the texts.
fn unchanged(kept: &Kept, before: &[String; 3]) {
    for (before, after) in before.iter().zip(kept.texts()) {
        assert!(
            *before == after,
            "a file that begins {:?} differs",
            &after[..60]
        );
    }
}

#[test]
fn the_page_of_an_operation_changes_nothing_on_top_of_the_whole_document() {
    let test = "the_page_of_an_operation_changes_nothing_on_top_of_the_whole_document";
    let Some(whole) = shared(test, "specs/launchdarkly-v23.yaml") else {
        return;
    };
    let kept = Kept::new();
    let output = kept.spec(&["import", whole.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let before = kept.texts();
    for file in [
        "specs/update-subscription-page.md",
        "specs/update-subscription.yaml",
    ] {
        let Some(page) = shared(test, file) else {
            return;
        };
        let output = kept.spec(&["import", page.to_str().unwrap()]);
        let log = text(&output.stderr);
        assert!(output.status.success(), "{log}");
        assert!(log.contains("merging it as a part"), "{log}");
        assert!(
            log.contains(" operations; 0 operations and schemas are new or changed"),
            "{log}"
        );
        unchanged(&kept, &before);
    }
}

const PART: &str = r##"
openapi: 3.1.0
info: {title: LaunchDarkly REST API, version: 1.0.0}
servers: [{url: https://app.launchdarkly.com}, {url: https://app.launchdarkly.us}]
paths:
  /api/v2/lamps/{lampKey}:
    post:
      operationId: post-lamp
      tags: [subpackage_lamps]
      parameters:
        - {name: lampKey, in: path, required: true, schema: {type: string}}
      requestBody: {content: {application/json: {schema: {$ref: "#/components/schemas/Lamp"}}}}
      responses: {"204": {description: Done}}
components:
  schemas:
    Lamp: {type: object, properties: {watts: {type: integer}}}
"##;

/// The number of drafts that `spec check` reports, and the problems that it fails
/// with.
fn checked(kept: &Kept) -> (usize, String) {
    let output = kept.spec(&["check"]);
    let log = text(&output.stderr);
    assert_eq!(output.status.success(), !log.contains("error: "), "{log}");
    let problems = match log.split_once("error: ") {
        Some((_, problems)) => problems.to_owned(),
        None => String::new(),
    };
    match log.split_once(" descriptions are drafts: ") {
        Some((count, _)) => (count.parse().unwrap(), problems),
        None => (0, problems),
    }
}

#[test]
fn a_new_operation_is_merged_with_drafts_and_the_check_passes_and_counts_them() {
    let kept = Kept::new();
    let (drafts_before, problems) = checked(&kept);
    let part = kept.path().join("part.yaml");
    fs::write(&part, PART).unwrap();
    let output = kept.spec(&["import", "--merge", part.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let log = text(&output.stderr);
    assert!(
        log.contains("added: POST /api/v2/lamps/{lampKey}\nadded: schema `Lamp`\n"),
        "{log}"
    );
    let drafts = text(&output.stdout);
    assert!(
        drafts.contains("summary: Create a lamp") && drafts.contains("watts: The watts of"),
        "{drafts}"
    );
    // A tag, a summary, a description, a parameter, a response, a schema and its
    // property.
    assert_eq!(checked(&kept), (drafts_before + 7, problems.clone()));
    let texts = kept.path().join("texts.yaml");
    fs::write(
        &texts,
        drafts.replace("The watts of the lamp.", "Its power."),
    )
    .unwrap();
    let output = kept.spec(&["describe", texts.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(checked(&kept), (drafts_before + 6, problems));

    // The table of areas and the list of operations follow.
    let [document, areas, _] = kept.texts();
    assert!(document.contains("operationId: postLamp\n"));
    assert!(document.contains("x-drafts:\n"));
    let before = fs::read_to_string(repository().join("docs/areas.md")).unwrap();
    let operations = |areas: &str| {
        let (before, _) = areas.split_once(" operations in ").unwrap();
        let (_, number) = before.rsplit_once(' ').unwrap();
        number.parse::<u32>().unwrap()
    };
    assert_eq!(operations(&areas), operations(&before) + 1);
}

#[test]
fn an_import_that_fails_names_the_file_and_writes_nothing() {
    let kept = Kept::new();
    let before = kept.texts();
    let part = kept.path().join("part.yaml");
    // Read, merged, and no Rust: a reference that leads nowhere, an operation of
    // no area, and a file that is no document.
    for (old, new) in [
        ("schemas/Lamp\"", "schemas/Gone\""),
        ("tags: [subpackage_lamps]", "tags: []"),
        ("openapi: 3.1.0", "openapi: 4.0.0"),
    ] {
        assert!(PART.contains(old), "{old}");
        fs::write(&part, PART.replace(old, new)).unwrap();
        let output = kept.spec(&["import", part.to_str().unwrap()]);
        let log = text(&output.stderr);
        let error = log.lines().last().unwrap();
        assert!(
            error.starts_with(&format!("error: {}", part.display())),
            "{log}"
        );
        unchanged(&kept, &before);
    }
}

#[test]
fn a_replacing_import_that_removes_more_than_a_tenth_of_the_operations_needs_a_flag() {
    let kept = Kept::new();
    let before = kept.texts();
    let part = kept.path().join("part.yaml");
    fs::write(&part, PART).unwrap();
    let output = kept.spec(&["import", "--replace", part.to_str().unwrap()]);
    let log = text(&output.stderr);
    assert!(!output.status.success());
    assert!(log.contains("--allow-removals"), "{log}");
    let removed = log.lines().filter(|line| {
        line.strip_prefix("removed: ")
            .is_some_and(|rest| rest.starts_with(char::is_uppercase))
    });
    let operations = before[0].matches(" operationId: ").count();
    assert_eq!(removed.count(), operations, "{log}");
    unchanged(&kept, &before);

    let output = kept.spec(&[
        "import",
        "--replace",
        "--allow-removals",
        part.to_str().unwrap(),
    ]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(kept.texts()[0].matches(" operationId: ").count() == 1);
}
