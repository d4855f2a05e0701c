//! The methods of the client: one an operation, with its documentation.

use std::fmt::Write;

use super::{
    operation_builders,
    source::{Source, literal},
};
use crate::api::{Api, Operation};

pub(super) fn write(source: &mut Source, api: &Api) {
    for (feature, area) in &api.areas {
        source.docs(&format!(
            "# {}\n\n{}\n\nFeature: `{feature}`.",
            area.title, area.description
        ));
        source.line(operation_builders::cfg(feature));
        source.line("impl crate::Client {");
        for (id, operation) in api.operations_of(feature) {
            let builder = operation_builders::path(api, id, operation);
            source.docs(&documentation(operation));
            if operation.deprecated {
                let note = match operation.replacement.as_str() {
                    "" => "LaunchDarkly has deprecated this operation",
                    replacement => replacement,
                };
                source.line(format!("#[deprecated = {}]", literal(note)));
            }
            source.line(format!("pub fn {id}(&self) -> builder::{builder} {{"));
            source.line(format!("builder::{builder}::new(self)"));
            source.line("}");
        }
        source.line("}");
    }
}

fn documentation(operation: &Operation) -> String {
    let mut text = String::new();
    for part in [&operation.summary, &operation.description] {
        if !part.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}\n\n", part.trim_end());
        }
    }
    let Operation { method, path, .. } = operation;
    let _ = writeln!(
        text,
        "Sends `{method} {path}`. Feature: `{}`.",
        operation.area
    );
    if operation.beta {
        let reason = if operation.deprecated {
            "The client"
        } else {
            "This operation is in beta: the client"
        };
        let _ = writeln!(text, "{reason} sends `LD-API-Version: beta`.");
    }
    if !operation.errors.is_empty() {
        text.push_str(
            "\n# Errors\n\nDocumented error responses, beside the errors of every call:\n\n",
        );
        for (status, description) in &operation.errors {
            let description = description.lines().next().unwrap_or_default();
            let _ = writeln!(text, "- {status}: {description}");
        }
    }
    text
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
            let method = format!("(&self) -> builder::{builder} {{");
            let docs = blocks[block].split(&method).next().unwrap();
            assert_ne!(docs, blocks[block], "{builder}");
            let docs = docs.rsplit("\n    }\n").next().unwrap();
            assert!(docs.contains(&format!("Feature: `{feature}`.")), "{docs}");
            let (module, name) = builder.split_once("::").unwrap();
            let module = code.split(&format!("pub mod {module} {{")).nth(1).unwrap();
            let end = module.find("\n    }\n").unwrap();
            assert!(module[..end].contains(&format!("pub struct {name} {{")));
        }
    }
}
