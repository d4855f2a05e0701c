//! What the document says beside types and methods, as data: the operations
//! and the servers.

use std::collections::BTreeMap;

use heck::ToShoutySnakeCase;

use super::source::{Source, literal};
use crate::api::{Api, Paging};

/// The documentation of the module of the operations.
pub(super) fn operations_docs(source: &mut Source) {
    source.docs("The operations of the API, from the OpenAPI document.");
}

/// The list of all operations. `cfg` returns the attribute of an area's, if they
/// have one.
pub(super) fn all_operations(source: &mut Source, api: &Api, cfg: &dyn Fn(&str) -> Option<String>) {
    source.docs("Every operation this crate was built with, ordered by id.");
    source.line("pub static ALL: &[&crate::Operation] = &[");
    for (id, operation) in &api.operations {
        cfg(&operation.area)
            .into_iter()
            .for_each(|cfg| source.line(cfg));
        source.line(format!("&{},", id.to_shouty_snake_case()));
    }
    source.line("];");
    source.docs("The number of operations of all areas.");
    source.line(format!(
        "pub(crate) const COUNT: usize = {};",
        api.indexes.len()
    ));
}

/// What the module of operations imports.
pub(super) const OPERATION_IMPORTS: [&str; 2] = [
    "use ::std::borrow::Cow;",
    "use crate::{Paging, operation::{Operation, PatchFormat}};",
];

/// A constant for each operation of an area.
pub(super) fn operations(source: &mut Source, api: &Api, feature: &str) {
    for (id, operation) in api.operations_of(feature) {
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
}

/// The modules that do not depend on the areas: `paging`, `servers` and `secrets`.
pub(super) fn constants(source: &mut Source, api: &Api) {
    paging(source);
    source.line("");
    servers(source, api);
    source.line("");
    secrets(source, api);
}

/// `mod paging`: the ways in which lists continue.
fn paging(source: &mut Source) {
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
fn servers(source: &mut Source, api: &Api) {
    source.docs("The servers the OpenAPI document lists.");
    source.line("pub(crate) mod servers {");
    for (name, url) in &api.servers {
        source.line(format!("pub(crate) const {name}: &str = {};", literal(url)));
    }
    source.line("}");
}

/// `mod secrets`: where secrets are in the bodies of requests.
fn secrets(source: &mut Source, api: &Api) {
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

/// The documentation of the module of descriptions.
pub(super) fn descriptions_docs(source: &mut Source) {
    source.docs("The descriptions of types and properties, by `Type.property`.");
}

/// The descriptions of these types and their properties, ordered by name: the
/// elements of a table.
pub(super) fn descriptions<'a>(
    source: &mut Source,
    api: &'a Api,
    names: impl IntoIterator<Item = &'a str>,
) {
    let mut descriptions = BTreeMap::new();
    for name in names {
        let definition = &api.types[name];
        descriptions.insert(name.to_owned(), definition.docs.trim());
        for field in definition.fields() {
            descriptions.insert(format!("{name}.{}", field.wire), field.docs.trim());
        }
    }
    descriptions.retain(|_, text| !text.is_empty());
    for (name, text) in descriptions {
        source.line(format!("({}, {}),", literal(&name), literal(text)));
    }
}
