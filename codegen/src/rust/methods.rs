//! The methods of the client: one an operation, documented from the facts.

use std::{collections::BTreeMap, fmt::Write};

use syn::{ImplItem, ItemImpl, ReturnType};

use super::{Unexpected, doc, last_name, unexpected};
use crate::facts::{Facts, Operation};

/// Documents the methods, and says which builder serves which operation.
pub(super) fn finish(
    methods: &mut ItemImpl,
    facts: &Facts,
) -> Result<BTreeMap<String, String>, Unexpected> {
    let mut operations = BTreeMap::new();
    for item in &mut methods.items {
        let ImplItem::Fn(method) = item else { continue };
        let id = method.sig.ident.to_string();
        let operation = facts
            .operations
            .get(id.trim_end_matches('_'))
            .ok_or_else(|| unexpected(format!("the method `{id}` is no operation")))?;
        let ReturnType::Type(_, builder) = &method.sig.output else {
            return Err(unexpected(format!("the method `{id}` returns nothing")));
        };
        let builder = last_name(builder)
            .ok_or_else(|| unexpected(format!("the method `{id}` returns no builder")))?;
        operations.insert(builder, id.trim_end_matches('_').to_owned());
        method.attrs = doc(&documentation(operation));
    }
    if operations.len() != facts.operations.len() {
        return Err(unexpected(format!(
            "{} methods for {} operations",
            operations.len(),
            facts.operations.len()
        )));
    }
    Ok(operations)
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
        text.push_str("This operation is in beta: `LD-API-Version: beta` is sent with it.\n");
    }
    if !operation.errors.is_empty() {
        text.push_str("\n# Errors\n\nDocumented answers, beside what any call may meet:\n\n");
        for (status, description) in &operation.errors {
            let description = description.lines().next().unwrap_or_default();
            let _ = writeln!(text, "- {status}: {description}");
        }
    }
    text
}
