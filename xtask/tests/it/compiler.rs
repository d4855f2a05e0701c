//! What `spec diff` says of callers, against the compiler.
//!
//! Every case is a caller, written against a small document, and a change of
//! that document. The documents of all cases together are one, so that the crate
//! is built twice only: with it as it was, where every caller compiles, and with
//! all of the changes. It is slow, a minute or two.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::{Value, json};

use crate::support::{copy, repository, spec, text};

struct Case {
    /// Also the noun that its operations and types are named after.
    name: &'static str,
    /// The effects that `spec diff` tells of, in its order.
    effects: &'static [&'static str],
    change: fn(&mut Value),
    /// Statements of a function that has a `client`.
    caller: &'static str,
}

const ADDED: fn(&str) -> Value = |ty| json!({"type": ty});

const CASES: &[Case] = &[
    Case {
        name: "gain",
        effects: &["additive"],
        change: |part| part["schemas"]["Gain"]["properties"]["hue"] = ADDED("string"),
        caller: "let gain = client.get_gain().key(\"k\").send().await?; let _: &str = &gain.name;",
    },
    Case {
        name: "loss",
        effects: &["breaking"],
        change: |part| {
            let properties = part["schemas"]["Loss"]["properties"].as_object_mut();
            properties.unwrap().remove("watts");
        },
        caller: "let loss = client.get_loss().key(\"k\").send().await?; let _ = loss.watts;",
    },
    Case {
        name: "retype",
        effects: &["breaking"],
        change: |part| part["schemas"]["Retype"]["properties"]["watts"] = ADDED("string"),
        caller: "let it = client.get_retype().key(\"k\").send().await?; let _: Option<i64> = it.watts;",
    },
    // The field's type, and with it the builder and `Default`. The body can no longer
    // be left out.
    Case {
        name: "need",
        effects: &["breaking", "breaking", "breaking"],
        change: |part| part["schemas"]["NeedPost"]["required"] = json!(["name"]),
        caller: "let post = types::NeedPost::builder().build(); \
                 if let Ok(post) = post { let _: Option<String> = post.name; }",
    },
    Case {
        name: "preset",
        effects: &["breaking", "breaking", "breaking"],
        change: |part| {
            part["schemas"]["PresetPost"]["properties"]["hue"] = ADDED("string");
            part["schemas"]["PresetPost"]["required"] = json!(["hue"]);
        },
        caller: "let _ = types::PresetPost::default();",
    },
    Case {
        name: "value",
        effects: &["additive"],
        change: |part| part["schemas"]["ValueColour"]["enum"] = json!(["red", "green", "blue"]),
        caller: "match types::ValueColour::Red { types::ValueColour::Green => {} _ => {} }",
    },
    Case {
        name: "unvalue",
        effects: &["breaking"],
        change: |part| part["schemas"]["UnvalueColour"]["enum"] = json!(["red"]),
        caller: "let _ = types::UnvalueColour::Green;",
    },
    Case {
        name: "option",
        effects: &["additive"],
        change: |part| add_parameter(part, false),
        caller: "let _ = client.get_option().key(\"k\").expand(\"e\");",
    },
    // `send()` refuses it: it compiles.
    Case {
        name: "duty",
        effects: &["breaking"],
        change: |part| add_parameter(part, true),
        caller: "let _ = client.get_duty().key(\"k\").send().await?;",
    },
    Case {
        name: "unset",
        effects: &["breaking"],
        change: |part| {
            let parameters = part["item"]["get"]["parameters"].as_array_mut();
            parameters.unwrap().pop();
        },
        caller: "let _ = client.get_unset().key(\"k\").expand(\"e\");",
    },
    Case {
        name: "end",
        effects: &["breaking", "breaking"],
        change: |part| {
            part["item"].as_object_mut().unwrap().remove("post");
        },
        caller: "let _ = client.post_end().key(\"k\");",
    },
    Case {
        name: "area",
        effects: &["breaking", "additive"],
        change: |part| part["item"]["get"]["tags"] = json!(["Webhooks"]),
        caller: "let _ = client.get_area().key(\"k\");",
    },
    Case {
        name: "path",
        effects: &["invisible", "invisible"],
        change: |part| part["path"] = json!("/v3/path/{key}"),
        caller: "let _ = client.get_path().key(\"k\").send().await?;",
    },
    Case {
        name: "answer",
        effects: &["breaking"],
        change: |part| {
            let content = &mut part["item"]["get"]["responses"]["200"]["content"];
            let schema = content["application/json"]["schema"].take();
            content["application/json"]["schema"] = json!({"type": "array", "items": schema});
        },
        caller: "let it = client.get_answer().key(\"k\").send().await?; let _ = &it.name;",
    },
];

fn add_parameter(part: &mut Value, required: bool) {
    let limit = json!({"name": "limit", "in": "query", "required": required, "schema": {"type": "integer"}});
    let parameters = part["item"]["get"]["parameters"].as_array_mut();
    parameters.unwrap().push(limit);
}

/// What a case's document has before it is changed: two operations and their
/// types.
fn part(name: &str) -> Value {
    let title = format!("{}{}", name[..1].to_uppercase(), &name[1..]);
    let reference = |name: &str| json!({"$ref": format!("#/components/schemas/{title}{name}")});
    let key = json!({"name": "key", "in": "path", "required": true, "schema": {"type": "string"}});
    let expand = json!({"name": "expand", "in": "query", "schema": {"type": "string"}});
    let mut schemas = json!({});
    schemas[&title] = json!({"type": "object", "required": ["name"], "properties": {
        "name": {"type": "string"}, "watts": {"type": "integer"}, "colour": reference("Colour")
    }});
    schemas[format!("{title}Post")] =
        json!({"type": "object", "properties": {"name": {"type": "string"}}});
    schemas[format!("{title}Colour")] = json!({"type": "string", "enum": ["red", "green"]});
    json!({
        "path": format!("/{name}/{{key}}"),
        "item": {
            "get": {
                "operationId": format!("get{title}"), "tags": ["Teams"], "parameters": [key, expand],
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": reference("")}}}}
            },
            "post": {
                "operationId": format!("post{title}"), "tags": ["Teams"], "parameters": [key],
                "requestBody": {"required": true, "content": {"application/json": {"schema": reference("Post")}}},
                "responses": {"204": {"description": ""}}
            }
        },
        "schemas": schemas
    })
}

/// The document of some parts.
fn document(parts: impl IntoIterator<Item = Value>) -> String {
    let mut document = json!({
        "openapi": "3.0.3",
        "info": {"title": "Cases", "version": "1"},
        "servers": [{"url": "https://app.launchdarkly.com"}, {"url": "https://app.launchdarkly.us"}],
        "tags": [{"name": "Teams"}, {"name": "Webhooks"}],
        "paths": {}, "components": {"schemas": {}}
    });
    for part in parts {
        document["paths"][part["path"].as_str().unwrap()] = part["item"].clone();
        for (name, schema) in part["schemas"].as_object().unwrap() {
            document["components"]["schemas"][name] = schema.clone();
        }
    }
    document.to_string()
}

fn changed(case: &Case) -> Value {
    let mut part = part(case.name);
    (case.change)(&mut part);
    part
}

/// What `spec diff` tells of a case: the effects, and whether callers compile.
fn told(case: &Case, folder: &Path) -> (Vec<String>, bool) {
    let file = |name: &str, part: Value| -> PathBuf {
        let path = folder.join(format!("{}-{name}.json", case.name));
        fs::write(&path, document([part])).unwrap();
        path
    };
    let (old, new) = (file("old", part(case.name)), file("new", changed(case)));
    let (old, new) = (old.to_str().unwrap(), new.to_str().unwrap());
    let output = spec(&repository().join("xtask"), &["diff", old, new, "--json"]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let changes = report["changes"].as_array().unwrap();
    let effects = changes
        .iter()
        .map(|c| c["effect"].as_str().unwrap().to_owned());
    (
        effects.collect(),
        changes.iter().all(|c| c["compiles"] == true),
    )
}

/// A copy of the repository with a package of the callers, each a binary.
struct Callers(PathBuf);

impl Callers {
    fn new() -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("callers");
        copy(&folder);
        let manifest = folder.join("Cargo.toml");
        let before = fs::read_to_string(&manifest).unwrap();
        // Another version: cargo tells what it builds by name and version, not
        // by place, and would take the one crate for the other.
        let version = format!("\"{}\"", env!("CARGO_PKG_VERSION"));
        let members = "members = [\"codegen\", \"conformance\", \"xtask\"]";
        assert!(before.contains(&version) && before.contains(members));
        let after = before
            .replace(&version, "\"0.0.0-callers\"")
            .replace(members, "members = [\"codegen\", \"xtask\", \"callers\"]");
        fs::write(manifest, after).unwrap();
        let sources = folder.join("callers/src/bin");
        fs::create_dir_all(&sources).unwrap();
        fs::write(
            folder.join("callers/Cargo.toml"),
            "[package]\nname = \"callers\"\nedition = \"2024\"\n[dependencies]\n\
             launchdarkly-api = { path = \"..\", default-features = false, features = [\"generate\", \"teams\"] }\n",
        )
        .unwrap();
        for case in CASES {
            let source = format!(
                "#![allow(unused)]\nuse launchdarkly_api::{{Client, Error, types}};\n\
                 async fn caller(client: Client) -> Result<(), Error> {{\n{}\nOk(())\n}}\n\
                 fn main() {{}}\n",
                case.caller
            );
            fs::write(sources.join(case.name).with_extension("rs"), source).unwrap();
        }
        Self(folder)
    }

    /// Checks the callers against a document. JSON is YAML.
    fn check(&self, document: &str) -> Output {
        fs::write(self.0.join("openapi/openapi.yaml"), document).unwrap();
        Command::new(env!("CARGO"))
            .args([
                "check",
                "--offline",
                "-p",
                "callers",
                "--bins",
                "--keep-going",
            ])
            .current_dir(&self.0)
            .env(
                "CARGO_TARGET_DIR",
                Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap(),
            )
            .output()
            .unwrap()
    }
}

/// The callers that the compiler refused.
fn refused(output: &Output) -> BTreeSet<&'static str> {
    let log = text(&output.stderr);
    let is_refused = |case: &&Case| {
        log.contains(&format!(
            "could not compile `callers` (bin \"{}\")",
            case.name
        ))
    };
    CASES
        .iter()
        .filter(is_refused)
        .map(|case| case.name)
        .collect()
}

#[test]
fn callers_compile_or_fail_as_the_diff_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut expected = BTreeSet::new();
    for case in CASES {
        let (effects, compiles) = told(case, folder.path());
        assert_eq!(effects, case.effects, "{}", case.name);
        if !compiles {
            expected.insert(case.name);
        }
    }

    let callers = Callers::new();
    let before = callers.check(&document(CASES.iter().map(|case| part(case.name))));
    assert!(before.status.success(), "{}", text(&before.stderr));
    let after = callers.check(&document(CASES.iter().map(changed)));
    let log = text(&after.stderr);
    assert!(!log.contains("could not compile `launchdarkly"), "{log}");
    assert_eq!(refused(&after), expected, "{log}");
}
