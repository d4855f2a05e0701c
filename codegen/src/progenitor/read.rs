//! Reads what progenitor wrote: the types and the operations.
//!
//! progenitor (by way of typify) decides the names and the Rust type of each
//! schema; this module reads its decisions. It ignores the code around them,
//! the impls and the bodies of methods. No other module knows the form of that
//! code, or `syn`.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{
    Attribute, Expr, Fields, File, FnArg, GenericArgument, ImplItem, Item, ItemEnum, ItemImpl,
    ItemStruct, Lit, LitStr, Meta, Pat, PathArguments, ReturnType, Token, Type as SynType,
};

use crate::{
    model::{Alternative, Field, Response, Shape, Type, TypeDefinition, Variant},
    overlay::Acronyms,
};

/// Why progenitor's output could not be read: it has an unexpected form. Only a
/// new version of progenitor should cause it.
pub(crate) type Unexpected = String;

fn unexpected(what: impl std::fmt::Display) -> Unexpected {
    format!("the code generator's output has an unexpected form: {what}")
}

/// What progenitor wrote.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Output {
    /// By name.
    pub(crate) types: BTreeMap<String, TypeDefinition>,
    /// By operation id.
    pub(crate) methods: BTreeMap<String, Method>,
}

/// The method of an operation.
#[derive(Debug, PartialEq)]
pub(crate) struct Method {
    /// The parameters in progenitor's order: those of the path as they stand in
    /// it, those of the query and then the headers by name. The body is last.
    pub(crate) arguments: Vec<Argument>,
    pub(crate) response: Response,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Argument {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) required: bool,
}

/// Reads progenitor's output.
pub(crate) fn read(tokens: TokenStream, acronyms: &Acronyms) -> Result<Output, Unexpected> {
    let file: File = syn::parse2(without_code(tokens))
        .map_err(|error| unexpected(format!("it does not parse: {error}")))?;
    let mut output = Output::default();
    let mut methods: Option<&ItemImpl> = None;
    for item in &file.items {
        match item {
            Item::Mod(module) if module.ident == "types" => {
                let items = module.content.as_ref().map(|(_, items)| items);
                for item in items.into_iter().flatten() {
                    if let Some((name, definition)) = type_definition(item, acronyms)? {
                        output.types.insert(name, definition);
                    }
                }
            }
            // Of the client's own impls the last holds the operations; the
            // ones before it are its constructors and traits.
            Item::Impl(block) if block.trait_.is_none() && compact(&block.self_ty) == "Client" => {
                methods = Some(block);
            }
            _ => {}
        }
    }
    let methods = methods.ok_or_else(|| unexpected("it has no `impl Client`"))?;
    for item in &methods.items {
        if let ImplItem::Fn(item) = item {
            let id = item.sig.ident.to_string();
            let method = method(&item.sig, acronyms)
                .map_err(|reason| unexpected(format!("the method `{id}` {reason}")))?;
            output.methods.insert(id, method);
        }
    }
    Ok(output)
}

/// Removes the impls of types and traits, and the attributes and bodies of the
/// client's methods. Nothing reads them, and they would take most of the time to parse.
fn without_code(tokens: TokenStream) -> TokenStream {
    let is = |token: &TokenTree, name: &str| matches!(token, TokenTree::Ident(i) if i == name);
    items(tokens)
        .filter_map(|mut item| {
            let at = item
                .iter()
                .position(|token| is(token, "impl") || is(token, "mod"));
            let inside = match &item[at.unwrap_or(item.len())..] {
                [kind, _, TokenTree::Group(items)] if is(kind, "mod") => {
                    without_code(items.stream())
                }
                [_, ty, TokenTree::Group(items)] if is(ty, "Client") => {
                    only_signatures(items.stream())
                }
                [] => return Some(TokenStream::from_iter(item)),
                _ => return None,
            };
            item.pop();
            item.push(Group::new(Delimiter::Brace, inside).into());
            Some(TokenStream::from_iter(item))
        })
        .collect()
}

fn only_signatures(tokens: TokenStream) -> TokenStream {
    items(tokens)
        .flat_map(|mut item| {
            if let Some(TokenTree::Group(body)) = item.last_mut() {
                *body = Group::new(body.delimiter(), TokenStream::new());
            }
            // An attribute is a mark and a group.
            let is_attribute = |token: &TokenTree| !matches!(token, TokenTree::Ident(_));
            item.into_iter().skip_while(is_attribute)
        })
        .collect()
}

/// The items among the tokens: each ends with a semicolon or a block.
fn items(tokens: TokenStream) -> impl Iterator<Item = Vec<TokenTree>> {
    let mut tokens = tokens.into_iter();
    std::iter::from_fn(move || {
        let mut item = Vec::new();
        for token in tokens.by_ref() {
            let is_last = match &token {
                TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
                TokenTree::Punct(punct) => punct.as_char() == ';',
                _ => false,
            };
            item.push(token);
            if is_last {
                break;
            }
        }
        (!item.is_empty()).then_some(item)
    })
}

fn type_definition(
    item: &Item,
    acronyms: &Acronyms,
) -> Result<Option<(String, TypeDefinition)>, Unexpected> {
    let (ident, attributes, shape) = match item {
        Item::Struct(item) => (&item.ident, &item.attrs, struct_shape(item, acronyms)?),
        Item::Enum(item) => (&item.ident, &item.attrs, enum_shape(item)?),
        _ => return Ok(None),
    };
    let docs = docs_of(attributes);
    // What typify writes where the document says nothing.
    let docs = if docs == format!("`{ident}`") {
        String::new()
    } else {
        docs
    };
    Ok(Some((ident.to_string(), TypeDefinition::new(docs, shape))))
}

/// Tokens as text without the spaces they are printed with.
fn compact(tokens: impl ToTokens) -> String {
    quote!(#tokens).to_string().replace(' ', "")
}

/// The type that a type of progenitor's code is.
fn type_of(ty: &SynType) -> Type {
    let SynType::Path(path) = ty else {
        return match ty {
            SynType::Reference(reference) if compact(&reference.elem) == "str" => Type::string(),
            SynType::Reference(reference) => type_of(&reference.elem),
            other => Type::Foreign(compact(other)),
        };
    };
    let whole: Vec<String> = path
        .path
        .segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect();
    let arguments: Vec<Type> = path
        .path
        .segments
        .last()
        .into_iter()
        .filter_map(|segment| match &segment.arguments {
            PathArguments::AngleBracketed(arguments) => Some(arguments),
            _ => None,
        })
        .flat_map(|arguments| &arguments.args)
        .filter_map(|argument| match argument {
            GenericArgument::Type(ty) => Some(type_of(ty)),
            _ => None,
        })
        .collect();
    let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
    match (whole.as_slice(), arguments.as_slice()) {
        (["std", "option", "Option"] | ["Option"], [inner]) => {
            Type::Option(Box::new(inner.clone()))
        }
        (["std", "vec", "Vec"] | ["Vec"], [inner]) => Type::Vec(Box::new(inner.clone())),
        (["std", "boxed", "Box"], [inner]) => Type::Box(Box::new(inner.clone())),
        (["std", "collections", "BTreeMap"], [_, inner]) => Type::Map(Box::new(inner.clone())),
        (["types", name], []) => Type::Generated((*name).to_owned()),
        ([name], []) if !PRIMITIVES.contains(name) => Type::Generated((*name).to_owned()),
        _ => Type::Foreign(spaced(&compact(ty))),
    }
}

/// The types of Rust's own that typify uses without a path.
const PRIMITIVES: [&str; 13] = [
    "bool", "f32", "f64", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "char", "str",
];

fn spaced(text: &str) -> String {
    text.replace(',', ", ")
}

fn struct_shape(item: &ItemStruct, acronyms: &Acronyms) -> Result<Shape, Unexpected> {
    match &item.fields {
        Fields::Named(fields) => fields
            .named
            .iter()
            .map(|field| {
                let ident = field.ident.as_ref().map(ToString::to_string);
                let ident = ident.unwrap_or_default();
                let serde = Serde::of(&field.attrs)?;
                Ok(Field {
                    wire: serde.rename.unwrap_or_else(|| unraw(&ident)),
                    docs: docs_of(&field.attrs),
                    required: !serde.has_default && !serde.may_be_skipped,
                    ty: type_of(&field.ty),
                    name: acronyms.join(&ident),
                    secret: false,
                })
            })
            .collect::<Result<Vec<_>, Unexpected>>()
            .map(|mut fields| {
                distinct(fields.iter_mut().map(|field| &mut field.name));
                Shape::Struct(fields)
            }),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            Ok(Shape::Wrapper(type_of(&fields.unnamed[0].ty)))
        }
        // An object that has no properties.
        _ => Ok(Shape::Struct(Vec::new())),
    }
}

fn enum_shape(item: &ItemEnum) -> Result<Shape, Unexpected> {
    let is_union = item
        .variants
        .iter()
        .any(|variant| !matches!(variant.fields, Fields::Unit));
    if !is_union {
        return item
            .variants
            .iter()
            .map(|variant| {
                let name = variant.ident.to_string();
                let wire = Serde::of(&variant.attrs)?.rename;
                Ok(Variant {
                    wire: wire.unwrap_or_else(|| name.clone()),
                    name,
                })
            })
            .collect::<Result<_, _>>()
            .map(Shape::of_values);
    }
    // A value of another representation is not the value of one of the types.
    if !Serde::of(&item.attrs)?.is_untagged {
        return Err(unexpected(format!("the enum `{}` is tagged", item.ident)));
    }
    item.variants
        .iter()
        .map(|variant| match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Ok(Alternative {
                name: short(&item.ident.to_string(), &variant.ident.to_string()),
                ty: type_of(&fields.unnamed[0].ty),
            }),
            _ => Err(unexpected(format!(
                "the variant `{}` of `{}` is no single type",
                variant.ident, item.ident
            ))),
        })
        .collect::<Result<Vec<_>, _>>()
        .map(|mut alternatives| {
            distinct(alternatives.iter_mut().map(|one| &mut one.name));
            Shape::of_types(alternatives)
        })
}

/// The name of a variant without the name of its enum, which the type inside it
/// begins with.
fn short(item: &str, variant: &str) -> String {
    let rest = variant.strip_prefix(item).unwrap_or_default();
    let is_word = rest.starts_with(|first: char| first.is_ascii_uppercase());
    if is_word { rest } else { variant }.to_owned()
}

/// Gives names that are there already a number: those of properties such as
/// `fooBar` and `foo_bar`. The first, by the property's name, keeps its own.
fn distinct<'a>(names: impl Iterator<Item = &'a mut String>) {
    let mut seen = BTreeSet::new();
    for name in names {
        let plain = unraw(name);
        let mut number = 2;
        while !seen.insert(unraw(name)) {
            *name = format!("{plain}_{number}");
            number += 1;
        }
    }
}

fn method(signature: &syn::Signature, acronyms: &Acronyms) -> Result<Method, String> {
    let mut arguments = Vec::new();
    for input in &signature.inputs {
        let FnArg::Typed(input) = input else { continue };
        let Pat::Ident(pattern) = &*input.pat else {
            return Err("has an argument without a name".into());
        };
        let (required, ty) = match type_of(&input.ty) {
            Type::Option(inner) => (false, *inner),
            other => (true, other),
        };
        arguments.push(Argument {
            name: acronyms.join(&pattern.ident.to_string()),
            ty,
            required,
        });
    }
    let ReturnType::Type(_, result) = &signature.output else {
        return Err("returns nothing".into());
    };
    let response = first_argument(result)
        .and_then(|value| first_argument(&value))
        .ok_or("returns no `Result<ResponseValue<_>, _>`")?;
    let response = match compact(&response).as_str() {
        "()" => Response::Empty,
        "ByteStream" => Response::Bytes,
        _ => Response::Json(type_of(&response)),
    };
    Ok(Method {
        arguments,
        response,
    })
}

fn first_argument(ty: &SynType) -> Option<SynType> {
    let SynType::Path(path) = ty else { return None };
    match &path.path.segments.last()?.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(ty) => Some(ty.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// What serde's attributes say.
#[derive(Default)]
struct Serde {
    rename: Option<String>,
    has_default: bool,
    may_be_skipped: bool,
    is_untagged: bool,
}

impl Serde {
    fn of(attributes: &[Attribute]) -> Result<Self, Unexpected> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
            let read = attribute.parse_nested_meta(|setting| {
                let value: Option<LitStr> = match setting.input.peek(Token![=]) {
                    true => Some(setting.value()?.parse()?),
                    false => None,
                };
                if setting.path.is_ident("default") {
                    found.has_default = true;
                } else if setting.path.is_ident("skip_serializing_if") {
                    found.may_be_skipped = true;
                } else if setting.path.is_ident("untagged") {
                    found.is_untagged = true;
                } else if setting.path.is_ident("rename") {
                    found.rename = value.map(|text| text.value());
                } else if setting.path.is_ident("flatten") {
                    return Err(setting.error("it has a flattened property"));
                }
                Ok(())
            });
            read.map_err(unexpected)?;
        }
        Ok(found)
    }
}

fn literal(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn docs_of(attributes: &[Attribute]) -> String {
    let lines: Vec<String> = attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("doc"))
        .filter_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) => literal(&pair.value),
            _ => None,
        })
        .collect();
    lines.join("\n").trim().to_owned()
}

/// A name without the mark that lets a keyword be one.
fn unraw(ident: &str) -> String {
    ident.trim_start_matches("r#").to_owned()
}
