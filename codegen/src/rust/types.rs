//! The types: what the server leaves out or sends as null must not cost the
//! rest of the answer.
//!
//! typify reads an optional array or map into a collection and accepts that it
//! is missing, but not that it is null, which LaunchDarkly's documentation
//! allows for nearly every one. Here both mean empty, required or not.

use syn::{Field, Item, ItemMod, parse_quote};

use super::{Unexpected, compact, items, last_name};

/// The collections typify makes of arrays and maps.
const COLLECTIONS: [&str; 4] = ["Vec", "BTreeMap", "HashMap", "Map"];

pub(super) fn finish(types: &mut ItemMod) -> Result<(), Unexpected> {
    for item in items(types)? {
        if let Item::Struct(item) = item {
            item.fields.iter_mut().for_each(empty_when_null);
        }
    }
    Ok(())
}

fn empty_when_null(field: &mut Field) {
    // The one field of a wrapper is the value itself.
    if field.ident.is_none() || !last_name(&field.ty).is_some_and(|n| COLLECTIONS.contains(&&*n)) {
        return;
    }
    let has_default = field.attrs.iter().any(|attribute| {
        attribute.path().is_ident("serde") && {
            let text = compact(attribute);
            text.contains("(default") || text.contains(",default")
        }
    });
    field.attrs.push(if has_default {
        parse_quote!(#[serde(deserialize_with = "crate::decode::empty_when_null")])
    } else {
        parse_quote!(#[serde(default, deserialize_with = "crate::decode::empty_when_null")])
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn collections_are_empty_when_null_and_other_fields_are_left_alone() {
        let mut module: ItemMod = parse_quote! {
            pub mod types {
                pub struct S {
                    pub required: ::std::vec::Vec<String>,
                    #[serde(rename = "default_", default, skip_serializing_if = "x")]
                    pub optional: ::std::collections::BTreeMap<String, Link>,
                    pub text: ::std::option::Option<String>,
                }
                pub struct Wrapper(pub ::std::vec::Vec<String>);
            }
        };
        finish(&mut module).unwrap();
        let file = parse_quote!(#module);
        insta::assert_snapshot!(prettyplease::unparse(&file));
    }
}
