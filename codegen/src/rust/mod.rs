//! From progenitor's output to the code of the crate.
//!
//! progenitor writes a client of its own, which knows nothing of access
//! tokens, with errors of its own, and types whose impls are written out in
//! full. What it has decided is read (`model`): names, types and signatures.
//! The code is written anew around the hand-written client, much shorter, as
//! text.

mod instructions;
mod integrations;
mod lists;
mod methods;
mod model;
mod operation_builders;
mod tables;
mod text;
mod type_builders;
mod types;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

pub(crate) use lists::item as list_item;
pub(crate) use model::{Answer, Model, Shape, Ty};
pub(crate) use operation_builders::{RESERVED, setters, signature};
pub(crate) use types::other_variant;

use crate::{Document, Result as DocumentResult, Settings, facts::Facts};

/// Why progenitor's output could not be read: it is not what this was written
/// for. Only a new version of progenitor should bring it about.
pub(crate) type Unexpected = String;

/// What progenitor wrote.
pub(crate) fn model(tokens: TokenStream) -> Result<Model, Unexpected> {
    let file: syn::File =
        syn::parse2(tokens).map_err(|error| unexpected(format!("it does not parse: {error}")))?;
    Model::read(&file)
}

/// The code of the crate.
pub(crate) fn finish(model: &Model, facts: &Facts) -> Result<String, Unexpected> {
    let mut source = text::Source::default();
    methods::write(&mut source, facts);
    source.line("");
    operation_builders::write(&mut source, model, facts)?;
    source.line("");
    types::write(&mut source, model, facts);
    source.line("");
    instructions::write(&mut source, facts);
    source.line("");
    integrations::write(&mut source, facts);
    source.line("");
    tables::operations(&mut source, facts);
    source.line("");
    tables::servers(&mut source, facts);
    Ok(source.finish())
}

/// The properties of all types: type, property, and whether it can hold text.
pub(crate) fn properties(
    document: &Document,
    settings: &Settings,
) -> DocumentResult<Vec<(String, String, bool)>> {
    let mut document = document.clone();
    let (tokens, _) = crate::prepare(document.root_mut(), settings)
        .map_err(|fault| document.error(fault.pointer, fault.reason))?;
    let model =
        model(tokens).map_err(|reason| document.error(jsonptr::PointerBuf::new(), reason))?;
    Ok(model.properties().collect())
}

fn unexpected(what: impl std::fmt::Display) -> Unexpected {
    format!("the code generator's output has an unexpected form: {what}")
}

/// Tokens as text without the spaces they are printed with.
fn compact(tokens: impl ToTokens) -> String {
    quote!(#tokens).to_string().replace(' ', "")
}
