//! Writes the table of the crate's operations and types, from the outline of
//! what its own build script generates.

use std::{env, error::Error, fmt::Write, fs, path::Path, process::ExitCode};

use launchdarkly_api_codegen::{
    Document, Settings, outline,
    outline::{Answer, Kind, Location, Operation, Outline},
};

const FOLDER: &str = "../openapi";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed={FOLDER}");
    match write() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("cargo::error={error}");
            ExitCode::FAILURE
        }
    }
}

fn write() -> Result<(), Box<dyn Error>> {
    let folder = Path::new(FOLDER);
    let document = Document::read(&folder.join("openapi.yaml"))?;
    let outline = outline(&document, &Settings::read(folder)?)?;
    let out = env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?;
    fs::write(Path::new(&out).join("table.rs"), table(&outline)?)?;
    Ok(())
}

/// Two tables of function pointers rather than functions: there are hundreds
/// of entries, and the compiler's time is for them.
fn table(outline: &Outline) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "pub(super) static OPERATIONS: &[Operation] = &[")?;
    for (id, operation) in &outline.operations {
        write_operation(&mut text, id, operation, outline)?;
    }
    writeln!(text, "];\n\npub(super) static TYPES: &[Type] = &[")?;
    for (name, ty) in &outline.types {
        writeln!(text, "Type {{ name: {name:?}, schemas: &{:?},", ty.schemas)?;
        writeln!(text, "again: again::<::launchdarkly_api::types::{name}>,")?;
        writeln!(
            text,
            "schema: described::<::launchdarkly_api::types::{name}>,"
        )?;
        match &ty.kind {
            Kind::Struct(properties) if ty.is_sent => {
                writeln!(text, "build: Some(|properties| {{")?;
                writeln!(text, "#[allow(unused_mut)]")?;
                writeln!(
                    text,
                    "let mut built = ::launchdarkly_api::types::{name}::builder();"
                )?;
                for property in properties {
                    let (ident, wire, ty) = (&property.name, &property.wire, property.ty.bare());
                    writeln!(
                        text,
                        "if let Some(value) = properties.get::<{ty}>({wire:?})? {{ built = built.{ident}(value); }}"
                    )?;
                }
                writeln!(text, "written(&built.build()?) }}),")?;
            }
            _ => writeln!(text, "build: None,")?,
        }
        writeln!(text, "}},")?;
    }
    writeln!(text, "];")?;
    Ok(text)
}

fn write_operation(
    text: &mut String,
    id: &str,
    operation: &Operation,
    outline: &Outline,
) -> std::fmt::Result {
    let Operation { method, path, .. } = operation;
    writeln!(
        text,
        "Operation {{ id: {id:?}, method: {method:?}, path: {path:?},"
    )?;
    let body = operation
        .setters
        .iter()
        .find(|setter| setter.location == Location::Body)
        .map(|setter| &setter.ty);
    match body {
        Some(ty) => writeln!(
            text,
            "request: Some(again::<{ty}>), request_schema: Some(described::<{ty}>),"
        )?,
        None => writeln!(text, "request: None, request_schema: None,")?,
    }
    let patches = operation
        .setters
        .iter()
        .find_map(|setter| match &setter.location {
            Location::Patch(formats) => Some(formats.clone()),
            _ => None,
        });
    writeln!(text, "patches: &{:?},", patches.unwrap_or_default())?;
    match &operation.answer {
        Answer::Json(ty) => writeln!(
            text,
            "answer: Some(again::<{ty}>), answer_schema: Some(described::<{ty}>), example: Some(example::<{ty}>),"
        )?,
        _ => writeln!(text, "answer: None, answer_schema: None, example: None,")?,
    }
    writeln!(text, "call: |client, arguments| {{")?;
    writeln!(text, "#[allow(unused_mut)]")?;
    writeln!(text, "let mut call = client.{id}();")?;
    for setter in &operation.setters {
        let (name, wire, ty) = (&setter.name, &setter.wire, &setter.ty);
        if let Location::Patch(formats) = &setter.location {
            for format in formats {
                writeln!(
                    text,
                    "if let Some(Patch::{format}(patch)) = &arguments.patch {{ call = call.{name}(patch.clone()); }}"
                )?;
            }
            continue;
        }
        let value = match &setter.location {
            Location::Parameter(location) => {
                format!("arguments.parameter::<{ty}>({location:?}, {wire:?})?")
            }
            _ => format!("arguments.body::<{ty}>()?"),
        };
        writeln!(
            text,
            "if let Some(value) = {value} {{ call = call.{name}(value); }}"
        )?;
    }
    for field in &operation.form {
        let (name, wire) = (&field.name, &field.wire);
        let value = if field.is_file { "file" } else { "text" };
        writeln!(
            text,
            "if let Some(value) = arguments.{value}({wire:?}) {{ call = call.{name}(value); }}"
        )?;
    }
    let answered = match &operation.answer {
        Answer::Json(_) => "json",
        Answer::Stream => "stream",
        _ => "nothing",
    };
    writeln!(text, "Ok({answered}(call.send()))\n}},")?;
    write_mock(text, id, operation)?;
    write_modify(text, id, operation, outline)?;
    writeln!(text, "}},")
}

/// The change of a resource by `modify`, for what takes a JSON Patch and has a
/// GET on the same path.
fn write_modify(
    text: &mut String,
    id: &str,
    operation: &Operation,
    outline: &Outline,
) -> std::fmt::Result {
    let takes_json_patch = operation.setters.iter().any(
        |setter| matches!(&setter.location, Location::Patch(formats) if formats.contains(&"Json")),
    );
    let get = outline
        .operations
        .iter()
        .find(|(_, other)| other.method == "GET" && other.path == operation.path);
    let Some((get_id, get)) = get.filter(|_| takes_json_patch) else {
        return writeln!(text, "modify: None,");
    };
    writeln!(text, "modify: Some(|client, arguments, change| {{")?;
    for (call, id, operation) in [("get", get_id.as_str(), get), ("patch", id, operation)] {
        writeln!(text, "let mut {call} = client.{id}();")?;
        for setter in operation.setters.iter().filter(|setter| setter.required) {
            let (name, wire, ty) = (&setter.name, &setter.wire, &setter.ty);
            if let Location::Parameter(location) = &setter.location {
                writeln!(
                    text,
                    "if let Some(value) = arguments.parameter::<{ty}>({location:?}, {wire:?})? {{ {call} = {call}.{name}(value); }}"
                )?;
            }
        }
    }
    writeln!(
        text,
        "Ok(modified(move || get.clone().send(), change, move |body| patch.clone().body(body).send()))\n}}),"
    )
}

/// The same arguments to the operation's mock, and its answer.
fn write_mock(text: &mut String, id: &str, operation: &Operation) -> std::fmt::Result {
    writeln!(text, "mock: |server, arguments, answer| {{")?;
    writeln!(text, "let mut done = Ok(());")?;
    writeln!(text, "let mock = server.{id}(|mut when, then| {{")?;
    writeln!(text, "done = (|| {{")?;
    for setter in &operation.setters {
        let (name, wire, ty) = (&setter.name, &setter.wire, &setter.ty);
        match &setter.location {
            Location::Patch(formats) => {
                for format in formats {
                    writeln!(
                        text,
                        "if let Some(Patch::{format}(patch)) = &arguments.patch {{ when = when.{name}(patch.clone()); }}"
                    )?;
                }
            }
            Location::Parameter(location) => writeln!(
                text,
                "if let Some(value) = arguments.parameter::<{ty}>({location:?}, {wire:?})? {{ when = when.{name}(value); }}"
            )?,
            _ => writeln!(
                text,
                "if let Some(value) = arguments.body::<{ty}>()? {{ when = when.{name}(value); }}"
            )?,
        }
    }
    for field in &operation.form {
        let (name, wire) = (&field.name, &field.wire);
        let value = if field.is_file { "bytes" } else { "text" };
        writeln!(
            text,
            "if let Some(value) = arguments.{value}({wire:?}) {{ when = when.{name}(value); }}"
        )?;
    }
    writeln!(text, "match answer.status {{")?;
    for (status, name, has_body) in &operation.successes {
        match &operation.answer {
            Answer::Json(ty) if *has_body => writeln!(
                text,
                "{status} => drop(then.{name}(&answer.value::<{ty}>()?)),"
            )?,
            Answer::Stream if *has_body => {
                writeln!(text, "{status} => drop(then.{name}(\"\")),")?;
            }
            _ => writeln!(text, "{status} => drop(then.{name}()),")?,
        }
    }
    writeln!(text, "_ => return answer.is_undocumented(),")?;
    writeln!(text, "}}\nOk(())\n}})();\n}});\ndone.map(|()| mock)\n}},")
}
