//! The setters of the operations' builders: documented, and with errors that
//! say what is wrong and how to mend it.

use std::collections::BTreeMap;

use heck::ToSnakeCase;
use quote::format_ident;
use syn::{
    Expr, ExprClosure, Ident, ImplItem, ImplItemFn, Item, ItemMod, Lit, Signature, WherePredicate,
    parse_quote, visit_mut::VisitMut,
};

use super::{Unexpected, compact, doc, items, last_name, unexpected};
use crate::facts::{Facts, Operation};

pub(super) fn finish(
    builder: &mut ItemMod,
    operations: &BTreeMap<String, String>,
    facts: &Facts,
) -> Result<(), Unexpected> {
    for item in items(builder)? {
        match item {
            Item::Struct(item) => {
                let name = item.ident.to_string();
                let id = operations.get(&name).ok_or_else(|| {
                    unexpected(format!("the builder `{name}` serves no operation"))
                })?;
                let link = format!(" The arguments of [`Client::{id}`](crate::Client::{id}).");
                item.attrs
                    .retain(|attribute| !attribute.path().is_ident("doc"));
                item.attrs.push(parse_quote!(#[doc = #link]));
                item.attrs
                    .push(parse_quote!(#[must_use = "nothing is sent before `send()`"]));
            }
            Item::Impl(block) if block.trait_.is_none() => {
                let id = last_name(&block.self_ty)
                    .and_then(|name| operations.get(&name))
                    .ok_or_else(|| unexpected("an `impl` in `builder` serves no operation"))?;
                let operation = &facts.operations[id];
                for item in &mut block.items {
                    if let ImplItem::Fn(function) = item {
                        match function.sig.ident.to_string().as_str() {
                            "new" => constructor(function, operation),
                            "send" => {}
                            _ => setter(function, operation),
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// The parameter's name on the wire, by the name of its setter.
fn wire_name(setter: &Ident, operation: &Operation) -> Option<String> {
    let setter = setter.to_string();
    operation
        .parameters
        .iter()
        .find(|parameter| parameter.name.to_snake_case() == setter.trim_end_matches('_'))
        .map(|parameter| parameter.name.clone())
}

/// `new` is the client's to call; what it says of a missing argument names the
/// call that is missing.
fn constructor(function: &mut ImplItemFn, operation: &Operation) {
    struct Missing<'a>(&'a Operation);
    impl VisitMut for Missing<'_> {
        fn visit_lit_mut(&mut self, literal: &mut Lit) {
            let Lit::Str(text) = literal else { return };
            if let Some(setter) = text.value().strip_suffix(" was not initialized") {
                let name = wire_name(&format_ident!("{setter}"), self.0)
                    .unwrap_or_else(|| setter.to_owned());
                let message = format!("`{name}` is missing: call `.{setter}(…)` before `.send()`");
                *text = syn::LitStr::new(&message, text.span());
            }
        }
    }
    function.vis = parse_quote!(pub(crate));
    Missing(operation).visit_impl_item_fn_mut(function);
}

fn setter(function: &mut ImplItemFn, operation: &Operation) {
    let setter = function.sig.ident.clone();
    let text = match (setter.to_string().as_str(), operation) {
        ("body", operation) if operation.takes_form => {
            "The request body: a form (`multipart/form-data`). Required.".to_owned()
        }
        ("body", _) => "The request body. Required.".to_owned(),
        ("body_map", _) => "Changes the request body, property by property.".to_owned(),
        (name, _) => operation
            .parameters
            .iter()
            .find(|p| p.name.to_snake_case() == name.trim_end_matches('_'))
            .map_or_else(String::new, |parameter| {
                let required = if parameter.required { " Required." } else { "" };
                let description = match parameter.description.trim_end_matches('.') {
                    "" => String::new(),
                    text => format!("{text}. "),
                };
                let (name, location) = (&parameter.name, &parameter.location);
                format!("{description}The {location} parameter `{name}`.{required}")
            }),
    };
    function.attrs = doc(&text);

    if operation.takes_form && setter == "body" {
        function.sig = parse_quote!(fn body(mut self, value: ::reqwest::multipart::Form) -> Self);
        function.block = parse_quote!({
            self.body = Ok(value);
            self
        });
        return;
    }
    let name = wire_name(&setter, operation).unwrap_or_else(|| setter.to_string());
    let mut reasons = Reasons {
        name,
        changed: false,
    };
    reasons.visit_block_mut(&mut function.block);
    if reasons.changed {
        require_display(&mut function.sig);
    }
}

/// Gives the closures that word a failed conversion the reason for it.
struct Reasons {
    name: String,
    changed: bool,
}

impl VisitMut for Reasons {
    fn visit_expr_method_call_mut(&mut self, call: &mut syn::ExprMethodCall) {
        syn::visit_mut::visit_expr_method_call_mut(self, call);
        if call.method == "map_err"
            && let Some(Expr::Closure(ExprClosure { .. })) = call.args.first()
        {
            let message = format!("`{}` is not valid: {{reason}}", self.name);
            call.args = parse_quote!(|reason| format!(#message));
            self.changed = true;
        }
    }
}

/// Adds the bound that lets a setter word why a conversion failed.
fn require_display(signature: &mut Signature) {
    let Some(syn::GenericParam::Type(parameter)) = signature.generics.params.first() else {
        return;
    };
    let parameter = parameter.ident.clone();
    let clause = signature.generics.make_where_clause();
    let has_it = clause
        .predicates
        .iter()
        .any(|predicate| compact(predicate).contains("Display"));
    let target = clause
        .predicates
        .iter()
        .find_map(|predicate| match predicate {
            WherePredicate::Type(predicate) => predicate.bounds.first().cloned(),
            _ => None,
        });
    if let (false, Some(target)) = (has_it, target) {
        clause
            .predicates
            .push(parse_quote!(<#parameter as #target>::Error: ::std::fmt::Display));
    }
}
