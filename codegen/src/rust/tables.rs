//! What the document says beside types and methods, as data: the operations
//! and the servers.

use heck::ToShoutySnakeCase;
use quote::format_ident;
use syn::{Expr, Ident, Item, ItemMod, parse_quote};

use super::doc;
use crate::facts::Facts;

/// `mod operations`: a constant an operation, and all of them.
pub(super) fn operations(facts: &Facts) -> ItemMod {
    let mut constants: Vec<Item> = Vec::new();
    let mut names: Vec<Ident> = Vec::new();
    for (index, (id, operation)) in facts.operations.iter().enumerate() {
        let name = format_ident!("{}", id.to_shouty_snake_case());
        let (path, area, beta) = (&operation.path, &operation.area, operation.beta);
        let method: Expr = match operation.method.as_str() {
            known
            @ ("GET" | "PUT" | "POST" | "DELETE" | "OPTIONS" | "HEAD" | "PATCH" | "TRACE") => {
                let known = format_ident!("{known}");
                parse_quote!(::reqwest::Method::#known)
            }
            other => unreachable!("{other} is no method of a path item"),
        };
        let docs = doc(&format!(
            "`{} {path}`: [`Client::{id}`](crate::Client::{id}).",
            operation.method
        ));
        constants.push(parse_quote! {
            #(#docs)*
            pub static #name: Operation = Operation {
                id: #id,
                index: #index,
                method: #method,
                path: #path,
                area: #area,
                beta: #beta,
            };
        });
        names.push(name);
    }
    parse_quote! {
        /// The operations of the API, as the OpenAPI document lists them.
        pub mod operations {
            use crate::operation::Operation;

            /// Every operation this crate was built with, ordered by id.
            pub static ALL: &[&Operation] = &[#(&#names),*];

            #(#constants)*
        }
    }
}

/// `mod servers`: a constant a server.
pub(super) fn servers(facts: &Facts) -> ItemMod {
    let constants = facts.servers.iter().map(|(name, url)| -> Item {
        let name = format_ident!("{name}");
        parse_quote! {
            #[allow(dead_code)]
            pub(crate) const #name: &str = #url;
        }
    });
    parse_quote! {
        /// The servers the OpenAPI document lists.
        pub(crate) mod servers {
            #(#constants)*
        }
    }
}
