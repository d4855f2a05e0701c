//! What the document says beside types and methods, as data: the operations
//! and the servers.

use std::collections::BTreeMap;

use heck::ToShoutySnakeCase;

use super::source::{Source, literal};
use crate::api::{Api, Paging};

/// `mod operations`: a constant an operation, and all of them.
pub(super) fn operations(source: &mut Source, api: &Api) {
    source.docs("The operations of the API, from the OpenAPI document.");
    source.line("pub mod operations {");
    source.line("use ::std::borrow::Cow;");
    source.line("use super::paging::Paging;");
    source.line("use crate::operation::{Operation, PatchFormat};");
    source.line("");
    source.docs("Every operation this crate was built with, ordered by id.");
    source.line("pub static ALL: &[&Operation] = &[");
    for id in api.operations.keys() {
        source.line(format!("&{},", id.to_shouty_snake_case()));
    }
    source.line("];");
    source.docs("The number of operations of all areas.");
    source.line(format!(
        "pub(crate) const COUNT: usize = {};",
        api.indexes.len()
    ));
    for (id, operation) in &api.operations {
        source.line("");
        source.docs(&format!(
            "`{} {}`: [`Client::{id}`](crate::Client::{id}).",
            operation.method, operation.path
        ));
        let patches: Vec<String> = operation
            .patch_formats()
            .iter()
            .map(|format| format!("PatchFormat::{}", format.variant()))
            .collect();
        source.line(format!(
            "pub static {}: Operation = Operation {{",
            id.to_shouty_snake_case()
        ));
        source.line(format!("id: Cow::Borrowed({}),", literal(id)));
        source.line(format!("index: Some({}),", api.indexes[id]));
        source.line(format!("method: ::reqwest::Method::{},", operation.method));
        source.line(format!(
            "path: Cow::Borrowed({}),",
            literal(&operation.path)
        ));
        source.line(format!("area: {},", literal(&operation.area)));
        source.line(format!("beta: {},", operation.beta));
        source.line(format!("deprecated: {},", operation.deprecated));
        source.line(format!("patches: &[{}],", patches.join(", ")));
        source.line(format!(
            "paging: {},",
            operation.list.as_ref().map_or_else(
                || "None".to_owned(),
                |list| format!("Some(Paging::{})", list.paging.name())
            )
        ));
        source.line("};");
    }
    source.line("}");
}

/// `mod paging`: the ways in which lists continue.
pub(super) fn paging(source: &mut Source) {
    source.docs("The ways in which lists continue.");
    source.line("pub mod paging {");
    source.docs(
        "How the list that an operation returns continues beyond a page (LaunchDarkly \
         documentation, \"Pagination\").",
    );
    source.line("#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]");
    source.line("#[non_exhaustive]");
    source.line("pub enum Paging {");
    for (name, docs) in Paging::VARIANTS {
        source.docs(docs);
        source.line(format!("{name},"));
    }
    source.line("}");
    source.line("}");
}

/// `mod servers`: a constant a server.
pub(super) fn servers(source: &mut Source, api: &Api) {
    source.docs("The servers the OpenAPI document lists.");
    source.line("pub(crate) mod servers {");
    for (name, url) in &api.servers {
        source.line(format!("pub(crate) const {name}: &str = {};", literal(url)));
    }
    source.line("}");
}

/// `mod secrets`: where secrets are in the bodies of requests.
pub(super) fn secrets(source: &mut Source, api: &Api) {
    source.docs("The names by which secrets are found in the bodies of requests, of all areas.");
    source.line("pub(crate) mod secrets {");
    for (name, docs, values) in [
        (
            "PROPERTIES",
            "Properties that are secret wherever they are.",
            &api.secrets.properties,
        ),
        (
            "HOLDERS",
            "Properties that hold objects whose `value` is secret.",
            &api.secrets.holders,
        ),
    ] {
        source.docs(docs);
        let values: Vec<String> = values.iter().map(|value| literal(value)).collect();
        source.line(format!(
            "pub(crate) static {name}: &[&str] = &[{}];",
            values.join(", ")
        ));
    }
    source.line("}");
}

/// `mod descriptions`: what the document says of types and their properties,
/// in the order of their names.
pub(super) fn descriptions(source: &mut Source, api: &Api) {
    let mut descriptions = BTreeMap::new();
    for (name, definition) in &api.types {
        descriptions.insert(name.clone(), definition.docs.trim());
        for field in definition.fields() {
            descriptions.insert(format!("{name}.{}", field.wire), field.docs.trim());
        }
    }
    descriptions.retain(|_, text| !text.is_empty());
    source.docs("The descriptions of types and properties, by `Type.property`.");
    source.line("pub(crate) mod descriptions {");
    source.docs("Ordered by name.");
    source.line("pub(crate) static ALL: &[(&str, &str)] = &[");
    for (name, text) in descriptions {
        source.line(format!("({}, {}),", literal(&name), literal(text)));
    }
    source.line("];");
    source.line("}");
}
