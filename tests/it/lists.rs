//! Pagination: the traps that LaunchDarkly's pages hold.

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use futures_util::{StreamExt, TryStreamExt};
use launchdarkly_api::{Client, operations};
use serde_json::{Value, json};

use crate::support::{self, Request, Wire, answer};

pub fn page(body: &Value) -> Vec<u8> {
    answer("200 OK", "application/json", &body.to_string())
}

/// A query parameter of a request.
fn parameter(request: &Request, name: &str) -> Option<String> {
    let target = request.line().split_once(' ').unwrap().1;
    let url = reqwest::Url::parse("http://host")
        .unwrap()
        .join(target)
        .unwrap();
    url.query_pairs()
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

pub fn number(request: &Request, name: &str) -> Option<usize> {
    parameter(request, name).map(|value| value.parse().unwrap())
}

/// A list of flags `flag-0`, `flag-1` and so on.
#[derive(Clone, Copy)]
struct Flags {
    total: usize,
    /// The largest page the server gives.
    most: usize,
    links: bool,
    counts: bool,
}

/// 25 flags as LaunchDarkly lists them.
const LISTED: Flags = Flags {
    total: 25,
    most: 100,
    links: true,
    counts: true,
};

impl Flags {
    async fn wire(self) -> Wire {
        Wire::start(move |request| self.answer(request)).await
    }

    fn answer(self, request: &Request) -> Vec<u8> {
        let offset = number(request, "offset").unwrap_or(0);
        let limit = number(request, "limit").unwrap_or(20).min(self.most);
        let end = (offset + limit).min(self.total);
        let items: Vec<Value> = (offset..end)
            .map(|index| json!({"key": format!("flag-{index}")}))
            .collect();
        let mut body = json!({"items": items, "_links": {}});
        if self.counts {
            body["totalCount"] = json!(self.total);
        }
        if self.links && end < self.total {
            let href = format!("/api/v2/flags/p?limit={limit}&offset={end}&summary=true");
            body["_links"]["next"] = json!({"href": href, "type": "application/json"});
        }
        page(&body)
    }
}

async fn keys(client: &Client, limit: i64) -> Result<Vec<String>, launchdarkly_api::Error> {
    client
        .get_feature_flags()
        .project_key("p")
        .limit(limit)
        .items()
        // More than any of these lists has: one that does not end stops here.
        .take(100)
        .map_ok(|flag| flag.key)
        .try_collect()
        .await
}

/// The keys, with as many requests in flight.
async fn keys_ahead(client: &Client, limit: i64, ahead: usize) -> Vec<String> {
    let flags = client.get_feature_flags().project_key("p").limit(limit);
    let items = flags.pages().prefetch(ahead).items();
    let keys = items.map_ok(|flag| flag.key).try_collect();
    keys.await.unwrap()
}

fn expected(total: usize) -> Vec<String> {
    (0..total).map(|index| format!("flag-{index}")).collect()
}

#[tokio::test]
async fn pages_are_requested_by_links_from_the_last_item_of_the_page_before() {
    let wire = LISTED.wire().await;
    let client = support::client(wire.url());
    assert_eq!(keys(&client, 10).await.unwrap(), expected(25));
    let lines: Vec<String> = wire
        .requests()
        .iter()
        .map(|r| r.line().to_owned())
        .collect();
    assert_eq!(
        lines,
        [
            "GET /api/v2/flags/p?limit=10",
            "GET /api/v2/flags/p?limit=11&offset=9&summary=true",
            "GET /api/v2/flags/p?limit=11&offset=19&summary=true",
        ]
    );
    for request in wire.requests() {
        assert_eq!(request.header("authorization"), [support::TOKEN]);
        assert_eq!(request.header("ld-api-version"), ["20240415"]);
    }
}

#[tokio::test]
async fn pages_and_items_are_returned_one_by_one_without_repetition() {
    let wire = LISTED.wire().await;
    let client = support::client(wire.url());
    let list = || client.get_feature_flags().project_key("p").limit(10);
    let (mut pages, mut items) = (list().pages(), list().items());
    let (mut sizes, mut taken) = (Vec::new(), Vec::new());
    while let Some(page) = pages.try_next().await.unwrap() {
        sizes.push(page.items.len());
    }
    while let Some(flag) = items.try_next().await.unwrap() {
        taken.push(flag.key);
    }
    assert_eq!(sizes, [10, 10, 5]);
    assert_eq!(taken, expected(25));
}

#[tokio::test]
async fn a_list_without_links_is_requested_by_offset_up_to_its_total() {
    let flags = Flags {
        links: false,
        ..LISTED
    };
    let wire = flags.wire().await;
    assert_eq!(
        keys(&support::client(wire.url()), 10).await.unwrap(),
        expected(25)
    );
    assert_eq!(wire.requests().len(), 3);
}

#[tokio::test]
async fn a_list_without_links_and_total_is_requested_until_a_page_is_not_full() {
    let flags = Flags {
        links: false,
        counts: false,
        ..LISTED
    };
    let wire = flags.wire().await;
    assert_eq!(
        keys(&support::client(wire.url()), 10).await.unwrap(),
        expected(25)
    );
}

#[tokio::test]
async fn a_limit_that_the_server_lowers_loses_nothing() {
    for ahead in [1, 4] {
        let flags = Flags {
            most: 7,
            links: false,
            ..LISTED
        };
        let wire = flags.wire().await;
        let found = keys_ahead(&support::client(wire.url()), 1000, ahead).await;
        assert_eq!(found, expected(25));
    }
}

#[tokio::test]
async fn prefetched_pages_stay_in_order_and_no_more_are_in_flight_than_allowed() {
    let flags = Flags {
        total: 200,
        ..LISTED
    };
    let wire = Wire::delayed(Duration::from_millis(20), move |request| {
        flags.answer(request)
    })
    .await;
    let found = keys_ahead(&support::client(wire.url()), 10, 4).await;
    assert_eq!(found, expected(200));
    // Each page after the first has one more item, which overlaps.
    assert_eq!(wire.requests().len(), 20);
    let most = wire.most_at_once();
    assert!((2..=4).contains(&most), "{most} at once");
}

#[tokio::test]
async fn an_empty_page_that_links_on_is_not_the_last() {
    let wire = Wire::start(|request| {
        page(&match number(request, "offset") {
            None => json!({"items": [], "_links": {"next": {"href": "/api/v2/flags/p?offset=20"}}}),
            Some(_) => json!({"items": [{"key": "last"}], "_links": {}}),
        })
    })
    .await;
    let client = support::client(wire.url());
    assert_eq!(keys(&client, 20).await.unwrap(), ["last"]);
}

#[tokio::test]
async fn links_that_do_not_reach_an_end_are_an_error() {
    let wire = Wire::start(|request| {
        let other = if number(request, "offset") == Some(1) {
            2
        } else {
            1
        };
        let href = format!("/api/v2/flags/p?offset={other}");
        page(&json!({"items": [{"key": "a"}], "_links": {"next": {"href": href}}}))
    })
    .await;
    let error = keys(&support::client(wire.url()), 1).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "get_feature_flags: pagination failed: the server repeated a next link"
    );
    assert_eq!(wire.requests().len(), 4);
}

#[tokio::test]
async fn a_link_to_another_server_is_an_error_and_the_token_stays_here() {
    let other = Wire::answering(page(&json!({"items": []}))).await;
    let elsewhere = [
        format!("{}/api/v2/flags/p", other.url()),
        format!("//{}/api/v2/flags/p", other.address),
        "https://user:password@127.0.0.1/api/v2/flags/p".to_owned(),
    ];
    for href in elsewhere {
        let wire = Wire::answering(page(
            &json!({"items": [{"key": "a"}], "_links": {"next": {"href": href}}}),
        ))
        .await;
        let mut pages = Box::pin(
            support::client(wire.url())
                .get_feature_flags()
                .project_key("p")
                .pages(),
        );
        assert_eq!(pages.next().await.unwrap().unwrap().items.len(), 1);
        let error = pages.next().await.unwrap().unwrap_err();
        assert_eq!(
            error.to_string(),
            "get_feature_flags: pagination failed: the next link leads to another server"
        );
        assert!(pages.next().await.is_none());
    }
    assert!(other.requests().is_empty());
}

#[tokio::test]
async fn an_error_ends_pagination_after_the_pages_before_it() {
    for ahead in [1, 3] {
        let flags = Flags {
            total: 40,
            links: false,
            ..LISTED
        };
        let wire = Wire::start(move |request| match number(request, "offset") {
            Some(19) => answer("403 Forbidden", "application/json", r#"{"message": "no"}"#),
            _ => flags.answer(request),
        })
        .await;
        let pages: Vec<_> = support::client(wire.url())
            .get_feature_flags()
            .project_key("p")
            .limit(10)
            .pages()
            .prefetch(ahead)
            .collect()
            .await;
        let outcomes: Vec<bool> = pages.iter().map(Result::is_ok).collect();
        assert_eq!(outcomes, [true, true, false]);
        assert!(pages[2].as_ref().unwrap_err().is_forbidden());
    }
}

#[tokio::test]
async fn a_list_by_time_without_times_is_requested_by_its_links() {
    let wire = Wire::start(|request| {
        page(&match number(request, "before") {
            None => json!({"items": [{"_id": "2"}], "_links": {"next": {"href": "/api/v2/auditlog?before=1700000000000"}}}),
            Some(_) => json!({"items": [{"_id": "1"}], "_links": {}}),
        })
    })
    .await;
    let ids: Vec<String> = support::client(wire.url())
        .get_audit_log_entries()
        .items()
        .map_ok(|entry| entry.id)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(ids, ["2", "1"]);
}

#[tokio::test]
async fn a_next_link_that_is_repeated_is_an_error() {
    let requests = AtomicUsize::new(0);
    let wire = Wire::start(move |_| {
        let id = requests.fetch_add(1, Ordering::Relaxed).to_string();
        page(&json!({
            "items": [{"_id": id}],
            "_links": {"next": {"href": "/api/v2/auditlog?before=1700000000000"}},
        }))
    })
    .await;
    let client = support::client(wire.url());
    let entries = client.get_audit_log_entries().items();
    // Far more than are returned before the error.
    let ended: Result<Vec<_>, _> = entries.take(10).try_collect().await;
    assert_eq!(
        ended.unwrap_err().to_string(),
        "get_audit_log_entries: pagination failed: the server repeated a next link"
    );
    assert_eq!(wire.requests().len(), 2);
}

#[tokio::test]
async fn the_prefix_of_a_proxy_stays_before_the_links_of_the_server_behind_it() {
    let flags = Flags {
        total: 2,
        most: 1,
        ..LISTED
    };
    let wire = flags.wire().await;
    let client = support::client(format!("{}/proxy", wire.url()));
    assert_eq!(keys(&client, 1).await.unwrap(), expected(2));
    for request in wire.requests() {
        assert!(
            request.line().starts_with("GET /proxy/api/v2/flags/p"),
            "{}",
            request.line()
        );
    }
}

#[test]
fn the_table_of_operations_has_the_kind_of_pagination() {
    let paged = operations::ALL
        .iter()
        .filter(|operation| operation.paging().is_some());
    assert!(paged.count() >= 12);
    assert_eq!(
        operations::GET_FEATURE_FLAGS.paging(),
        Some(launchdarkly_api::Paging::Offset)
    );
    assert_eq!(
        operations::GET_AUDIT_LOG_ENTRIES.paging(),
        Some(launchdarkly_api::Paging::BeforeAfter)
    );
}

/// The request lines and the bodies of the requests for pages.
fn posts(wire: &Wire) -> Vec<(String, Value)> {
    wire.requests()
        .iter()
        .map(|request| {
            let body = serde_json::from_slice(&request.body).unwrap();
            (request.line().to_owned(), body)
        })
        .collect()
}

fn statement() -> launchdarkly_api::types::builder::Statement {
    launchdarkly_api::types::Statement::builder()
        .effect("allow")
        .resources(["proj/*"])
        .actions(["*"])
}

#[tokio::test]
async fn a_list_that_is_a_post_continues_by_its_link_with_the_same_body() {
    let wire = Wire::start(|request| {
        page(&match number(request, "before") {
            None => json!({
                "items": [{"_id": "2", "date": 20}],
                "_links": {"next": {"href": "/api/v2/auditlog?limit=1&before=20&q=a%20b"}},
            }),
            Some(_) => json!({"items": [{"_id": "1", "date": 10}], "_links": {}}),
        })
    })
    .await;
    let ids: Vec<String> = support::client(wire.url())
        .post_audit_log_entries()
        .q("a b")
        .body([statement()])
        .items()
        .map_ok(|entry| entry.id)
        .try_collect()
        .await
        .unwrap();
    assert_eq!(ids, ["2", "1"]);
    let body = json!([{"effect": "allow", "resources": ["proj/*"], "actions": ["*"]}]);
    assert_eq!(
        posts(&wire),
        [
            (
                "POST /api/v2/auditlog?limit=20&q=a+b".to_owned(),
                body.clone()
            ),
            (
                "POST /api/v2/auditlog?limit=20&before=21&q=a%20b".to_owned(),
                body
            ),
        ]
    );
    for request in wire.requests() {
        assert_eq!(request.header("content-type"), ["application/json"]);
        assert_eq!(request.header("authorization"), [support::TOKEN]);
    }
}

/// Audit log entries without links, of the times 100, 99 and so on down to 1.
async fn audit_log() -> Wire {
    Wire::start(|request| {
        let before = number(request, "before").unwrap_or(101);
        let limit = number(request, "limit").unwrap_or(10);
        let items: Vec<Value> = (1..before)
            .rev()
            .take(limit)
            .map(|date| json!({"_id": date.to_string(), "date": date}))
            .collect();
        page(&json!({"items": items, "_links": {}}))
    })
    .await
}

#[tokio::test]
async fn a_full_page_without_a_link_continues_from_the_time_of_its_oldest_item() {
    let wire = audit_log().await;
    let client = support::client(wire.url());
    let search = client
        .post_audit_log_entries()
        .limit(20)
        .body([statement()]);
    let found: Vec<_> = search.items().try_collect().await.unwrap();
    assert_eq!(found.len(), 100);
    let requests = posts(&wire);
    assert_eq!(requests[1].0, "POST /api/v2/auditlog?before=82&limit=20");
    assert!(requests.iter().all(|(_, body)| *body == requests[0].1));

    let list = client.get_audit_log_entries().limit(30);
    let found: Vec<_> = list.items().try_collect().await.unwrap();
    assert_eq!(found.len(), 100);
}

#[tokio::test]
async fn a_search_without_links_and_limit_requests_the_largest_pages() {
    let wire = audit_log().await;
    let client = support::client(wire.url());
    let search = client.post_audit_log_entries().body([statement()]);
    let found: Vec<_> = search.items().try_collect().await.unwrap();
    assert_eq!(found.len(), 100);
    let requests = posts(&wire);
    assert_eq!(requests[0].0, "POST /api/v2/auditlog?limit=20");
    assert_eq!(requests.len(), 6);
}

#[tokio::test]
async fn a_server_that_ignores_the_time_returns_its_items_once() {
    let wire = Wire::answering(page(&json!({"items": [{"_id": "1", "date": 7}]}))).await;
    let client = support::client(wire.url());
    for limit in [1, 20] {
        let list = client.post_audit_log_entries().limit(limit);
        let pages: Vec<_> = list.pages().try_collect().await.unwrap();
        assert_eq!(pages.len(), 1);
        assert_eq!(pages[0].items.len(), 1);
    }
    assert!(wire.requests().len() <= 7);
}

#[tokio::test]
async fn no_link_leads_out_of_a_base_path_that_the_api_path_begins_with() {
    let flags = Flags {
        total: 3,
        most: 1,
        ..LISTED
    };
    for prefix in ["/api", "/a", "/api/v2", "/api/v2/flags"] {
        for rewritten in [false, true] {
            let wire = Wire::start(move |request| {
                let answer = String::from_utf8(flags.answer(request)).unwrap();
                let body: &str = answer.split("\r\n\r\n").nth(1).unwrap();
                page(&if rewritten {
                    let body =
                        body.replace("/api/v2/flags/p?", &format!("{prefix}/api/v2/flags/p?"));
                    serde_json::from_str(&body).unwrap()
                } else {
                    serde_json::from_str(body).unwrap()
                })
            })
            .await;
            let client = support::client(format!("{}{prefix}", wire.url()));
            assert_eq!(keys(&client, 1).await.unwrap(), expected(3));
            // The server has no room for an overlap: the second request found out.
            assert_eq!(wire.requests().len(), 4);
            for request in wire.requests() {
                let line = format!("GET {prefix}/api/v2/flags/p?limit=");
                assert!(request.line().starts_with(&line), "{}", request.line());
            }
        }
    }
}

#[tokio::test]
async fn a_link_to_another_path_of_the_server_is_an_error_and_is_not_followed() {
    for href in [
        "/api/v2/tokens",
        "/api/v2/flags/p/e/f",
        "/api/v2/flags/p/../../tokens",
        "/login?back=/api/v2/flags/p",
        "?offset=20",
    ] {
        let wire = Wire::answering(page(
            &json!({"items": [{"key": "a"}], "_links": {"next": {"href": href}}}),
        ))
        .await;
        let error = keys(&support::client(wire.url()), 1).await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "get_feature_flags: pagination failed: the next link leads to the path of another operation"
        );
        assert_eq!(wire.requests().len(), 1);
    }
}

#[tokio::test]
async fn a_link_is_requested_as_it_is_encoded() {
    let next = "/api/v2/flags/a%2Fb%20c?filter=tags%3Aa%2Bb+c,query:%C3%BC&offset=1";
    let wire = Wire::start(move |request| {
        page(&match number(request, "offset") {
            None => json!({"items": [{"key": "a"}], "_links": {"next": {"href": next}}}),
            Some(_) => json!({"items": [{"key": "b"}]}),
        })
    })
    .await;
    let client = support::client(wire.url());
    let flags = client.get_feature_flags().project_key("a/b c");
    let found: Vec<_> = flags.items().try_collect().await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        wire.requests()[0].line(),
        "GET /api/v2/flags/a%2Fb%20c?limit=100"
    );
    assert_eq!(wire.requests()[1].line(), format!("GET {next}"));
}

/// 40 flags without links, of a server that counts them wrongly.
async fn miscounted(total: Value) -> Wire {
    let flags = Flags {
        total: 40,
        links: false,
        counts: false,
        ..LISTED
    };
    Wire::start(move |request| {
        let answer = String::from_utf8(flags.answer(request)).unwrap();
        let body: &str = answer.split("\r\n\r\n").nth(1).unwrap();
        let mut body: Value = serde_json::from_str(body).unwrap();
        body["totalCount"] = total.clone();
        page(&body)
    })
    .await
}

#[tokio::test]
async fn a_total_that_is_too_low_is_ignored() {
    for total in [json!(39), json!(20), json!(0), json!(-1), json!(i64::MIN)] {
        for ahead in [1, 4] {
            let wire = miscounted(total.clone()).await;
            let found = keys_ahead(&support::client(wire.url()), 10, ahead).await;
            assert_eq!(found, expected(40), "{total} {ahead}");
            let sent = wire.requests().len();
            assert!(sent <= 8 + ahead, "{total} {ahead}: {sent} requests");
        }
    }
}

#[tokio::test]
async fn a_list_that_ends_before_its_total_is_an_error_after_its_items() {
    for total in [41, 100_000, i64::MAX] {
        for ahead in [1, 4, usize::MAX] {
            // Once is enough: 256 requests take a while.
            if ahead == usize::MAX && total != i64::MAX {
                continue;
            }
            let wire = miscounted(json!(total)).await;
            let client = support::client(wire.url());
            let flags = || {
                client
                    .get_feature_flags()
                    .project_key("p")
                    .limit(10)
                    .pages()
            };
            let mut items = flags().prefetch(ahead).items();
            let mut found = Vec::new();
            let error = loop {
                match items.try_next().await {
                    Ok(flag) => found.push(flag.unwrap().key),
                    Err(error) => break error,
                }
            };
            assert_eq!(found, expected(40), "{total} {ahead}");
            assert!(!error.is_list_changed());
            assert_eq!(
                error.to_string(),
                format!(
                    "get_feature_flags: pagination failed: the list ended after 40 items, although \
                     its total is {total}; if the total counts something else, use \
                     `pages().unverified()`"
                )
            );
            let sent = wire.requests().len();
            assert!(
                sent <= 8 + 3 * ahead.min(256),
                "{total} {ahead}: {sent} requests"
            );
            let all: Vec<_> = flags().unverified().items().try_collect().await.unwrap();
            assert_eq!(all.len(), 40);
        }
    }
}

#[tokio::test]
async fn requests_in_flight_are_dropped_at_the_end_of_the_list() {
    let wire = miscounted(json!(1_000_000)).await;
    let client = support::client(wire.url());
    let flags = client.get_feature_flags().project_key("p").limit(10);
    let mut pages = flags.pages().prefetch(4);
    let mut sizes = Vec::new();
    while let Ok(Some(page)) = pages.try_next().await {
        sizes.push(page.items.len());
    }
    assert_eq!(sizes, [10, 10, 10, 10]);
    let sent = wire.requests().len();
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(pages.try_next().await.unwrap().is_none());
    assert_eq!(wire.requests().len(), sent);
}

#[tokio::test]
async fn an_offset_at_the_end_of_the_numbers_ends_the_list() {
    for ahead in [1, 4] {
        let wire = Wire::answering(page(&json!({
            "items": [{"key": "a"}, {"key": "b"}], "totalCount": i64::MAX,
        })))
        .await;
        let client = support::client(wire.url());
        for offset in [i64::MAX, i64::MAX - 1, i64::MIN] {
            let flags = client.get_feature_flags().project_key("p").offset(offset);
            let pages = flags.pages().prefetch(ahead);
            // From the least offset on, the server repeats its page.
            let pages: Vec<_> = pages.collect().await;
            assert!(pages[0].is_ok());
            assert!(pages[1..].iter().all(Result::is_err));
        }
    }
}

#[tokio::test]
async fn a_page_with_values_of_another_form_is_read() {
    let flag = json!({
        "key": "a", "creationDate": "2023-11-14T23:13:20.5+01:00", "_version": "7",
        "environments": [], "variations": {}, "_links": [], "experiments": [],
    });
    let body = json!({"items": [flag], "_links": [], "totalCount": "1e0"});
    let wire = Wire::answering(answer(
        "200 OK",
        "application/json",
        &format!("\u{feff}{body}"),
    ))
    .await;
    let client = support::client(wire.url());
    let flags = client.get_feature_flags().project_key("p").limit(1);
    let pages: Vec<_> = flags.pages().try_collect().await.unwrap();
    let [only] = pages.as_slice() else {
        panic!("{} pages", pages.len());
    };
    assert_eq!(only.total_count, Some(1));
    let flag = &only.items[0];
    assert_eq!(flag.creation_date.get(), 1_700_000_000_500);
    assert_eq!(flag.version, Some(7));
    assert!(flag.variations.is_empty());
}

#[tokio::test]
async fn a_link_that_is_empty_or_missing_ends_the_list() {
    for links in [
        json!([]),
        json!({}),
        json!(null),
        json!({"next": null}),
        json!({"next": {}}),
        json!({"next": []}),
        json!({"next": {"href": ""}}),
        json!({"next": {"href": null}}),
    ] {
        for items in [json!([]), json!({}), json!(null)] {
            let wire = Wire::answering(page(&json!({"items": items, "_links": links}))).await;
            let entries = support::client(wire.url()).get_audit_log_entries();
            let pages: Vec<_> = entries.pages().try_collect().await.unwrap();
            assert_eq!(pages.len(), 1, "{links} {items}");
            assert_eq!(wire.requests().len(), 1);
        }
    }
}

#[tokio::test]
async fn a_page_that_does_not_decode_is_an_error_that_names_the_field() {
    for (body, path) in [
        (json!(null), ""),
        (json!({"items": [], "_links": {"next": ""}}), "_links.next"),
        (json!({"items": "", "_links": {}}), "items"),
        (json!({"items": {"0": {}}, "_links": {}}), "items"),
    ] {
        let wire = Wire::answering(page(&body)).await;
        let entries = support::client(wire.url()).get_audit_log_entries();
        let error = entries.pages().try_next().await.unwrap_err();
        assert!(error.is_decode(), "{error}");
        assert_eq!(error.decode_path(), Some(path), "{body}");
    }
}

#[tokio::test]
async fn without_a_limit_the_largest_page_is_requested() {
    let wire = LISTED.wire().await;
    let client = support::client(wire.url());
    let flags = client.get_feature_flags().project_key("p").items();
    assert_eq!(flags.try_collect::<Vec<_>>().await.unwrap().len(), 25);
    assert_eq!(wire.requests().len(), 1);
    assert_eq!(number(&wire.requests()[0], "limit"), Some(100));
}

#[tokio::test]
async fn a_server_that_rejects_the_largest_page_is_asked_for_its_own() {
    for ahead in [1, 4] {
        let wire = Wire::start(|request| match number(request, "limit") {
            Some(limit) if limit > 20 => answer("400 Bad Request", "application/json", "{}"),
            _ => LISTED.answer(request),
        })
        .await;
        let client = support::client(wire.url());
        let flags = client.get_feature_flags().project_key("p").pages();
        let flags = flags.prefetch(ahead).items();
        assert_eq!(flags.try_collect::<Vec<_>>().await.unwrap().len(), 25);
        // Nor is the caller's own limit changed.
        let error = keys(&client, 30).await.unwrap_err();
        assert_eq!(error.status().unwrap(), 400);
    }
}

#[tokio::test]
async fn a_server_that_rejects_an_item_more_than_the_limit_is_asked_for_the_limit() {
    for ahead in [1, 4] {
        for limit in [10, 1] {
            let wire = Wire::start(move |request| match number(request, "limit") {
                Some(requested) if requested > limit => {
                    answer("400 Bad Request", "application/json", "{}")
                }
                _ => LISTED.answer(request),
            })
            .await;
            let client = support::client(wire.url());
            let limit = i64::try_from(limit).unwrap();
            assert_eq!(keys_ahead(&client, limit, ahead).await, expected(25));
        }
    }
}

#[tokio::test]
async fn a_page_with_more_items_than_the_limit_loses_nothing() {
    // The server ignores the limit, or returns a few items more.
    for (total, least) in [(25, 1000), (40, 15)] {
        for (links, counts) in [(true, true), (false, true), (false, false)] {
            let flags = Flags {
                total,
                links,
                counts,
                ..LISTED
            };
            let wire = Wire::start(move |request| {
                let offset = number(request, "offset").unwrap_or(0);
                let line = format!("GET /api/v2/flags/p?limit={least}&offset={offset}");
                flags_of_line(flags, &line)
            })
            .await;
            for ahead in [1, 4] {
                let found = keys_ahead(&support::client(wire.url()), 10, ahead).await;
                assert_eq!(found, expected(total), "{least} {links} {counts} {ahead}");
            }
        }
    }
}

/// The page for another request.
fn flags_of_line(flags: Flags, line: &str) -> Vec<u8> {
    let flags = Flags {
        most: 1000,
        ..flags
    };
    flags.answer(&Request {
        head: line.to_owned(),
        body: Vec::new(),
    })
}

#[tokio::test]
async fn a_list_that_shrinks_to_nothing_ends() {
    for ahead in [1, 4] {
        let requests = AtomicUsize::new(0);
        let wire = Wire::start(
            move |request| match requests.fetch_add(1, Ordering::SeqCst) {
                0 => LISTED.answer(request),
                _ => page(&json!({"items": [], "totalCount": 0, "_links": {}})),
            },
        )
        .await;
        let found = keys_ahead(&support::client(wire.url()), 10, ahead).await;
        assert_eq!(found, expected(10));
        assert!(wire.requests().len() < 20);
    }
}

#[tokio::test]
async fn a_list_that_is_replaced_before_each_request_is_reported_as_changed() {
    let created = AtomicUsize::new(0);
    let wire = Wire::start(move |request| {
        let limit = number(request, "limit").unwrap();
        let first = created.fetch_add(limit, Ordering::SeqCst);
        let items: Vec<_> = (first..first + limit)
            .map(|index| json!({"key": index.to_string()}))
            .collect();
        page(&json!({"items": items, "totalCount": 10_000}))
    })
    .await;
    let client = support::client(wire.url());
    for ahead in [1, 4] {
        let flags = client.get_feature_flags().project_key("p");
        let items = flags.pages().prefetch(ahead).items();
        let error = items.try_collect::<Vec<_>>().await.unwrap_err();
        assert!(error.is_list_changed(), "{error}");
    }
}

#[tokio::test]
async fn a_total_of_another_form_is_the_total() {
    for total in [json!("40"), json!(4e1), json!("4e1")] {
        let wire = miscounted(total.clone()).await;
        let found = keys_ahead(&support::client(wire.url()), 10, 1).await;
        assert_eq!(found, expected(40), "{total}");
    }
    // More flags than exist.
    let wire = miscounted(json!(1.7e12)).await;
    let client = support::client(wire.url());
    let error = keys(&client, 10).await.unwrap_err();
    assert!(
        error.to_string().contains("its total is 1700000000000"),
        "{error}"
    );
}

#[tokio::test]
async fn items_that_share_an_identity_or_have_none_are_all_returned() {
    let keys_of = ["a", "b", "b", "c", "", "", "d"];
    let wire = Wire::start(move |request| {
        let offset = number(request, "offset").unwrap_or(0);
        let limit = number(request, "limit").unwrap();
        let items = keys_of.iter().skip(offset).take(limit);
        let items: Vec<_> = items
            .zip(offset..)
            .map(|(key, index)| json!({"key": key, "name": index.to_string()}))
            .collect();
        page(&json!({"items": items, "totalCount": keys_of.len()}))
    })
    .await;
    let client = support::client(wire.url());
    let found = keys(&client, 100).await.unwrap();
    assert_eq!(found, keys_of);
    for limit in 1..8 {
        let flags = client.get_feature_flags().project_key("p").limit(limit);
        let items = flags.clone().pages().unverified().items();
        let found: Vec<_> = items.map_ok(|flag| flag.key).try_collect().await.unwrap();
        assert_eq!(found, keys_of, "{limit}");
        let items = flags.pages().unverified().items_as::<Value>();
        let found: Vec<_> = items.try_collect().await.unwrap();
        assert_eq!(found.len(), keys_of.len(), "{limit}");
    }
    // In pages, a repeated key looks like a list that changes.
    let error = keys(&client, 2).await.unwrap_err();
    assert!(error.is_list_changed(), "{error}");
}

#[tokio::test]
async fn unverified_pages_that_continue_by_links_are_returned_as_they_are() {
    let wire = Wire::start(|request| {
        page(&match number(request, "before") {
            None => json!({
                "items": [{"_id": "1", "date": 20}, {"_id": "1", "date": 20}],
                "_links": {"next": {"href": "/api/v2/auditlog?before=20"}},
            }),
            Some(_) => json!({"items": [{"_id": "1", "date": 10}], "_links": {}}),
        })
    })
    .await;
    let entries = support::client(wire.url()).get_audit_log_entries();
    let pages: Vec<_> = entries.pages().unverified().try_collect().await.unwrap();
    let sizes: Vec<_> = pages.iter().map(|page| page.items.len()).collect();
    assert_eq!(sizes, [2, 1]);
}

#[tokio::test]
async fn a_stream_that_is_dropped_on_a_page_requests_no_other() {
    for ahead in [1, 4] {
        let wire = LISTED.wire().await;
        let client = support::client(wire.url());
        let flags = client.get_feature_flags().project_key("p").limit(5);
        let mut items = flags.pages().prefetch(ahead).items();
        for _ in 0..7 {
            items.try_next().await.unwrap();
        }
        drop(items);
        let sent = wire.requests().len();
        assert!(sent <= 1 + ahead);
        tokio::time::sleep(Duration::from_millis(50)).await;
        assert!(wire.requests().len() <= 1 + ahead);
    }
}

#[cfg(feature = "contexts")]
#[tokio::test]
async fn a_full_page_without_total_and_way_to_the_next_is_an_error() {
    let items: Vec<Value> = (0..100)
        .map(|_| json!({"name": "a", "weight": 1}))
        .collect();
    for (count, is_full) in [(99, false), (100, true)] {
        let wire = Wire::answering(page(&json!({"items": items[..count]}))).await;
        let error = support::client(wire.url())
            .get_context_attribute_names()
            .project_key("p")
            .environment_key("e")
            .items()
            .try_collect::<Vec<_>>()
            .await
            .err();
        assert_eq!(error.is_some(), is_full, "{error:?}");
    }
}

#[tokio::test]
async fn tags_are_identified_by_themselves() {
    let requests = AtomicUsize::new(0);
    let wire = Wire::start(move |request| {
        // A tag is created before the second request.
        let tags = match requests.fetch_add(1, Ordering::SeqCst) {
            0 => vec!["b", "c", "d"],
            _ => vec!["a", "b", "c", "d"],
        };
        let offset = number(request, "offset").unwrap_or(0);
        let items = tags.iter().skip(offset);
        let items: Vec<_> = items.take(number(request, "limit").unwrap()).collect();
        page(&json!({"items": items, "totalCount": tags.len()}))
    })
    .await;
    let client = support::client(wire.url());
    let tags: Vec<String> = client
        .get_tags()
        .limit(2)
        .items()
        .try_collect()
        .await
        .unwrap();
    assert_eq!(tags, ["b", "c", "d", "a"]);
}
