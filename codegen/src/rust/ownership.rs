//! The operations' builders own their client.
//!
//! progenitor's borrow it, so that a call could not be handed to
//! `tokio::spawn` or outlive the place it was made in. A client is an `Arc`
//! to clone, so they take a clone.

use syn::{
    Expr, FieldValue, Fields, Generics, ImplItem, Item, ItemImpl, ItemMod, PathArguments,
    ReturnType, Type, parse_quote, visit_mut::VisitMut,
};

use super::{Unexpected, is, items};

pub(super) fn finish(methods: &mut ItemImpl, builder: &mut ItemMod) -> Result<(), Unexpected> {
    for item in &mut methods.items {
        if let ImplItem::Fn(method) = item
            && let ReturnType::Type(_, builder) = &mut method.sig.output
        {
            drop_lifetime(builder);
        }
    }
    for item in items(builder)? {
        match item {
            Item::Struct(item) => {
                item.generics = Generics::default();
                if let Fields::Named(fields) = &mut item.fields {
                    for field in &mut fields.named {
                        if matches!(&field.ty, Type::Reference(to) if is(&to.elem, "Client")) {
                            field.ty = parse_quote!(super::Client);
                        }
                    }
                }
            }
            Item::Impl(block) => {
                block.generics = Generics::default();
                drop_lifetime(&mut block.self_ty);
                for item in &mut block.items {
                    if let ImplItem::Fn(function) = item
                        && function.sig.ident == "new"
                    {
                        function.sig.inputs = parse_quote!(client: &super::Client);
                        CloneClient.visit_block_mut(&mut function.block);
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

fn drop_lifetime(ty: &mut Type) {
    if let Type::Path(path) = ty
        && let Some(last) = path.path.segments.last_mut()
    {
        last.arguments = PathArguments::None;
    }
}

/// `client: client` becomes `client: client.clone()`; of a builder's fields,
/// only the client is set to a name.
struct CloneClient;

impl VisitMut for CloneClient {
    fn visit_field_value_mut(&mut self, field: &mut FieldValue) {
        if matches!(field.expr, Expr::Path(_)) {
            field.expr = parse_quote!(client.clone());
            field.colon_token = Some(Default::default());
        }
    }
}
