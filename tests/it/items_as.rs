//! The items of lists in types of the caller.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt, TryStreamExt};
use launchdarkly_api::{Client, types::Statement};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use crate::{
    lists::{number, page},
    support::{self, Request, Wire, answer},
};

fn flags(client: &Client) -> launchdarkly_api::builder::feature_flags::GetFeatureFlags {
    client.get_feature_flags().project_key("p")
}

/// The JSON of a flag as a server may write it.
fn text(index: usize) -> String {
    format!(
        "{{ \"name\":\"\\u0046\", \"key\":\"flag-{index}\", \"_version\": 1.0e0,\"new\":[ 1 ] }}"
    )
}

/// A page of 25 flags.
fn flag_page(request: &Request) -> Vec<u8> {
    let offset = number(request, "offset").unwrap_or(0);
    let end = (offset + number(request, "limit").unwrap_or(20)).min(25);
    let items: Vec<String> = (offset..end).map(text).collect();
    let body = format!(
        "{{\"totalCount\": \"25\", \"items\" : [{}], \"_links\": null}}",
        items.join(" ,\n")
    );
    answer("200 OK", "application/json", &body)
}

#[tokio::test]
async fn each_item_is_the_exact_json_that_the_server_sent() {
    let wire = Wire::start(flag_page).await;
    let client = support::client(wire.url());
    let expected: Vec<String> = (0..25).map(text).collect();
    let items = [
        flags(&client).limit(10).items_as::<Box<RawValue>>(),
        flags(&client).limit(10).pages().items_as(),
        flags(&client).limit(10).pages().prefetch(4).items_as(),
    ];
    for items in items {
        let items: Vec<Box<RawValue>> = items.take(100).try_collect().await.unwrap();
        let texts: Vec<&str> = items.iter().map(|item| item.get()).collect();
        assert_eq!(texts, expected);
    }
    assert_eq!(
        wire.requests()[1].line(),
        "GET /api/v2/flags/p?limit=11&offset=9"
    );
}

#[tokio::test]
async fn the_same_requests_are_sent_as_for_typed_items() {
    let lines = async |raw: bool| {
        let wire = Wire::start(flag_page).await;
        let list = flags(&support::client(wire.url())).limit(7);
        let count = match raw {
            true => list.items_as::<Value>().count().await,
            false => list.items().count().await,
        };
        assert_eq!(count, 25);
        let requests = wire.requests();
        let lines = requests.iter().map(|request| request.line().to_owned());
        lines.collect::<Vec<_>>()
    };
    assert_eq!(lines(true).await, lines(false).await);
}

#[tokio::test]
async fn an_item_that_does_not_decode_ends_the_stream_after_the_items_before_it() {
    #[derive(Debug, Deserialize)]
    struct Named {
        key: String,
        #[serde(rename = "maintainer")]
        _maintainer: Option<Maintainer>,
    }
    #[derive(Debug, Deserialize)]
    struct Maintainer {
        #[serde(rename = "email")]
        _email: String,
    }
    // The type of the page does not decode the second item either.
    let items =
        json!([{"key": "a"}, {"key": "b", "maintainer": {"email": 42}, "name": {}}, {"key": "c"}]);
    let wire = Wire::answering(page(&json!({"items": items, "totalCount": 3}))).await;
    let client = support::client(wire.url());
    let mut named = flags(&client).items_as::<Named>();
    assert_eq!(named.try_next().await.unwrap().unwrap().key, "a");
    let error = named.try_next().await.unwrap_err();
    assert!(error.is_decode());
    assert_eq!(error.decode_path(), Some("items[1].maintainer.email"));
    assert!(
        error.to_string().starts_with("get_feature_flags: "),
        "{error}"
    );
    assert!(named.try_next().await.unwrap().is_none());
    assert!(flags(&client).items().try_next().await.is_err());
    let raw: Vec<Value> = flags(&client).items_as().try_collect().await.unwrap();
    assert_eq!(Value::from(raw), items);
}

#[tokio::test]
async fn a_byte_order_mark_is_ignored_and_a_page_that_is_not_utf_8_is_an_error() {
    let body = "\u{feff}{\"items\": [{\"key\": \"a\"}], \"note\": \"?\"}";
    let page = answer("200 OK", "application/json", body);
    let mut invalid = page.clone();
    let place = invalid.iter().rposition(|byte| *byte == b'?').unwrap();
    invalid[place] = 0xff;
    for (page, is_valid) in [(page, true), (invalid, false)] {
        let wire = Wire::answering(page).await;
        let mut items = flags(&support::client(wire.url())).items_as::<Value>();
        match items.try_next().await {
            Ok(item) => assert!(is_valid && item == Some(json!({"key": "a"})), "{item:?}"),
            Err(error) => assert!(!is_valid && error.is_decode(), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_page_whose_items_are_no_list_is_an_error_that_names_the_property() {
    for (body, path) in [
        (json!({"items": {"a": "s3cret"}}), "items"),
        (json!(["s3cret"]), ""),
    ] {
        let wire = Wire::answering(page(&body)).await;
        let mut items = flags(&support::client(wire.url())).items_as::<Value>();
        let error = items.try_next().await.unwrap_err();
        assert_eq!(error.decode_path(), Some(path), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }
    for body in [json!({"items": null}), json!({"items": {}}), json!({})] {
        let wire = Wire::answering(page(&body)).await;
        let mut items = flags(&support::client(wire.url())).items_as::<Value>();
        assert!(items.try_next().await.unwrap().is_none());
    }
}

#[tokio::test]
async fn tags_are_identified_by_themselves_in_raw_json_too() {
    let requests = AtomicUsize::new(0);
    let wire = Wire::start(move |request| {
        // A tag is created before the second request.
        let tags = match requests.fetch_add(1, Ordering::SeqCst) {
            0 => vec!["b", "c", "d"],
            _ => vec!["a", "b", "c", "d"],
        };
        let items = tags.iter().skip(number(request, "offset").unwrap_or(0));
        let items: Vec<_> = items.take(number(request, "limit").unwrap()).collect();
        page(&json!({"items": items, "totalCount": tags.len()}))
    })
    .await;
    let client = support::client(wire.url());
    let tags = client.get_tags().limit(2).items_as::<Box<RawValue>>();
    let tags: Vec<_> = tags
        .map_ok(|tag| tag.to_string())
        .try_collect()
        .await
        .unwrap();
    assert_eq!(tags, [r#""b""#, r#""c""#, r#""d""#, r#""a""#]);
}

/// A page of audit log entries, three of each millisecond, newest first.
fn log_page(request: &Request, has_links: bool) -> Vec<u8> {
    let before = number(request, "before").unwrap_or(usize::MAX);
    let limit = number(request, "limit").unwrap_or(10);
    let older: Vec<usize> = (0..60).rev().filter(|id| 1000 + id / 3 < before).collect();
    let items = older.iter().take(limit);
    let items = items.map(|id| json!({"_id": id.to_string(), "date": 1000 + id / 3, "n": null}));
    let items: Vec<Value> = items.collect();
    let mut body = json!({"items": items, "_links": {"self": {"href": "/"}}});
    if has_links && older.len() > limit {
        let date = &items[limit - 1]["date"];
        let href = format!("/api/v2/auditlog?before={date}&limit={limit}");
        body["_links"]["next"] = json!({"href": href});
    }
    page(&body)
}

#[tokio::test]
async fn entries_that_share_a_millisecond_are_returned_once_from_get_and_post_lists() {
    for has_links in [true, false] {
        let wire = Wire::start(move |request| log_page(request, has_links)).await;
        let client = support::client(wire.url());
        let statement = Statement::builder()
            .effect("allow")
            .resources(["proj/*"])
            .actions(["*"]);
        let get = client.get_audit_log_entries().limit(10);
        let post = client.post_audit_log_entries().limit(10).body([statement]);
        for items in [get.items_as::<Value>(), post.items_as()] {
            let entries: Vec<Value> = items.take(100).try_collect().await.unwrap();
            let ids: Vec<&str> = entries
                .iter()
                .filter_map(|entry| entry["_id"].as_str())
                .collect();
            let expected: Vec<String> = (0..60).rev().map(|id| id.to_string()).collect();
            assert_eq!(ids, expected, "{has_links}");
            assert_eq!(entries[0].as_object().unwrap().len(), 3);
        }
        let posts = wire.requests();
        let posts = posts
            .iter()
            .filter(|request| request.line().starts_with("POST"));
        assert!(posts.clone().count() > 5);
        assert!(posts.clone().all(|request| request.body.starts_with(b"[{")));
    }
}
