//! Pagination: which operations return a list, and how it continues beyond a
//! page. It is decided here and nowhere else.

use std::collections::BTreeMap;

use super::{Field, Location, Operation, Response, Type, TypeDefinition};

/// Declares the ways in which lists continue, for the generator and, by
/// [`Paging::VARIANTS`], for the client.
macro_rules! paging {
    ($(#[doc = $docs:literal] $name:ident,)+) => {
        /// How a list continues beyond a page (LaunchDarkly documentation,
        /// "Pagination"). The client's enum is generated from this one.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Paging {
            $(#[doc = $docs] $name,)+
        }

        impl Paging {
            /// The variants by name, with their documentation.
            pub(crate) const VARIANTS: &[(&str, &str)] = &[$((stringify!($name), $docs),)+];

            /// The variant's name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

paging! {
    #[doc = "By the parameters `limit` and `offset`."]
    Offset,
    #[doc = "By the parameters `before` and `after`, which are timestamps."]
    BeforeAfter,
    #[doc = "By the parameter `continuationToken`."]
    ContinuationToken,
    #[doc = "By the link to the next page in the response alone."]
    NextLink,
}

/// A list that an operation returns page by page.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct List {
    /// How it continues.
    pub paging: Paging,
    /// The type of a page, by name.
    pub page: String,
    /// The type of its items.
    pub item: Type,
    /// The page's field for the items.
    pub(crate) items: Field,
    /// The page's field for links.
    pub(crate) links: Option<Field>,
    /// Whether there may be a link to the next page among them.
    pub(crate) has_next: bool,
    /// The page's field for the number of items in all pages.
    pub(crate) total: Option<Field>,
    /// What identifies an item.
    pub(crate) identity: Option<Identity>,
    /// The largest page.
    pub(crate) limit: PageLimit,
    /// The parameters that select where the list begins, other than `offset`,
    /// by setter.
    pub(crate) cursors: Vec<String>,
    /// Whether the operation takes the order of the items.
    pub(crate) has_sort: bool,
    /// Whether the operation takes the number of items of a page.
    pub(crate) has_limit: bool,
    /// Whether the list continues at an offset.
    pub(crate) has_offset: bool,
    /// The page's field for the token, if the list continues by one.
    pub(crate) token: Option<Field>,
    /// The item's field for its time, if the list continues by it.
    pub(crate) date: Option<Field>,
    /// Whether new entries can be requested since a time.
    pub(crate) is_log: bool,
}

/// What identifies an item of a list.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Identity {
    /// The item itself: it is a string.
    Item,
    /// These fields. The first is a string.
    Fields(Vec<Field>),
}

/// The largest page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageLimit {
    /// The operation takes no limit, or returns the whole list without one.
    None,
    Documented(i64),
    Undocumented,
}

/// The parameters that select where a list begins.
const CURSORS: [&str; 5] = [
    "after",
    "before",
    "continuationToken",
    "cursor",
    "searchAfter",
];

/// The list that an operation returns. Requests for its pages have the
/// operation's method and body, so that it must be one that reads: a GET, or a
/// POST that selects a page by a query parameter.
pub(super) fn list(
    types: &BTreeMap<String, TypeDefinition>,
    operation: &Operation,
    largest: Option<Option<i64>>,
    identity: Option<&[String]>,
) -> Option<List> {
    let Response::Json(Type::Generated(page)) = &operation.response else {
        return None;
    };
    let field = |name: &str, wire: &str| types.get(name)?.field(wire).cloned();
    let items = field(page, "items")?;
    let Type::Vec(item) = items.ty.bare() else {
        return None;
    };
    let item = (**item).clone();
    let links = field(page, "_links");
    let parameter = |wire: &str| {
        let mut parameters = operation.parameters.iter();
        parameters.find(|other| other.location == Location::Query && other.wire == wire)
    };
    let has = |wire: &str| parameter(wire).is_some();
    // Of links by any name, one may lead to the next page.
    let has_next = links.as_ref().is_some_and(|links| {
        let links = links.ty.generated();
        links.is_none_or(|links| field(links, "next").is_some())
    });
    let has_next_link = || {
        let links = links.as_ref().and_then(|links| links.ty.generated());
        links.is_some() && has_next
    };
    let paging = match operation.method.as_str() {
        "GET" | "POST" if has("continuationToken") => Paging::ContinuationToken,
        "GET" | "POST" if has("offset") => Paging::Offset,
        "GET" | "POST" if has("before") && has("after") => Paging::BeforeAfter,
        "GET" | "POST" if has("limit") => Paging::NextLink,
        "GET" if has_next_link() => Paging::NextLink,
        _ => return None,
    };
    let (integer, time) = (Type::integer(), Type::unix_millis());
    let takes = |wire: &str, ty: &Type| parameter(wire).is_some_and(|other| other.ty == *ty);
    let of_item = |wire: &str| match &item {
        Type::Generated(name) => field(name, wire),
        _ => None,
    };
    let has_limit = takes("limit", &integer);
    Some(List {
        total: field(page, "totalCount").filter(|total| *total.ty.bare() == integer),
        is_log: of_item("date").is_some_and(|date| date.ty == time)
            && of_item("_id").is_some_and(|id| id.ty.is_text())
            && paging == Paging::BeforeAfter
            && takes("before", &time)
            && takes("after", &time),
        identity: match identity {
            Some(names) => {
                let fields: Option<Vec<Field>> = names.iter().map(|name| of_item(name)).collect();
                fields
                    .filter(|fields| {
                        fields
                            .first()
                            .is_some_and(|first| first.ty.bare().is_text())
                    })
                    .map(Identity::Fields)
            }
            None => find_identity(&item, &operation.path, of_item),
        },
        limit: match (has_limit, largest) {
            (false, _) | (true, Some(None)) => PageLimit::None,
            (true, Some(Some(limit))) => PageLimit::Documented(limit),
            (true, None) => PageLimit::Undocumented,
        },
        cursors: CURSORS
            .iter()
            .filter_map(|wire| parameter(wire))
            .map(|parameter| parameter.setter.clone())
            .collect(),
        has_sort: takes("sort", &Type::string()),
        has_limit,
        has_offset: paging == Paging::Offset && takes("offset", &integer),
        token: field(page, "continuationToken")
            .filter(|_| paging == Paging::ContinuationToken)
            .filter(|token| *token.ty.bare() == Type::string()),
        date: of_item("date")
            .filter(|_| paging == Paging::BeforeAfter && takes("before", &time))
            .filter(|date| date.ty == time),
        paging,
        page: page.clone(),
        item,
        items,
        has_next,
        links,
    })
}

/// Within these, a key is unique. An item names those that its list spans.
const SCOPES: [&str; 2] = ["projectKey", "environmentKey"];

/// What identifies an item: its `_id`, `id` or `key`, or the string that it is.
/// A list may span several projects or environments, in which the same key exists.
/// Versions of one thing have the same key or ID, so that the version identifies
/// them too; `_version` does not, because it counts the changes of an item.
fn find_identity(
    item: &Type,
    path: &str,
    field: impl Fn(&str) -> Option<Field>,
) -> Option<Identity> {
    if *item == Type::string() {
        return Some(Identity::Item);
    }
    let text = |wire: &str| field(wire).filter(|field| field.ty.bare().is_text());
    let mut fields = match text("_id").or_else(|| text("id")) {
        Some(id) => vec![id],
        None => {
            let spanned = SCOPES
                .into_iter()
                .filter(|scope| !path.contains(&format!("{{{scope}}}")));
            let mut fields = vec![text("key")?];
            fields.extend(spanned.filter_map(text));
            fields
        }
    };
    let is_of_versions = path.rsplit('/').next() == Some("versions");
    if is_of_versions {
        fields.extend(field("version"));
    }
    Some(Identity::Fields(fields))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Document, Settings, api::Api};

    /// The list of an operation with these query parameters; `items` is the
    /// schema of the page's property.
    fn list(method: &str, query: &[&str], items: serde_json::Value) -> Option<List> {
        read(method, query, items, &settings())
    }

    fn settings() -> Settings {
        let mut settings = Settings::default();
        let times = ["before", "after", "date"].map(str::to_owned);
        settings.properties.epoch_millis = times.into();
        settings
    }

    fn read(
        method: &str,
        query: &[&str],
        items: serde_json::Value,
        settings: &Settings,
    ) -> Option<List> {
        let parameters = query.iter().map(|name| {
            let ty = match *name {
                "continuationToken" => json!({"type": "string"}),
                _ => json!({"type": "integer", "format": "int64"}),
            };
            json!({"name": name, "in": "query", "schema": ty})
        });
        let page = json!({"type": "object", "properties": {
            "items": items,
            "_links": {"type": "object", "properties": {"next": {"type": "string"}}},
            "continuationToken": {"type": "string"},
            "totalCount": {"type": "integer", "format": "int64"},
        }});
        let servers = [
            "https://app.launchdarkly.com",
            "https://app.launchdarkly.us",
        ];
        let root = json!({
            "openapi": "3.0.3", "info": {"title": "t", "version": "1"},
            "servers": servers.map(|url| json!({"url": url})),
            "paths": {"/p": {method: {
                "operationId": "x", "tags": ["t"], "parameters": parameters.collect::<Vec<_>>(),
                "responses": {"200": {"description": "", "content":
                    {"application/json": {"schema": page}}}}
            }}},
            "components": {"schemas": {"Item": {"type": "object", "required": ["date"], "properties": {
                "_id": {"type": "string"}, "date": {"type": "integer", "format": "int64"},
                "name": {"type": "string"}
            }}}}
        });
        let document = Document::parse("d.json", &root.to_string()).unwrap();
        let mut api = Api::read(&document, settings).unwrap();
        api.operations.remove("x").unwrap().list
    }

    fn items() -> serde_json::Value {
        json!({"type": "array", "items": {"$ref": "#/components/schemas/Item"}})
    }

    #[test]
    fn only_what_reads_is_a_list_of_pages() {
        let paging = |method: &str, query: &[&str]| list(method, query, items()).map(|l| l.paging);
        for method in ["get", "post"] {
            assert_eq!(paging(method, &["limit", "offset"]), Some(Paging::Offset));
            assert_eq!(
                paging(method, &["after", "before"]),
                Some(Paging::BeforeAfter)
            );
            assert_eq!(
                paging(method, &["continuationToken", "offset"]),
                Some(Paging::ContinuationToken)
            );
            assert_eq!(paging(method, &["limit"]), Some(Paging::NextLink));
        }
        assert_eq!(paging("get", &[]), Some(Paging::NextLink));
        assert_eq!(paging("post", &[]), None);
        for method in ["put", "patch", "delete"] {
            assert_eq!(paging(method, &["limit", "offset"]), None);
        }
        let no_list = json!({"type": "string"});
        assert_eq!(list("get", &["limit", "offset"], no_list), None);
    }

    /// The properties that identify an item that has these, in a list at a path.
    fn identity(properties: &[&str], path: &str) -> Vec<String> {
        let field = |wire: &str| {
            properties.contains(&wire).then(|| Field {
                name: wire.to_owned(),
                wire: wire.to_owned(),
                docs: String::new(),
                ty: match wire {
                    "version" | "_version" => Type::integer(),
                    "environment" => Type::Generated("Environment".to_owned()),
                    _ => Type::string(),
                },
                required: true,
                secret: false,
            })
        };
        match find_identity(&Type::Generated("Item".to_owned()), path, field) {
            Some(Identity::Fields(fields)) => fields.into_iter().map(|field| field.wire).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn a_key_identifies_an_item_together_with_what_the_list_spans() {
        let scoped = ["name", "key", "projectKey", "environmentKey"];
        for (properties, path, expected) in [
            (&scoped[..], "/groups", &scoped[1..]),
            (&scoped, "/{projectKey}/groups", &["key", "environmentKey"]),
            (&scoped, "/{projectKey}/{environmentKey}/groups", &["key"]),
            (&["key", "environment"], "/groups", &["key"]),
            (&["id", "key", "projectKey"], "/groups", &["id"]),
            (&["id", "_id"], "/groups", &["_id"]),
            (&["name", "projectKey"], "/groups", &[]),
        ] {
            assert_eq!(
                identity(properties, path),
                expected,
                "{path} {properties:?}"
            );
        }
    }

    #[test]
    fn the_version_identifies_a_version_and_the_count_of_its_changes_does_not() {
        for (properties, expected) in [
            (&["key", "version", "_version"][..], &["key", "version"][..]),
            (&["id", "key", "version"], &["id", "version"]),
            (&["key", "_version"], &["key"]),
        ] {
            assert_eq!(identity(properties, "/{key}/versions"), expected);
        }
        assert_eq!(identity(&["key", "version"], "/things"), ["key"]);
    }

    #[test]
    fn what_is_stated_of_a_list_identifies_its_items() {
        for (stated, expected) in [
            (json!([]), None),
            (json!(["name"]), Some("name")),
            (json!(["absent"]), None),
            (json!(["date"]), None),
        ] {
            let settings = Settings {
                lists: serde_json::from_value(json!([{"source": "", "identities": {"x": stated}}]))
                    .unwrap(),
                ..settings()
            };
            let list = read("get", &["limit", "offset"], items(), &settings).unwrap();
            let identity = match &list.identity {
                Some(Identity::Fields(fields)) => Some(fields[0].wire.as_str()),
                _ => None,
            };
            assert_eq!(identity, expected, "{stated}");
        }
    }

    #[test]
    fn a_list_has_what_its_way_of_continuing_needs_and_nothing_else() {
        for (query, has_limit, has_offset, has_token, has_date) in [
            (["limit", "offset"], true, true, false, false),
            (["limit", "continuationToken"], true, false, true, false),
            (["before", "after"], false, false, false, true),
            (["limit", "sort"], true, false, false, false),
        ] {
            let list = list("get", &query, items()).unwrap();
            assert_eq!(
                (
                    list.has_limit,
                    list.has_offset,
                    list.token.is_some(),
                    list.date.is_some()
                ),
                (has_limit, has_offset, has_token, has_date),
                "{query:?}"
            );
            let Some(Identity::Fields(fields)) = list.identity else {
                panic!("{query:?}");
            };
            assert_eq!(fields[0].wire, "_id");
            assert_eq!(list.item.to_string(), "Item");
            assert!(list.total.is_some() && list.links.is_some());
        }
    }
}
