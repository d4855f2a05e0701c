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

/// The number of drafts that `spec check` reports. It passes.
fn checked(kept: &Kept) -> usize {
    let output = kept.spec(&["check"]);
    let log = text(&output.stderr);
    assert!(output.status.success(), "{log}");
    match log.split_once(" descriptions are drafts: ") {
        Some((count, _)) => count.parse().unwrap(),
        None => 0,
    }
}

#[test]
fn a_new_operation_is_merged_with_drafts_and_the_check_passes_and_counts_them() {
    let kept = Kept::new();
    let before = checked(&kept);
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
    assert_eq!(checked(&kept), before + 7);
    let texts = kept.path().join("texts.yaml");
    fs::write(
        &texts,
        drafts.replace("The watts of the lamp.", "Its power."),
    )
    .unwrap();
    let output = kept.spec(&["describe", texts.to_str().unwrap()]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert_eq!(checked(&kept), before + 6);

    // The table of areas and the list of operations follow.
    let [document, areas, _] = kept.texts();
    assert!(document.contains("operationId: postLamp\n"));
    let before = fs::read_to_string(repository().join("docs/areas.md")).unwrap();
    let operations = |areas: &str| {
        let (before, _) = areas.split_once(" operations in ").unwrap();
        let (_, number) = before.rsplit_once(' ').unwrap();
        number.parse::<u32>().unwrap()
    };
    assert_eq!(operations(&areas), operations(&before) + 1);
}

#[test]
fn nothing_is_written_when_an_import_fails() {
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
        assert!(!output.status.success(), "{new}");
        unchanged(&kept, &before);
    }
}
