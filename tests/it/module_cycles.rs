//! The modules of a crate do not depend on each other in cycles.
//!
//! A node of the graph is a file or folder directly in `src/`, with all that is
//! in it. Each module of the generated code is a node of its own, except a
//! module that a runtime module re-exports from: it belongs to that module.
//! Code under `#[cfg(test)]` does not count, and neither does the generated code
//! that ships with the crate: it is the same as the one that is generated here.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use launchdarkly_api_codegen::{Document, Settings, generate};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// Where the first path that makes one node depend on another was found.
type Edges = BTreeMap<String, BTreeMap<String, String>>;

/// The modules of a crate and the paths in them.
#[derive(Default)]
struct Crate {
    /// The names that the root imports, with the paths that they stand for.
    imports: BTreeMap<String, Vec<String>>,
    modules: BTreeSet<Vec<String>>,
    /// Each path with the module and the file it is in.
    paths: Vec<(Vec<String>, PathBuf, Vec<String>)>,
    /// The generated modules that a runtime module re-exports from.
    reexports: BTreeMap<String, String>,
    /// The code that `include!` stands for.
    generated: String,
}

impl Crate {
    fn read(root: &Path, generated: &str) -> Self {
        let mut found = Self {
            generated: generated.to_owned(),
            ..Self::default()
        };
        found.file(&root.join("lib.rs"), &[], root);
        found
    }

    /// Reads a file and those that its `mod` declarations name, which are in
    /// `folder`.
    fn file(&mut self, file: &Path, module: &[String], folder: &Path) {
        let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
        let tokens: TokenStream = text.parse().unwrap();
        self.tokens(tokens, file, module, folder);
    }

    fn tokens(&mut self, tokens: TokenStream, file: &Path, module: &[String], folder: &Path) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut index = 0;
        let mut is_reexport = false;
        while index < tokens.len() {
            if let Some((length, is_skipped)) = attribute(&tokens[index..]) {
                index += length;
                if is_skipped {
                    index += item(&tokens[index..]);
                }
                continue;
            }
            match text(&tokens, index).as_str() {
                ";" => is_reexport = false,
                "mod" => {
                    let inner = [module, &[text(&tokens, index + 1)]].concat();
                    self.modules.insert(inner.clone());
                    match &tokens[index + 2] {
                        TokenTree::Group(group) => {
                            self.tokens(group.stream(), file, &inner, folder);
                        }
                        _ => self.declared(&inner, folder),
                    }
                    index += 3;
                    continue;
                }
                "include" if !self.generated.is_empty() => {
                    let generated = std::mem::take(&mut self.generated);
                    let tokens = generated.parse().unwrap();
                    self.tokens(tokens, Path::new("the generated code"), module, folder);
                    index += 3;
                    continue;
                }
                "use" => {
                    is_reexport = tokens[..index].iter().rev().take(2).any(is_pub);
                    if module.is_empty() {
                        for (path, name) in paths(&tokens, index + 1).0 {
                            self.imports.insert(name, path);
                        }
                    }
                }
                "crate" | "super" | "self" if is_path(&tokens[index..]) => {
                    let (found, length) = paths(&tokens, index);
                    for (path, _) in found {
                        let path = absolute(&path, module);
                        if let (true, [generated, inner, ..]) = (is_reexport, &path[..])
                            && generated == "generated"
                            && !module.is_empty()
                        {
                            self.reexports.insert(inner.clone(), module[0].clone());
                        }
                        self.paths.push((module.to_vec(), file.to_owned(), path));
                    }
                    index += length;
                    continue;
                }
                _ => {}
            }
            if let TokenTree::Group(group) = &tokens[index] {
                self.tokens(group.stream(), file, module, folder);
            }
            index += 1;
        }
    }

    /// Reads the file of `mod name;`.
    fn declared(&mut self, module: &[String], folder: &Path) {
        let inner = folder.join(&module[module.len() - 1]);
        let file = inner.with_extension("rs");
        if file.exists() {
            self.file(&file, module, &inner);
        } else {
            self.file(&inner.join("mod.rs"), module, &inner);
        }
    }

    /// The node that an absolute path leads to; `None` for what the root itself
    /// defines or takes from other crates.
    fn node(&self, path: &[String]) -> Option<String> {
        let first = path.first()?;
        if !self.modules.contains(&path[..1]) {
            let import = self.imports.get(first).filter(|path| path.len() > 1)?;
            return self.node(import);
        }
        match path.get(..2) {
            // A module of the generated code, even one that this build lacks.
            Some(inner) if first == "generated" => {
                let owner = self.reexports.get(&inner[1]);
                Some(owner.cloned().unwrap_or_else(|| inner.join("::")))
            }
            _ => Some(first.clone()),
        }
    }

    fn edges(&self) -> Edges {
        let mut edges = Edges::new();
        for (module, file, path) in &self.paths {
            let (Some(from), Some(to)) = (self.node(module), self.node(path)) else {
                continue;
            };
            if from != to {
                let place = format!("{}: crate::{}", file.display(), path.join("::"));
                edges.entry(from).or_default().entry(to).or_insert(place);
            }
        }
        edges
    }

    /// A cycle, one line per dependency.
    fn cycle(&self) -> Option<String> {
        let edges = self.edges();
        let mut done = BTreeSet::new();
        let cycle = edges
            .keys()
            .find_map(|node| visit(node, &edges, &mut Vec::new(), &mut done))?;
        let next = cycle.iter().cycle().skip(1);
        let lines = cycle
            .iter()
            .zip(next)
            .map(|(from, to)| format!("{from} -> {to} ({})", edges[from][to]));
        Some(lines.collect::<Vec<_>>().join("\n"))
    }
}

/// Visits what a node depends on, depth first, and returns the first cycle.
fn visit(
    node: &str,
    edges: &Edges,
    stack: &mut Vec<String>,
    done: &mut BTreeSet<String>,
) -> Option<Vec<String>> {
    if let Some(start) = stack.iter().position(|other| other == node) {
        return Some(stack[start..].to_vec());
    }
    if done.contains(node) {
        return None;
    }
    stack.push(node.to_owned());
    let next = edges.get(node).into_iter().flat_map(BTreeMap::keys);
    for to in next {
        let cycle = visit(to, edges, stack, done);
        if cycle.is_some() {
            return cycle;
        }
    }
    stack.pop();
    done.insert(node.to_owned());
    None
}

fn text(tokens: &[TokenTree], index: usize) -> String {
    tokens
        .get(index)
        .map(ToString::to_string)
        .unwrap_or_default()
}

/// The length of the attribute at the beginning, and whether its item does not
/// count: it is `#[cfg(test)]`, maybe with more conditions beside `test`, or of the
/// code that ships with the crate.
fn attribute(tokens: &[TokenTree]) -> Option<(usize, bool)> {
    if text(tokens, 0) != "#" {
        return None;
    }
    let start = 1 + usize::from(text(tokens, 1) == "!");
    let TokenTree::Group(group) = tokens.get(start)? else {
        return None;
    };
    let condition = group.stream().to_string().replace(' ', "");
    let skipped = [
        "cfg(test)",
        "cfg(all(test,",
        "cfg(not(feature=\"generate\"))",
    ];
    let is_skipped = skipped.iter().any(|start| condition.starts_with(start));
    Some((start + 1, is_skipped))
}

/// The length of the item at the beginning.
fn item(tokens: &[TokenTree]) -> usize {
    let mut index = 0;
    while let Some((length, _)) = attribute(&tokens[index..]) {
        index += length;
    }
    let ends = |token: &TokenTree| match token {
        TokenTree::Punct(punct) => punct.as_char() == ';',
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        _ => false,
    };
    let is_use = text(tokens, index) == "use" || text(tokens, index + 1) == "use";
    let end = tokens[index..]
        .iter()
        .position(|token| ends(token) && !(is_use && token.to_string() != ";"));
    end.map_or(tokens.len(), |end| index + end + 1)
}

fn is_pub(token: &TokenTree) -> bool {
    token.to_string() == "pub"
}

/// Whether the name at the beginning is followed by `::`.
fn is_path(tokens: &[TokenTree]) -> bool {
    text(tokens, 1) == ":" && text(tokens, 2) == ":"
}

/// A path, and the name that a `use` of it makes.
type Named = (Vec<String>, String);

/// The paths at an index, of which there are several in braces, and how many
/// tokens they have.
fn paths(tokens: &[TokenTree], start: usize) -> (Vec<Named>, usize) {
    let mut path = Vec::new();
    let mut index = start;
    loop {
        match tokens.get(index) {
            Some(TokenTree::Ident(name)) => path.push(name.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let parts = inner.split(|token| token.to_string() == ",");
                let found = parts
                    .filter(|part| !part.is_empty())
                    .flat_map(|part| paths(part, 0).0)
                    .map(|(rest, name)| ([&path[..], &rest].concat(), name));
                return (found.collect(), index + 1 - start);
            }
            _ => {}
        }
        if !is_path(&tokens[index.min(tokens.len())..]) {
            let name = match text(tokens, index + 1).as_str() {
                "as" => text(tokens, index + 2),
                _ => path.last().cloned().unwrap_or_default(),
            };
            return (vec![(path, name)], index + 1 - start);
        }
        index += 3;
    }
}

/// A path that begins with `crate`, `self` or `super`, without these.
fn absolute(path: &[String], module: &[String]) -> Vec<String> {
    let mut from: Vec<String> = match path[0].as_str() {
        "crate" => Vec::new(),
        _ => module.to_vec(),
    };
    for name in path {
        match name.as_str() {
            "super" => {
                from.pop();
            }
            "crate" | "self" => {}
            _ => from.push(name.clone()),
        }
    }
    from
}

#[test]
fn the_modules_of_the_crate_have_no_cycle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = Document::read(&root.join("openapi/openapi.yaml")).unwrap();
    let mut settings = Settings::read(&root.join("openapi")).unwrap();
    settings.mocks = true;
    settings.descriptions = true;
    let generated = generate(&document, &settings).unwrap();
    let read = Crate::read(&root.join("src"), &generated);
    assert!(read.edges().len() > 10, "{:?}", read.edges());
    let cycle = read.cycle();
    assert!(cycle.is_none(), "{}", cycle.unwrap_or_default());
}

#[test]
fn the_modules_of_the_generator_have_no_cycle() {
    let read = Crate::read(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("codegen/src"),
        "",
    );
    assert!(read.edges().len() > 5, "{:?}", read.edges());
    let cycle = read.cycle();
    assert!(cycle.is_none(), "{}", cycle.unwrap_or_default());
}

/// The cycle in a crate of these files.
fn cycle_of(files: &[(&str, &str)]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    let cycle = Crate::read(folder.path(), "pub mod table { use crate::a::A; }").cycle()?;
    Some(cycle.replace(&format!("{}/", folder.path().display()), ""))
}

#[test]
fn a_cycle_is_found_through_re_exports_folders_macros_and_generated_code() {
    let root = "mod a; mod b; mod generated; pub use b::c::{C, D as E};";
    let generated = "include!(concat!(env!(\"OUT_DIR\"), \"/client.rs\"));";
    let with = |a: &str, c: &str| {
        cycle_of(&[
            ("lib.rs", root),
            ("generated.rs", generated),
            ("a.rs", a),
            ("b/mod.rs", "pub mod c;"),
            ("b/c.rs", c),
        ])
    };
    let no_cycle = "use super::super::generated; #[cfg(test)] mod tests { use crate::a::A; }";
    assert_eq!(with("use crate::{C, E};", no_cycle), None);
    assert_eq!(
        with("use crate::C;", "fn f() { crate::a::f() }").as_deref(),
        Some("a -> b (a.rs: crate::C)\nb -> a (b/c.rs: crate::a::f)")
    );
    for (a, c) in [
        (
            "macro_rules! m { () => { $crate::b::c::f() } }",
            "use super::super::a;",
        ),
        ("use super::{E, x};", "impl X for crate::a::Y {}"),
        ("use crate::generated::table;", ""),
        ("use crate::b;", "pub use crate::generated::table::A;"),
    ] {
        assert!(with(a, c).is_some(), "{a} {c}");
    }
    assert_eq!(
        with(
            "",
            "use crate::a; #[cfg(all(test, unix))] use crate::b::{X}; use crate::a;"
        ),
        None
    );
}
