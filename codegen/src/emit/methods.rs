//! The methods of the client: one an operation, with its documentation.

use std::fmt::Write;

use super::{
    operation_builders,
    source::{Source, literal},
};
use crate::api::{Api, Operation};

pub(super) fn write(source: &mut Source, api: &Api) {
    source.docs("The operations of the API.");
    source.line("impl crate::Client {");
    for (id, operation) in &api.operations {
        let builder = operation_builders::name(id);
        source.docs(&documentation(operation));
        source.line(operation_builders::cfg(&operation.area));
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

fn documentation(operation: &Operation) -> String {
    let mut text = String::new();
    for part in [&operation.summary, &operation.description] {
        if !part.is_empty() {
            // Writing to a string cannot fail.
            let _ = write!(text, "{}\n\n", part.trim_end());
        }
    }
    let Operation { method, path, .. } = operation;
    let _ = writeln!(text, "Sends `{method} {path}`.");
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
