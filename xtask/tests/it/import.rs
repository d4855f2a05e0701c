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
    let is_complete = output.status.success() && !log.contains(" descriptions are drafts: ");
    assert_eq!(
        is_complete,
        log.contains("the document is complete: "),
        "{log}"
    );
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
fn an_import_without_rustfmt_writes_nothing() {
    let kept = Kept::new();
    let before = kept.texts();
    let part = kept.path().join("part.yaml");
    fs::write(&part, PART).unwrap();
    let empty = kept.path().join("empty");
    let output = kept
        .xtask(&["spec", "import", part.to_str().unwrap()])
        .env("PATH", empty)
        .output()
        .unwrap();
    let log = text(&output.stderr);
    assert!(log.contains("error: rustfmt does not start"), "{log}");
    unchanged(&kept, &before);
    assert!(!kept.path().join("src").exists());
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

/// Signs of secrets of which an import keeps no text: a description, an example, in
/// an array, behind a reference, and beside one.
const SECRETS: &str = r##"Lamp: {type: object, properties: {
      described: {type: string, description: The SDK key of the lamp.},
      shown: {type: string, examples: [sdk-0123]},
      listed: {type: array, items: {type: string, example: mob-0123}},
      named: {$ref: "#/components/schemas/Switch"},
      beside: {$ref: "#/components/schemas/Word", description: The SDK key of the lamp.},
      derived: {$ref: "#/components/schemas/Bulb"},
      plain: {$ref: "#/components/schemas/Word"}}}
    Switch: {type: string, example: sdk-0123}
    Word: {type: string}
    Socket: {type: object, properties: {inherited: {type: string, example: sdk-0123}}}
    Bulb: {allOf: [{$ref: "#/components/schemas/Socket"}, {type: object, properties: {watts: {type: integer}}}]}"##;

#[test]
fn an_imported_secret_is_asked_for_until_the_data_decides() {
    let kept = Kept::new();
    let lamp = "Lamp: {type: object, properties: {watts: {type: integer}}}";
    assert!(PART.contains(lamp));
    let part = kept.path().join("part.yaml");
    let import = |text: &str| {
        fs::write(&part, text).unwrap();
        let output = kept.spec(&["import", "--merge", part.to_str().unwrap()]);
        assert!(output.status.success(), "{}", text_of(&output));
        text_of(&output)
    };
    let places = [
        "Bulb.inherited",
        "Lamp.beside",
        "Lamp.described",
        "Lamp.listed",
        "Lamp.named",
        "Lamp.shown",
    ];
    let asked = |log: &str| -> Vec<String> {
        let findings = log.split("properties.yaml: is `").skip(1);
        let places = findings.filter_map(|finding| finding.split_once('`'));
        places.map(|(place, _)| place.to_owned()).collect()
    };

    // The same schemas without texts first: they have no sign, and the next import,
    // which changes nothing else, brings the signs.
    let with = PART.replace(lamp, SECRETS);
    let without = with
        .replace(", description: The SDK key of the lamp.", "")
        .replace(", examples: [sdk-0123]", "")
        .replace(", example: mob-0123", "")
        .replace(", example: sdk-0123", "");
    assert_eq!(asked(&import(&without)), [""; 0]);
    assert_eq!(asked(&import(&with)), places);
    assert_eq!(asked(&checked(&kept).1), places);
    let [document, ..] = kept.texts();
    assert!(!document.contains("sdk-0123") && !document.contains("The SDK key of the lamp"));
    // A document without texts takes no sign away.
    assert_eq!(asked(&import(&without)), places);
    assert_eq!(kept.texts()[0], document);

    let path = kept.path().join("openapi/properties.yaml");
    let properties = fs::read_to_string(&path).unwrap();
    for list in ["secret", "public"] {
        let entries: String = places.map(|place| format!("\n  - {place}")).concat();
        let decided = properties.replace(&format!("\n{list}:"), &format!("\n{list}:{entries}"));
        fs::write(&path, decided).unwrap();
        assert_eq!(asked(&checked(&kept).1), [""; 0], "{list}");
    }
}

/// A whole document with a type of secrets, and a list of it.
fn whole(key: &str, list: &str) -> String {
    PART.replace("/{lampKey}", "")
        .replace("        - {name: lampKey, in: path, required: true, schema: {type: string}}\n", "")
        .replace("      parameters:\n", "")
        .replace("post:", "get:")
        .replace(
            "      requestBody: {content: {application/json: {schema: {$ref: \"#/components/schemas/Lamp\"}}}}\n",
            "",
        )
        .replace(
            "{\"204\": {description: Done}}",
            &format!("{{\"200\": {{description: Done, content: {{application/json: {{schema: {{$ref: \"#/components/schemas/{list}\"}}}}}}}}}}"),
        )
        .replace(
            "Lamp: {type: object, properties: {watts: {type: integer}}}",
            &format!(
                "{list}: {{type: object, properties: {{items: {{type: array, items: {{$ref: \"#/components/schemas/{key}\"}}}}, next: {{type: string}}}}}}\n    \
                 {key}: {{type: object, properties: {{value: {{type: string}}, name: {{type: string}}, all: {{$ref: \"#/components/schemas/{list}\"}}}}}}"
            ),
        )
}

#[test]
fn a_secret_of_a_renamed_type_is_asked_for_and_so_is_the_entry_without_a_type() {
    let kept = Kept::new();
    let file = kept.path().join("whole.yaml");
    let import = |text: &str| {
        fs::write(&file, text).unwrap();
        let path = file.to_str().unwrap();
        let output = kept.spec(&["import", "--replace", "--allow-removals", path]);
        assert!(output.status.success(), "{}", text_of(&output));
        text_of(&output)
    };
    fs::write(
        kept.path().join("openapi/properties.yaml"),
        "secret: [LampKey.value]",
    )
    .unwrap();
    let before = import(&whole("LampKey", "LampKeys"));
    assert!(!before.contains("properties.yaml: "), "{before}");
    import(&whole("Bulb", "Bulbs"));
    let (_, problems) = checked(&kept);
    for problem in [
        "properties.yaml: LampKey.value: there is no type `LampKey`: if it was renamed, put the \
         new name in `secret`, else remove the entry",
        "properties.yaml: is `Bulb.value` a secret (`secret`) or not (`public`)? It is redacted \
         because of the secret `LampKey.value`, whose type is gone",
    ] {
        assert!(problems.contains(problem), "{problems}");
    }
}

#[test]
fn a_correction_helps_an_import_of_what_openapi_3_0_cannot_say() {
    let kept = Kept::new();
    let before = kept.texts();
    let part = kept.path().join("part.yaml");
    let watts = "watts: {type: integer}";
    let map =
        "watts: {type: object, patternProperties: {^x: {type: string, description: Theirs.}}}";
    fs::write(&part, PART.replace(watts, map)).unwrap();
    let import = || kept.spec(&["import", "--merge", part.to_str().unwrap()]);
    let failed = text_of(&import());
    assert!(
        failed.contains("at /components/schemas/Lamp/properties/watts/patternProperties: ")
            && failed.contains("a `patch` in openapi/corrections.yaml"),
        "{failed}"
    );
    unchanged(&kept, &before);

    let corrections = kept.path().join("openapi/corrections.yaml");
    let mut text = fs::read_to_string(&corrections).unwrap();
    text.push_str(
        "\n- what: The watts are a map\n  evidence: seen\n  patch:\n    \
         - {op: move, from: /components/schemas/Lamp/properties/watts/patternProperties/^x, path: \
         /components/schemas/Lamp/properties/watts/additionalProperties}\n    \
         - {op: remove, path: /components/schemas/Lamp/properties/watts/patternProperties}\n",
    );
    fs::write(&corrections, text).unwrap();
    let output = import();
    assert!(output.status.success(), "{}", text_of(&output));
    let [document, ..] = kept.texts();
    assert!(document.contains("patternProperties:\n") && !document.contains("Theirs."));
    let (_, problems) = checked(&kept);
    assert!(!problems.contains("The watts are a map"), "{problems}");
}

fn text_of(output: &std::process::Output) -> String {
    text(&output.stderr).to_owned()
}
