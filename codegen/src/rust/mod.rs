//! The passes over progenitor's output: Rust in, Rust that uses the
//! hand-written client out.
//!
//! progenitor writes a client of its own, which knows nothing of access
//! tokens, with errors of its own. Its types and the builders of its
//! operations stay; the client and its constructors go, and what is left is
//! tied to `crate::Client`, `crate::Error`, `crate::ResponseValue` and
//! `crate::operation::Operation`.

mod methods;
mod ownership;
mod send;
mod setters;
mod tables;
mod type_builders;
mod types;

use proc_macro2::TokenStream;
use quote::quote;
use syn::{File, Item, ItemImpl, ItemMod, Type, parse_quote};

use crate::facts::Facts;

/// Why progenitor's output could not be rewritten: it is not what this was
/// written for. Only a new version of progenitor should bring it about.
pub(crate) type Unexpected = String;

pub(crate) fn finish(tokens: TokenStream, facts: &Facts) -> Result<String, Unexpected> {
    let file: File =
        syn::parse2(tokens).map_err(|error| unexpected(format!("it does not parse: {error}")))?;
    let Parts {
        mut types,
        mut methods,
        mut builder,
    } = Parts::of(file)?;

    let operations = methods::finish(&mut methods, facts)?;
    ownership::finish(&mut methods, &mut builder)?;
    type_builders::prune(&mut types, &builder)?;
    types::finish(&mut types)?;
    setters::finish(&mut builder, &operations, facts)?;
    send::finish(&mut builder, &operations, facts)?;

    let (operations, servers) = (tables::operations(facts), tables::servers(facts));
    let file: File = parse_quote! {
        use crate::Client;

        #types
        #methods
        #builder
        #operations
        #servers
    };
    Ok(prettyplease::unparse(&file))
}

/// What stays of progenitor's output.
struct Parts {
    types: ItemMod,
    methods: ItemImpl,
    builder: ItemMod,
}

impl Parts {
    fn of(file: File) -> Result<Self, Unexpected> {
        let (mut types, mut methods, mut builder) = (None, None, None);
        for item in file.items {
            match item {
                Item::Mod(module) if module.ident == "types" => types = Some(module),
                Item::Mod(module) if module.ident == "builder" => builder = Some(module),
                // Of the client's own impls the last holds the operations; the
                // ones before it are its constructors and traits.
                Item::Impl(block) if block.trait_.is_none() && is(&block.self_ty, "Client") => {
                    methods = Some(block);
                }
                _ => {}
            }
        }
        Ok(Self {
            types: types.ok_or_else(|| unexpected("it has no `types`"))?,
            methods: methods.ok_or_else(|| unexpected("it has no `impl Client`"))?,
            builder: builder.ok_or_else(|| unexpected("it has no `builder`"))?,
        })
    }
}

fn unexpected(what: impl std::fmt::Display) -> Unexpected {
    format!("the code generator's output has an unexpected form: {what}")
}

/// The last name of a path type: `Vec` of `::std::vec::Vec<T>`.
fn last_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

fn is(ty: &Type, name: &str) -> bool {
    last_name(ty).is_some_and(|last| last == name)
}

/// The items of a module, which progenitor always writes inline.
fn items(module: &mut ItemMod) -> Result<&mut Vec<Item>, Unexpected> {
    match &mut module.content {
        Some((_, items)) => Ok(items),
        None => Err(unexpected(format!("`mod {}` has no body", module.ident))),
    }
}

/// The `#[doc]` attributes of a text.
fn doc(text: &str) -> Vec<syn::Attribute> {
    text.lines()
        .map(|line| {
            let line = if line.is_empty() {
                String::new()
            } else {
                format!(" {line}")
            };
            parse_quote!(#[doc = #line])
        })
        .collect()
}

/// A type as text without the spaces tokens are printed with.
fn compact(tokens: impl quote::ToTokens) -> String {
    quote!(#tokens).to_string().replace(' ', "")
}
