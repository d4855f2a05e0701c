//! The methods of the client: one an operation, with its documentation.

use std::fmt::Write;

use super::{
    aliases, examples, operation_builders,
    prose::{Prose, link, page},
    source::{INLINE, Source, literal},
};
use crate::{
    Settings,
    api::{Api, Operation, Response},
};

/// The methods of an area.
pub(super) fn write(source: &mut Source, api: &Api, feature: &str, settings: &Settings) {
    let area = &api.areas[feature];
    source.docs(&format!(
        "# {}\n\n{}\n\nFeature: `{feature}`.",
        area.title,
        Prose::new(api, Some(feature)).rust(&area.description)
    ));
    source.line(operation_builders::cfg(feature));
    source.line("impl crate::Client {");
    for (id, operation) in api.operations_of(feature) {
        let builder = operation_builders::path(api, id, operation);
        source.docs(&documentation(api, id, operation, settings));
        let aliases = aliases::of(api, id, operation);
        let aliases: Vec<String> = aliases.iter().map(|alias| literal(alias)).collect();
        source.line(INLINE);
        source.line(format!("#[doc(alias({}))]", aliases.join(", ")));
        if operation.deprecated {
            let note = match operation.replacement.as_str() {
                "" => "LaunchDarkly has deprecated this operation",
                replacement => replacement,
            };
            source.line(format!("#[deprecated = {}]", literal(note)));
        }
        source.line(format!(
            "pub fn {id}(&self) -> crate::builder::{builder} {{"
        ));
        source.line(format!("crate::builder::{builder}::new(self)"));
        source.line("}");
    }
    source.line("}");
}

fn documentation(api: &Api, id: &str, operation: &Operation, settings: &Settings) -> String {
    let prose = Prose::of_operation(api, operation);
    let mut text = String::new();
    for part in [&operation.summary, &operation.description] {
        if !part.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}\n\n", prose.rust(part.trim_end()));
        }
    }
    let Operation {
        method, path, area, ..
    } = operation;
    let _ = writeln!(text, "- Request: `{method} {path}`");
    let required: Vec<String> = operation
        .required_setters()
        .map(|setter| format!("`{setter}`"))
        .collect();
    let required = if required.is_empty() {
        "no arguments".to_owned()
    } else {
        required.join(", ")
    };
    let _ = writeln!(text, "- Requires: {required}");
    let _ = writeln!(text, "- Returns: {}", returns(operation));
    if operation.list.is_some() {
        let builder = operation_builders::path(api, id, operation);
        let _ = writeln!(
            text,
            "- Pagination: [`items()`](crate::builder::{builder}::items) and \
             [`pages()`](crate::builder::{builder}::pages)"
        );
    }
    if operation.beta {
        let reason = if operation.deprecated {
            "sends `LD-API-Version: beta`"
        } else {
            "this operation may change; the client sends `LD-API-Version: beta`"
        };
        let _ = writeln!(text, "- Beta: {reason}");
    }
    let _ = writeln!(text, "- Feature: `{area}`");
    let page = page(&api.areas[area].title, &operation.id);
    let _ = writeln!(
        text,
        "- LaunchDarkly's documentation: [`{}`]({page})",
        operation.id
    );
    let _ = write!(text, "\n{}", examples::markdown(api, id, settings));
    if !operation.errors.is_empty() {
        text.push_str(
            "\n# Errors\n\nDocumented error responses, beside the errors of every call:\n\n",
        );
        for (status, description) in &operation.errors {
            let description = description.lines().next().unwrap_or_default();
            let _ = writeln!(text, "- {status}: {}", prose.rust(description));
        }
    }
    text
}

/// The value that an operation returns, with the statuses of success.
fn returns(operation: &Operation) -> String {
    let value = match &operation.response {
        Response::Empty => "no value".to_owned(),
        Response::Bytes => "a [`ByteStream`](crate::ByteStream)".to_owned(),
        Response::Json(ty) => link(ty),
    };
    let statuses = |has_body: bool| -> Vec<String> {
        let successes = operation.successes.iter();
        let successes = successes.filter(|success| success.has_body == has_body);
        successes
            .map(|success| success.status.to_string())
            .collect()
    };
    if operation.response_may_be_empty() {
        format!(
            "{value} (status {}), or its default value (status {})",
            statuses(true).join(" or "),
            statuses(false).join(" or ")
        )
    } else {
        let all = [statuses(true), statuses(false)].concat();
        format!("{value} (status {})", all.join(" or "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Document, Settings, generate};

    /// A document with these operations: each with its path, HTTP method and object.
    fn document(operations: &[(&str, &str, Value)]) -> Document {
        let mut root = json!({
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "servers": [{"url": "https://app.launchdarkly.com"}, {"url": "https://app.launchdarkly.us"}],
            "tags": [{"name": "Feature flags", "description": "Flags and their targeting."}],
            "paths": {},
        });
        for (path, method, operation) in operations {
            let mut operation = operation.clone();
            if operation["responses"].is_null() {
                operation["responses"] = json!({"204": {"description": ""}});
            }
            root["paths"][path][method] = operation;
        }
        Document::parse("d.json", &root.to_string()).unwrap()
    }

    #[test]
    fn a_method_documents_its_request_arguments_result_and_page() {
        let parameter = |name: &str, location: &str, required: bool| json!({"name": name, "in": location, "required": required, "schema": {"type": "string"}});
        let text = |content: Value| json!({"description": "", "content": content});
        let list = json!({"type": "array", "items": {"type": "string"}});
        let json_list = text(json!({"application/json": {"schema": list}}));
        let document = document(&[
            (
                "/api/v2/flags/{projectKey}",
                "get",
                json!({
                    "operationId": "getFeatureFlags", "tags": ["Feature flags"],
                    "summary": "List flags", "description": "Needs `filterEnv`; see `putFlag`.",
                    "parameters": [
                        parameter("projectKey", "path", true), parameter("filterEnv", "query", true),
                        parameter("sort", "query", false),
                    ],
                    "responses": {"200": json_list, "404": {"description": "No `projectKey`."}},
                }),
            ),
            (
                "/api/v2/flags/{projectKey}/file",
                "put",
                json!({
                    "operationId": "putFlag", "tags": ["Feature flags"],
                    "parameters": [parameter("projectKey", "path", true)],
                    "requestBody": {"required": true, "content":
                        {"application/json": {"schema": list}}},
                    "responses": {"200": json_list, "202": {"description": ""}},
                }),
            ),
        ]);
        let code = generate(&document, &Settings::default()).unwrap();
        let methods = code.split("/// The request builders:").next().unwrap();
        insta::assert_snapshot!(methods);
    }

    #[test]
    fn each_operation_has_the_names_that_people_look_for_as_aliases() {
        let operation = |id: &str| json!({"operationId": id, "tags": ["Feature flags"]});
        let path = "/api/v2/flags/{projectKey}";
        let one = "/api/v2/flags/{projectKey}/{key}";
        let parameters = ["projectKey", "key"]
            .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
        let with = |count: usize, id: &str| {
            let mut operation = operation(id);
            operation["parameters"] = json!(parameters[..count]);
            operation
        };
        let document = document(&[
            (path, "get", with(1, "getFeatureFlags")),
            (path, "post", with(1, "post-feature-flag")),
            (one, "get", with(2, "getFeatureFlag")),
            (one, "patch", with(2, "patchFeatureFlag")),
            (one, "delete", with(2, "deleteFeatureFlag")),
            ("/api/v2/flags", "put", operation("list_flags")),
        ]);
        let code = generate(&document, &Settings::default()).unwrap();
        let aliases = |method: &str| -> Vec<&str> {
            let before = code
                .split(&format!("pub fn {method}(&self)"))
                .next()
                .unwrap();
            let list = before.rsplit("#[doc(alias(\"").next().unwrap();
            list.trim_end()
                .trim_end_matches("\"))]")
                .split("\", \"")
                .collect()
        };
        for (method, expected) in [
            (
                "get_feature_flags",
                // `list_flags` is a method.
                vec![
                    "find_feature_flags",
                    "find_flags",
                    "getFeatureFlags",
                    "get_flags",
                    "list_feature_flags",
                ],
            ),
            (
                "post_feature_flag",
                vec![
                    "add_feature_flag",
                    "add_flag",
                    "create_feature_flag",
                    "create_flag",
                    "postFeatureFlag",
                    "post_flag",
                ],
            ),
            (
                "get_feature_flag",
                vec![
                    "find_feature_flag",
                    "find_flag",
                    "getFeatureFlag",
                    "get_flag",
                ],
            ),
            (
                "patch_feature_flag",
                vec![
                    "patchFeatureFlag",
                    "patch_flag",
                    "update_feature_flag",
                    "update_flag",
                ],
            ),
            (
                "delete_feature_flag",
                vec![
                    "deleteFeatureFlag",
                    "delete_flag",
                    "remove_feature_flag",
                    "remove_flag",
                ],
            ),
        ] {
            let (words, names): (Vec<_>, Vec<_>) = aliases(method)
                .into_iter()
                .partition(|alias| alias.contains(' '));
            assert_eq!(names, expected, "{method}");
            // Also with spaces, and so the method's own name.
            let mut with_spaces: Vec<String> = expected
                .iter()
                .chain([&method])
                .filter(|name| name.contains('_'))
                .map(|name| name.replace('_', " "))
                .collect();
            with_spaces.sort_unstable();
            assert_eq!(words, with_spaces, "{method}");
        }
    }

    #[test]
    fn each_area_has_an_impl_block_with_its_heading_and_a_module_of_builders() {
        let document = document(&[
            (
                "/flags",
                "get",
                json!({"operationId": "getFlags", "tags": ["Feature flags"]}),
            ),
            (
                "/links",
                "get",
                json!({"operationId": "getLinks", "tags": ["Flag links (beta)"]}),
            ),
            (
                "/links",
                "post",
                json!({"operationId": "postLink", "tags": ["Flag links (beta)"]}),
            ),
        ]);
        let code = generate(&document, &Settings::default()).unwrap();
        let blocks: Vec<&str> = code.split("impl crate::Client {").collect();
        assert_eq!(blocks.len(), 3);
        assert!(blocks[0].contains(
            "/// # Feature flags\n///\n/// Flags and their targeting.\n///\n/// Feature: `feature-flags`."
        ));
        assert!(blocks[1].contains("/// # Flag links (beta)\n"));
        for (block, feature, builder) in [
            (1, "feature-flags", "feature_flags::GetFlags"),
            (2, "flag-links-beta", "flag_links_beta::GetLinks"),
            (2, "flag-links-beta", "flag_links_beta::PostLink"),
        ] {
            let method = format!("(&self) -> crate::builder::{builder} {{");
            let docs = blocks[block].split(&method).next().unwrap();
            assert_ne!(docs, blocks[block], "{builder}");
            let docs = docs.rsplit("\n    }\n").next().unwrap();
            assert!(
                docs.contains(&format!("- Feature: `{feature}`\n")),
                "{docs}"
            );
            let (module, name) = builder.split_once("::").unwrap();
            let module = code.split(&format!("pub mod {module} {{")).nth(1).unwrap();
            let end = module.find("\n    }\n").unwrap();
            assert!(module[..end].contains(&format!("pub struct {name} {{")));
        }
    }
}
