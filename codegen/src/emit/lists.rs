//! Lists: the walk from page to page, for each operation that answers one.

use heck::ToShoutySnakeCase;

use super::{
    model::{Answer, Model, Property, Shape, Signature, Ty},
    operation_builders::{self, Setter},
    source::Source,
};
use crate::facts::{Operation, Paging};

/// The type of timestamps.
const TIME: &str = "crate::UnixMillis";

/// What is known of an operation's list.
struct List<'a> {
    page: &'a str,
    items: &'a Property,
    item: &'a Ty,
    links: Option<&'a Property>,
    token: Option<&'a Property>,
    total: Option<&'a Property>,
    /// The item's property that says when it was made.
    date: Option<&'a Property>,
    /// The item's property that tells it from the others.
    identity: Option<&'a Property>,
}

fn of<'a>(model: &'a Model, signature: &'a Signature) -> Option<List<'a>> {
    let Answer::Json(Ty::Generated(page)) = &signature.answer else {
        return None;
    };
    let named = |name: &str, wire: &str| -> Option<&'a Property> {
        match &model.types.get(name)?.shape {
            Shape::Struct(properties) => properties.iter().find(|p| p.wire == wire),
            _ => None,
        }
    };
    let items = named(page, "items")?;
    let Ty::Vec(item) = items.ty.bare() else {
        return None;
    };
    let integer = Ty::Foreign("i64".into());
    let text = Ty::Foreign("::std::string::String".into());
    let identity = match &**item {
        Ty::Generated(name) => named(name, "_id")
            // Of several versions of a thing each has its key.
            .or_else(|| named(name, "key").filter(|_| named(name, "version").is_none()))
            .filter(|property| *property.ty.bare() == text),
        _ => None,
    };
    let date = match &**item {
        Ty::Generated(name) => named(name, "date").filter(|p| p.ty == Ty::Foreign(TIME.into())),
        _ => None,
    };
    Some(List {
        page,
        items,
        item,
        links: named(page, "_links"),
        token: named(page, "continuationToken").filter(|p| *p.ty.bare() == text),
        total: named(page, "totalCount").filter(|p| *p.ty.bare() == integer),
        date,
        identity,
    })
}

/// The type of the items of the list that an operation answers.
pub(crate) fn item<'a>(model: &'a Model, signature: &'a Signature) -> Option<&'a Ty> {
    of(model, signature).map(|list| list.item)
}

/// A property as an `Option`.
fn optional(property: &Property, value: &str, convert: &str) -> String {
    match &property.ty {
        Ty::Option(_) => format!("{value}.{}{convert}", property.ident),
        _ => format!("Some({value}.{}{convert})", property.ident),
    }
}

pub(super) fn write(
    source: &mut Source,
    model: &Model,
    id: &str,
    operation: &Operation,
    signature: &Signature,
    setters: &[Setter<'_>],
) {
    let Some(paging) = operation.paging else {
        return;
    };
    let Some(list) = of(model, signature) else {
        return;
    };
    let name = operation_builders::name(id);
    let (page, item) = (list.page, list.item.text("types::"));
    let argument = |wire: &str, ty: &str| {
        signature
            .arguments
            .iter()
            .find(|argument| argument.ident == wire && argument.ty == Ty::Foreign(ty.into()))
    };

    source.line(format!("impl {name} {{"));
    source.docs(
        "The pages of the list, beginning with the one that the arguments ask for. Nothing is \
         sent before the stream is polled.",
    );
    source.line(format!(
        "pub fn pages(self) -> crate::Pages<types::{page}, {item}> {{"
    ));
    source.line("crate::Pages::new(self)");
    source.line("}");
    source.docs(
        "The items of all pages, beginning with the page that the arguments ask for. Nothing is \
         sent before the stream is polled.",
    );
    source.line(format!("pub fn items(self) -> crate::Items<{item}> {{"));
    source.line("self.pages().items()");
    source.line("}");
    source.line("}");

    source.line(format!("impl crate::pages::List for {name} {{"));
    source.line(format!("type Page = types::{page};"));
    source.line(format!("type Item = {item};"));
    source.line(format!(
        "const OPERATION: &'static crate::Operation = &operations::{};",
        id.to_shouty_snake_case()
    ));
    source.line("fn client(&self) -> &Client {");
    source.line("&self.client");
    source.line("}");
    source
        .line("async fn fetch(self) -> ::std::result::Result<ResponseValue<Self::Page>, Error> {");
    source.line("self.send().await");
    source.line("}");
    let body = setters.iter().find(|setter| setter.place().1 == "body");
    if let Some(body) = body.filter(|_| operation.form.is_empty()) {
        source.line(
            "async fn follow(self, url: ::reqwest::Url) \
             -> ::std::result::Result<ResponseValue<Self::Page>, Error> {",
        );
        source.line(format!(
            "Draft::to(self.client, Self::OPERATION, url){}.answer_json().await",
            operation_builders::body(body)
        ));
        source.line("}");
    }
    if argument("limit", "i64").is_some() {
        source.line("fn limit(&self) -> ::std::option::Option<i64> {");
        source.line("self.limit.get().copied()");
        source.line("}");
    }
    if paging == Paging::Offset && argument("offset", "i64").is_some() {
        source.line("fn offset(&self) -> i64 {");
        source.line("self.offset.get().copied().unwrap_or(0)");
        source.line("}");
        source.line("fn at_offset(self, offset: i64) -> ::std::option::Option<Self> {");
        source.line("Some(self.offset(offset))");
        source.line("}");
    }
    if paging == Paging::ContinuationToken
        && let Some(token) = list.token
    {
        source.line(
            "fn at_token(self, token: ::std::string::String) -> ::std::option::Option<Self> {",
        );
        source.line("Some(self.continuation_token(token))");
        source.line("}");
        source
            .line("fn token(page: &Self::Page) -> ::std::option::Option<::std::string::String> {");
        source.line(optional(token, "page", ".clone()"));
        source.line("}");
    }
    if paging == Paging::BeforeAfter
        && let (Some(date), Some(_)) = (list.date, argument("before", TIME))
    {
        source.line(format!(
            "fn at_time(self, before: {TIME}) -> ::std::option::Option<Self> {{"
        ));
        source.line("Some(self.before(before))");
        source.line("}");
        source.line(format!(
            "fn oldest(page: &Self::Page) -> ::std::option::Option<{TIME}> {{"
        ));
        source.line(format!(
            "crate::pages::oldest(page.{}.iter().map(|item| item.{}))",
            list.items.ident, date.ident
        ));
        source.line("}");
    }
    source.line("#[allow(unused_variables)]");
    source.line("fn next(page: &Self::Page) -> ::std::option::Option<::std::string::String> {");
    source.line(match list.links {
        Some(links) => format!("crate::pages::next_of(&page.{})", links.ident),
        None => "None".to_owned(),
    });
    source.line("}");
    if let Some(total) = list.total {
        source.line("fn total(page: &Self::Page) -> ::std::option::Option<i64> {");
        source.line(optional(total, "page", ""));
        source.line("}");
    }
    let items = &list.items.ident;
    let (count, taken) = match list.items.ty {
        Ty::Option(_) => (
            format!("page.{items}.as_ref().map_or(0, ::std::vec::Vec::len)"),
            format!("page.{items}.unwrap_or_default()"),
        ),
        _ => (format!("page.{items}.len()"), format!("page.{items}")),
    };
    source.line("fn count(page: &Self::Page) -> usize {");
    source.line(count);
    source.line("}");
    source.line("fn into_items(page: Self::Page) -> ::std::vec::Vec<Self::Item> {");
    source.line(taken);
    source.line("}");
    if let Some(identity) = list.identity {
        source.line("fn identity(item: &Self::Item) -> ::std::option::Option<&str> {");
        source.line(match identity.ty {
            Ty::Option(_) => format!("item.{}.as_deref()", identity.ident),
            // What was missing tells nothing apart.
            _ => format!(
                "Some(item.{}.as_str()).filter(|id| !id.is_empty())",
                identity.ident
            ),
        });
        source.line("}");
    }
    source.line("}");
}
