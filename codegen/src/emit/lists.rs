//! Lists: the walk from page to page, for each operation that answers one.

use heck::ToShoutySnakeCase;

use super::{operation_builders, source::Source};
use crate::api::{Api, Field, Operation, Type};

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
    source.line(format!(
        "pub fn pages(self) -> crate::Pages<types::{page}, {item}> {{"
    ));
    source.line("crate::Pages::new(self)");
    source.line("}");
    source.docs(
        "Returns the items of all pages, beginning with the page that the arguments select. No \
         request is sent until the stream is polled.",
    );
    source.line(format!("pub fn items(self) -> crate::Items<{item}> {{"));
    source.line("self.pages().items()");
    source.line("}");
    source.line("}");

    source.line(format!("impl crate::pagination::List for {name} {{"));
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
    if let Some(body) = &operation.body
        && let Some(call) = operation_builders::body(api, body)
    {
        source.line(
            "async fn follow(self, url: ::reqwest::Url) \
             -> ::std::result::Result<ResponseValue<Self::Page>, Error> {",
        );
        source.line(format!(
            "RequestBuilder::for_url(self.client, Self::OPERATION, url){call}.send_json().await",
        ));
        source.line("}");
    }
    if list.has_limit {
        source.line("fn limit(&self) -> ::std::option::Option<i64> {");
        source.line("self.limit.get().copied()");
        source.line("}");
    }
    if list.has_offset {
        source.line("fn offset(&self) -> i64 {");
        source.line("self.offset.get().copied().unwrap_or(0)");
        source.line("}");
        source.line("fn at_offset(self, offset: i64) -> ::std::option::Option<Self> {");
        source.line("Some(self.offset(offset))");
        source.line("}");
    }
    if let Some(token) = &list.token {
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
    if let Some(date) = &list.date {
        let time = Type::unix_millis().text("");
        source.line(format!(
            "fn at_time(self, before: {time}) -> ::std::option::Option<Self> {{"
        ));
        source.line("Some(self.before(before))");
        source.line("}");
        source.line(format!(
            "fn oldest(page: &Self::Page) -> ::std::option::Option<{time}> {{"
        ));
        let flatten = if list.items.ty.is_option() {
            ".flatten()"
        } else {
            ""
        };
        source.line(format!(
            "crate::pagination::oldest(page.{}.iter(){flatten}.map(|item| item.{}))",
            list.items.name, date.name
        ));
        source.line("}");
    }
    source.line("fn next(page: &Self::Page) -> ::std::option::Option<::std::string::String> {");
    source.line(match &list.links {
        Some(links) => format!("crate::pagination::next_link(&page.{})", links.name),
        None => "None".to_owned(),
    });
    source.line("}");
    if let Some(total) = &list.total {
        source.line("fn total(page: &Self::Page) -> ::std::option::Option<i64> {");
        source.line(optional(total, "page", ""));
        source.line("}");
    }
    let items = &list.items.name;
    let (count, taken) = match &list.items.ty {
        Type::Option(_) => (
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
    if let Some(identity) = &list.identity {
        source.line("fn identity(item: &Self::Item) -> ::std::option::Option<&str> {");
        source.line(match &identity.ty {
            Type::Option(_) => format!("item.{}.as_deref()", identity.name),
            // What was missing tells nothing apart.
            _ => format!(
                "Some(item.{}.as_str()).filter(|id| !id.is_empty())",
                identity.name
            ),
        });
        source.line("}");
    }
    source.line("}");
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Document, Settings, generate};

    #[test]
    fn the_oldest_item_is_found_in_optional_items_too() {
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
        assert!(code(None).contains("oldest(page.items.iter().map("));
        // In a request empty items are not the same as absent ones.
        assert!(code(Some(&page)).contains("oldest(page.items.iter().flatten().map("));
    }
}
