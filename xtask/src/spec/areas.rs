//! What else is made from the document's tags: the crate's features, one an
//! area, and the table of them in the documentation.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::PathBuf,
};

use anyhow::Context;
use launchdarkly_api_codegen::{Settings, area, client_page, method};
use serde_json::Value;
use toml_edit::{Array, DocumentMut, Item, Key, value};

use super::{canonical::list, drafts, keep_descriptions, vendored};

/// What flag management touches, the areas that are on by default. One that is
/// renamed stays in the manifest's `default` under its new name.
pub(crate) const DEFAULT: [&str; 12] = [
    "access-tokens",
    "account-members",
    "audit-log",
    "custom-roles",
    "environments",
    "feature-flags",
    "integration-audit-log-subscriptions",
    "projects",
    "segments",
    "tags",
    "teams",
    "webhooks",
];

/// A file that is made from the document, and its text.
pub(crate) struct Made {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

/// What one area has.
#[derive(Debug, Default, Clone, PartialEq)]
struct Area {
    tag: String,
    /// Without the removed ones.
    operations: usize,
    /// Operations that the default API version no longer has.
    removed: usize,
    beta: bool,
    /// The client's methods, each with its summary.
    methods: BTreeMap<String, String>,
}

/// The manifest and the table as they are to be. `moved` has the area that most of
/// a former area's operations are in now.
pub(crate) fn made(root: &Value, moved: &Renamed) -> anyhow::Result<[Made; 2]> {
    let settings = vendored::settings()?;
    let removed = settings.removed_operations().collect();
    let areas = areas(root, &removed, &settings);
    let renamed = settings.renamed_areas();
    let (path, text) = manifest()?;
    let text = features(&text, &areas, renamed, moved).context("in Cargo.toml")?;
    let default = default_of(&text)?;
    Ok([
        Made { text, path },
        Made {
            path: vendored::repository().join("docs").join("areas.md"),
            text: table(&drafts::filled(root), &areas, renamed, &default),
        },
    ])
}

/// The features that are on by default.
pub(crate) fn by_default() -> anyhow::Result<BTreeSet<String>> {
    default_of(&manifest()?.1)
}

fn manifest() -> anyhow::Result<(PathBuf, String)> {
    let path = vendored::repository().join("Cargo.toml");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{} cannot be read", path.display()))?;
    Ok((path, text))
}

fn default_of(manifest: &str) -> anyhow::Result<BTreeSet<String>> {
    let manifest: DocumentMut = manifest.parse()?;
    Ok(names(&manifest["features"]["default"])
        .into_iter()
        .collect())
}

fn areas(root: &Value, removed: &BTreeSet<&str>, settings: &Settings) -> BTreeMap<String, Area> {
    let mut areas: BTreeMap<String, Area> = BTreeMap::new();
    for (_, _, operation) in keep_descriptions::operations(root) {
        let tag = operation["tags"][0].as_str().unwrap_or_default();
        let name = area(tag);
        let area = areas.entry(name.clone()).or_default();
        tag.clone_into(&mut area.tag);
        let id = operation["operationId"].as_str().unwrap_or_default();
        if removed.contains(id) {
            area.removed += 1;
        } else {
            area.operations += 1;
        }
        area.beta = name.ends_with("-beta");
        let summary = operation["summary"].as_str().unwrap_or_default();
        let summary = summary.split_whitespace().collect::<Vec<_>>().join(" ");
        area.methods.insert(method(id, settings), summary);
    }
    areas
}

/// The new area of each renamed one, by name.
pub(crate) type Renamed = BTreeMap<String, String>;

/// The manifest with a feature for each area. Features that are no area stay. The
/// feature of a former area hands what else it turns on, and its place in `default`,
/// to the feature of the area that it became.
fn features(
    manifest: &str,
    areas: &BTreeMap<String, Area>,
    renamed: &Renamed,
    moved: &Renamed,
) -> anyhow::Result<String> {
    let mut manifest: DocumentMut = manifest.parse()?;
    let before = names(&manifest["features"]["full"]);
    let mut default = names(&manifest["features"]["default"]);
    let features = manifest["features"]
        .as_table_mut()
        .context("there are no [features]")?;
    for name in areas.keys() {
        let is_feature = features.contains_key(name) && !before.contains(name);
        anyhow::ensure!(
            !is_feature || renamed.contains_key(name) || moved.values().any(|new| new == name),
            "the area `{name}` has the name of another feature: rename its tag in a copy of the \
             document"
        );
    }
    let mut inherited: BTreeMap<&String, Vec<String>> = BTreeMap::new();
    for gone in before.iter().filter(|name| !areas.contains_key(*name)) {
        let feature = names(&features.remove(gone).unwrap_or_default());
        let became = renamed.get(gone).or(moved.get(gone));
        if let Some(new) = became.filter(|new| areas.contains_key(*new)) {
            // Hand-written code is behind it, so it stays as an old name.
            if feature.iter().any(|also| !before.contains(also)) {
                features.insert(gone, value([new.as_str()].into_iter().collect::<Array>()));
            }
            inherited.entry(new).or_default().extend(feature);
            if default.contains(gone) {
                default.push(new.clone());
            }
        }
    }
    for name in areas.keys() {
        let is = names(features.get(name).unwrap_or(&Item::None));
        let mut wanted = is.clone();
        for also in inherited.remove(name).into_iter().flatten() {
            if also != *name && !wanted.contains(&also) {
                wanted.push(also);
            }
        }
        // What else a feature turns on stays, unless it is an area that went.
        wanted.retain(|also| !before.contains(also) || areas.contains_key(also));
        if let Some(new) = renamed.get(name)
            && areas.contains_key(new)
            && !wanted.contains(new)
        {
            wanted.push(new.clone());
        }
        if is != wanted || !features.contains_key(name) {
            features.insert(name, value(wanted.into_iter().collect::<Array>()));
        }
    }
    for (old, new) in renamed {
        if areas.contains_key(old) {
            continue;
        }
        if !areas.contains_key(new) {
            features.remove(old);
        } else if !features.contains_key(old) {
            features.insert(old, value([new.as_str()].into_iter().collect::<Array>()));
        }
    }
    features.insert("full", value(lines(areas.keys().map(String::as_str))));
    let others = default.iter().filter(|name| {
        let is_area = before.contains(name) || DEFAULT.contains(&name.as_str());
        !areas.contains_key(*name) && (!is_area || is_old_name(features.get(name), areas))
    });
    let default_areas = areas
        .keys()
        .filter(|name| DEFAULT.contains(&name.as_str()) || default.contains(name));
    let default = lines(others.chain(default_areas).map(String::as_str));
    features.insert("default", value(default));
    // The areas come last, by name; the others stay as they are.
    let place = |key: &Key| areas.contains_key(key.get()).then(|| key.get().to_owned());
    features.sort_values_by(|left, _, right, _| place(left).cmp(&place(right)));
    Ok(manifest.to_string())
}

/// Whether a feature is the old name of an area: it turns on that area, and no more.
fn is_old_name(feature: Option<&Item>, areas: &BTreeMap<String, Area>) -> bool {
    let turned_on = feature.map(names).unwrap_or_default();
    matches!(turned_on.as_slice(), [area] if areas.contains_key(area))
}

/// The names in a feature's list.
fn names(feature: &Item) -> Vec<String> {
    feature
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str().map(str::to_owned))
        .collect()
}

/// A list with each of its values on a line.
fn lines<'a>(values: impl Iterator<Item = &'a str>) -> Array {
    let mut array = Array::new();
    for name in values {
        let mut value: toml_edit::Value = name.into();
        value.decor_mut().set_prefix("\n    ");
        array.push_formatted(value);
    }
    array.set_trailing("\n");
    array.set_trailing_comma(true);
    array
}

fn table(
    root: &Value,
    areas: &BTreeMap<String, Area>,
    renamed: &Renamed,
    default: &BTreeSet<String>,
) -> String {
    let total: usize = areas.values().map(|area| area.operations).sum();
    let removed: usize = areas.values().map(|area| area.removed).sum();
    let note = match removed {
        0 => String::new(),
        _ => format!(
            ", and {removed} deprecated operations that the default API version no longer has"
        ),
    };
    let mut text = format!(
        "Each area of the API is a feature, named after its tag in LaunchDarkly's document; \
         `full` is all of them. {total} operations in {} areas{note}:\n\n\
         | Feature | Operations | By default | What it is |\n|---|---:|---|---|\n",
        areas.len()
    );
    for (name, area) in areas {
        let by_default = if default.contains(name) { "yes" } else { "" };
        let tag = list(&root["tags"]).find(|tag| tag["name"] == *area.tag);
        let description = tag
            .and_then(|tag| tag["description"].as_str())
            .unwrap_or_default();
        let sentence = first_sentence(description);
        let operations = match area.removed {
            0 => area.operations.to_string(),
            removed => format!("{}, {removed} removed", area.operations),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "| `{name}` | {operations} | {by_default} | {sentence} |"
        );
    }
    let former: Vec<String> = renamed
        .iter()
        .filter(|(old, new)| !areas.contains_key(*old) && areas.contains_key(*new))
        .map(|(old, new)| format!("`{old}` is now `{new}`"))
        .collect();
    if !former.is_empty() {
        let _ = writeln!(
            text,
            "\nOld names are still features: {}.",
            former.join(", ")
        );
    }
    for (name, area) in areas {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n<details><summary>Methods of <code>{name}</code></summary>\n\n"
        );
        for (method, summary) in &area.methods {
            // Links have to lead somewhere on GitHub too.
            let page = client_page(method);
            let _ = writeln!(text, "- [`{method}`]({page}): {summary}");
        }
        text.push_str("\n</details>\n");
    }
    text
}

fn first_sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Not after an abbreviation: a sentence begins with a capital.
    let end = line
        .match_indices(". ")
        .find(|(at, _)| line[at + 2..].starts_with(char::is_uppercase))
        .map_or(line.len(), |(at, _)| at + 1);
    line[..end].replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names_of_areas(root: &Value) -> BTreeSet<String> {
        areas(root, &BTreeSet::new(), &Settings::default())
            .into_keys()
            .collect()
    }

    #[test]
    fn each_default_area_has_an_example_that_is_a_documentation_test() {
        #[derive(serde::Deserialize)]
        struct Examples {
            tested: BTreeSet<String>,
        }
        let file = vendored::repository().join("openapi/examples.yaml");
        let text = std::fs::read_to_string(file).unwrap();
        let Examples { tested } = serde_saphyr::from_str(&text).unwrap();
        let root = vendored::read().unwrap();
        let areas: BTreeSet<String> = keep_descriptions::operations(&root)
            .filter(|(_, _, operation)| {
                let id = operation["operationId"].as_str();
                id.is_some_and(|id| tested.contains(id))
            })
            .map(|(_, _, operation)| area(operation["tags"][0].as_str().unwrap()))
            .collect();
        let mut default = by_default().unwrap();
        let all = names_of_areas(&root);
        default.retain(|name| all.contains(name));
        assert_eq!(areas, default);
        // They take time to compile.
        assert!(tested.len() <= 15, "{}", tested.len());
    }

    #[test]
    fn the_page_of_areas_links_every_method() {
        let root = serde_json::json!({"paths": {"/p": {
            "get": {"operationId": "getThings", "tags": ["Things"], "summary": "List\nthings"},
            "post": {"operationId": "post-thing", "tags": ["Things"], "summary": "Create a thing"},
        }}, "tags": [{"name": "Things", "description": "Things. And more."}]});
        let areas = areas(&root, &BTreeSet::new(), &Settings::default());
        let page = table(&root, &areas, &Renamed::new(), &BTreeSet::new());
        for (method, summary) in [
            ("get_things", "List things"),
            ("post_thing", "Create a thing"),
        ] {
            let link = client_page(method);
            let line = format!("\n- [`{method}`]({link}): {summary}\n");
            assert!(page.contains(&line), "{page}");
        }
        assert!(page.contains("| `things` | 2 |  | Things. |"), "{page}");
    }

    #[test]
    fn features_follow_the_areas_and_the_others_stay() {
        let manifest = "[features]\ndefault = [\"rustls\", \"tags\"]\n## TLS.\nrustls = []\n\
                        full = [\"tags\", \"gone\"]\ntags = []\ngone = []\n";
        let areas = ["agent-control", "ai-configs", "tags", "teams"]
            .map(|name| (name.to_owned(), Area::default()))
            .into();
        let renamed = Renamed::from([("ai-configs".to_owned(), "agent-control".to_owned())]);
        let text = features(manifest, &areas, &renamed, &Renamed::new()).unwrap();
        assert_eq!(
            text,
            "[features]\ndefault = [\n    \"rustls\",\n    \"tags\",\n    \"teams\",\n]\n## TLS.\nrustls = []\n\
             full = [\n    \"agent-control\",\n    \"ai-configs\",\n    \"tags\",\n    \"teams\",\n]\n\
             agent-control = []\nai-configs = [\"agent-control\"]\ntags = []\nteams = []\n"
        );
        assert_eq!(
            features(&text, &areas, &renamed, &Renamed::new()).unwrap(),
            text
        );
    }

    #[test]
    fn an_area_with_the_name_of_another_feature_is_an_error() {
        let manifest = "[features]\ndefault = [\"rustls\"]\nrustls = []\nfull = []\n";
        for name in ["rustls", "default", "full"] {
            let areas = [(name.to_owned(), Area::default())].into();
            let error = features(manifest, &areas, &Renamed::new(), &Renamed::new()).unwrap_err();
            assert_eq!(
                error.to_string(),
                format!(
                    "the area `{name}` has the name of another feature: rename its tag in a copy \
                     of the document"
                )
            );
        }
    }

    #[test]
    fn removed_operations_are_not_counted() {
        let operation = |id: &str, tag: &str| serde_json::json!({"operationId": id, "tags": [tag]});
        let root = serde_json::json!({"paths": {
            "/a": {"get": operation("getA", "As"), "put": operation("putA", "As")},
            "/b": {"get": operation("getB", "Bs")}
        }});
        let text = table(
            &root,
            &areas(&root, &["getA", "getB"].into(), &Settings::default()),
            &Renamed::new(),
            &BTreeSet::new(),
        );
        assert!(
            text.contains(
                "all of them. 1 operations in 2 areas, and 2 deprecated operations that the \
                 default API version no longer has:"
            ),
            "{text}"
        );
        assert!(text.contains("| `as` | 1, 1 removed |"), "{text}");
        assert!(text.contains("| `bs` | 0, 1 removed |"), "{text}");
        let text = table(
            &root,
            &areas(&root, &BTreeSet::new(), &Settings::default()),
            &Renamed::new(),
            &BTreeSet::new(),
        );
        assert!(
            text.contains("all of them. 3 operations in 2 areas:"),
            "{text}"
        );
    }

    #[test]
    fn an_old_name_is_a_feature_while_its_area_exists() {
        let areas_of = |names: &[&str]| {
            names
                .iter()
                .map(|name| ((*name).to_owned(), Area::default()))
                .collect()
        };
        let manifest = "[features]\ndefault = []\nfull = [\"views-beta\"]\nviews-beta = []\n";
        let renamed = Renamed::from([("views-beta".to_owned(), "views".to_owned())]);
        let now: BTreeMap<String, Area> = areas_of(&["views"]);
        let text = features(manifest, &now, &renamed, &Renamed::new()).unwrap();
        assert!(text.contains("views-beta = [\"views\"]\n"), "{text}");
        assert!(
            table(&Value::Null, &now, &renamed, &BTreeSet::new())
                .contains("\nOld names are still features: `views-beta` is now `views`.\n")
        );

        let text_before =
            features(&text, &areas_of(&["views-beta"]), &renamed, &Renamed::new()).unwrap();
        assert!(text_before.contains("views-beta = []\n"), "{text_before}");
        let text_without =
            features(&text, &areas_of(&["tags"]), &renamed, &Renamed::new()).unwrap();
        assert!(!text_without.contains("views"), "{text_without}");
    }

    #[test]
    fn what_else_an_areas_feature_turns_on_stays() {
        let manifest = "[features]\ndefault = []\nfull = [\"gone\", \"tags\", \"teams\"]\n\
                        tags = [\"teams\", \"gone\", \"dep:hmac\", \"reqwest/json\"]\nteams = [\"dep:hmac\"]\n";
        let areas = ["tags", "teams"]
            .map(|name| (name.to_owned(), Area::default()))
            .into();
        let text = features(manifest, &areas, &Renamed::new(), &Renamed::new()).unwrap();
        assert!(
            text.ends_with(
                "tags = [\"teams\", \"dep:hmac\", \"reqwest/json\"]\nteams = [\"dep:hmac\"]\n"
            ),
            "{text}"
        );
        assert_eq!(
            features(&text, &areas, &Renamed::new(), &Renamed::new()).unwrap(),
            text
        );
    }

    #[test]
    fn the_feature_of_a_renamed_area_keeps_its_dependencies_and_its_place_in_default() {
        let manifest = "[features]\ndefault = [\"rustls\", \"webhooks\"]\nrustls = []\n\
                        full = [\"tags\", \"webhooks\"]\ntags = []\n\
                        webhooks = [\"dep:hmac\", \"tags\"]\n";
        let areas = ["hooks", "tags"]
            .map(|name| (name.to_owned(), Area::default()))
            .into();
        let rename = Renamed::from([("webhooks".to_owned(), "hooks".to_owned())]);
        let none = Renamed::new();
        for (renamed, moved) in [(&none, &rename), (&rename, &none)] {
            let text = features(manifest, &areas, renamed, moved).unwrap();
            assert_eq!(
                text,
                "[features]\ndefault = [\n    \"rustls\",\n    \"webhooks\",\n    \"hooks\",\n    \"tags\",\n]\n\
                 rustls = []\nfull = [\n    \"hooks\",\n    \"tags\",\n]\nwebhooks = [\"hooks\"]\n\
                 hooks = [\"dep:hmac\", \"tags\"]\ntags = []\n"
            );
            // It stays so without the old document.
            assert_eq!(features(&text, &areas, renamed, &none).unwrap(), text);
            // And the way back.
            let back = Renamed::from([("hooks".to_owned(), "webhooks".to_owned())]);
            let before = ["tags", "webhooks"]
                .map(|name| (name.to_owned(), Area::default()))
                .into();
            let text = features(&text, &before, renamed, &back).unwrap();
            assert!(
                text.ends_with("\ntags = []\nwebhooks = [\"dep:hmac\", \"tags\"]\n"),
                "{text}"
            );
        }
    }
}
