//! Running progenitor: a prepared document in, Rust tokens out, and a panic
//! inside it or typify told like any other fault.

use std::{
    any::Any,
    cell::Cell,
    panic::{self, AssertUnwindSafe},
    sync::Once,
};

use jsonptr::PointerBuf;
use proc_macro2::TokenStream;
use progenitor_impl::{GenerationSettings, Generator, InterfaceStyle, TypeImpl};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    error::Fault,
    lower::{Lowered, TypeOverrides, prune_unused},
    spec::visit,
};

pub(super) fn generate(lowered: &Lowered) -> Result<TokenStream, Fault> {
    let Lowered { root, overrides } = lowered;
    // A failure of the whole comes from one part of it: find the part.
    attempt(root, overrides).map_err(|reason| locate(root, overrides, reason))
}

/// Fails with the reason, if the document is not OpenAPI or progenitor rejects it.
fn attempt(root: &Value, overrides: &TypeOverrides) -> Result<TokenStream, String> {
    // With serde_path_to_error, this crate would take a fifth longer to compile.
    let document = openapiv3::OpenAPI::deserialize(root).map_err(|error| error.to_string())?;
    let mut settings = GenerationSettings::new();
    settings
        .with_interface(InterfaceStyle::Positional)
        .with_map_type("::std::collections::BTreeMap");
    // The components have the names of the types that they become.
    for (name, ty) in overrides.iter() {
        settings.with_replacement(
            name,
            ty.rust,
            [TypeImpl::Default, TypeImpl::Display].into_iter(),
        );
    }
    caught(|| Generator::new(&settings).generate_tokens(&document))
        .and_then(|result| result.map_err(|error| error.to_string()))
}

/// The part of the document that a failure comes from: a member such as `info`, or
/// the first schema or operation that fails alone, with only what it refers to.
fn locate(root: &Value, overrides: &TypeOverrides, reason: String) -> Fault {
    let fails = |part: &Value| attempt(part, overrides).err();
    // Each part of a document has these members, so they come first.
    for (name, member) in root.as_object().into_iter().flatten() {
        let mut part =
            json!({"openapi": "3.0.3", "info": {"title": "", "version": ""}, "paths": {}});
        if !["components", "paths"].contains(&name.as_str()) {
            part[name] = member.clone();
        }
        if let Some(reason) = fails(&part) {
            return Fault::at(PointerBuf::from_tokens([name]), reason);
        }
    }
    let mut smallest: Option<(usize, Fault)> = None;
    for name in root["components"]["schemas"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, _)| name)
    {
        let part = only_schema(root, name);
        let size = part["components"]["schemas"]
            .as_object()
            .map_or(0, serde_json::Map::len);
        if smallest.as_ref().is_none_or(|(least, _)| size < *least)
            && let Some(reason) = fails(&part)
        {
            let pointer = PointerBuf::from_tokens(["components", "schemas", name]);
            smallest = Some((size, Fault::at(pointer, reason)));
        }
    }
    if let Some((_, fault)) = smallest {
        return fault;
    }
    for (path, item) in root["paths"].as_object().into_iter().flatten() {
        for method in visit::METHODS
            .iter()
            .filter(|method| item.get(method).is_some())
        {
            if let Some(reason) = fails(&only_operation(root, path, method)) {
                let pointer = PointerBuf::from_tokens(["paths", path, method]);
                return Fault::at(pointer, reason);
            }
        }
    }
    Fault::at(PointerBuf::new(), reason)
}

/// The document without operations, and without the schemas that one does not
/// need.
fn only_schema(root: &Value, name: &str) -> Value {
    let mut part = root.clone();
    let reference = PointerBuf::from_tokens(["components", "schemas", name]);
    part["paths"] = json!({"": {"$ref": format!("#{reference}")}});
    // Nothing in a part can fail that did not fail before.
    let _ = prune_unused(&mut part);
    part["paths"] = json!({});
    part
}

/// The document with one of its operations.
fn only_operation(root: &Value, path: &str, method: &str) -> Value {
    let mut part = root.clone();
    let mut item = root["paths"][path].clone();
    if let Value::Object(item) = &mut item {
        item.retain(|key, _| key == method || !visit::METHODS.contains(&key.as_str()));
    }
    part["paths"] = json!({path: item});
    let _ = prune_unused(&mut part);
    part
}

thread_local! {
    /// Whether a panic on this thread is about to be caught and reported.
    static CATCHING: Cell<bool> = const { Cell::new(false) };
}

/// Runs a library that may panic; a panic's message is the error.
fn caught<T>(run: impl FnOnce() -> T) -> Result<T, String> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !CATCHING.get() {
                before(info);
            }
        }));
    });
    CATCHING.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(run));
    CATCHING.set(false);
    result.map_err(|payload| reason(message(&*payload)))
}

/// The reason of a fault, with its remedy if there is one.
fn reason(message: &str) -> String {
    match message.strip_prefix("Failed to make unique variant names for ") {
        Some(values) => format!(
            "has the values {values}, which have the same name in Rust: remove all but one \
             (a client reads the removed ones as unknown values)"
        ),
        None => format!("the code generator stopped: {message}"),
    }
}

fn message(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no reason given")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(paths: &Value, schemas: &Value) -> Lowered {
        let root = json!({
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "paths": paths,
            "components": {"schemas": schemas}
        });
        Lowered {
            root,
            overrides: TypeOverrides::default(),
        }
    }

    #[test]
    fn a_panic_in_the_library_is_a_fault_with_the_schema_it_came_from() {
        // typify panics at a format on a boolean.
        let root = document(
            &json!({}),
            &json!({
                "A": {"type": "object", "properties": {"b": {"$ref": "#/components/schemas/B"}}},
                "B": {"type": "boolean", "format": "boolean"},
                "C": {"type": "string"},
            }),
        );
        let fault = generate(&root).map(drop).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/components/schemas/B");
        assert!(
            fault.reason.starts_with("the code generator stopped"),
            "{}",
            fault.reason
        );
    }

    #[test]
    fn enum_values_that_share_a_name_are_a_fault_with_the_remedy() {
        let root = document(
            &json!({}),
            &json!({"A": {"type": "string", "enum": ["a-b", "aXb", "c", "a_b"]}}),
        );
        let fault = generate(&root).map(drop).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/components/schemas/A");
        assert_eq!(
            fault.reason,
            "has the values [a-b,aXb,a_b], which have the same name in Rust: remove all but one \
             (a client reads the removed ones as unknown values)"
        );
    }

    #[test]
    fn a_failing_operation_is_named() {
        let fine = json!({"get": {"operationId": "a", "responses": {"204": {"description": ""}}}});
        let bad = json!({"get": {"operationId": "b", "responses": {
            "200": {"description": "", "content": {"application/json": {}}}
        }}});
        let root = document(&json!({"/a": fine, "/b": bad}), &json!({}));
        let fault = generate(&root).map(drop).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/paths/~1b/get");
    }

    #[test]
    fn what_is_no_openapi_is_told_with_its_place() {
        let root = document(&json!({"/a": {"get": {"responses": []}}}), &json!({}));
        let fault = generate(&root).map(drop).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/paths/~1a/get");
        assert!(fault.reason.contains("expected"), "{fault:?}");
        let root = document(
            &json!({}),
            &json!({"A": {"type": "string"}, "B": {"type": 7}}),
        );
        let fault = generate(&root).map(drop).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/components/schemas/B");
        let schemas = json!({"A": {"type": "string"}});
        let mut root = document(&json!({"/a": {"get": {"responses": {}}}}), &schemas);
        root.root["info"] = json!([]);
        let fault = generate(&root).map(drop).unwrap_err();
        assert_eq!(fault.pointer.as_str(), "/info");
    }

    #[test]
    fn a_caught_panic_gives_its_message() {
        assert_eq!(
            caught(|| -> () { panic!("at {}", 7) }).unwrap_err(),
            "the code generator stopped: at 7"
        );
        assert_eq!(caught(|| 7), Ok(7));
    }
}
