//! Reads what progenitor wrote: the types and the operations.
//!
//! progenitor (by way of typify) decides the names and the Rust type of each
//! schema; this module reads its decisions. It ignores the code around them,
//! the impls and the bodies of methods.

use std::collections::{BTreeMap, BTreeSet};

use syn::{
    Attribute, Expr, Fields, File, FnArg, GenericArgument, ImplItem, Item, ItemEnum, ItemImpl,
    ItemStruct, Lit, Meta, Pat, PathArguments, ReturnType, Type, punctuated::Punctuated,
};

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

/// Why progenitor's output could not be read: it has an unexpected form. Only a
/// new version of progenitor should cause it.
pub(crate) type Unexpected = String;

pub(crate) fn unexpected(what: impl std::fmt::Display) -> Unexpected {
    format!("the code generator's output has an unexpected form: {what}")
}

/// Tokens as text without the spaces they are printed with.
fn compact(tokens: impl ToTokens) -> String {
    quote!(#tokens).to_string().replace(' ', "")
}

/// What progenitor wrote.
pub(crate) fn model(tokens: TokenStream) -> Result<Model, Unexpected> {
    let file: File =
        syn::parse2(tokens).map_err(|error| unexpected(format!("it does not parse: {error}")))?;
    Model::read(&file)
}

/// Everything that is generated from.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) types: BTreeMap<String, Definition>,
    /// By operation id.
    pub(crate) operations: BTreeMap<String, Signature>,
}

/// A type and its documentation.
#[derive(Debug, PartialEq)]
pub(crate) struct Definition {
    pub(crate) docs: String,
    pub(crate) shape: Shape,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Shape {
    /// An object.
    Struct(Vec<Property>),
    /// A string of known values.
    Enum(Vec<Variant>),
    /// One of several types, told apart by what is there.
    Union(Vec<(String, Ty)>),
    /// Another type under a name.
    Wrapper(Ty),
}

/// A property of an object.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Property {
    /// The field's name.
    pub(crate) ident: String,
    /// The property's name.
    pub(crate) wire: String,
    pub(crate) docs: String,
    pub(crate) ty: Ty,
    pub(crate) required: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Variant {
    pub(crate) ident: String,
    pub(crate) wire: String,
}

/// A Rust type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ty {
    /// One of the generated types.
    Generated(String),
    /// A type from elsewhere, as it is written everywhere.
    Foreign(String),
    Option(Box<Ty>),
    Vec(Box<Ty>),
    /// By property name.
    Map(Box<Ty>),
    /// Where a type would hold itself.
    Box(Box<Ty>),
}

/// The arguments and the answer of an operation.
#[derive(Debug, PartialEq)]
pub(crate) struct Signature {
    pub(crate) arguments: Vec<Argument>,
    pub(crate) answer: Answer,
}

#[derive(Debug, PartialEq)]
pub(crate) struct Argument {
    pub(crate) ident: String,
    pub(crate) ty: Ty,
    pub(crate) required: bool,
}

#[derive(Debug, PartialEq)]
pub(crate) enum Answer {
    Nothing,
    /// A body that is not JSON.
    Stream,
    Json(Ty),
}

impl Ty {
    /// The type's text; `types` is where the generated ones are from there,
    /// such as `super::`.
    pub(crate) fn text(&self, types: &str) -> String {
        match self {
            Self::Generated(name) => format!("{types}{name}"),
            Self::Foreign(text) => text.clone(),
            Self::Option(inner) => format!("::std::option::Option<{}>", inner.text(types)),
            Self::Vec(inner) => format!("::std::vec::Vec<{}>", inner.text(types)),
            Self::Map(inner) => format!(
                "::std::collections::BTreeMap<::std::string::String, {}>",
                inner.text(types)
            ),
            Self::Box(inner) => format!("::std::boxed::Box<{}>", inner.text(types)),
        }
    }

    /// The type without the `Option` around it.
    pub(crate) fn bare(&self) -> &Self {
        match self {
            Self::Option(inner) => inner,
            other => other,
        }
    }

    /// Whether it is or holds JSON without a schema.
    pub(crate) fn is_untyped(&self) -> bool {
        match self {
            Self::Generated(_) => false,
            Self::Foreign(text) => text.contains("serde_json::") || text.contains("json_patch::"),
            Self::Option(inner) | Self::Vec(inner) | Self::Map(inner) | Self::Box(inner) => {
                inner.is_untyped()
            }
        }
    }

    fn holds_text(&self) -> bool {
        match self {
            Self::Generated(_) => false,
            Self::Foreign(text) => text.contains("String") || text.contains("Value"),
            Self::Option(inner) | Self::Vec(inner) | Self::Map(inner) | Self::Box(inner) => {
                inner.holds_text()
            }
        }
    }

    pub(crate) fn is_collection(&self) -> bool {
        matches!(self, Self::Vec(_) | Self::Map(_))
            || matches!(self, Self::Foreign(text) if text.starts_with("::serde_json::Map<"))
    }

    /// The generated types it names.
    fn names(&self, found: &mut dyn FnMut(&str)) {
        match self {
            Self::Generated(name) => found(name),
            Self::Foreign(_) => {}
            Self::Option(inner) | Self::Vec(inner) | Self::Map(inner) | Self::Box(inner) => {
                inner.names(found);
            }
        }
    }

    fn of(ty: &Type) -> Self {
        let Type::Path(path) = ty else {
            return match ty {
                Type::Reference(reference) if compact(&reference.elem) == "str" => {
                    Self::Foreign("::std::string::String".into())
                }
                Type::Reference(reference) => Self::of(&reference.elem),
                other => Self::Foreign(compact(other)),
            };
        };
        let whole: Vec<String> = path
            .path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        let arguments: Vec<Self> = path
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
                GenericArgument::Type(ty) => Some(Self::of(ty)),
                _ => None,
            })
            .collect();
        let whole: Vec<&str> = whole.iter().map(String::as_str).collect();
        match (whole.as_slice(), arguments.as_slice()) {
            (["std", "option", "Option"] | ["Option"], [inner]) => {
                Self::Option(Box::new(inner.clone()))
            }
            (["std", "vec", "Vec"] | ["Vec"], [inner]) => Self::Vec(Box::new(inner.clone())),
            (["std", "boxed", "Box"], [inner]) => Self::Box(Box::new(inner.clone())),
            (["std", "collections", "BTreeMap"], [_, inner]) => Self::Map(Box::new(inner.clone())),
            (["types", name], []) => Self::Generated((*name).to_owned()),
            ([name], []) if !PRIMITIVES.contains(name) => Self::Generated((*name).to_owned()),
            _ => Self::Foreign(spaced(&compact(ty))),
        }
    }
}

/// The types of Rust's own that typify uses without a path.
const PRIMITIVES: [&str; 13] = [
    "bool", "f32", "f64", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "char", "str",
];

fn spaced(text: &str) -> String {
    text.replace(',', ", ")
}

impl Model {
    /// Reads progenitor's output.
    pub(crate) fn read(file: &File) -> Result<Self, Unexpected> {
        let mut model = Self::default();
        let mut methods: Option<&ItemImpl> = None;
        for item in &file.items {
            match item {
                Item::Mod(module) if module.ident == "types" => {
                    let items = module.content.as_ref().map(|(_, items)| items);
                    for item in items.into_iter().flatten() {
                        model.read_type(item)?;
                    }
                }
                // Of the client's own impls the last holds the operations; the
                // ones before it are its constructors and traits.
                Item::Impl(block)
                    if block.trait_.is_none() && compact(&block.self_ty) == "Client" =>
                {
                    methods = Some(block);
                }
                _ => {}
            }
        }
        let methods = methods.ok_or_else(|| unexpected("it has no `impl Client`"))?;
        for item in &methods.items {
            if let ImplItem::Fn(method) = item {
                let id = method.sig.ident.to_string();
                let signature = Signature::read(&method.sig)
                    .map_err(|reason| unexpected(format!("the method `{id}` {reason}")))?;
                model.operations.insert(unraw(&id), signature);
            }
        }
        model.cut_circles();
        model.let_nothing_differ_from_empty();
        Ok(model)
    }

    fn read_type(&mut self, item: &Item) -> Result<(), Unexpected> {
        let (ident, attributes, shape) = match item {
            Item::Struct(item) => (&item.ident, &item.attrs, struct_shape(item)?),
            Item::Enum(item) => (&item.ident, &item.attrs, enum_shape(item)?),
            _ => return Ok(()),
        };
        let docs = docs_of(attributes);
        // What typify writes where the document says nothing.
        let docs = if docs == format!("`{ident}`") {
            String::new()
        } else {
            docs
        };
        self.types
            .insert(ident.to_string(), Definition { docs, shape });
        Ok(())
    }

    /// The properties of all types: type, property, and whether it can hold
    /// text.
    pub(crate) fn properties(&self) -> impl Iterator<Item = (String, String, bool)> {
        self.types.iter().flat_map(|(name, definition)| {
            let properties = match &definition.shape {
                Shape::Struct(properties) => properties.as_slice(),
                _ => &[],
            };
            properties.iter().map(|property| {
                (
                    name.clone(),
                    property.wire.clone(),
                    property.ty.holds_text(),
                )
            })
        })
    }

    /// The types that the bodies of requests are made of.
    pub(crate) fn sent(&self) -> BTreeSet<String> {
        let mut sent = BTreeSet::new();
        let mut open: Vec<String> = Vec::new();
        for argument in self.operations.values().flat_map(|o| &o.arguments) {
            argument.ty.names(&mut |name| open.push(name.to_owned()));
        }
        while let Some(name) = open.pop() {
            if let Some(definition) = self.types.get(&name)
                && sent.insert(name)
            {
                definition.names(&mut |name| open.push(name.to_owned()));
            }
        }
        sent
    }

    /// In what is sent, an empty list is not the same as none.
    fn let_nothing_differ_from_empty(&mut self) {
        for name in self.sent() {
            if let Some(Definition {
                shape: Shape::Struct(properties),
                ..
            }) = self.types.get_mut(&name)
            {
                for property in properties.iter_mut() {
                    if !property.required && property.ty.is_collection() {
                        property.ty = Ty::Option(Box::new(property.ty.clone()));
                    }
                }
            }
        }
    }

    /// A property that holds its own type, required all the way, could have no
    /// value: it becomes optional.
    fn cut_circles(&mut self) {
        loop {
            let mut circle: Option<(String, usize)> = None;
            'search: for (name, definition) in &self.types {
                let Shape::Struct(properties) = &definition.shape else {
                    continue;
                };
                for (index, property) in properties.iter().enumerate() {
                    if self.needs(&property.ty, name, &mut BTreeSet::new()) {
                        circle = Some((name.clone(), index));
                        break 'search;
                    }
                }
            }
            let Some((name, index)) = circle else { return };
            if let Some(Definition {
                shape: Shape::Struct(properties),
                ..
            }) = self.types.get_mut(&name)
            {
                let property = &mut properties[index];
                property.required = false;
                property.ty = Ty::Option(Box::new(property.ty.clone()));
            }
        }
    }

    /// Whether a value of a type cannot be without one of another.
    fn needs(&self, ty: &Ty, wanted: &str, seen: &mut BTreeSet<String>) -> bool {
        match ty {
            Ty::Box(inner) => self.needs(inner, wanted, seen),
            Ty::Generated(name) if name == wanted => true,
            Ty::Generated(name) if seen.insert(name.clone()) => {
                match self.types.get(name).map(|definition| &definition.shape) {
                    Some(Shape::Struct(properties)) => properties
                        .iter()
                        .any(|property| self.needs(&property.ty, wanted, seen)),
                    Some(Shape::Wrapper(inner)) => self.needs(inner, wanted, seen),
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

impl Definition {
    fn names(&self, found: &mut dyn FnMut(&str)) {
        match &self.shape {
            Shape::Struct(properties) => properties.iter().for_each(|p| p.ty.names(found)),
            Shape::Union(variants) => variants.iter().for_each(|(_, ty)| ty.names(found)),
            Shape::Wrapper(ty) => ty.names(found),
            Shape::Enum(_) => {}
        }
    }
}

fn struct_shape(item: &ItemStruct) -> Result<Shape, Unexpected> {
    match &item.fields {
        Fields::Named(fields) => fields
            .named
            .iter()
            .map(|field| {
                let ident = field.ident.as_ref().map(ToString::to_string);
                let ident = ident.unwrap_or_default();
                let serde = Serde::of(&field.attrs)?;
                let ty = Ty::of(&field.ty);
                Ok(Property {
                    wire: serde.rename.unwrap_or_else(|| unraw(&ident)),
                    docs: docs_of(&field.attrs),
                    required: !serde.has_default && !serde.may_be_skipped,
                    ty,
                    ident,
                })
            })
            .collect::<Result<Vec<_>, Unexpected>>()
            .map(|mut properties| {
                distinct(properties.iter_mut().map(|property| &mut property.ident));
                Shape::Struct(properties)
            }),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            Ok(Shape::Wrapper(Ty::of(&fields.unnamed[0].ty)))
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
                let ident = variant.ident.to_string();
                let wire = Serde::of(&variant.attrs)?.rename;
                Ok(Variant {
                    wire: wire.unwrap_or_else(|| ident.clone()),
                    ident,
                })
            })
            .collect::<Result<_, _>>()
            .map(Shape::Enum);
    }
    item.variants
        .iter()
        .map(|variant| match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                Ok((variant.ident.to_string(), Ty::of(&fields.unnamed[0].ty)))
            }
            _ => Err(unexpected(format!(
                "the variant `{}` of `{}` is no single type",
                variant.ident, item.ident
            ))),
        })
        .collect::<Result<_, _>>()
        .map(Shape::Union)
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

impl Signature {
    fn read(signature: &syn::Signature) -> Result<Self, String> {
        let mut arguments = Vec::new();
        for input in &signature.inputs {
            let FnArg::Typed(input) = input else { continue };
            let Pat::Ident(pattern) = &*input.pat else {
                return Err("has an argument without a name".into());
            };
            let (required, ty) = match Ty::of(&input.ty) {
                Ty::Option(inner) => (false, *inner),
                other => (true, other),
            };
            // A body of octets is generic.
            let ty = match ty {
                Ty::Generated(name) if name == "B" => Ty::Foreign("::reqwest::Body".into()),
                other => other,
            };
            arguments.push(Argument {
                ident: pattern.ident.to_string(),
                ty,
                required,
            });
        }
        let ReturnType::Type(_, result) = &signature.output else {
            return Err("returns nothing".into());
        };
        let answer = first_argument(result)
            .and_then(|value| first_argument(&value))
            .ok_or("returns no `Result<ResponseValue<_>, _>`")?;
        let answer = match compact(&answer).as_str() {
            "()" => Answer::Nothing,
            "ByteStream" => Answer::Stream,
            _ => Answer::Json(Ty::of(&answer)),
        };
        Ok(Self { arguments, answer })
    }
}

fn first_argument(ty: &Type) -> Option<Type> {
    let Type::Path(path) = ty else { return None };
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
}

impl Serde {
    fn of(attributes: &[Attribute]) -> Result<Self, Unexpected> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("serde")) {
            let settings = attribute
                .parse_args_with(Punctuated::<Meta, syn::Token![,]>::parse_terminated)
                .map_err(|error| unexpected(format!("an attribute does not parse: {error}")))?;
            for setting in settings {
                if setting.path().is_ident("default") {
                    found.has_default = true;
                } else if setting.path().is_ident("skip_serializing_if") {
                    found.may_be_skipped = true;
                } else if setting.path().is_ident("rename")
                    && let Meta::NameValue(pair) = &setting
                    && let Some(text) = literal(&pair.value)
                {
                    found.rename = Some(text);
                } else if setting.path().is_ident("flatten") {
                    return Err(unexpected("it has a flattened property"));
                }
            }
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
pub(crate) fn unraw(ident: &str) -> String {
    ident.trim_start_matches("r#").to_owned()
}
