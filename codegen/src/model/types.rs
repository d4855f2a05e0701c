//! The types: what the schemas of a document become in Rust.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// The type of timestamps.
pub(crate) const UNIX_MILLIS: &str = "crate::UnixMillis";

/// A type of the generated module `types`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TypeDefinition {
    /// The documentation; empty if the document has none.
    pub docs: String,
    /// What the type is made of.
    pub shape: Shape,
    /// Whether requests contain it, so that an object has a builder.
    pub in_request: bool,
    /// Whether responses contain it, so that an object keeps unknown properties.
    pub in_response: bool,
    /// Whether it is the type of an argument of an operation, such as the body.
    pub is_argument: bool,
    /// The published schemas that became this type, by name. Empty for a type
    /// made of a schema that has no name.
    pub schemas: Vec<String>,
}

/// What a type is made of.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// An object.
    Struct(Vec<Field>),
    /// A string of known values, open for others.
    Enum {
        /// The known values.
        variants: Vec<Variant>,
        /// The name of the variant for every other value.
        unknown: String,
    },
    /// One of several types, open for others.
    Union {
        /// The types, in the order in which they are attempted.
        alternatives: Vec<Alternative>,
        /// The name of the variant for every other value.
        unknown: String,
    },
    /// Another type under a name.
    Wrapper(Type),
}

/// A field of a struct: a property of an object.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Field {
    /// The field's name, and the builder's method.
    pub name: String,
    /// The property's name.
    pub wire: String,
    /// The documentation; empty if the document has none.
    pub docs: String,
    /// The field's type.
    pub ty: Type,
    /// Whether the property is always present.
    pub required: bool,
    /// Whether the value is a secret, which no `Debug` shows.
    pub secret: bool,
}

/// A known value of an enum.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Variant {
    /// The variant's name.
    pub name: String,
    /// The value.
    pub wire: String,
}

/// One of the types of a union.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Alternative {
    /// The variant's name.
    pub name: String,
    /// The variant's type.
    pub ty: Type,
}

/// A Rust type. Displayed without its modules, as documentation shows it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Type {
    /// One of the generated types.
    Generated(String),
    /// A type from elsewhere, by the path that the generated code uses.
    Foreign(String),
    /// An `Option`.
    Option(Box<Type>),
    /// A `Vec`.
    Vec(Box<Type>),
    /// A `BTreeMap` with `String` keys.
    Map(Box<Type>),
    /// A `Box`, where a type would contain itself.
    Box(Box<Type>),
}

impl TypeDefinition {
    /// A definition of which nothing but documentation and shape is known.
    pub(crate) fn new(docs: String, shape: Shape) -> Self {
        Self {
            docs,
            shape,
            in_request: false,
            in_response: false,
            is_argument: false,
            schemas: Vec::new(),
        }
    }

    /// The fields of a struct; empty for every other shape.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        match &self.shape {
            Shape::Struct(fields) => fields,
            _ => &[],
        }
    }

    pub(crate) fn fields_mut(&mut self) -> &mut [Field] {
        match &mut self.shape {
            Shape::Struct(fields) => fields,
            _ => &mut [],
        }
    }

    /// The field of a property.
    pub(crate) fn field(&self, wire: &str) -> Option<&Field> {
        self.fields().iter().find(|field| field.wire == wire)
    }

    /// The name of the field that keeps unknown properties, which no property
    /// has; `None` for types that only requests contain.
    #[must_use]
    pub fn extra(&self) -> Option<String> {
        let mut name = String::from("extra");
        while self.fields().iter().any(|field| field.name == name) {
            name.push('_');
        }
        (self.in_response && matches!(self.shape, Shape::Struct(_))).then_some(name)
    }

    /// Calls `found` with each generated type that this one names.
    pub(crate) fn references<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match &self.shape {
            Shape::Struct(fields) => fields.iter().for_each(|field| field.ty.references(found)),
            Shape::Union { alternatives, .. } => alternatives
                .iter()
                .for_each(|alternative| alternative.ty.references(found)),
            Shape::Wrapper(ty) => ty.references(found),
            Shape::Enum { .. } => {}
        }
    }
}

impl Shape {
    /// An enum of these values.
    pub(crate) fn of_values(variants: Vec<Variant>) -> Self {
        let unknown = unknown(variants.iter().map(|variant| variant.name.as_str()));
        Self::Enum { variants, unknown }
    }

    /// A union of these types.
    pub(crate) fn of_types(alternatives: Vec<Alternative>) -> Self {
        let unknown = unknown(alternatives.iter().map(|one| one.name.as_str()));
        Self::Union {
            alternatives,
            unknown,
        }
    }
}

/// The name of the variant for unknown values, which no known one may have.
fn unknown<'a>(known: impl Iterator<Item = &'a str> + Clone) -> String {
    let mut name = String::from("Unknown");
    while known.clone().any(|other| other == name) {
        name.push('_');
    }
    name
}

impl Type {
    /// `String`.
    pub(crate) fn string() -> Self {
        Self::Foreign("::std::string::String".into())
    }

    /// `i64`.
    pub(crate) fn integer() -> Self {
        Self::Foreign("i64".into())
    }

    /// Whether it is a string, or a type of the crate for strings, which has
    /// `as_str()`.
    pub(crate) fn is_text(&self) -> bool {
        let own = |name: &str| name.starts_with("crate::") && name != UNIX_MILLIS;
        *self == Self::string() || matches!(self, Self::Foreign(name) if own(name))
    }

    /// The client's type for timestamps.
    pub(crate) fn unix_millis() -> Self {
        Self::Foreign(UNIX_MILLIS.into())
    }

    /// The generated type that it is, optional or in a box.
    pub(crate) fn generated(&self) -> Option<&str> {
        match self {
            Self::Generated(name) => Some(name),
            Self::Option(inner) | Self::Box(inner) => inner.generated(),
            _ => None,
        }
    }

    /// The type's text, inside the crate; `types` is the path of the module
    /// `types`, such as `super::`.
    #[must_use]
    pub fn text(&self, types: &str) -> String {
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

    /// The type's text in a crate that uses `krate`, such as
    /// `::launchdarkly_api`.
    #[must_use]
    pub fn text_outside(&self, krate: &str) -> String {
        self.text(&format!("{krate}::types::"))
            .replace("crate::", &format!("{krate}::"))
    }

    /// The type without the `Option` around it.
    #[must_use]
    pub fn bare(&self) -> &Self {
        match self {
            Self::Option(inner) => inner,
            other => other,
        }
    }

    /// Whether it is an `Option`.
    #[must_use]
    pub fn is_option(&self) -> bool {
        matches!(self, Self::Option(_))
    }

    /// Whether it is or contains JSON without a schema.
    pub(crate) fn is_untyped(&self) -> bool {
        match self {
            Self::Generated(_) => false,
            Self::Foreign(text) => text.contains("serde_json::"),
            Self::Option(inner) | Self::Vec(inner) | Self::Map(inner) | Self::Box(inner) => {
                inner.is_untyped()
            }
        }
    }

    fn is_collection(&self) -> bool {
        matches!(self, Self::Vec(_) | Self::Map(_))
            || matches!(self, Self::Foreign(text) if text.starts_with("::serde_json::Map<"))
    }

    /// Calls `found` with each generated type that this one names.
    pub(crate) fn references<'a>(&'a self, found: &mut dyn FnMut(&'a str)) {
        match self {
            Self::Generated(name) => found(name),
            Self::Foreign(_) => {}
            Self::Option(inner) | Self::Vec(inner) | Self::Map(inner) | Self::Box(inner) => {
                inner.references(found);
            }
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = [
            "::std::option::",
            "::std::vec::",
            "::std::string::",
            "::std::collections::",
            "::std::boxed::",
            "::serde_json::",
            "crate::",
        ]
        .iter()
        .fold(self.text(""), |text, path| text.replace(path, ""));
        f.write_str(&text)
    }
}

/// A property whose value contains its own type, required all the way, could
/// have no value: it becomes optional.
pub(crate) fn break_cycles(types: &mut BTreeMap<String, TypeDefinition>) {
    loop {
        let cycle = types.iter().find_map(|(name, definition)| {
            let fields = definition.fields().iter();
            let index = fields
                .map(|field| &field.ty)
                .position(|ty| needs(types, ty, name, &mut BTreeSet::new()))?;
            Some((name.clone(), index))
        });
        let Some((name, index)) = cycle else { return };
        if let Some(definition) = types.get_mut(&name) {
            let field = &mut definition.fields_mut()[index];
            field.required = false;
            field.ty = Type::Option(Box::new(field.ty.clone()));
        }
    }
}

/// Whether a value of a type cannot exist without one of another.
fn needs(
    types: &BTreeMap<String, TypeDefinition>,
    ty: &Type,
    wanted: &str,
    seen: &mut BTreeSet<String>,
) -> bool {
    match ty {
        Type::Box(inner) => needs(types, inner, wanted, seen),
        Type::Generated(name) if name == wanted => true,
        Type::Generated(name) if seen.insert(name.clone()) => {
            match types.get(name).map(|definition| &definition.shape) {
                Some(Shape::Struct(fields)) => fields
                    .iter()
                    .any(|field| needs(types, &field.ty, wanted, seen)),
                Some(Shape::Wrapper(inner)) => needs(types, inner, wanted, seen),
                _ => false,
            }
        }
        _ => false,
    }
}

/// Marks the types that requests contain, beginning with those of arguments.
/// In a request an empty collection is not the same as an absent one, so that
/// an optional one becomes an `Option`, also in the types named in `sent`, which
/// requests of other areas contain.
pub(crate) fn mark_requests<'a>(
    types: &mut BTreeMap<String, TypeDefinition>,
    arguments: impl Iterator<Item = &'a Type>,
    sent: &BTreeSet<String>,
) {
    let arguments: Vec<&Type> = arguments.collect();
    for ty in &arguments {
        if let Type::Generated(name) = ty
            && let Some(definition) = types.get_mut(name)
        {
            definition.is_argument = true;
        }
    }
    let contained = contained(types, named(arguments.into_iter()));
    for name in &contained {
        if let Some(definition) = types.get_mut(name) {
            definition.in_request = true;
        }
    }
    let sent = sent.iter().cloned().chain(contained).collect();
    for name in self::contained(types, sent) {
        for field in types
            .get_mut(&name)
            .into_iter()
            .flat_map(TypeDefinition::fields_mut)
        {
            if !field.required && field.ty.is_collection() {
                field.ty = Type::Option(Box::new(field.ty.clone()));
            }
        }
    }
}

/// Marks the types that responses contain, also those named in `received`, which
/// responses of other areas contain.
pub(crate) fn mark_responses<'a>(
    types: &mut BTreeMap<String, TypeDefinition>,
    responses: impl Iterator<Item = &'a Type>,
    received: &BTreeSet<String>,
) {
    let open = received.iter().cloned().chain(named(responses)).collect();
    for name in contained(types, open) {
        if let Some(definition) = types.get_mut(&name) {
            definition.in_response = true;
        }
    }
}

/// The names of the generated types that these name.
pub(crate) fn named<'a>(types: impl Iterator<Item = &'a Type>) -> Vec<String> {
    let mut names = Vec::new();
    types.for_each(|ty| ty.references(&mut |name| names.push(name.to_owned())));
    names
}

/// These types, and those in them.
pub(crate) fn contained(
    types: &BTreeMap<String, TypeDefinition>,
    mut open: Vec<String>,
) -> BTreeSet<String> {
    let mut contained = BTreeSet::new();
    while let Some(name) = open.pop() {
        if let Some(definition) = types.get(&name)
            && contained.insert(name)
        {
            definition.references(&mut |name| open.push(name.to_owned()));
        }
    }
    contained
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_and_the_crates_types_for_strings_are_text() {
        for (ty, expected) in [
            (Type::string(), true),
            (Type::Foreign("crate::Id".into()), true),
            (Type::unix_millis(), false),
            (Type::integer(), false),
            (Type::Generated("Kind".into()), false),
        ] {
            assert_eq!(ty.is_text(), expected, "{ty:?}");
        }
    }
}
