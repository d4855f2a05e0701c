//! From progenitor's output to the code of the crate.
//!
//! progenitor writes a client of its own, which knows nothing of access
//! tokens, with errors of its own, and types whose impls are written out in
//! full. What it has decided is read (`model`): names, types and signatures.
//! The code is written anew around the hand-written client, much shorter, as
//! text.

mod methods;
mod model;
mod operation_builders;
mod outline;
mod tables;
mod text;
mod type_builders;
mod types;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::facts::Facts;

/// Why progenitor's output could not be read: it is not what this was written
/// for. Only a new version of progenitor should bring it about.
pub(crate) type Unexpected = String;

pub(crate) fn finish(tokens: TokenStream, facts: &Facts) -> Result<String, Unexpected> {
    let model = model(tokens)?;
    let mut source = text::Source::default();
    methods::write(&mut source, facts);
    source.line("");
    operation_builders::write(&mut source, &model, facts)?;
    source.line("");
    types::write(&mut source, &model, facts);
    source.line("");
    tables::operations(&mut source, facts);
    source.line("");
    tables::servers(&mut source, facts);
    Ok(source.finish())
}

/// What [`finish`] would write, as data.
pub(crate) fn outline(
    tokens: TokenStream,
    facts: &Facts,
) -> Result<crate::outline::Outline, Unexpected> {
    outline::read(&model(tokens)?, facts)
}

fn model(tokens: TokenStream) -> Result<model::Model, Unexpected> {
    let file: syn::File =
        syn::parse2(tokens).map_err(|error| unexpected(format!("it does not parse: {error}")))?;
    model::Model::read(&file)
}

fn unexpected(what: impl std::fmt::Display) -> Unexpected {
    format!("the code generator's output has an unexpected form: {what}")
}

/// Tokens as text without the spaces they are printed with.
fn compact(tokens: impl ToTokens) -> String {
    quote!(#tokens).to_string().replace(' ', "")
}
