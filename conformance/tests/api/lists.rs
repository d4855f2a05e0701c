//! Every list from a server of its kind of pagination. Kinds, identities and
//! limits are read from the document and from `openapi/pagination.yaml`, not from
//! the code generator.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use conformance::{
    document::Operation,
    instance::{Maker, Style},
    requests,
    table::ListItems,
};
use launchdarkly_api::{Paging, operations};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    server::Server,
    support::{DOCUMENT, assert_none, repository},
    wire::client,
};

/// The properties that can identify an item.
const IDENTITIES: [&str; 3] = ["_id", "id", "key"];
/// Within these, a key is unique.
const SCOPES: [&str; 2] = ["projectKey", "environmentKey"];
/// The largest page of a server that lowers the limit.
const LOWERED: usize = 7;
const ITEMS: usize = 25;
/// The limit that is requested where none is documented.
const UNDOCUMENTED: i64 = 100;
/// The time of the newest entry.
const NEWEST: i64 = 1_700_000_000_000;

/// The facts of one source in `openapi/pagination.yaml`.
#[derive(Deserialize)]
struct Facts {
    #[serde(default)]
    limits: BTreeMap<String, Option<i64>>,
    #[serde(default)]
    identities: BTreeMap<String, Vec<String>>,
}

/// A list of the document.
struct List {
    operation: Operation<'static>,
    call: ListItems,
    paging: Paging,
    /// An item without the properties that distinguish it.
    item: Value,
    /// The properties that identify an item, none if the item itself does.
    identity: Option<Vec<String>>,
    has_date: bool,
    has_total: bool,
    has_links: bool,
    /// Whether the page has links, and none to the next page.
    has_other_links: bool,
    has_token: bool,
    /// The limit of the first request.
    limit: Option<i64>,
}

/// What a server does.
#[derive(Clone, Copy, Debug)]
struct Serving {
    links: bool,
    totals: bool,
    tokens: bool,
    lowers: bool,
    change: Change,
}

/// What happens before the second request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Nothing,
    Deletion,
    Creation,
}

fn lists() -> Vec<Arc<List>> {
    let text = std::fs::read_to_string(repository().join("openapi/pagination.yaml")).unwrap();
    let facts: Vec<Facts> = serde_saphyr::from_str(&text).unwrap();
    let limits: BTreeMap<_, _> = facts.iter().flat_map(|one| one.limits.clone()).collect();
    let identities: BTreeMap<_, _> = facts
        .iter()
        .flat_map(|one| one.identities.clone())
        .collect();
    let maker = Maker::new(&DOCUMENT, Style::Plain).items(1);
    DOCUMENT
        .operations()
        .filter_map(|operation| {
            let entry = requests::entry(operation)?;
            let call = entry.list?;
            let schema = DOCUMENT.successes(operation).find_map(|(_, schema)| schema);
            let schema = DOCUMENT.resolved(schema?);
            let items = &DOCUMENT.resolved(&schema["properties"]["items"])["items"];
            let full = maker.full(items);
            let stated = identities.get(operation.id());
            let identity = match stated {
                Some(names) => Some(names.clone()).filter(|names| !names.is_empty()),
                None if full.is_string() => Some(Vec::new()),
                None => identity(&full, operation.path),
            };
            let names: Vec<_> = DOCUMENT.parameters(operation).map(|p| p.name).collect();
            let takes = |name: &str| names.contains(&name);
            let links = DOCUMENT.resolved(&schema["properties"]["_links"]);
            let has_links = links["properties"]["next"].is_object()
                || links["additionalProperties"].is_object();
            let limit = match limits.get(operation.id()) {
                Some(limit) => *limit,
                None => takes("limit").then_some(UNDOCUMENTED),
            };
            Some(Arc::new(List {
                operation,
                call,
                paging: match () {
                    () if takes("continuationToken") => Paging::ContinuationToken,
                    () if takes("offset") => Paging::Offset,
                    () if takes("before") && takes("after") => Paging::BeforeAfter,
                    () => Paging::NextLink,
                },
                item: {
                    let mut item = maker.least(items);
                    // Nothing says of which environment such a key is.
                    if stated.is_some() && identity.is_none() {
                        item["key"] = "shared".into();
                    }
                    item
                },
                identity,
                has_date: full["date"].is_i64(),
                has_total: schema["properties"]["totalCount"].is_object(),
                has_links,
                has_other_links: links.is_object() && !has_links,
                has_token: schema["properties"]["continuationToken"].is_object(),
                limit,
            }))
        })
        .collect()
}

/// The properties that identify an item, of which `full` has all.
fn identity(full: &Value, path: &str) -> Option<Vec<String>> {
    let id = IDENTITIES
        .into_iter()
        .find(|name| full[*name].is_string())?;
    let mut names = vec![id.to_owned()];
    if id == "key" {
        let spanned = SCOPES
            .into_iter()
            .filter(|scope| full[*scope].is_string() && !path.contains(&format!("{{{scope}}}")));
        names.extend(spanned.map(str::to_owned));
    }
    if path.ends_with("/versions") && full["version"].is_i64() {
        names.push("version".to_owned());
    }
    Some(names)
}

impl List {
    fn item(&self, index: usize) -> Value {
        let name = format!("{index:05}");
        let mut item = self.item.clone();
        match self.identity.as_deref() {
            Some([]) => return name.into(),
            Some([id]) => item[id] = name.into(),
            // Two items have the same key, in another environment or version.
            Some([id, others @ ..]) => {
                item[id] = format!("{:05}", index / 2).into();
                for other in others {
                    item[other] = match other.as_str() {
                        "version" => (index % 2 + 1).into(),
                        _ => format!("{}", index % 2).into(),
                    };
                }
            }
            // No two items are the same, though nothing identifies them.
            None => item["unknown"] = name.into(),
        }
        if self.has_date {
            // Two entries share a millisecond.
            item["date"] = (NEWEST - i64::try_from(index / 2).unwrap()).into();
        }
        item
    }

    /// The identity of an item.
    fn name(&self, item: &Value) -> String {
        match self.identity.as_deref() {
            Some([]) => item.to_string(),
            Some(names) => {
                let values = names.iter().map(|name| item[name].to_string());
                values.collect()
            }
            None => String::new(),
        }
    }

    /// The body of a page.
    fn page(&self, items: &[Value], target: (&str, &str), serving: Serving) -> Value {
        let (path, query) = target;
        let query: BTreeMap<&str, &str> = query
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .collect();
        let number = |name: &str| query.get(name).and_then(|value| value.parse::<i64>().ok());
        let index = |name: &str| number(name).and_then(|number| usize::try_from(number).ok());
        let begin = match self.paging {
            Paging::Offset => index("offset").unwrap_or(0),
            Paging::ContinuationToken => index("continuationToken").unwrap_or(0),
            Paging::BeforeAfter if self.has_date => match number("before") {
                Some(before) => items
                    .iter()
                    .position(|item| item["date"].as_i64() < Some(before))
                    .unwrap_or(items.len()),
                None => 0,
            },
            _ => index("cursor").unwrap_or(0),
        };
        let mut limit = index("limit").unwrap_or(LOWERED);
        if serving.lowers {
            limit = limit.min(LOWERED);
        }
        let page: Vec<Value> = items.iter().skip(begin).take(limit).cloned().collect();
        let end = begin + page.len();
        let mut body = json!({"items": page});
        if self.has_total && serving.totals {
            body["totalCount"] = items.len().into();
        }
        if self.has_links && serving.links {
            let to = match self.paging {
                Paging::Offset => format!("offset={end}"),
                Paging::ContinuationToken => format!("continuationToken={end}"),
                Paging::BeforeAfter if self.has_date => {
                    format!(
                        "before={}",
                        page.last().map_or(&Value::Null, |item| &item["date"])
                    )
                }
                _ => format!("cursor={end}"),
            };
            body["_links"] = json!({"self": {"href": path, "type": "application/json"}});
            if end < items.len() {
                let href = format!("{path}?limit={limit}&{to}");
                body["_links"]["next"] = json!({"href": href, "type": "application/json"});
            }
        }
        if self.has_other_links {
            body["_links"] = json!({"self": {"href": path, "type": "application/json"}});
        }
        if self.has_token && serving.tokens && end < items.len() {
            body["continuationToken"] = end.to_string().into();
        }
        body
    }

    /// Whether the server says how the list continues.
    fn continues(&self, serving: Serving) -> bool {
        let has_links = self.has_links && serving.links;
        match self.paging {
            Paging::Offset => true,
            Paging::BeforeAfter => has_links || self.has_date,
            Paging::ContinuationToken => has_links || (self.has_token && serving.tokens),
            _ => has_links,
        }
    }

    /// Requests the list and returns everything that is wrong.
    async fn findings(
        self: &Arc<Self>,
        server: &Server,
        serving: Serving,
        ahead: usize,
    ) -> Vec<String> {
        let maker = Maker::new(&DOCUMENT, Style::Plain);
        let arguments = requests::least(&DOCUMENT, self.operation, &maker);
        let continues = self.continues(serving);
        // More than one page, also of a server that does not lower the limit.
        let largest = self
            .limit
            .map_or(ITEMS, |limit| usize::try_from(limit).unwrap());
        let count = match serving.lowers {
            true => ITEMS,
            false => largest + 5,
        };
        let all: Vec<Value> = (0..count).map(|index| self.item(index)).collect();
        let (expected, served) = (all.len(), Arc::new(AtomicUsize::new(0)));
        let list = Arc::clone(self);
        let (mut items, counter) = (all, Arc::clone(&served));
        server.responds_by(Box::new(move |parts| {
            if counter.fetch_add(1, Ordering::SeqCst) == 1 {
                match serving.change {
                    Change::Nothing => {}
                    Change::Deletion => drop(items.remove(0)),
                    Change::Creation => items.insert(0, list.item(90_000)),
                }
            }
            let query = parts.uri.query().unwrap_or_default();
            list.page(&items, (parts.uri.path(), query), serving)
        }));
        let client = client(server.url());
        let (found, error) = (self.call)(&client, &arguments, ahead).unwrap().await;
        let sent = server.take();
        let mut findings = Vec::new();
        let mut find = |what: String| {
            let id = self.operation.id();
            findings.push(format!("{id} {serving:?} {ahead} in flight: {what}"));
        };
        let first = sent
            .first()
            .and_then(|(parts, _)| parts.uri.query())
            .unwrap_or_default();
        let limit = first
            .split('&')
            .find_map(|pair| pair.strip_prefix("limit="));
        if limit.map(str::to_owned) != self.limit.map(|limit| limit.to_string()) {
            find(format!("the first request has limit {limit:?}"));
        }
        match &error {
            None if found.len() < expected => find(format!("{} items", found.len())),
            None if !continues => find("a list that cannot continue is no error".to_owned()),
            Some(error) if continues => find(error.to_string()),
            Some(_) if found.is_empty() => find("no items before the error".to_owned()),
            _ => {}
        }
        if self.identity.is_some() {
            let mut names: Vec<String> = found.iter().map(|item| self.name(item)).collect();
            names.sort();
            let count = names.len();
            names.dedup();
            if names.len() < count {
                find(format!("{} repeated items", count - names.len()));
            }
        } else if found.len() > expected {
            find(format!("{} items of {expected}", found.len()));
        }
        findings
    }
}

#[test]
fn every_list_of_the_document_has_its_kind_of_pagination() {
    let lists = lists();
    assert!(!lists.is_empty());
    for list in &lists {
        let operation = operations::ALL.iter().find(|operation| {
            operation.method() == list.operation.method && operation.path() == list.operation.path
        });
        assert_eq!(operation.unwrap().paging(), Some(list.paging));
    }
    let paged = operations::ALL
        .iter()
        .filter(|operation| operation.paging().is_some());
    assert_eq!(paged.count(), lists.len());
    // Every operation that takes an offset and returns items is one.
    let missing = DOCUMENT.operations().filter(|operation| {
        let names: Vec<_> = DOCUMENT.parameters(*operation).map(|p| p.name).collect();
        let schema = DOCUMENT
            .successes(*operation)
            .find_map(|(_, schema)| schema);
        let items = schema.map(|schema| &DOCUMENT.resolved(schema)["properties"]["items"]);
        let has_items = items.is_some_and(|items| DOCUMENT.resolved(items)["type"] == "array");
        let reads = ["GET", "POST"].contains(&operation.method);
        let is_list = lists
            .iter()
            .any(|list| list.operation.id() == operation.id());
        names.contains(&"offset") && has_items && reads && !is_list
    });
    let missing: Vec<String> = missing.map(|operation| operation.id().to_owned()).collect();
    assert_none(&missing);
}

#[tokio::test]
async fn every_list_is_returned_in_full_or_ends_in_an_error() {
    let server = Server::start().await;
    let mut findings = Vec::new();
    for list in lists() {
        for index in 0..16 {
            let is_set = |bit: usize| index >> bit & 1 == 1;
            let serving = Serving {
                links: is_set(0),
                totals: is_set(1),
                tokens: is_set(2),
                lowers: is_set(3),
                change: Change::Nothing,
            };
            let is_told = list.continues(serving) || (list.has_total && serving.totals);
            if (serving.lowers && !is_told) || (serving.tokens && !list.has_token) {
                // A short page is the last, if the server does not say otherwise.
                continue;
            }
            if list.limit.is_none() && !is_told {
                // Without a limit, a page is the whole list.
                continue;
            }
            for ahead in [1, 3] {
                findings.extend(list.findings(&server, serving, ahead).await);
            }
        }
    }
    assert_none(&findings);
}

#[tokio::test]
async fn every_list_by_offset_with_identities_is_exact_while_it_changes() {
    let server = Server::start().await;
    let mut findings = Vec::new();
    for list in lists() {
        if list.paging != Paging::Offset || list.identity.is_none() {
            continue;
        }
        for change in [Change::Deletion, Change::Creation] {
            for links in [true, false] {
                for ahead in [1, 3] {
                    let serving = Serving {
                        links,
                        totals: true,
                        tokens: false,
                        lowers: true,
                        change,
                    };
                    findings.extend(list.findings(&server, serving, ahead).await);
                }
            }
        }
    }
    assert_none(&findings);
}
