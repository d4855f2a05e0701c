//! Struct builders only for what is sent.
//!
//! progenitor writes a builder for every type; on LaunchDarkly's whole API
//! they are nearly half of the code, and nobody builds a response. The ones a
//! request body reaches stay.

use std::collections::{BTreeMap, BTreeSet};

use syn::{Attribute, ImplItem, Item, ItemEnum, ItemMod, ItemStruct, Path, visit::Visit};

use super::{Unexpected, compact, doc, items, last_name, unexpected};

pub(super) fn prune(types: &mut ItemMod, operations: &ItemMod) -> Result<(), Unexpected> {
    let types = items(types)?;
    let kept = reached(roots(operations), &graph(types));
    let documented = documentation(types);

    types.retain_mut(|item| match item {
        Item::Impl(block) if block.trait_.is_none() => {
            if !last_name(&block.self_ty).is_some_and(|name| kept.contains(&name)) {
                block
                    .items
                    .retain(|item| !matches!(item, ImplItem::Fn(f) if f.sig.ident == "builder"));
            }
            for item in &mut block.items {
                if let ImplItem::Fn(function) = item
                    && function.sig.ident == "builder"
                {
                    function.attrs = doc("A builder, which `try_into()` makes a value of.");
                }
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
    for item in items(builder)? {
        describe(item, &documented);
    }
    types.retain(|item| match item {
        Item::Mod(module) if module.ident == "builder" => module
            .content
            .as_ref()
            .is_some_and(|(_, items)| !items.is_empty()),
        _ => true,
    });
    Ok(())
}

/// What the document says of the types' properties, by type and property.
fn documentation(types: &[Item]) -> BTreeMap<(String, String), Vec<Attribute>> {
    let mut documented = BTreeMap::new();
    for item in types {
        let Item::Struct(ItemStruct { ident, fields, .. }) = item else {
            continue;
        };
        for field in fields {
            let docs = field
                .attrs
                .iter()
                .filter(|attribute| attribute.path().is_ident("doc"));
            if let Some(name) = &field.ident {
                documented.insert(
                    (ident.to_string(), name.to_string()),
                    docs.cloned().collect(),
                );
            }
        }
    }
    documented
}

/// Gives a builder's parts the words of what they set.
fn describe(item: &mut Item, documented: &BTreeMap<(String, String), Vec<Attribute>>) {
    match item {
        Item::Struct(item) => {
            let name = &item.ident;
            item.attrs
                .extend(doc(&format!("Builds a [`{name}`](super::{name}).")));
        }
        Item::Impl(block) if block.trait_.is_none() => {
            let name = last_name(&block.self_ty).unwrap_or_default();
            for item in &mut block.items {
                if let ImplItem::Fn(setter) = item {
                    let property = (name.clone(), setter.sig.ident.to_string());
                    if let Some(docs) = documented.get(&property) {
                        setter.attrs.splice(0..0, docs.iter().cloned());
                    }
                }
            }
        }
        _ => {}
    }
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
