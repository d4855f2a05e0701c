//! Struct builders only for what is sent.
//!
//! progenitor writes a builder for every type; on LaunchDarkly's whole API
//! they are nearly half of the code, and nobody builds a response. The ones a
//! request body reaches stay.

use std::collections::{BTreeMap, BTreeSet};

use syn::{ImplItem, Item, ItemEnum, ItemMod, ItemStruct, Path, visit::Visit};

use super::{Unexpected, compact, items, last_name, unexpected};

pub(super) fn prune(types: &mut ItemMod, operations: &ItemMod) -> Result<(), Unexpected> {
    let types = items(types)?;
    let kept = reached(roots(operations), &graph(types));

    types.retain_mut(|item| match item {
        Item::Impl(block) if block.trait_.is_none() => {
            if !last_name(&block.self_ty).is_some_and(|name| kept.contains(&name)) {
                block
                    .items
                    .retain(|item| !matches!(item, ImplItem::Fn(f) if f.sig.ident == "builder"));
            }
            !block.items.is_empty()
        }
        _ => true,
    });
    let builder = types.iter_mut().find_map(|item| match item {
        Item::Mod(module) if module.ident == "builder" => Some(module),
        _ => None,
    });
    // A document none of whose operations has a struct has no builders.
    let Some(builder) = builder else {
        return Ok(());
    };
    for item in items(builder)? {
        if !matches!(item, Item::Struct(_) | Item::Impl(_)) {
            return Err(unexpected("`types::builder` holds more than builders"));
        }
    }
    items(builder)?.retain(|item| match item {
        Item::Struct(item) => kept.contains(&item.ident.to_string()),
        // `impl Builder`, `impl Default for Builder`, `impl From<Type> for
        // Builder`, and `impl TryFrom<Builder> for Type`: of one name.
        Item::Impl(block) => last_name(&block.self_ty).is_some_and(|name| kept.contains(&name)),
        _ => true,
    });
    types.retain(|item| match item {
        Item::Mod(module) if module.ident == "builder" => module
            .content
            .as_ref()
            .is_some_and(|(_, items)| !items.is_empty()),
        _ => true,
    });
    Ok(())
}

/// The types the operations' builders have a builder for: their bodies.
fn roots(operations: &ItemMod) -> BTreeSet<String> {
    struct Bodies(BTreeSet<String>);
    impl Visit<'_> for Bodies {
        fn visit_path(&mut self, path: &Path) {
            if let Some(name) = compact(path).strip_prefix("types::builder::") {
                self.0.insert(name.to_owned());
            }
            syn::visit::visit_path(self, path);
        }
    }
    let mut bodies = Bodies(BTreeSet::new());
    bodies.visit_item_mod(operations);
    bodies.0
}

/// Which type's definition names which types.
fn graph(types: &[Item]) -> BTreeMap<String, BTreeSet<String>> {
    struct Names(BTreeSet<String>);
    impl Visit<'_> for Names {
        fn visit_path(&mut self, path: &Path) {
            if let Some(last) = path.segments.last() {
                self.0.insert(last.ident.to_string());
            }
            syn::visit::visit_path(self, path);
        }
    }
    types
        .iter()
        .filter_map(|item| {
            let mut names = Names(BTreeSet::new());
            let name = match item {
                Item::Struct(ItemStruct { ident, fields, .. }) => {
                    names.visit_fields(fields);
                    ident
                }
                Item::Enum(ItemEnum {
                    ident, variants, ..
                }) => {
                    variants
                        .iter()
                        .for_each(|variant| names.visit_variant(variant));
                    ident
                }
                _ => return None,
            };
            Some((name.to_string(), names.0))
        })
        .collect()
}

fn reached(
    roots: BTreeSet<String>,
    graph: &BTreeMap<String, BTreeSet<String>>,
) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = roots.into_iter().collect();
    while let Some(name) = open.pop() {
        if let Some(named) = graph.get(&name)
            && reached.insert(name)
        {
            open.extend(named.iter().cloned());
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn builders_of_what_no_request_reaches_go() {
        let mut types: ItemMod = parse_quote! {
            pub mod types {
                pub struct Post { pub inner: ::std::vec::Vec<Inner> }
                impl Post { pub fn builder() -> builder::Post { Default::default() } }
                pub struct Inner { pub a: String }
                impl Inner { pub fn builder() -> builder::Inner { Default::default() } }
                pub struct Rep { pub post: Post }
                impl Rep { pub fn builder() -> builder::Rep { Default::default() } }
                pub mod builder {
                    pub struct Post {}
                    impl Post {}
                    pub struct Inner {}
                    pub struct Rep {}
                    impl ::std::convert::TryFrom<Rep> for super::Rep {}
                    impl ::std::convert::From<super::Rep> for Rep {}
                }
            }
        };
        let operations = parse_quote! {
            pub mod builder {
                pub struct Create { body: Result<types::builder::Post, String> }
                pub struct Get { unrelated: types::Rep }
            }
        };
        prune(&mut types, &operations).unwrap();
        let file = parse_quote!(#types);
        insta::assert_snapshot!(prettyplease::unparse(&file));
    }
}
