//! Writes the table of operations and types from the model that the crate is
//! generated from.

use std::{env, error::Error, fmt::Write, fs, path::Path, process::ExitCode};

use launchdarkly_api_codegen::{
    Document, Settings,
    api::{Api, Body, Operation, Parameter, PatchFormat, Response, Shape, Type},
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
    let settings = Settings::read(folder)?;
    let api = Api::read(&document, &settings)?;
    let out = env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?;
    fs::write(Path::new(&out).join("table.rs"), table(&api)?)?;
    let examples: String = api
        .operations
        .keys()
        .filter_map(|id| {
            let example = api.example(id, &settings)?;
            Some(format!(
                "async fn {id}() -> Result<(), Box<dyn std::error::Error>> {{\n{example}\nOk(())\n}}\n"
            ))
        })
        .collect();
    fs::write(Path::new(&out).join("examples.rs"), examples)?;
    Ok(())
}

/// The tables have closures and function pointers, which compile faster than
/// hundreds of functions.
fn table(api: &Api) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    writeln!(text, "pub(super) static OPERATIONS: &[Operation] = &[")?;
    for (id, operation) in &api.operations {
        write_operation(&mut text, id, operation, api)?;
    }
    writeln!(text, "];\n\npub(super) static TYPES: &[Type] = &[")?;
    for (name, ty) in &api.types {
        writeln!(text, "Type {{ name: {name:?}, schemas: &{:?},", ty.schemas)?;
        writeln!(
            text,
            "round_trip: round_trip::<::launchdarkly_api::types::{name}>,"
        )?;
        writeln!(
            text,
            "schema: described::<::launchdarkly_api::types::{name}>,"
        )?;
        match &ty.shape {
            Shape::Struct(fields) if ty.in_request => {
                writeln!(text, "build: Some(|properties| {{")?;
                writeln!(text, "#[allow(unused_mut)]")?;
                writeln!(
                    text,
                    "let mut built = ::launchdarkly_api::types::{name}::builder();"
                )?;
                for field in fields {
                    let (name, wire, ty) = (&field.name, &field.wire, rust(field.ty.bare()));
                    writeln!(
                        text,
                        "if let Some(value) = properties.get::<{ty}>({wire:?})? {{ built = built.{name}(value); }}"
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
    api: &Api,
) -> std::fmt::Result {
    let Operation { method, path, .. } = operation;
    writeln!(
        text,
        "Operation {{ id: {id:?}, method: {method:?}, path: {path:?},"
    )?;
    match &operation.body {
        Some(Body::Json { ty, .. }) => {
            let ty = rust(ty);
            writeln!(
                text,
                "request: Some(round_trip::<{ty}>), request_schema: Some(described::<{ty}>),"
            )?;
        }
        _ => writeln!(text, "request: None, request_schema: None,")?,
    }
    let patches: Vec<&str> = variants(operation).collect();
    writeln!(text, "patches: &{patches:?},")?;
    match &operation.response {
        Response::Json(ty) => {
            let ty = rust(ty);
            writeln!(
                text,
                "response: Some(round_trip::<{ty}>), response_schema: Some(described::<{ty}>), example: Some(example::<{ty}>),"
            )?;
        }
        _ => writeln!(
            text,
            "response: None, response_schema: None, example: None,"
        )?,
    }
    writeln!(text, "call: |client, arguments| {{")?;
    writeln!(text, "#[allow(unused_mut)]")?;
    writeln!(text, "let mut call = client.{id}();")?;
    write_arguments(text, operation, "call", "file")?;
    let receive = match &operation.response {
        Response::Json(_) => "json",
        Response::Bytes => "stream",
        _ => "no_content",
    };
    writeln!(text, "Ok({receive}(call.send()))\n}},")?;
    write_mock(text, id, operation)?;
    write_modify(text, id, operation, api)?;
    write_list(text, id, operation)?;
    writeln!(text, "}},")
}

/// Requests the pages of a list.
fn write_list(text: &mut String, id: &str, operation: &Operation) -> std::fmt::Result {
    if operation.list.is_none() {
        return writeln!(text, "list: None,");
    }
    writeln!(text, "list: Some(|client, arguments, ahead| {{")?;
    writeln!(text, "let mut call = client.{id}();")?;
    write_arguments(text, operation, "call", "file")?;
    writeln!(text, "Ok(listed(call.pages().prefetch(ahead)))\n}}),")
}

/// Calls `modify`, if the operation takes a JSON Patch and its path has a GET.
fn write_modify(text: &mut String, id: &str, operation: &Operation, api: &Api) -> std::fmt::Result {
    let get = api
        .operations
        .iter()
        .find(|(_, other)| other.method == "GET" && other.path == operation.path);
    let takes_json_patch = operation.patch_formats().contains(&PatchFormat::Json);
    let Some((get_id, get)) = get.filter(|_| takes_json_patch) else {
        return writeln!(text, "modify: None,");
    };
    writeln!(text, "modify: Some(|client, arguments, change| {{")?;
    for (call, id, operation) in [("get", get_id.as_str(), get), ("patch", id, operation)] {
        writeln!(text, "let mut {call} = client.{id}();")?;
        for parameter in operation.parameters.iter().filter(|p| p.required) {
            write_parameter(text, parameter, call)?;
        }
    }
    writeln!(
        text,
        "Ok(modified(move || get.clone().send(), change, move |body| patch.clone().body(body).send()))\n}}),"
    )
}

/// Passes the arguments and a response to the operation's mock.
fn write_mock(text: &mut String, id: &str, operation: &Operation) -> std::fmt::Result {
    writeln!(text, "mock: |server, arguments, response| {{")?;
    writeln!(text, "let mut done = Ok(());")?;
    writeln!(text, "let mock = server.{id}(|mut when, then| {{")?;
    writeln!(text, "done = (|| {{")?;
    write_arguments(text, operation, "when", "bytes")?;
    writeln!(text, "match response.status {{")?;
    for success in &operation.successes {
        let (status, name) = (success.status, success.name());
        match &operation.response {
            Response::Json(ty) if success.has_body => {
                let ty = rust(ty);
                writeln!(
                    text,
                    "{status} => drop(then.{name}(&response.value::<{ty}>()?)),"
                )?;
            }
            Response::Bytes if success.has_body => {
                writeln!(text, "{status} => drop(then.{name}(\"\")),")?;
            }
            _ => writeln!(text, "{status} => drop(then.{name}()),")?,
        }
    }
    writeln!(text, "_ => return response.is_undocumented(),")?;
    writeln!(text, "}}\nOk(())\n}})();\n}});\ndone.map(|()| mock)\n}},")
}

/// Calls the setter of each argument that has a value. `builder` is the variable
/// with the builder, `file` the method that returns the content of a file.
fn write_arguments(
    text: &mut String,
    operation: &Operation,
    builder: &str,
    file: &str,
) -> std::fmt::Result {
    for parameter in &operation.parameters {
        write_parameter(text, parameter, builder)?;
    }
    match &operation.body {
        Some(Body::Json { setter, ty, .. }) => {
            let ty = rust(ty);
            writeln!(
                text,
                "if let Some(value) = arguments.body::<{ty}>()? {{ {builder} = {builder}.{setter}(value); }}"
            )?;
        }
        Some(Body::Patch { setter, .. }) => {
            for format in variants(operation) {
                writeln!(
                    text,
                    "if let Some(Patch::{format}(patch)) = &arguments.patch {{ {builder} = {builder}.{setter}(patch.clone()); }}"
                )?;
            }
        }
        _ => {}
    }
    for field in operation.form() {
        let (setter, wire) = (&field.setter, &field.wire);
        let value = if field.is_file { file } else { "text" };
        writeln!(
            text,
            "if let Some(value) = arguments.{value}({wire:?}) {{ {builder} = {builder}.{setter}(value); }}"
        )?;
    }
    Ok(())
}

/// Calls the setter of a parameter that has a value.
fn write_parameter(text: &mut String, parameter: &Parameter, builder: &str) -> std::fmt::Result {
    let (setter, wire) = (&parameter.setter, &parameter.wire);
    let (ty, location) = (rust(&parameter.ty), parameter.location.name());
    writeln!(
        text,
        "if let Some(value) = arguments.parameter::<{ty}>({location:?}, {wire:?})? {{ {builder} = {builder}.{setter}(value); }}"
    )
}

/// The patch formats of an operation.
fn variants(operation: &Operation) -> impl Iterator<Item = &'static str> {
    let formats = operation.patch_formats().iter();
    formats.map(|format: &PatchFormat| format.variant())
}

/// The path of a type, from outside the crate.
fn rust(ty: &Type) -> String {
    ty.text_outside("::launchdarkly_api")
}
