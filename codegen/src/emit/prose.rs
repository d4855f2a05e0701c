//! The document's prose, with the names that a Rust program uses.

use std::collections::{BTreeMap, BTreeSet};

use crate::api::{Api, Body, Operation, Response, Type};

/// The Rust names of what a text mentions, by the name in the document.
#[derive(Debug, Clone)]
pub(super) struct Prose<'a> {
    api: &'a Api,
    /// The area that the text is about, if it is about one.
    area: Option<&'a str>,
    /// `None` if two things of one name have different Rust names.
    names: BTreeMap<&'a str, Option<&'a str>>,
    /// Whether the names after a colon are values.
    lists_values: bool,
}

/// Parameters whose values are the names of fields.
const TAKE_NAMES: [&str; 3] = ["`expand`", "`filter`", "`sort`"];

/// Words before a code span that is a value: "if `kind` is `members`".
const BEFORE_VALUES: [&str; 2] = [" is ", " rated "];

impl<'a> Prose<'a> {
    /// Prose that mentions operations, but no arguments. `area` is the one that is
    /// enabled wherever the text is, if there is one.
    pub(super) fn new(api: &'a Api, area: Option<&'a str>) -> Self {
        Self {
            api,
            area,
            names: BTreeMap::new(),
            lists_values: false,
        }
    }

    /// The prose of an operation's parameters. Their values may have the names of
    /// fields and parameters, such as `expand=maintainerTeam`, and stay as they are.
    pub(super) fn of_parameters(api: &'a Api, operation: &'a Operation) -> Self {
        let mut prose = Self::of_arguments(api, operation);
        prose.lists_values = true;
        prose
    }

    fn of_arguments(api: &'a Api, operation: &'a Operation) -> Self {
        let mut prose = Self::new(api, Some(&operation.area));
        for (setter, wire) in operation.setters() {
            prose.add(wire, setter);
        }
        prose
    }

    /// The prose of an operation: its arguments, and the fields of its request and
    /// response.
    pub(super) fn of_operation(api: &'a Api, operation: &'a Operation) -> Self {
        let mut prose = Self::of_arguments(api, operation);
        if !operation.patch_formats().is_empty() {
            // A patch names properties as LaunchDarkly does.
            return prose;
        }
        let mut types = Vec::new();
        if let Some(Body::Json { ty, .. }) = &operation.body {
            ty.references(&mut |name| types.push(name));
        }
        if let Response::Json(ty) = &operation.response {
            ty.references(&mut |name| types.push(name));
        }
        prose.add_fields(types);
        prose
    }

    /// The prose of a type: its fields, and those of the types inside it.
    pub(super) fn of_type(api: &'a Api, name: &'a str) -> Self {
        let mut prose = Self::new(api, None);
        prose.add_fields(vec![name]);
        prose
    }

    fn add(&mut self, wire: &'a str, rust: &'a str) {
        let name = self.names.entry(wire).or_insert(Some(rust));
        if *name != Some(rust) {
            *name = None;
        }
    }

    fn add_fields(&mut self, mut open: Vec<&'a str>) {
        let api = self.api;
        let mut seen = BTreeSet::new();
        while let Some(name) = open.pop() {
            if let Some(definition) = api.types.get(name)
                && seen.insert(name)
            {
                for field in definition.fields() {
                    self.add(&field.wire, &field.name);
                }
                definition.references(&mut |name| open.push(name));
            }
        }
    }

    /// Returns a Markdown text with the Rust names of the operations, arguments and
    /// fields that it mentions in code spans. A span that is more than a name stays.
    pub(super) fn rust(&self, text: &str) -> String {
        let ticks: Vec<usize> = text.match_indices('`').map(|(at, _)| at).collect();
        if !ticks.len().is_multiple_of(2) {
            return text.to_owned();
        }
        let mut rust = String::with_capacity(text.len());
        let mut done = 0;
        for span in ticks.chunks_exact(2) {
            let (start, end) = (span[0], span[1] + 1);
            let name = &text[start + 1..end - 1];
            let argument = || self.name(name).filter(|_| !self.is_value(text, start, end));
            if let Some(name) = self.operation(name).or_else(argument) {
                rust.push_str(&text[done..start]);
                rust.push_str(&name);
                done = end;
            }
        }
        rust.push_str(&text[done..]);
        rust
    }

    /// Whether a span is a value to be sent, which has the name that LaunchDarkly
    /// gives it.
    fn is_value(&self, text: &str, start: usize, end: usize) -> bool {
        let before = &text[..start];
        let block = before.rfind("\n\n").map_or(0, |at| at + 2);
        let sentence = [before.rfind(". "), before.rfind("\n- ")];
        let from = sentence.into_iter().flatten().max().unwrap_or(0).max(block);
        let after = &text[end..];
        let ends = [". ", "\n- ", "\n\n"].into_iter();
        let to = ends.filter_map(|mark| after.find(mark)).min();
        let sentence = &text[from..to.map_or(text.len(), |to| end + to)];
        let is_list = |block: &str| block.trim_start().starts_with("- ");
        let list = &text[block..start];
        let introduction = if is_list(list) {
            let mut blocks = text[..block].trim_end().rsplit("\n\n");
            blocks.find(|block| !is_list(block)).unwrap_or_default()
        } else {
            list.find("\n- ").map_or("", |at| &list[..at])
        };
        let concerns_values = |text: &str| TAKE_NAMES.iter().any(|name| text.contains(name));
        concerns_values(sentence)
            || concerns_values(introduction)
            || introduction.ends_with("nstructions:")
            || BEFORE_VALUES.iter().any(|words| before.ends_with(words))
            || (self.lists_values && text[from..start].contains(": "))
    }

    fn operation(&self, id: &str) -> Option<String> {
        let method = self.api.methods.get(id)?;
        let operation = self.api.operations.get(method);
        let is_own = operation.is_some_and(|operation| Some(&*operation.area) == self.area);
        // The documentation has no method of an area that is not enabled.
        let page = if is_own {
            format!("crate::Client::{method}")
        } else {
            client_page(method)
        };
        Some(format!("[`{method}`]({page})"))
    }

    fn name(&self, wire: &str) -> Option<String> {
        let name = (*self.names.get(wire)?)?;
        Some(format!("`{name}`"))
    }
}

/// The type's name, as a link if it is a generated one.
pub(super) fn link(ty: &Type) -> String {
    let mut target = None;
    ty.references(&mut |name| target = Some(name.to_owned()));
    match target {
        Some(name) => format!("[`{ty}`](crate::types::{name})"),
        None => format!("`{ty}`"),
    }
}

/// The address of a method of the client in the documentation of all areas.
#[must_use]
pub fn client_page(method: &str) -> String {
    format!(
        "https://docs.rs/launchdarkly-api/latest/launchdarkly_api/struct.Client.html#method.{method}"
    )
}

/// The address of an operation's page in LaunchDarkly's documentation:
/// `https://launchdarkly.com/docs/api/feature-flags/post-feature-flag`.
pub(super) fn page(title: &str, operation: &str) -> String {
    format!(
        "https://launchdarkly.com/docs/api/{}/{}",
        slug(title),
        slug(operation)
    )
}

/// A name as LaunchDarkly's documentation has it in addresses: `OAuth2 Clients` is
/// `o-auth-2-clients`.
fn slug(name: &str) -> String {
    use heck::ToKebabCase;

    let mut spaced = String::new();
    let mut before = None;
    for letter in name.chars() {
        if before.is_some_and(|before: char| before.is_numeric() != letter.is_numeric()) {
            spaced.push(' ');
        }
        spaced.push(letter);
        before = Some(letter);
    }
    spaced.to_kebab_case()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Document, Settings};

    #[test]
    fn names_of_operations_arguments_and_fields_are_those_of_rust_and_values_stay() {
        let text = r##"
            openapi: 3.0.3
            info: {title: t, version: "1"}
            servers: [{url: "https://app.launchdarkly.com"}, {url: "https://app.launchdarkly.us"}]
            paths:
              /p:
                get:
                  operationId: getP
                  tags: [P]
                  parameters: [{name: filterEnv, in: query, schema: {type: string}}]
                  responses:
                    "200":
                      description: P
                      content: {application/json: {schema: {$ref: "#/components/schemas/A"}}}
                put:
                  operationId: putQ
                  tags: [Q]
                  responses: {"204": {description: Q}}
            components:
              schemas:
                A: {type: object, properties: {_id: {type: string}, fooBar: {type: string}, b: {$ref: "#/components/schemas/B"}}}
                B: {type: object, properties: {type: {type: string}}}
            "##;
        let document = Document::parse("d.yaml", text).unwrap();
        let settings = Settings {
            areas: Some(["p".to_owned()].into()),
            ..Settings::default()
        };
        let api = Api::read(&document, &settings).unwrap();
        let operation = &api.operations["get_p"];
        let prose = Prose::of_operation(&api, operation);
        for (text, rust) in [
            (
                "`getP`, `putQ`",
                "[`get_p`](crate::Client::get_p), [`put_q`](https://docs.rs/launchdarkly-api/latest/launchdarkly_api/struct.Client.html#method.put_q)",
            ),
            (
                "`filterEnv` and `_id`: `fooBar`",
                "`filter_env` and `id`: `foo_bar`",
            ),
            ("By `type` of `b`", "By `type_` of `b`"),
            (
                "if `expand` includes `fooBar`",
                "if `expand` includes `fooBar`",
            ),
            ("`fooBar=1`, fooBar, ``", "`fooBar=1`, fooBar, ``"),
            ("`fooBar", "`fooBar"),
            ("`fooBar` `", "`fooBar` `"),
        ] {
            assert_eq!(prose.rust(text), rust);
        }
        let prose = Prose::of_parameters(&api, operation);
        for (text, rust) in [
            (
                "Like `filterEnv`: `filterEnv`.",
                "Like `filter_env`: `filterEnv`.",
            ),
            (
                "One of: `a`. Or `filterEnv`",
                "One of: `a`. Or `filter_env`",
            ),
            ("Sorts by `fooBar`", "Sorts by `fooBar`"),
        ] {
            assert_eq!(prose.rust(text), rust);
        }
    }

    #[test]
    fn addresses_are_those_of_launchdarklys_documentation() {
        for (title, operation, expected) in [
            (
                "Feature flags",
                "postFeatureFlag",
                "feature-flags/post-feature-flag",
            ),
            (
                "Releases (beta)",
                "updatePhaseStatus",
                "releases-beta/update-phase-status",
            ),
            (
                "OAuth2 Clients",
                "createOAuth2Client",
                "o-auth-2-clients/create-o-auth-2-client",
            ),
            ("Other", "getOpenapiSpec", "other/get-openapi-spec"),
            ("Teams", "get-teams", "teams/get-teams"),
        ] {
            let address = format!("https://launchdarkly.com/docs/api/{expected}");
            assert_eq!(page(title, operation), address);
        }
    }
}
