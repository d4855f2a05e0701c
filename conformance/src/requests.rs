//! Arguments for the operations of a document.

use serde_json::Value;

use crate::{
    arguments::{Arguments, Patch},
    document::{Document, Operation, Parameter},
    instance::Maker,
    schema, table,
};

/// Header parameters that the client sets.
const CLIENTS_OWN: [&str; 2] = ["authorization", "ld-api-version"];

/// Whether the caller sets the parameter.
#[must_use]
pub fn is_given(parameter: &Parameter<'_>) -> bool {
    parameter.location != "header"
        || !CLIENTS_OWN.contains(&parameter.name.to_ascii_lowercase().as_str())
}

/// All arguments of the operation.
#[must_use]
pub fn full(document: &Document, operation: Operation<'_>, maker: &Maker<'_>) -> Arguments {
    let mut arguments = Arguments {
        parameters: parameters(document, operation, maker, |_| true),
        ..Arguments::default()
    };
    match document.body(operation) {
        Some(("application/json", schema)) => arguments.body = Some(maker.full(schema)),
        Some((_, schema)) => add_form(&mut arguments, document.resolved(schema), maker),
        None => {}
    }
    arguments
}

/// The arguments with a patch as the body, if the operation takes patches.
/// `choice` selects the format, with or without a comment. Also returns the number
/// of choices, which is 0 for other operations.
#[must_use]
pub fn patched(
    operation: Operation<'_>,
    choice: usize,
    arguments: Arguments,
) -> (Arguments, usize) {
    let formats = entry(operation).map_or(&[][..], |entry| entry.patches);
    if formats.is_empty() {
        return (arguments, 0);
    }
    let comment = (choice % 2 == 1).then_some("why \"ü\"");
    let format = formats[choice / 2 % formats.len()];
    let (patch, body) = Patch::example(format, comment).unzip();
    let arguments = Arguments {
        patch,
        body,
        ..arguments
    };
    (arguments, formats.len() * 2)
}

/// The arguments with a patch as the body that is valid by the document, if the
/// operation takes patches.
#[must_use]
pub fn valid_patch(
    document: &Document,
    operation: Operation<'_>,
    arguments: Arguments,
) -> Arguments {
    let is_valid = |arguments: &Arguments| match (document.body(operation), &arguments.body) {
        (Some((_, schema)), Some(body)) => {
            schema::violations(document, schema, body).is_ok_and(|found| found.is_empty())
        }
        _ => true,
    };
    let (first, count) = patched(operation, 0, arguments.clone());
    if count == 0 {
        return first;
    }
    let of_body = arguments.body.as_ref().and_then(Patch::semantic);
    (0..count)
        .map(|choice| patched(operation, choice, arguments.clone()).0)
        .find(is_valid)
        .or_else(|| {
            of_body.map(|patch| Arguments {
                patch: Some(patch),
                ..arguments
            })
        })
        .unwrap_or(first)
}

/// Only the required arguments.
#[must_use]
pub fn least(document: &Document, operation: Operation<'_>, maker: &Maker<'_>) -> Arguments {
    let body = document
        .body(operation)
        .filter(|(media, _)| *media == "application/json" && document.requires_body(operation));
    Arguments {
        parameters: parameters(document, operation, maker, |parameter| parameter.required),
        body: body.map(|(_, schema)| maker.least(schema)),
        ..Arguments::default()
    }
}

fn parameters(
    document: &Document,
    operation: Operation<'_>,
    maker: &Maker<'_>,
    wanted: impl Fn(&Parameter<'_>) -> bool,
) -> std::collections::BTreeMap<(String, String), Value> {
    document
        .parameters(operation)
        .filter(|parameter| is_given(parameter) && wanted(parameter))
        .map(|parameter| {
            let key = (parameter.location.to_owned(), parameter.name.to_owned());
            (key, maker.full(parameter.schema))
        })
        .collect()
}

fn add_form(arguments: &mut Arguments, schema: &Value, maker: &Maker<'_>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        if property["format"] == "binary" {
            // Several chunks of a stream, and not valid UTF-8.
            let file = (0..5000_u16).map(|number| number.to_le_bytes()[0]);
            arguments.files.insert(name.clone(), file.collect());
        } else {
            let text = match maker.full(property) {
                Value::String(text) => text,
                other => other.to_string(),
            };
            arguments.texts.insert(name.clone(), text);
        }
    }
}

/// The crate's operation with the same method and path.
#[must_use]
pub fn entry(operation: Operation<'_>) -> Option<&'static table::Operation> {
    table::operations()
        .iter()
        .find(|entry| entry.method == operation.method && entry.path == operation.path)
}
