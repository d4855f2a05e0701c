//! Typed mocks: matching, responses, and examples of responses.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use launchdarkly_api::{
    Client, Conflict, Error, JsonPatch, MergePatch, RetryPolicy, SemanticPatch, UnixMillis,
    httpmock::MockServer,
    instructions::flags,
    mock::{Examples, MockServerExt},
    types::{FeatureFlag, FeatureFlags, FlagKind, Integration, ProjectPost},
};
use serde_json::json;

use crate::support::{TOKEN, client};

async fn subscription(client: &Client, key: &str, id: &str) -> Result<Integration, Error> {
    let call = client.get_subscription_by_id();
    let answer = call.integration_key(key).id(id).send().await;
    answer.map(launchdarkly_api::ResponseValue::into_inner)
}

#[tokio::test]
async fn a_mock_closure_may_end_with_a_semicolon() {
    let server = MockServer::start();
    let client = client(server.base_url());
    let mut expected: Integration = Examples::new().make();
    expected.name = Some("Flag changes".to_owned());
    let first = server.get_subscription_by_id(|when, then| {
        when.integration_key("datadog").id("1");
        then.ok(&expected);
    });
    let second = server.get_subscription_by_id(|_, then| then.ok(&Examples::new().make()));
    let found = subscription(&client, "datadog", "1").await.unwrap();
    assert_eq!(found, expected);
    let other = subscription(&client, "datadog", "2").await.unwrap();
    assert_eq!(other.name.as_deref(), Some("name"));
    first.assert();
    second.assert();
}

#[tokio::test]
async fn a_path_argument_matches_literally() {
    let server = MockServer::start();
    let client = client(server.base_url());
    for key in [
        "a.b", "a/b c", "100%", "ü", "a%2Fb", ".*", "a+b", "~", "a?b",
    ] {
        let mock = server.get_subscription_by_id(|when, then| {
            when.id(key);
            then.ok(&Examples::new().make())
        });
        subscription(&client, "any/thing", key).await.unwrap();
        mock.assert();
        for other in ["axb", "a b", "a/b", "a", "100", "u", "ü ", "x", "%7E"] {
            let answer = subscription(&client, "any/thing", other).await;
            assert!(answer.unwrap_err().is_not_found(), "{key} and {other}");
        }
        mock.assert();
        server.reset();
    }
}

#[tokio::test]
async fn a_longer_or_shorter_path_does_not_match() {
    let server = MockServer::start();
    let client = client(server.base_url());
    let mock = server.get_subscriptions(|_, then| then.ok(&Examples::new().make()));
    assert!(subscription(&client, "datadog", "1").await.is_err());
    assert_eq!(mock.calls(), 0);
}

#[tokio::test]
async fn queries_match_as_the_client_encodes_them() {
    let server = MockServer::start();
    let tags = server.get_tags(|when, then| {
        when.kind(["flag", "segment"])
            .archived(true)
            .limit(20)
            .pre("a b&c");
        then.ok(&Examples::new().make())
    });
    let entries = server.get_audit_log_entries(|when, then| {
        when.before(UnixMillis::new(1_700_000_000_000)).q("ü");
        then.ok(&Examples::new().make())
    });
    let client = client(server.base_url());
    let call = || client.get_tags().archived(true).limit(20).pre("a b&c");
    call().kind(["flag", "segment"]).send().await.unwrap();
    for others in [vec!["segment", "flag"], vec!["flag"], vec![]] {
        assert!(call().kind(others).send().await.is_err());
    }
    tags.assert();
    let call = |before| {
        client
            .get_audit_log_entries()
            .before(UnixMillis::new(before))
            .q("ü")
    };
    call(1_700_000_000_000).send().await.unwrap();
    call(1_700_000_000_001).send().await.unwrap_err();
    entries.assert();
}

#[tokio::test]
async fn a_body_matches_by_its_json() {
    let server = MockServer::start();
    let body = || ProjectPost::builder().key("web").name("Web");
    let mock = server.post_project(|when, then| {
        when.body(body());
        then.created(&Examples::new().make())
    });
    let client = client(server.base_url());
    let answer = client.post_project().body(body()).send().await.unwrap();
    assert_eq!(answer.status(), 201);
    let built: ProjectPost = body().tags(["new"]).try_into().unwrap();
    client.post_project().body(built).send().await.unwrap_err();
    mock.assert();
}

#[tokio::test]
async fn a_patch_matches_only_in_its_format() {
    let server = MockServer::start();
    let flag: FeatureFlag = Examples::new().make();
    let json = server.patch_feature_flag(|when, then| {
        when.body(JsonPatch::new().replace("/name", "a"));
        then.ok(&flag)
    });
    let merge = server.patch_feature_flag(|when, then| {
        when.body(MergePatch::new().set("name", "a"));
        then.ok(&flag)
    });
    let semantically = || {
        let patch = SemanticPatch::new().environment_key("e");
        patch.instruction(flags::turn_flag_on())
    };
    let semantic = server.patch_feature_flag(|when, then| {
        when.body(semantically());
        then.ok(&flag)
    });
    let client = client(server.base_url());
    let call = || {
        client
            .patch_feature_flag()
            .project_key("p")
            .feature_flag_key("f")
    };
    let merged = MergePatch::new().set("name", "a");
    call().body(merged).send().await.unwrap();
    // The same JSON with another content type.
    let same = MergePatch::new()
        .set("environmentKey", "e")
        .set("instructions", json!([{"kind": "turnFlagOn"}]));
    call().body(same).send().await.unwrap_err();
    call().body(semantically()).send().await.unwrap();
    assert_eq!([json.calls(), merge.calls(), semantic.calls()], [0, 1, 1]);
}

#[tokio::test]
async fn a_mocked_error_matches_its_predicate() {
    type Predicate = fn(&Error) -> bool;
    let server = MockServer::start();
    let client = client(server.base_url());
    let mut calls = 0..;
    let mut check = async |status: u16, code: &str, is: Predicate| {
        let id = calls.next().unwrap().to_string();
        let error = subscription(&client, "k", &id).await.unwrap_err();
        assert_eq!(error.status().unwrap().as_u16(), status);
        assert_eq!(error.code(), Some(code));
        assert!(error.message().is_some() && is(&error), "{error}");
        error
    };
    let mock =
        |id: &str, answer: &dyn Fn(launchdarkly_api::mock::operations::GetSubscriptionByIdThen)| {
            server.get_subscription_by_id(|when, then| {
                when.id(id);
                answer(then);
            });
        };
    mock("0", &|then| drop(then.bad_request()));
    mock("1", &|then| drop(then.unauthorized()));
    mock("2", &|then| drop(then.forbidden()));
    mock("3", &|then| drop(then.not_found()));
    mock("4", &|then| drop(then.conflict(Conflict::Version)));
    mock("5", &|then| drop(then.conflict(Conflict::KeyExists)));
    mock("6", &|then| drop(then.conflict(Conflict::Undecidable)));
    mock("7", &|then| drop(then.server_error(503)));
    mock("8", &|then| {
        drop(then.status(418, &json!({"code": "teapot", "message": "no"})))
    });
    mock("9", &|then| {
        drop(then.rate_limited(Duration::from_millis(1500)))
    });
    check(400, "invalid_request", |error| !error.is_not_found()).await;
    check(401, "unauthorized", Error::is_unauthorized).await;
    check(403, "forbidden", |error| {
        error.is_forbidden() && !error.is_approval_required()
    })
    .await;
    check(404, "not_found", Error::is_not_found).await;
    let version = |error: &Error| error.conflict() == Some(Conflict::Version);
    check(409, "optimistic_locking_error", version).await;
    let exists = |error: &Error| error.conflict() == Some(Conflict::KeyExists);
    check(409, "key_exists", exists).await;
    let undecidable = |error: &Error| error.conflict() == Some(Conflict::Undecidable);
    check(409, "conflict", undecidable).await;
    check(503, "server_error", |error| !error.is_rate_limited()).await;
    check(418, "teapot", |_| true).await;
    let error = check(429, "rate_limited", Error::is_rate_limited).await;
    assert_eq!(error.retry_after(), Some(Duration::from_secs(2)));
    let headers = error.headers().unwrap();
    assert_eq!(headers["x-ratelimit-route-remaining"], "0");
}

#[tokio::test]
async fn a_client_waits_for_the_retry_after_of_a_mock() {
    let server = MockServer::start();
    let mut limited = server.get_subscription_by_id(|_, then| {
        then.rate_limited(Duration::from_millis(900))
            .and(|then| then.up_to_n_times(1))
    });
    server.get_subscription_by_id(|_, then| then.ok(&Examples::new().make()));
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(server.base_url())
        .retry_policy(RetryPolicy::default())
        .build()
        .unwrap();
    let began = std::time::Instant::now();
    let call = client.get_subscription_by_id().integration_key("k").id("1");
    call.send().await.unwrap();
    assert!(began.elapsed() >= Duration::from_millis(900));
    limited.assert();
    limited.delete();
}

#[tokio::test]
async fn an_overridden_method_matches() {
    let server = MockServer::start();
    let mock = server.delete_subscription(|when, then| {
        when.id("1");
        then.no_content()
    });
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(server.base_url())
        .method_override(true)
        .build()
        .unwrap();
    let call = client.delete_subscription().integration_key("k").id("1");
    call.send().await.unwrap();
    mock.assert();
}

#[tokio::test]
async fn and_gives_access_to_httpmock() {
    let server = MockServer::start();
    let client = client(server.base_url());
    for (version, name) in [("beta", "a"), ("20240415", "b")] {
        server.get_subscription_by_id(|when, then| {
            when.and(|when| when.header("ld-api-version", version))
                .id("1");
            then.ok(&Examples::new().make())
                .and(|then| then.header("x-name", name))
        });
    }
    server.get_subscription_by_id(|when, then| {
        when.id("2").into_inner().header_missing("accept");
        then.into_inner().status(200);
    });
    let call = client.get_subscription_by_id();
    let answer = call.integration_key("k").id("1").send().await.unwrap();
    assert_eq!(answer.headers()["x-name"], "b");
    assert!(
        subscription(&client, "k", "2")
            .await
            .unwrap_err()
            .is_not_found()
    );
}

#[test]
fn a_failed_assertion_shows_the_expected_path() {
    let server = MockServer::start();
    let client = client(server.base_url());
    let mock = server.get_subscription_by_id(|when, then| {
        when.integration_key("k").id("a/b");
        then.not_found()
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime
        .block_on(subscription(&client, "k", "c"))
        .unwrap_err();
    let message = said(|| mock.assert());
    assert!(
        message.contains("/api/v2/integrations/k/a%2Fb"),
        "{message}"
    );
    assert!(message.contains("/api/v2/integrations/k/c"), "{message}");
}

#[test]
fn an_argument_that_the_client_rejects_panics_with_its_name() {
    let server = MockServer::start();
    let messages = [
        said(|| {
            let _ = server.get_subscription_by_id(|when, _| when.id(""));
        }),
        said(|| {
            let _ = server.get_subscription_by_id(|when, _| when.id(".."));
        }),
        said(|| {
            let _ = server.post_project(|when, _| when.body(ProjectPost::builder()));
        }),
        said(|| {
            let _ = server.get_tags(|_, then| then.server_error(404));
        }),
        said(|| {
            let patch = JsonPatch::new().replace("name", "no pointer");
            let _ = server.patch_feature_flag(|when, _| when.body(patch));
        }),
    ];
    insta::assert_snapshot!(messages.join("\n"));
}

/// The message of the panic.
fn said(run: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(run)).unwrap_err();
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(_) => panic!("it says nothing"),
    }
}

#[test]
fn the_values_of_an_example_come_from_its_field_names() {
    let flag: FeatureFlag = Examples::new().make();
    assert_eq!((flag.key.as_str(), flag.name.as_str()), ("key", "name"));
    assert_eq!(flag.kind, FlagKind::KNOWN[0]);
    assert_eq!(flag.creation_date, UnixMillis::new(1_700_000_000_000));
    assert_eq!(flag.archived, Some(true));
    assert_eq!(flag.maintainer.unwrap().email, "email");
    assert_eq!(flag.environments["environments"].rules.len(), 1);

    let least: FeatureFlag = Examples::new()
        .optional(false)
        .time(UnixMillis::new(7))
        .make();
    assert_eq!((least.maintainer, least.archived), (None, None));
    assert_eq!(least.creation_date, UnixMillis::new(7));
}

#[test]
fn the_items_of_an_example_list_have_different_texts() {
    let flags: FeatureFlags = Examples::new().items(2).make();
    let keys: Vec<&str> = flags.items.iter().map(|flag| flag.key.as_str()).collect();
    assert_eq!(keys, ["key", "key-2"]);
}
