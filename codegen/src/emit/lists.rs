//! Pagination, for each operation that returns a list.

use heck::ToShoutySnakeCase;

use super::{
    operation_builders,
    source::{INLINE, Source, literal},
};
use crate::api::{Api, Field, Identity, List, Operation, PageLimit, Paging, Type};

/// A property as an `Option`.
fn optional(property: &Field, value: &str, convert: &str) -> String {
    match &property.ty {
        Type::Option(_) => format!("{value}.{}{convert}", property.name),
        _ => format!("Some({value}.{}{convert})", property.name),
    }
}

pub(super) fn write(source: &mut Source, api: &Api, id: &str, operation: &Operation) {
    let Some(list) = &operation.list else {
        return;
    };
    let name = operation_builders::name(id);
    let (page, item) = (&list.page, list.item.text("types::"));

    source.line(format!("impl {name} {{"));
    source.docs(
        "Returns the pages of the list, beginning with the page that the arguments select. No \
         request is sent until the stream is polled.",
    );
    source.line(INLINE);
    source.line(format!(
        "pub fn pages(self) -> crate::Pages<types::{page}, {item}> {{"
    ));
    source.line("crate::Pages::new(self)");
    source.line("}");
    source.docs(&format!(
        "Returns the items of all pages, beginning with the page that the arguments select. No \
         request is sent until the stream is polled.{}",
        guarantee(list)
    ));
    source.line(INLINE);
    source.line(format!("pub fn items(self) -> crate::Items<{item}> {{"));
    source.line("self.pages().items()");
    source.line("}");
    source.docs(
        "Returns the items of all pages in your own type, decoded by serde alone. With \
         `Box<serde_json::value::RawValue>`, each item is the exact JSON that the server sent. \
         Pagination is that of [`items`](Self::items).",
    );
    source.line(
        "pub fn items_as<T: ::serde::de::DeserializeOwned + Send + 'static>(self) -> crate::Items<T> {",
    );
    source.line("self.pages().items_as()");
    source.line("}");
    if list.is_log {
        source.docs(
            "Returns the entries since a timestamp, which is included, or since a checkpoint, and \
             then new ones as they appear: an endless stream. It sets `after`; do not set `before`. \
             No request is sent until the stream is polled.",
        );
        source.line(INLINE);
        source.line(format!(
            "pub fn tail(self, from: impl Into<crate::Checkpoint>) -> crate::Tail<{item}> {{"
        ));
        source.line("crate::pagination::Log::follow_new(self, from.into())");
        source.line("}");
    }
    source.line("}");

    source.line(format!("impl crate::pagination::List for {name} {{"));
    source.line(format!("type Page = types::{page};"));
    source.line(format!("type Item = {item};"));
    source.line(format!(
        "const OPERATION: &'static crate::Operation = &operations::{};",
        id.to_shouty_snake_case()
    ));
    match list.limit {
        PageLimit::None => {}
        PageLimit::Documented(limit) => source.line(format!(
            "const LIMIT: crate::pagination::Limit = crate::pagination::Limit::Documented({limit});"
        )),
        PageLimit::Undocumented => source.line(
            "const LIMIT: crate::pagination::Limit = crate::pagination::Limit::Undocumented;",
        ),
    }
    source.line(format!(
        "const WIRE: crate::pagination::Wire = {};",
        wire(list)
    ));
    source.line(INLINE);
    source.line("fn client(&self) -> &Client {");
    source.line("&self.client");
    source.line("}");
    source.line(INLINE);
    source.line("fn request(self) -> RequestBuilder {");
    source.line("self.into_request()");
    source.line("}");
    if let Some(body) = &operation.body
        && let Some(call) = operation_builders::body(api, body)
    {
        source.line(INLINE);
        source.line("fn request_to(self, url: ::reqwest::Url) -> RequestBuilder {");
        source.line(format!(
            "RequestBuilder::for_url(self.client, Self::OPERATION, url){call}",
        ));
        source.line("}");
    }
    if list.has_limit {
        source.line(INLINE);
        source.line("fn limit(&self) -> ::std::option::Option<i64> {");
        source.line("self.limit.get().copied()");
        source.line("}");
        source.line(INLINE);
        source.line("fn at_limit(self, limit: i64) -> Self {");
        source.line("self.limit(limit)");
        source.line("}");
    }
    if !list.cursors.is_empty() {
        let unset: Vec<String> = list
            .cursors
            .iter()
            .map(|setter| format!("self.{setter}.get().is_none()"))
            .collect();
        source.line(INLINE);
        source.line("fn is_whole(&self) -> bool {");
        source.line(unset.join(" && "));
        source.line("}");
    }
    if list.has_sort {
        source.line(INLINE);
        source.line("fn sort(&self) -> ::std::option::Option<&str> {");
        source.line("self.sort.get().map(::std::string::String::as_str)");
        source.line("}");
    }
    if list.has_offset {
        source.line(INLINE);
        source.line("fn offset(&self) -> i64 {");
        source.line("self.offset.get().copied().unwrap_or(0)");
        source.line("}");
        source.line(INLINE);
        source.line("fn at_offset(self, offset: i64) -> Self {");
        source.line("self.offset(offset)");
        source.line("}");
    }
    if let Some(token) = &list.token {
        source.line(INLINE);
        source.line("fn at_token(self, token: ::std::string::String) -> Self {");
        source.line("self.continuation_token(token)");
        source.line("}");
        source.line(INLINE);
        source
            .line("fn token(page: &Self::Page) -> ::std::option::Option<::std::string::String> {");
        source.line(optional(token, "page", ".clone()"));
        source.line("}");
    }
    if let Some(date) = &list.date {
        let time = Type::unix_millis().text("");
        source.line(INLINE);
        source.line(format!("fn at_time(self, before: {time}) -> Self {{"));
        source.line("self.before(before)");
        source.line("}");
        source.line(INLINE);
        source.line(format!(
            "fn date(item: &Self::Item) -> ::std::option::Option<{time}> {{"
        ));
        source.line(optional(date, "item", ""));
        source.line("}");
    }
    source.line(INLINE);
    source.line("fn next(page: &Self::Page) -> crate::pagination::Link<::std::string::String> {");
    source.line(match &list.links {
        Some(links) => format!("crate::pagination::next_link(&page.{})", links.name),
        None => "crate::pagination::Link::Unknown".to_owned(),
    });
    source.line("}");
    if let Some(total) = &list.total {
        source.line(INLINE);
        source.line("fn total(page: &Self::Page) -> ::std::option::Option<i64> {");
        source.line(optional(total, "page", ""));
        source.line("}");
    }
    let items = &list.items.name;
    let (all, all_mut) = match &list.items.ty {
        Type::Option(_) => (
            format!("page.{items}.as_deref().unwrap_or_default()"),
            format!("page.{items}.get_or_insert_default()"),
        ),
        _ => (format!("&page.{items}"), format!("&mut page.{items}")),
    };
    source.line(INLINE);
    source.line("fn items(page: &Self::Page) -> &[Self::Item] {");
    source.line(all);
    source.line("}");
    source.line(INLINE);
    source.line("fn items_mut(page: &mut Self::Page) -> &mut ::std::vec::Vec<Self::Item> {");
    source.line(all_mut);
    source.line("}");
    if let Some(identity) = &list.identity {
        source.line(INLINE);
        source.line(
            "fn identify(item: &Self::Item, hasher: &mut ::std::hash::DefaultHasher) -> bool {",
        );
        match identity {
            Identity::Item => {
                source.line("::std::hash::Hash::hash(item, hasher);");
                source.line("!item.is_empty()");
            }
            Identity::Fields(fields) => {
                for field in fields {
                    source.line(format!(
                        "::std::hash::Hash::hash(&item.{}, hasher);",
                        field.name
                    ));
                }
                // What was missing identifies nothing.
                let given = fields.iter().filter_map(|field| match &field.ty {
                    Type::Option(_) => Some(format!("item.{}.is_some()", field.name)),
                    ty if ty.is_text() => Some(format!("!item.{}.as_str().is_empty()", field.name)),
                    _ => None,
                });
                source.line(given.collect::<Vec<_>>().join(" && "));
            }
        }
        source.line("}");
    }
    source.line("}");
    if list.is_log {
        source.line(format!("impl crate::pagination::Log for {name} {{"));
        source.line(INLINE);
        source.line(format!(
            "fn since(self, after: {}) -> Self {{",
            Type::unix_millis().text("")
        ));
        source.line("self.after(after)");
        source.line("}");
        source.line("}");
    }
}

/// The names of the properties that pagination reads.
fn wire(list: &List) -> String {
    let optional = |field: &Option<Field>| match field {
        Some(field) => format!("Some({})", literal(&field.wire)),
        None => "None".to_owned(),
    };
    let identity = match &list.identity {
        None => "None".to_owned(),
        Some(Identity::Item) => "Some(&[])".to_owned(),
        Some(Identity::Fields(fields)) => {
            let names: Vec<String> = fields.iter().map(|field| literal(&field.wire)).collect();
            format!("Some(&[{}])", names.join(", "))
        }
    };
    format!(
        "crate::pagination::Wire {{ items: {}, links: {}, has_next: {}, total: {}, token: {}, \
         date: {}, identity: {identity} }}",
        literal(&list.items.wire),
        optional(&list.links),
        list.has_next,
        optional(&list.total),
        optional(&list.token),
        optional(&list.date),
    )
}

/// What the documentation of `items()` says of lists that change.
fn guarantee(list: &List) -> &'static str {
    match (list.paging, &list.identity) {
        (Paging::Offset, Some(_)) => {
            " Each item that exists throughout is returned exactly once, whatever is created or \
             deleted in the meantime: see [`Items`](crate::Items)."
        }
        (Paging::Offset, None) => {
            " The items have no identity, so that changes cannot be detected: if something is \
             created or deleted in the meantime, an item may be missed or returned twice."
        }
        (Paging::BeforeAfter, _) => {
            " Items that have the same timestamp at the end of a page are all returned, once."
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Document, Settings, generate};

    #[test]
    fn optional_items_are_read_and_changed_too() {
        let to = |name: &str| json!({"$ref": format!("#/components/schemas/{name}")});
        let time = json!({"type": "integer", "format": "int64"});
        let page = json!({"application/json": {"schema": to("Page")}});
        let servers = [
            "https://app.launchdarkly.com",
            "https://app.launchdarkly.us",
        ];
        let parameters =
            ["before", "after"].map(|name| json!({"name": name, "in": "query", "schema": time}));
        let code = |body: Option<&serde_json::Value>| {
            let mut root = json!({
                "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
                "servers": servers.map(|url| json!({"url": url})),
                "paths": {"/p": {"post": {
                    "operationId": "postP", "tags": ["t"],
                    "parameters": parameters,
                    "responses": {"200": {"description": "", "content": page}}
                }}},
                "components": {"schemas": {
                    "Page": {"type": "object", "properties":
                        {"items": {"type": "array", "items": to("Item")}}},
                    "Item": {"type": "object", "required": ["date"], "properties": {"date": time}}
                }}
            });
            if let Some(body) = body {
                root["paths"]["/p"]["post"]["requestBody"] = json!({"content": body});
            }
            let document = Document::parse("d.json", &root.to_string()).unwrap();
            let mut settings = Settings::default();
            let times = ["before", "after", "date"].map(str::to_owned);
            settings.properties.epoch_millis = times.into();
            generate(&document, &settings).unwrap()
        };
        assert!(code(None).contains("&mut page.items\n"));
        // In a request empty items are not the same as absent ones.
        assert!(code(Some(&page)).contains("page.items.get_or_insert_default()"));
    }
}
