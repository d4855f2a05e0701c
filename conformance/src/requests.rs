//! The arguments that a document's operation can be called with.

use serde_json::Value;

use crate::{
    arguments::{Arguments, Patch},
    document::{Document, Operation, Parameter},
    instance::Maker,
    schema, table,
};

/// Parameters that the client sets by itself.
const CLIENTS_OWN: [&str; 2] = ["authorization", "ld-api-version"];

/// Whether a caller gives the parameter.
#[must_use]
pub fn is_given(parameter: &Parameter<'_>) -> bool {
    parameter.location != "header"
        || !CLIENTS_OWN.contains(&parameter.name.to_ascii_lowercase().as_str())
}

/// Every argument the operation takes.
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

/// The same arguments with a patch for a body, if the operation takes patches:
/// each format without a comment and with one, by a number. Also tells how many
/// there are.
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

/// The same arguments with a patch for a body that is as the document says, if
/// the operation takes patches.
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

/// No more than it requires.
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
            // More than one chunk of a stream, and not all of it text.
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

/// The crate's operation of a method and path.
#[must_use]
pub fn entry(operation: Operation<'_>) -> Option<&'static table::Operation> {
    table::operations()
        .iter()
        .find(|entry| entry.method == operation.method && entry.path == operation.path)
}
