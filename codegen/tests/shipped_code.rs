//! The code that ships with the crate is, with any features, the code that is
//! generated for these features.
//!
//! This compares tokens. `cargo xtask generate --check` compares the files in
//! `src/generated/shipped` with the formatted ones.
#![allow(clippy::unwrap_used, missing_docs)]

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
};

use launchdarkly_api_codegen::{Document, Settings, api::Api};
use quote::ToTokens;
use syn::{Attribute, Expr, Item, Meta, Token, punctuated::Punctuated};

type Features = BTreeSet<String>;

/// A part of the code: an item, a method of a trait or an element of an array.
struct Part {
    /// The module that it is in, or the trait or array.
    path: Vec<String>,
    /// The conditions of its `cfg` attributes.
    conditions: Vec<Meta>,
    tokens: String,
    /// Whether its position among those of the same path matters.
    is_ordered: bool,
}

/// The parts of the code in files by path, or in one file.
#[derive(Default)]
struct Code {
    files: BTreeMap<String, String>,
    parts: Vec<Part>,
}

impl Code {
    fn of(files: BTreeMap<String, String>) -> Self {
        let mut code = Self {
            files,
            parts: Vec::new(),
        };
        code.file("mod.rs", "", &[], &[]);
        code
    }

    fn of_one(file: String) -> Self {
        Self::of([("mod.rs".to_owned(), file)].into())
    }

    /// Reads a file, whose modules are in `folder`.
    fn file(&mut self, file: &str, folder: &str, path: &[String], conditions: &[Meta]) {
        let text = self.files.remove(file).unwrap_or_else(|| panic!("{file}"));
        let items = syn::parse_file(&text).unwrap().items;
        self.items(items, folder, path, conditions);
    }

    fn items(&mut self, items: Vec<Item>, folder: &str, path: &[String], conditions: &[Meta]) {
        for mut item in items {
            let mut conditions = conditions.to_vec();
            if let Some(attributes) = attributes(&mut item) {
                take_conditions(attributes, &mut conditions);
            }
            match item {
                // The real builds in `.ci/run` show that they are right.
                Item::Use(_) => {}
                Item::Mod(module) => {
                    let name = module.ident.to_string();
                    let inner = [path, std::slice::from_ref(&name)].concat();
                    let folder = format!("{folder}{name}/");
                    if let Some((_, items)) = module.content {
                        self.items(items, &folder, &inner, &conditions);
                        continue;
                    }
                    let files = [format!("{folder}mod.rs"), folder.replace_suffix(".rs")];
                    let file = files.iter().find(|file| self.files.contains_key(*file));
                    let file = file.unwrap_or_else(|| panic!("{files:?}")).clone();
                    self.file(&file, &folder, &inner, &conditions);
                }
                Item::Trait(mut item) => {
                    let inner = [path, &[item.ident.to_string()]].concat();
                    for mut method in std::mem::take(&mut item.items) {
                        let mut conditions = conditions.clone();
                        if let syn::TraitItem::Fn(method) = &mut method {
                            take_conditions(&mut method.attrs, &mut conditions);
                        }
                        self.add(&inner, &conditions, &method, true);
                    }
                    self.add(path, &conditions, &item, false);
                }
                Item::Static(mut item) => {
                    if let Expr::Reference(reference) = &mut *item.expr
                        && let Expr::Array(array) = &mut *reference.expr
                    {
                        let inner = [path, &[item.ident.to_string()]].concat();
                        let elements = std::mem::take(&mut array.elems);
                        self.elements(elements, &inner, &conditions);
                    }
                    self.add(path, &conditions, &item, false);
                }
                item => self.add(path, &conditions, &item, false),
            }
        }
    }

    /// The elements of an array, and of the arrays in it.
    fn elements(
        &mut self,
        elements: Punctuated<Expr, Token![,]>,
        path: &[String],
        conditions: &[Meta],
    ) {
        for mut element in elements {
            let mut conditions = conditions.to_vec();
            if let Expr::Reference(reference) = &mut element {
                take_conditions(&mut reference.attrs, &mut conditions);
                if let Expr::Array(array) = &mut *reference.expr {
                    for element in std::mem::take(&mut array.elems) {
                        self.add(path, &conditions, &element, false);
                    }
                    continue;
                }
            }
            // The names of secrets are a set.
            let is_ordered = path[0] == "operations";
            self.add(path, &conditions, &element, is_ordered);
        }
    }

    fn add(&mut self, path: &[String], conditions: &[Meta], tokens: &dyn ToTokens, ordered: bool) {
        self.parts.push(Part {
            path: module(path),
            conditions: conditions.to_vec(),
            tokens: unwrapped(&tokens.to_token_stream().to_string()),
            is_ordered: ordered,
        });
    }

    /// What is compiled with some features, in an order that does not depend on the
    /// files: each part with its place.
    fn with(&self, features: &Features) -> Vec<(String, usize, &str)> {
        let mut counts = BTreeMap::<&[String], usize>::new();
        let parts = self.parts.iter();
        let parts = parts.filter(|part| part.conditions.iter().all(|one| holds(one, features)));
        let mut compiled: Vec<_> = parts
            .map(|part| {
                let count = counts.entry(&part.path).or_default();
                *count += usize::from(part.is_ordered);
                let position = if part.is_ordered { *count } else { 0 };
                (part.path.join("::"), position, part.tokens.as_str())
            })
            .collect();
        compiled.sort_unstable();
        compiled
    }
}

/// Tokens with documentation that is not wrapped: where lines end depends on the
/// indentation.
fn unwrapped(tokens: &str) -> String {
    let text = tokens.replace("\"] # [doc = \"", "");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A path without its last slash, with another ending.
trait ReplaceSuffix {
    fn replace_suffix(&self, suffix: &str) -> String;
}

impl ReplaceSuffix for String {
    fn replace_suffix(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.trim_end_matches('/'))
    }
}

/// The module that the crate shows what is in a module of the shipped code in.
fn module(path: &[String]) -> Vec<String> {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    let shown = match names.as_slice() {
        ["areas", area, "builder", rest @ ..] => [&["builder", area], rest].concat(),
        ["areas", _, rest @ ..] => rest.to_vec(),
        ["shared", "types", _] => vec!["types"],
        ["shared", "builder", _] => vec!["types", "builder"],
        ["mocks", "MockServerExt" | "operations", ..] => names,
        ["mocks", _, rest @ ..] => [&["mocks"], rest].concat(),
        _ => names,
    };
    shown.into_iter().map(str::to_owned).collect()
}

fn attributes(item: &mut Item) -> Option<&mut Vec<Attribute>> {
    Some(match item {
        Item::Const(item) => &mut item.attrs,
        Item::Enum(item) => &mut item.attrs,
        Item::Fn(item) => &mut item.attrs,
        Item::Impl(item) => &mut item.attrs,
        Item::Mod(item) => &mut item.attrs,
        Item::Static(item) => &mut item.attrs,
        Item::Struct(item) => &mut item.attrs,
        Item::Trait(item) => &mut item.attrs,
        Item::Type(item) => &mut item.attrs,
        // A macro has no condition, and what is in a `use` is not compared.
        Item::Macro(_) | Item::Use(_) => return None,
        other => panic!("{}", other.to_token_stream()),
    })
}

/// Moves the conditions of `cfg` attributes.
fn take_conditions(attributes: &mut Vec<Attribute>, conditions: &mut Vec<Meta>) {
    attributes.retain(|attribute| {
        let is_cfg = attribute.path().is_ident("cfg");
        if is_cfg {
            conditions.push(attribute.parse_args().unwrap());
        }
        !is_cfg
    });
}

/// Whether a condition holds with some features.
fn holds(condition: &Meta, features: &Features) -> bool {
    match condition {
        Meta::NameValue(pair) if pair.path.is_ident("feature") => {
            let text = pair.value.to_token_stream().to_string();
            features.contains(text.trim_matches('"'))
        }
        Meta::List(list) if list.path.is_ident("any") => {
            let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
            let all = list.parse_args_with(parse).unwrap();
            all.iter().any(|one| holds(one, features))
        }
        other => panic!("{}", other.to_token_stream()),
    }
}

/// The areas of the feature `default`, from the crate's manifest.
fn default_areas() -> Features {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let manifest = std::fs::read_to_string(manifest).unwrap();
    let (_, default) = manifest.split_once("\ndefault = [").unwrap();
    let (default, _) = default.split_once(']').unwrap();
    let names = default.split('"').skip(1).step_by(2);
    names.map(str::to_owned).collect()
}

/// The first part that only one of the two has. The shipped code has the names of
/// the secrets of all areas.
fn difference(
    shipped: &[(String, usize, &str)],
    generated: &[(String, usize, &str)],
) -> Option<String> {
    let shipped = shipped.iter();
    let shipped: Vec<_> = shipped
        .filter(|one| !one.0.starts_with("secrets::") || generated.contains(one))
        .collect();
    let generated: Vec<_> = generated.iter().collect();
    let pairs = shipped.iter().zip(&generated);
    let different = pairs.clone().find(|(left, right)| left != right);
    different
        .map(|(left, right)| format!("shipped: {left:?}\ngenerated: {right:?}"))
        .or_else(|| {
            let (shipped, generated) = (shipped.len(), generated.len());
            (shipped != generated).then(|| format!("{shipped} and {generated} parts"))
        })
}

#[test]
fn with_any_features_the_shipped_code_is_the_generated_code() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi");
    let document = Document::read(&folder.join("openapi.yaml")).unwrap();
    let settings = Settings::read(&folder).unwrap();
    let api = Api::read(&document, &settings).unwrap();
    let files = api.files(&settings);
    let areas = || api.areas.keys().cloned();
    let with = |feature: &str| areas().chain([feature.to_owned()]).collect();
    let mut selections: Vec<Features> = vec![
        Features::new(),
        default_areas(),
        with("httpmock"),
        with("schemars"),
    ];
    selections.extend(areas().map(|area| [area].into()));

    // One selection after the other would take twice as long.
    let next = AtomicUsize::new(0);
    let compare = || {
        let shipped = Code::of(files.clone());
        let mut compared = 0;
        while let Some(features) = selections.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut settings = settings.clone();
            settings.mocks = features.contains("httpmock");
            settings.descriptions = features.contains("schemars");
            settings.areas = Some(features.clone());
            let generated = Api::read(&document, &settings).unwrap().code(&settings);
            let generated = Code::of_one(generated);
            let generated = generated.with(&Features::new());
            let difference = difference(&shipped.with(features), &generated);
            assert_eq!(difference, None, "{features:?}");
            compared += 1;
        }
        compared
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let compared: usize = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(compare)).collect();
        workers.into_iter().map(|one| one.join().unwrap()).sum()
    });
    assert_eq!(compared, selections.len());
    assert!(compared > areas().count());
}
