//! `send()`: from arguments to a request as progenitor writes it, from there
//! on the client's.
//!
//! progenitor's own tail sends the request with no more than three hooks
//! around it and reads the answer into its own error type, which loses the
//! status of a body that does not decode. Here it becomes one call,
//! `client.exec(request, operation)`, and the reading is
//! `crate::response::Answer`'s.

use std::collections::{BTreeMap, BTreeSet};

use heck::ToShoutySnakeCase;
use quote::format_ident;
use syn::{
    Block, Expr, ExprCall, ExprMacro, ExprMethodCall, ExprPath, ExprTry, Fields, Ident, ImplItem,
    ImplItemFn, Item, ItemMod, Local, Pat, ReturnType, Stmt, Token, Type, parse_quote,
    punctuated::Punctuated, visit::Visit, visit_mut::VisitMut,
};

use super::{Unexpected, compact, is, items, last_name, unexpected};
use crate::facts::{Facts, Operation};

pub(super) fn finish(
    builder: &mut ItemMod,
    operations: &BTreeMap<String, String>,
    facts: &Facts,
) -> Result<(), Unexpected> {
    let items = items(builder)?;
    items.retain(|item| !matches!(item, Item::Use(_)));
    // The text fields of the struct whose impl comes next.
    let mut texts = BTreeSet::new();
    for item in items.iter_mut() {
        match item {
            Item::Struct(item) => {
                texts = text_fields(item);
                form_field(
                    item,
                    &facts.operations[&operations[&item.ident.to_string()]],
                );
            }
            Item::Impl(block) if block.trait_.is_none() => {
                // `setters` has found every one of these in `operations`.
                let id = last_name(&block.self_ty)
                    .and_then(|name| operations.get(&name))
                    .ok_or_else(|| unexpected("an `impl` in `builder` serves no operation"))?;
                for item in &mut block.items {
                    if let ImplItem::Fn(function) = item
                        && function.sig.ident == "send"
                    {
                        send(function, id, &facts.operations[id], &texts)
                            .map_err(|what| unexpected(format!("`send` of `{id}`: {what}")))?;
                    }
                }
            }
            _ => {}
        }
    }
    let imports: [Item; 2] = [
        parse_quote!(
            #[allow(unused_imports)]
            use super::{operations, types};
        ),
        parse_quote!(
            #[allow(unused_imports)]
            use crate::{ByteStream, Error, ResponseValue};
        ),
    ];
    items.splice(0..0, imports);
    Ok(())
}

/// The arguments that are text already.
fn text_fields(item: &syn::ItemStruct) -> BTreeSet<Ident> {
    item.fields
        .iter()
        .filter(|field| compact(&field.ty) == "Result<::std::string::String,String>")
        .filter_map(|field| field.ident.clone())
        .collect()
}

/// `&text`, where progenitor writes `&text.to_string()`.
fn borrowed(argument: Expr, texts: &BTreeSet<Ident>) -> Expr {
    if let Expr::Reference(reference) = &argument
        && let Expr::MethodCall(call) = &*reference.expr
        && call.method == "to_string"
        && let Expr::Path(path) = &*call.receiver
        && path
            .path
            .get_ident()
            .is_some_and(|name| texts.contains(name))
    {
        return parse_quote!(&#path);
    }
    argument
}

/// A form stands where progenitor has a body of octets.
fn form_field(item: &mut syn::ItemStruct, operation: &Operation) {
    if !operation.takes_form {
        return;
    }
    if let Fields::Named(fields) = &mut item.fields {
        for field in &mut fields.named {
            if field.ident.as_ref().is_some_and(|ident| ident == "body") {
                field.ty = parse_quote!(Result<::reqwest::multipart::Form, String>);
            }
        }
    }
}

fn send(
    function: &mut ImplItemFn,
    id: &str,
    operation: &Operation,
    texts: &BTreeSet<Ident>,
) -> Result<(), String> {
    let success = success_type(&function.sig.output).ok_or("the return type is not a Result")?;
    function.sig.output = parse_quote!(-> Result<ResponseValue<#success>, Error>);
    function.attrs = super::doc(&format!(
        "Sends the request.\n\n# Errors\n\nAn argument that is missing or not valid, before \
         anything is sent; then whatever [`Error`](crate::Error) tells of: no answer, an answer \
         that is not a success, or one that does not decode.{}",
        if operation.errors.is_empty() {
            String::new()
        } else {
            format!(
                "\nThe documented answers are listed at\n[`Client::{id}`](crate::Client::{id})."
            )
        }
    ));

    let constant = format_ident!("{}", id.to_shouty_snake_case());
    let constant: Expr = parse_quote!(operations::#constant);
    let statements = std::mem::take(&mut function.block.stmts);
    let client = client_binding(&statements).ok_or("no `let Self { client, … } = self`")?;
    let sends_headers = statements
        .iter()
        .any(|statement| appends_header(statement) && !is_api_version(statement));

    let mut rewritten = Vec::new();
    let mut request: Option<Ident> = None;
    for mut statement in statements {
        if is_info(&statement) {
            break;
        }
        if is_header_map(&statement) && !sends_headers || is_api_version(&statement) {
            continue;
        }
        if let Stmt::Local(local) = &mut statement
            && let Some(arguments) = url_arguments(local)?
        {
            if arguments.len() != operation.path_parameters().count() {
                return Err("the path has other arguments than its template".into());
            }
            let arguments = arguments
                .into_iter()
                .map(|argument| borrowed(argument, texts));
            let url: Expr = parse_quote!(#constant.url(&#client, &[#(#arguments),*])?);
            if let Some(init) = &mut local.init {
                *init.expr = url;
            }
            rewritten.push(statement);
            continue;
        }
        let mut rewrite = Rewrite {
            constant: &constant,
            client: &client,
            sends_headers,
            takes_form: operation.takes_form,
            fault: None,
        };
        rewrite.visit_stmt_mut(&mut statement);
        if let Some(fault) = rewrite.fault {
            return Err(fault);
        }
        if let Stmt::Local(local) = &mut statement
            && let Some(name) = built_request(local)
        {
            local.attrs.clear();
            local.pat = parse_quote!(#name);
            request = Some(name);
        }
        rewritten.push(statement);
    }
    let request = request.ok_or("no statement builds the request")?;
    let answer: Expr = if is(&success, "ByteStream") {
        parse_quote!(#client.exec_stream(#request, &#constant).await?)
    } else {
        parse_quote!(#client.exec(#request, &#constant).await?)
    };
    let tail: Expr = if compact(&success) == "()" {
        parse_quote!(#answer.nothing())
    } else if is(&success, "ByteStream") {
        parse_quote!(#answer.stream())
    } else if operation.may_answer_nothing {
        parse_quote!(#answer.json_or_nothing())
    } else {
        parse_quote!(#answer.json())
    };
    rewritten.push(Stmt::Expr(tail, None));
    function.block = Block {
        brace_token: function.block.brace_token,
        stmts: rewritten,
    };
    Ok(())
}

/// `T` of `Result<ResponseValue<T>, …>`.
fn success_type(output: &ReturnType) -> Option<Type> {
    let ReturnType::Type(_, result) = output else {
        return None;
    };
    first_argument(&first_argument(result)?)
}

fn first_argument(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
    match &path.path.segments.last()?.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            syn::GenericArgument::Type(ty) => Some(ty.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// What the client is called: progenitor gives it another name when an
/// argument is called `client`.
fn client_binding(statements: &[Stmt]) -> Option<Ident> {
    let Some(Stmt::Local(Local {
        pat: Pat::Struct(pattern),
        ..
    })) = statements.first()
    else {
        return None;
    };
    match pattern.fields.first()?.pat.as_ref() {
        Pat::Ident(pattern) => Some(pattern.ident.clone()),
        _ => None,
    }
}

/// The arguments that become segments of the path, when a statement is the one
/// that writes the URL: `let url = format!("{}/a/{}", …, encode_path(&b))`.
fn url_arguments(local: &Local) -> Result<Option<Vec<Expr>>, String> {
    let Some(init) = &local.init else {
        return Ok(None);
    };
    let Expr::Macro(ExprMacro { mac, .. }) = &*init.expr else {
        return Ok(None);
    };
    if !mac.path.is_ident("format") {
        return Ok(None);
    }
    let arguments = mac
        .parse_body_with(Punctuated::<Expr, Token![,]>::parse_terminated)
        .map_err(|error| format!("a `format!` does not parse: {error}"))?;
    Ok(Some(
        arguments
            .into_iter()
            .filter_map(|argument| match argument {
                Expr::Call(ExprCall { func, args, .. }) if compact(&func) == "encode_path" => {
                    args.into_iter().next()
                }
                _ => None,
            })
            .collect(),
    ))
}

fn is_header_map(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Local(Local { pat: Pat::Ident(pattern), .. })
        if pattern.ident == "header_map")
}

fn is_api_version(statement: &Stmt) -> bool {
    appends_header(statement) && compact(statement).contains("\"api-version\"")
}

fn appends_header(statement: &Stmt) -> bool {
    struct Append(bool);
    impl Visit<'_> for Append {
        fn visit_expr_method_call(&mut self, call: &ExprMethodCall) {
            self.0 |= call.method == "append" && compact(&call.receiver) == "header_map";
            syn::visit::visit_expr_method_call(self, call);
        }
    }
    let mut append = Append(false);
    append.visit_stmt(statement);
    append.0
}

/// Whether a statement is `let info = OperationInfo { … }`, which opens the
/// tail.
fn is_info(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Local(Local { init: Some(init), .. })
        if matches!(&*init.expr, Expr::Struct(info) if info.path.is_ident("OperationInfo")))
}

/// The name of the request, when a statement is the one that builds it.
fn built_request(local: &Local) -> Option<Ident> {
    let init = local.init.as_ref()?;
    let Pat::Ident(pattern) = &local.pat else {
        return None;
    };
    compact(&init.expr)
        .contains(".build().map_err(")
        .then(|| pattern.ident.clone())
}

/// Rewrites a statement to the client's terms.
struct Rewrite<'a> {
    constant: &'a Expr,
    client: &'a Ident,
    sends_headers: bool,
    takes_form: bool,
    fault: Option<String>,
}

impl VisitMut for Rewrite<'_> {
    fn visit_expr_mut(&mut self, expression: &mut Expr) {
        syn::visit_mut::visit_expr_mut(self, expression);
        let constant = self.constant;
        match expression {
            // The reason an argument is refused for.
            Expr::Path(ExprPath { path, .. }) if compact(&*path) == "Error::InvalidRequest" => {
                *expression = parse_quote!(|reason| #constant.refuse(reason));
            }
            // A header parameter's value.
            Expr::Try(ExprTry { expr, .. }) if compact(&*expr).ends_with(".try_into()") => {
                let value = expr.clone();
                *expression = parse_quote!(#value.map_err(
                    |reason: ::reqwest::header::InvalidHeaderValue| #constant.refuse(reason)
                )?);
            }
            Expr::Try(ExprTry { expr, .. }) if compact(&*expr).ends_with(".build()") => {
                let request = expr.clone();
                *expression = parse_quote!(#request.map_err(|error| #constant.unbuildable(error))?);
            }
            Expr::Field(field) if matches!(&*field.base, Expr::Path(base) if base.path.is_ident(self.client)) =>
            {
                let client = self.client;
                *expression = match compact(&field.member).as_str() {
                    "client" => parse_quote!(#client.http()),
                    other => {
                        self.fault = Some(format!("the client has no `{other}`"));
                        return;
                    }
                };
            }
            Expr::MethodCall(call) if call.method == "headers" && !self.sends_headers => {
                *expression = (*call.receiver).clone();
            }
            Expr::MethodCall(call) if call.method == "body" && self.takes_form => {
                // Before `.body(body)` stands the header that names octets.
                if let Expr::MethodCall(header) = &*call.receiver
                    && header.method == "header"
                {
                    let before = header.receiver.clone();
                    *expression = parse_quote!(#before.multipart(body));
                }
            }
            _ => {}
        }
    }
}
