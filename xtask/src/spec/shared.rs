//! Parameters and responses that many operations have are written once, with an
//! anchor (YAML 1.2.2, section 3.2.2.2). The rest are aliases: they are read in a
//! fraction of the time, and a reader sees which errors are the usual ones.

use std::{collections::BTreeMap, rc::Rc};

use super::yaml::Ordered;

/// How many operations have a value that is shared. The names of rarer values
/// would change too often.
const LEAST_USES: usize = 10;

/// The most characters of an anchor's name, without its number.
const LONGEST_NAME: usize = 60;

/// Shares the repeated parameters and responses of a document. Returns the names of
/// the anchors, in the order in which they are written.
pub(crate) fn share(root: &mut Ordered) -> Vec<String> {
    let mut uses: BTreeMap<String, usize> = BTreeMap::new();
    each(root, &mut |_, value| {
        *uses.entry(key(value)).or_default() += 1;
    });
    let mut shared: BTreeMap<String, Rc<Ordered>> = BTreeMap::new();
    let mut names = Vec::new();
    each(root, &mut |name, value| {
        let key = key(value);
        if uses[&key] < LEAST_USES {
            return;
        }
        let rc = shared.entry(key).or_insert_with(|| {
            names.push(free(&allowed(name), &names));
            Rc::new(value.clone())
        });
        *value = Ordered::Shared(Rc::clone(rc));
    });
    names
}

/// What equal values have in common, and others do not.
fn key(value: &Ordered) -> String {
    format!("{value:?}")
}

/// The name in the characters that every YAML reader accepts in an anchor.
fn allowed(name: &str) -> String {
    let allowed: String = name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '_' {
                c
            } else {
                '-'
            }
        })
        .take(LONGEST_NAME)
        .collect();
    match allowed.trim_matches('-') {
        "" => "shared".to_owned(),
        name => name.to_owned(),
    }
}

/// The name, with a number if another anchor has it.
fn free(name: &str, taken: &[String]) -> String {
    let mut free = name.to_owned();
    let mut number = 1;
    while taken.contains(&free) {
        number += 1;
        free = format!("{name}-{number}");
    }
    free
}

/// Visits the parameters and responses of each operation, with names for them.
fn each(root: &mut Ordered, visit: &mut dyn FnMut(&str, &mut Ordered)) {
    let paths = root.member("paths");
    let items = paths.into_iter().flat_map(Ordered::members);
    for (_, operation) in items.flat_map(|(_, item)| item.members()) {
        for (part, value) in operation.members() {
            match (part.as_str(), value) {
                ("parameters", Ordered::List(parameters)) => {
                    for parameter in parameters {
                        let name = parameter.text("name").unwrap_or("parameter").to_owned();
                        visit(&name, parameter);
                    }
                }
                ("responses", responses) => {
                    for (status, response) in responses.members() {
                        let mut name = status.clone();
                        if let Some(schema) = schema(response) {
                            name = format!("{status}-{schema}");
                        }
                        visit(&name, response);
                    }
                }
                _ => {}
            }
        }
    }
}

/// The name of the schema of a response.
fn schema(response: &mut Ordered) -> Option<&str> {
    let (_, media) = response.member("content")?.members().first_mut()?;
    media.member("schema")?.text("$ref")?.rsplit('/').next()
}

#[cfg(test)]
mod tests {
    use launchdarkly_api_codegen::Document;
    use serde_json::{Value, json};

    use super::*;
    use crate::spec::{canonical, yaml};

    /// A document with these operations, and its text.
    fn written(operations: impl IntoIterator<Item = Value>) -> (Value, String) {
        let paths: serde_json::Map<_, _> = operations
            .into_iter()
            .enumerate()
            .map(|(index, operation)| (format!("/{index:02}"), json!({"get": operation})))
            .collect();
        let root = json!({"openapi": "3.0.3", "paths": paths});
        let mut document = canonical::ordered(&root);
        let names = share(&mut document);
        (root, yaml::text(&document, names).unwrap())
    }

    fn operation(parameter: &str, required: bool, schema: &str) -> Value {
        let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
        json!({
            "parameters": [{"name": parameter, "in": "query", "required": required}],
            "responses": {
                "204": {"description": "No content."},
                "404": {"description": "Not found.", "content": {"a/b": {"schema": schema}}},
            },
        })
    }

    #[test]
    fn what_many_operations_have_is_written_once_and_reads_as_before() {
        let many = (0..LEAST_USES).flat_map(|_| {
            [
                operation("key", true, "NotFound"),
                operation("key", false, "Error"),
            ]
        });
        let few = (1..LEAST_USES).map(|_| operation("rare", true, "Rare"));
        let (root, text) = written(many.chain(few));
        for anchor in ["key", "key-2", "404-NotFound", "404-Error", "204"] {
            assert_eq!(text.matches(&format!(" &{anchor}\n")).count(), 1, "{text}");
            assert!(text.contains(&format!(" *{anchor}\n")), "{text}");
        }
        assert_eq!(text.matches('&').count(), 5);
        assert_eq!(text.matches("name: rare").count(), LEAST_USES - 1);
        let read = Document::parse("a.yaml", &text).unwrap();
        assert_eq!(*read.root(), root);
    }

    #[test]
    fn any_names_give_anchors_that_every_reader_accepts() {
        for name in [
            "",
            " ",
            "filter[status]",
            "a b",
            "{a}",
            "a,b",
            "key: v",
            "a:",
            "*a",
            "&a",
            "\u{feff}",
            "é",
            "page.size",
            "$filter",
            "a\n\u{0}",
            "\u{2028}",
            &"x".repeat(300),
            "name-2",
            "name",
        ] {
            let many = (0..LEAST_USES).flat_map(|_| {
                [
                    operation(name, true, "Page[User]"),
                    operation("name", false, name),
                ]
            });
            let (root, text) = written(many);
            let read = Document::parse("a.yaml", &text).unwrap();
            assert_eq!(*read.root(), root, "{text}");
            let anchors = text.lines().filter_map(|line| line.rsplit_once(" &"));
            for (_, anchor) in anchors {
                let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
                assert!(anchor.chars().all(is_allowed), "{anchor:?}");
            }
        }
    }
}
