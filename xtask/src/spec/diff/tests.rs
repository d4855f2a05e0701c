use serde_json::json;

use super::*;

/// A document with an operation of each kind the tests change.
fn document() -> Value {
    json!({
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "servers": [{"url": "https://app.launchdarkly.com"}, {"url": "https://app.launchdarkly.us"}],
        "tags": [{"name": "Teams"}],
        "paths": {
            "/lamps/{key}": {
                "get": {
                    "operationId": "getLamp", "tags": ["Teams"], "summary": "A lamp",
                    "parameters": [
                        {"name": "key", "in": "path", "required": true, "schema": {"type": "string"}},
                        {"name": "expand", "in": "query", "schema": {"type": "string"}}
                    ],
                    "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Lamp"}}}}}
                },
                "post": {
                    "operationId": "postLamp", "tags": ["Teams"],
                    "parameters": [{"name": "key", "in": "path", "required": true, "schema": {"type": "string"}}],
                    "requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/LampPost"}}}},
                    "responses": {"204": {"description": ""}}
                }
            }
        },
        "components": {"schemas": {
            "Lamp": {"type": "object", "required": ["name"], "properties": {
                "name": {"type": "string"}, "watts": {"type": "integer"}, "colour": {"$ref": "#/components/schemas/Colour"}
            }},
            "LampPost": {"type": "object", "properties": {"name": {"type": "string"}, "tags": {"type": "array", "items": {"type": "string"}}}},
            "Colour": {"type": "string", "enum": ["red", "green"]}
        }}
    })
}

fn report(change: impl Fn(&mut Value)) -> Report {
    let side = |document: Value| Side::of("document.json", document, &Settings::default()).unwrap();
    let mut new = document();
    change(&mut new);
    compare(&side(document()), &side(new))
}

/// The changes, a line each, and the bump.
fn told(change: impl Fn(&mut Value)) -> (Bump, Vec<String>) {
    let report = report(change);
    let lines = report
        .changes
        .iter()
        .map(|c| {
            let compiles = if c.compiles { "" } else { "!" };
            format!(
                "{:?}{compiles} {:?} {:?} {}",
                c.effect, c.kind, c.subject, c.place
            )
        })
        .collect();
    (report.bump, lines)
}

fn only(line: &str) -> Vec<String> {
    vec![line.to_owned()]
}

#[test]
fn the_same_document_asks_for_no_release() {
    assert_eq!(told(|_| {}), (Bump::None, Vec::new()));
}

#[test]
fn a_scalar_behind_a_reference_asks_for_no_release() {
    let (bump, lines) = told(|new| {
        let schemas = &mut new["components"]["schemas"];
        schemas["Name"] = json!({"type": "string"});
        schemas["Names"] = json!({"type": "array", "items": {"$ref": "#/components/schemas/Name"}});
        schemas["Lamp"]["properties"]["name"] = json!({"$ref": "#/components/schemas/Name"});
        schemas["LampPost"]["properties"]["tags"] = json!({"$ref": "#/components/schemas/Names"});
    });
    assert_eq!((bump, lines), (Bump::None, Vec::new()));
}

#[test]
fn a_description_that_redacts_a_property_is_a_change() {
    let (bump, lines) = told(|new| {
        new["components"]["schemas"]["Lamp"]["properties"]["name"]["description"] =
            json!("The SDK key of the lamp.");
    });
    assert_eq!(
        lines,
        [
            "Invisible Changed Property Lamp.name",
            "Invisible Changed Document descriptions and examples",
        ]
    );
    assert_eq!(bump, Bump::Patch);
}

#[test]
fn a_secret_that_is_no_longer_redacted_breaks_callers_that_compile() {
    let side = |property: Value| {
        let mut root = document();
        root["components"]["schemas"]["Lamp"]["properties"]["name"] = property;
        Side::of("document.json", root, &Settings::default()).unwrap()
    };
    let secret = side(json!({"type": "string", "format": "password"}));
    let report = compare(&secret, &side(json!({"type": "string"})));
    assert_eq!(report.bump, Bump::Minor);
    let change = &report.changes[0];
    assert_eq!(
        (change.effect, change.compiles, &*change.place),
        (Effect::Breaking, true, "Lamp.name")
    );
    assert_eq!(
        change.reason,
        "security: `Debug` shows it and redacted it before; if it is a secret, add `Lamp.name` \
         to `secret` in openapi/properties.yaml"
    );
}

#[test]
fn words_are_invisible_and_ask_for_no_release() {
    let (bump, lines) = told(|new| {
        new["paths"]["/lamps/{key}"]["get"]["summary"] = json!("Another word");
    });
    assert_eq!(
        lines,
        only("Invisible Changed Document descriptions and examples")
    );
    assert_eq!(bump, Bump::None);
}

#[test]
fn parameters_break_when_they_go_or_are_required() {
    let parameters = |new: &mut Value| new["paths"]["/lamps/{key}"]["get"]["parameters"].take();
    let with = |more: Value| {
        told(move |new| {
            let mut list = parameters(new);
            list.as_array_mut().unwrap().push(more.clone());
            new["paths"]["/lamps/{key}"]["get"]["parameters"] = list;
        })
    };
    let limit = |required: bool| json!({"name": "limit", "in": "query", "required": required, "schema": {"type": "integer"}});
    assert_eq!(
        with(limit(false)),
        (Bump::Patch, only("Additive Added Parameter get_lamp.limit"))
    );
    assert_eq!(
        with(limit(true)),
        (Bump::Minor, only("Breaking Added Parameter get_lamp.limit"))
    );
    let gone = told(|new| {
        let mut list = parameters(new);
        list.as_array_mut().unwrap().pop();
        new["paths"]["/lamps/{key}"]["get"]["parameters"] = list;
    });
    assert_eq!(
        gone,
        (
            Bump::Minor,
            only("Breaking! Removed Parameter get_lamp.expand")
        )
    );
    let required = told(|new| {
        new["paths"]["/lamps/{key}"]["get"]["parameters"][1]["required"] = json!(true);
    });
    assert_eq!(
        required,
        (
            Bump::Minor,
            only("Breaking Changed Parameter get_lamp.expand")
        )
    );
}

#[test]
fn properties_break_when_they_go_or_change_their_type_or_are_to_be_sent() {
    let schemas =
        |change: fn(&mut Value)| told(move |new| change(&mut new["components"]["schemas"]));
    assert_eq!(
        schemas(|s| s["Lamp"]["properties"]["hue"] = json!({"type": "string"})),
        (Bump::Patch, only("Additive Added Property Lamp.hue"))
    );
    assert_eq!(
        schemas(|s| drop(
            s["Lamp"]["properties"]
                .as_object_mut()
                .unwrap()
                .remove("watts")
        )),
        (Bump::Minor, only("Breaking! Removed Property Lamp.watts"))
    );
    assert_eq!(
        schemas(|s| s["Lamp"]["properties"]["watts"] = json!({"type": "string"})),
        (Bump::Minor, only("Breaking! Changed Property Lamp.watts"))
    );
    // Callers need not build responses.
    assert_eq!(
        schemas(|s| {
            s["Lamp"]["properties"]["hue"] = json!({"type": "string"});
            s["Lamp"]["required"] = json!(["name", "hue"]);
        }),
        (Bump::Patch, only("Additive Added Property Lamp.hue"))
    );
    let (bump, lines) = schemas(|s| {
        s["LampPost"]["required"] = json!(["name"]);
    });
    assert_eq!(bump, Bump::Minor);
    assert_eq!(
        lines,
        [
            // A body without required properties can be left out.
            "Breaking Changed Parameter post_lamp.body",
            "Breaking! Changed Schema LampPost",
            "Breaking! Changed Property LampPost.name"
        ]
    );
}

#[test]
fn a_value_more_is_additive_and_one_less_breaks() {
    let values = |values: Value| {
        told(move |new| new["components"]["schemas"]["Colour"]["enum"] = values.clone())
    };
    assert_eq!(
        values(json!(["red", "green", "blue"])),
        (Bump::Patch, only("Additive Added Value Colour::Blue"))
    );
    assert_eq!(
        values(json!(["red"])),
        (Bump::Minor, only("Breaking! Removed Value Colour::Green"))
    );
    let (_, lines) = values(json!(["red", "green", "unknown"]));
    assert_eq!(
        lines,
        [
            "Breaking! Changed Schema Colour",
            "Additive Added Value Colour::Unknown"
        ]
    );
}

#[test]
fn an_operation_breaks_when_it_goes_or_needs_another_feature_and_not_when_it_moves() {
    let lamp = "/lamps/{key}";
    let (bump, lines) = told(|new| {
        let _ = new["paths"][lamp].as_object_mut().unwrap().remove("post");
    });
    assert_eq!(bump, Bump::Minor);
    assert_eq!(
        lines,
        [
            "Breaking! Removed Operation post_lamp",
            "Breaking! Removed Schema LampPost"
        ]
    );
    let (_, lines) = told(|new| new["paths"][lamp]["get"]["tags"] = json!(["Webhooks"]));
    assert_eq!(
        lines,
        [
            "Breaking! Changed Operation get_lamp",
            "Additive Added Area webhooks"
        ]
    );
    let moved = told(|new| {
        let item = new["paths"][lamp].take();
        new["paths"] = json!({"/v3/lamps/{key}": item});
    });
    assert_eq!(
        moved,
        (
            Bump::Patch,
            vec![
                "Invisible Changed Operation get_lamp".to_owned(),
                "Invisible Changed Operation post_lamp".to_owned()
            ]
        )
    );
}

#[test]
fn a_renamed_operation_is_one_change_and_its_own_changes_are_compared() {
    let lamp = "/lamps/{key}";
    assert_eq!(
        told(|new| new["paths"][lamp]["get"]["operationId"] = json!("readLamp")),
        (Bump::Minor, only("Breaking! Renamed Operation get_lamp"))
    );
    let (_, lines) = told(|new| {
        new["paths"][lamp]["get"]["operationId"] = json!("readLamp");
        let parameters = new["paths"][lamp]["get"]["parameters"].as_array_mut();
        parameters.unwrap().pop();
    });
    assert_eq!(
        lines,
        [
            "Breaking! Renamed Operation get_lamp",
            "Breaking! Removed Parameter read_lamp.expand",
        ]
    );
}

#[test]
fn a_renamed_schema_is_one_change_with_its_inline_types_and_all_its_uses() {
    let rename = |new: &mut Value| {
        let schemas = new["components"]["schemas"].as_object_mut().unwrap();
        let lamp = schemas.remove("Lamp").unwrap();
        schemas.insert("Light".into(), lamp);
        let content = &mut new["paths"]["/lamps/{key}"]["get"]["responses"]["200"]["content"];
        content["application/json"]["schema"]["$ref"] = json!("#/components/schemas/Light");
    };
    let state = |new: &mut Value, name: &str| {
        new["components"]["schemas"][name]["properties"]["state"] =
            json!({"type": "string", "enum": ["on", "off"]});
    };
    let side = |change: &dyn Fn(&mut Value)| {
        let mut root = document();
        change(&mut root);
        Side::of("document.json", root, &Settings::default()).unwrap()
    };
    let old = side(&|root| state(root, "Lamp"));
    let lines = |new: &Side| -> Vec<String> {
        let changes = compare(&old, new).changes;
        let line = |c: &Change| format!("{:?} {:?} {}: {}", c.kind, c.subject, c.place, c.reason);
        changes.iter().map(line).collect()
    };
    let renames = [
        "Renamed Schema Lamp: the type is now called `Light`",
        "Renamed Schema LampState: the type is now called `LightState`",
    ];
    let new = side(&|root| {
        rename(root);
        state(root, "Light");
    });
    assert_eq!(lines(&new), renames);
    let changed = side(&|root| {
        rename(root);
        state(root, "Light");
        root["components"]["schemas"]["Light"]["properties"]["watts"] = json!({"type": "string"});
    });
    let lines = lines(&changed);
    assert_eq!(lines[..2], renames);
    assert!(
        lines.len() == 3 && lines[2].starts_with("Changed Property Light.watts: "),
        "{lines:?}"
    );
}

#[test]
fn the_diff_and_the_import_report_the_same_removals_and_renames() {
    let old = document();
    let mut new = document();
    let item = new["paths"]["/lamps/{key}"].as_object_mut().unwrap();
    item["get"]["operationId"] = json!("readLamp");
    item["get"]["parameters"].as_array_mut().unwrap().pop();
    item.remove("post");
    let schemas = new["components"]["schemas"].as_object_mut().unwrap();
    schemas.remove("LampPost");
    let mut lamp = schemas.remove("Lamp").unwrap();
    lamp["properties"].as_object_mut().unwrap().remove("watts");
    lamp["properties"]["hue"] = json!({"type": "string"});
    schemas.insert("Light".into(), lamp);
    let content = &mut new["paths"]["/lamps/{key}"]["get"]["responses"]["200"]["content"];
    content["application/json"]["schema"]["$ref"] = json!("#/components/schemas/Light");
    // Enough in common for a rename.
    let mut old = old;
    for (root, name) in [(&mut old, "Lamp"), (&mut new, "Light")] {
        for property in ["a", "b", "c", "d", "e", "f"] {
            root["components"]["schemas"][name]["properties"][property] = json!({"type": "string"});
        }
    }

    let imported = crate::spec::changes::between(&old, &new).lines;
    let imported: Vec<&String> = imported
        .iter()
        .filter(|line| line.starts_with("removed") || line.starts_with("renamed"))
        .collect();
    assert_eq!(
        imported,
        [
            "renamed: operation `getLamp` is now `readLamp`",
            "removed: parameter `expand` of GET /lamps/{key}",
            "removed: POST /lamps/{key} (`postLamp`)",
            "renamed: schema `Lamp` is now `Light`",
            "removed: property `Light.watts`",
            "removed: schema `LampPost`",
        ]
    );
    let side = |root: Value| Side::of("document.json", root, &Settings::default()).unwrap();
    let changes = compare(&side(old), &side(new)).changes;
    let reported: Vec<String> = changes
        .iter()
        .filter(|change| matches!(change.kind, Kind::Removed | Kind::Renamed))
        .map(|c| format!("{:?} {:?} {}", c.kind, c.subject, c.place))
        .collect();
    assert_eq!(
        reported,
        [
            "Removed Operation post_lamp",
            "Renamed Operation get_lamp",
            "Removed Parameter read_lamp.expand",
            "Removed Schema LampPost",
            "Renamed Schema Lamp",
            "Removed Property Light.watts",
        ]
    );
}

#[test]
fn each_side_uses_the_resolved_findings_beside_its_document() {
    let folder = |names: &str| {
        let folder = tempfile::tempdir().unwrap();
        let mut root = document();
        root["components"]["schemas"]["Lamp"]["properties"]["state"] =
            json!({"type": "string", "enum": ["on", "off"]});
        std::fs::write(folder.path().join("d.json"), root.to_string()).unwrap();
        std::fs::write(folder.path().join("names.yaml"), names).unwrap();
        folder
    };
    let read = |folder: &tempfile::TempDir| {
        Side::read(folder.path().join("d.json").to_str().unwrap(), None).unwrap()
    };
    let named = folder("enums: {Switch: {property: [state], values: ['on', 'off']}}");
    let plain = folder("{}");
    assert!(read(&named).api.types.contains_key("Switch"));
    assert!(!read(&plain).api.types.contains_key("Switch"));
}

#[test]
fn what_the_document_alone_says_is_invisible() {
    let (_, lines) = told(|new| {
        new["components"]["schemas"]["Lamp"]["properties"]["name"]["maxLength"] = json!(3);
    });
    assert_eq!(lines, only("Invisible Changed Schema Lamp"));
}

#[test]
fn the_markdown_begins_with_what_breaks_and_ends_with_the_bump() {
    let text = markdown::text(&report(|new| {
        new["components"]["schemas"]["Colour"]["enum"] = json!(["red", "blue"]);
    }));
    let breaking = text
        .find("- removed value `Colour::Green`: the variant is gone")
        .unwrap();
    let additive = text.find("- added value `Colour::Blue`: ").unwrap();
    assert!(breaking < additive, "{text}");
    assert!(text.contains("`Unknown(\"blue\")`"), "{text}");
    assert!(text.ends_with("some callers break.\n"), "{text}");
}
