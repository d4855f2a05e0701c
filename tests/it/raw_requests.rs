//! Requests to any route, bodies as bytes, and clients with a header or a
//! deadline.

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use launchdarkly_api::{
    AccessToken, Attempt, AttemptHook, Client, Error, JsonPatch, RawRequest, RetryPolicy,
    SemanticPatch, credentials, instructions, operations,
    reqwest::{self, Method, header::HeaderValue},
};
use serde_json::{Value, json};

use crate::support::{self, SUBSCRIPTION, TOKEN, Wire, answer, bare};

/// A client that retries without a wait.
fn client(base_url: String) -> Client {
    let policy = RetryPolicy::default().base_delay(Duration::ZERO);
    support::client(base_url).with_retry_policy(policy)
}

fn ok(body: &str) -> Vec<u8> {
    answer("200 OK", "application/json", body)
}

const TEMPLATE: &str = "/api/v2/projects/{projectKey}/new-thing";

#[tokio::test]
async fn a_raw_request_sends_its_arguments_and_returns_the_exact_body() {
    let body = "\u{feff}{\"n\": 1.10, \"n\":2}\n";
    let wire = Wire::answering(ok(body)).await;
    let response = client(wire.url())
        .request(Method::POST, TEMPLATE)
        .path("projectKey", "a/b")
        .query("limit", 5)
        .query("tag", "a&b")
        .query("tag", "c")
        .header("LD-API-Version", "beta")
        .header("X-Trace", HeaderValue::from_static("t"))
        .json(&json!({"on": true}))
        .send()
        .await
        .unwrap();
    assert_eq!(&response[..], body.as_bytes());
    assert_eq!(response.json::<Value>().unwrap(), json!({"n": 2}));
    assert_eq!(response.text(), body);
    let request = &wire.requests()[0];
    assert_eq!(
        request.line(),
        "POST /api/v2/projects/a%2Fb/new-thing?limit=5&tag=a%26b&tag=c"
    );
    assert_eq!(request.header("authorization"), [TOKEN]);
    assert_eq!(request.header("ld-api-version"), ["beta"]);
    assert_eq!(request.header("x-trace"), ["t"]);
    assert_eq!(request.header("content-type"), ["application/json"]);
    assert_eq!(request.body, br#"{"on":true}"#);
}

#[tokio::test]
async fn a_raw_request_sends_each_kind_of_body() {
    let wire = Wire::answering(ok("{}")).await;
    let client = client(wire.url());
    let request = || client.request(Method::PATCH, "/internal/x");
    let requests = [
        request().patch(JsonPatch::new().replace("/on", true)),
        request().patch(
            SemanticPatch::new()
                .environment_key("e")
                .instruction(instructions::flags::turn_flag_on()),
        ),
        request().bytes("text/csv", "a,b"),
        // The last body wins.
        request().json(&1).bytes("text/plain", "x"),
        request(),
    ];
    for request in requests {
        request.send().await.unwrap();
    }
    let sent: Vec<(Vec<String>, String)> = wire
        .requests()
        .iter()
        .map(|request| {
            let types = request.header("content-type");
            (
                types.iter().map(ToString::to_string).collect(),
                String::from_utf8(request.body.clone()).unwrap(),
            )
        })
        .collect();
    insta::assert_debug_snapshot!(sent);
}

/// The error of a request, which must not have been sent.
async fn refused(request: RawRequest) -> String {
    let error = request.send().await.unwrap_err();
    assert!(error.is_invalid_input() && error.attempts() == 0, "{error}");
    let text = format!("{error}\n{error:?}");
    assert!(!text.contains("s3cret") && !text.contains(TOKEN), "{text}");
    error.to_string()
}

#[tokio::test]
async fn an_invalid_raw_request_fails_before_any_io_and_names_method_and_template() {
    let wire = Wire::answering(ok("{}")).await;
    let other = Wire::answering(ok("{}")).await;
    let client = client(wire.url());
    let get = |template: &str| client.request(Method::GET, template);
    let complete = || get(TEMPLATE).path("projectKey", "p");
    let mut texts = Vec::new();
    for request in [
        get(TEMPLATE),
        get(TEMPLATE).path("projectKey", ""),
        get(TEMPLATE).path("projectKey", ".."),
        complete().path("project", "s3cret"),
        get("/api/v2/projects?token=s3cret#x"),
        get("api/v2/projects"),
        get("/api/v2/../projects"),
        get(&format!("/api/v2/{TOKEN}")),
        get(TOKEN),
        complete().header("Authorization", "s3cret"),
        complete().header("X-HTTP-Method-Override", "DELETE"),
        complete().header("host", "b.example"),
        complete().header("Content-Length", "5"),
        complete().header("x y", "s3cret"),
        complete().header("x", "s3cret\n"),
        complete().bytes("s3cret\n", "x"),
        complete().json(&std::collections::HashMap::from([((1, 2), 3)])),
        complete().patch(JsonPatch::new().replace("on", true)),
        client.request(Method::CONNECT, "/x"),
    ] {
        texts.push(refused(request).await);
    }
    insta::assert_snapshot!(texts.join("\n"));
    for url in [
        format!("{}/x", other.url()),
        format!("http://user:s3cret@{}/x", wire.address),
        format!("//{}/x", other.address),
        format!("https://{}/x?s3cret", wire.address),
        format!("http://localhost:{}/x", wire.address.port()),
    ] {
        let text = refused(get(&url)).await;
        assert!(text.starts_with("GET "), "{text}");
    }
    assert!(wire.requests().is_empty() && other.requests().is_empty());
}

#[tokio::test]
async fn a_template_is_checked_for_a_token_that_the_client_got_after_send() {
    let wire = Wire::answering(ok("{}")).await;
    let token = || async { Ok::<_, io::Error>(AccessToken::new(TOKEN)) };
    let client = Client::builder()
        .credentials(credentials::from_fn(token))
        .base_url(wire.url())
        .build()
        .unwrap();
    let call = client
        .request(Method::GET, format!("/api/v2/{TOKEN}"))
        .send();
    client
        .request(Method::GET, "/api/v2/x")
        .send()
        .await
        .unwrap();
    let error = call.await.unwrap_err();
    assert!(error.is_invalid_input());
    assert_eq!(
        error.to_string(),
        "GET …: not sent: the template contains the access token: remove it"
    );
    assert_eq!(wire.requests().len(), 1);
}

#[tokio::test]
async fn a_raw_request_can_follow_links_of_the_server() {
    let wire = Wire::answering(ok("{}")).await;
    let client = support::client(format!("{}/relay", wire.url()));
    for template in [
        "/api/v2/x?limit=2&offset=4".to_owned(),
        format!("{}/relay/api/v2/{{k}}?a=b", wire.url()),
    ] {
        let mut request = client
            .request(Method::GET, template.clone())
            .query("c", "d");
        if template.contains('{') {
            request = request.path("k", "x");
        }
        request.send().await.unwrap();
    }
    let lines: Vec<_> = wire
        .requests()
        .iter()
        .map(|r| r.line().to_owned())
        .collect();
    assert_eq!(
        lines,
        [
            "GET /relay/api/v2/x?limit=2&offset=4&c=d",
            "GET /relay/api/v2/x?a=b&c=d"
        ]
    );
}

#[tokio::test]
async fn the_method_decides_on_retries_of_a_raw_request_unless_it_is_idempotent() {
    for (method, idempotent, sent) in [
        (Method::GET, false, 2),
        (Method::OPTIONS, false, 2),
        (Method::PUT, false, 2),
        (Method::DELETE, false, 2),
        (Method::POST, false, 1),
        (Method::PATCH, false, 1),
        (Method::POST, true, 2),
    ] {
        let wire = Wire::script([bare("503 Service Unavailable", &[]), ok("{}")]).await;
        let mut request = client(wire.url())
            .request(method.clone(), TEMPLATE)
            .path("projectKey", "p")
            .json(&json!({"a": 1}));
        if idempotent {
            request = request.idempotent();
        }
        let result = request.send().await;
        assert_eq!(wire.requests().len(), sent, "{method} {idempotent}");
        match result {
            Ok(_) => assert_eq!(wire.requests()[1].body, br#"{"a":1}"#),
            Err(error) => assert!(error.outcome_unknown(), "{error}"),
        }
    }
}

#[tokio::test]
async fn a_repeated_raw_delete_of_a_deleted_resource_succeeds_without_a_body() {
    let wire = Wire::script([Vec::new(), answer("404 Not Found", "text/plain", "gone")]).await;
    let request = client(wire.url()).request(Method::DELETE, "/api/v2/x");
    let response = request.send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.len()), (404, 0));
    response.json::<()>().unwrap();
    assert!(response.json::<u8>().unwrap_err().is_decode());
}

#[tokio::test]
async fn the_errors_of_a_raw_request_show_no_secrets_of_the_request() {
    let echo = format!(
        "{{\"message\": \"{TOKEN} s3cret-key cookie-s3cret marked-s3cret client-s3cret\", \"x\": 1}}"
    );
    let mut marked = HeaderValue::from_static("marked-s3cret");
    marked.set_sensitive(true);
    let mut on_client = HeaderValue::from_static("client-s3cret");
    on_client.set_sensitive(true);
    for status in ["400 Bad Request", "200 OK"] {
        let wire = Wire::answering(answer(status, "application/json", &echo)).await;
        let result = client(wire.url())
            .with_header("x-client", on_client.clone())
            .request(Method::POST, TEMPLATE)
            .path("projectKey", "private")
            .header("cookie", "cookie-s3cret")
            .header("x-marked", marked.clone())
            .json(&json!({"apiKey": "s3cret-key"}))
            .send()
            .await;
        let error = match result {
            // The key of the map is in the path of the error.
            Ok(response) => {
                let debug = format!("{response:?}");
                assert!(
                    !debug.contains("s3cret") && debug.contains("200"),
                    "{debug}"
                );
                let object: Value = response.json().unwrap();
                let map = json!({object["message"].as_str().unwrap(): "text"}).to_string();
                let wire = Wire::answering(ok(&map)).await;
                let response = client(wire.url())
                    .with_header("x-client", on_client.clone())
                    .request(Method::POST, TEMPLATE)
                    .path("projectKey", "private")
                    .header("cookie", "cookie-s3cret")
                    .header("x-marked", marked.clone())
                    .json(&json!({"apiKey": "s3cret-key"}))
                    .send()
                    .await
                    .unwrap();
                response
                    .json::<std::collections::HashMap<String, u8>>()
                    .unwrap_err()
            }
            Err(error) => error,
        };
        let text = format!("{error} {error:?} {:?}", error.decode_path());
        assert!(!text.contains("s3cret") && !text.contains(TOKEN), "{text}");
        assert!(!text.contains("private"), "{text}");
        let name = format!("POST {TEMPLATE}: ");
        assert!(
            text.starts_with(&name) && text.contains("[redacted]"),
            "{text}"
        );
        assert_eq!(error.operation().unwrap().path(), TEMPLATE);
    }
}

#[tokio::test]
async fn a_raw_body_that_does_not_decode_is_located_without_its_value() {
    let wire = Wire::answering(ok(r#"{"items": [{"n": 1}, {"n": "s3cret"}]}"#)).await;
    let request = client(wire.url()).request(Method::GET, "/api/v2/things");
    let response = request.send().await.unwrap();
    let error = response
        .json::<std::collections::HashMap<String, Vec<std::collections::HashMap<String, u8>>>>()
        .unwrap_err();
    assert_eq!(error.decode_path(), Some("items[1].n"));
    assert!(!error.to_string().contains("s3cret"), "{error}");
    assert_eq!(error.body().unwrap(), &*response);
}

/// Records the operation of each attempt.
#[derive(Clone, Default)]
struct Operations(Arc<Mutex<Vec<String>>>);

impl AttemptHook for Operations {
    fn before(&self, attempt: &Attempt, request: &mut reqwest::Request) {
        let operation = attempt.operation;
        let line = format!("{operation} {} {}", operation.path(), attempt.number);
        self.0.lock().unwrap().push(line);
        request
            .headers_mut()
            .insert("x-hook", HeaderValue::from_static("1"));
    }
}

#[tokio::test]
async fn hooks_see_a_raw_request_by_method_and_template() {
    let wire = Wire::script([bare("503 Service Unavailable", &[]), ok("{}")]).await;
    let seen = Operations::default();
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(wire.url())
        .retry_policy(RetryPolicy::default().base_delay(Duration::ZERO))
        .attempt_hook(seen.clone())
        .build()
        .unwrap();
    let request = client.request(Method::GET, TEMPLATE);
    request.path("projectKey", "p").send().await.unwrap();
    let lines = [1, 2].map(|number| format!("GET {TEMPLATE} {TEMPLATE} {number}"));
    assert_eq!(*seen.0.lock().unwrap(), lines);
    assert_eq!(wire.requests()[1].header("x-hook"), ["1"]);
}

/// A response that reports the remaining calls of its route.
fn remaining(calls: u32) -> Vec<u8> {
    let calls = calls.to_string();
    bare("200 OK", &[("x-ratelimit-route-remaining", calls.as_str())])
}

#[tokio::test]
async fn each_template_has_its_rate_limits_and_a_known_one_those_of_its_operation() {
    let wire = Wire::start(|request| {
        remaining(if request.line().contains("/tags") {
            7
        } else {
            9
        })
    })
    .await;
    let client = client(wire.url());
    client.get_tags().send_bytes().await.unwrap();
    client
        .request(Method::GET, TEMPLATE)
        .path("projectKey", "p")
        .send()
        .await
        .unwrap();
    let limits = client.rate_limits_of(&operations::GET_TAGS).unwrap();
    assert_eq!(limits.route_remaining(), Some(7));
    assert_eq!(client.rate_limits().route_remaining(), Some(9));

    let wire = Wire::answering(remaining(3)).await;
    let client = support::client(wire.url());
    let request = client.request(Method::GET, "/api/v2/projects/{k}");
    request.path("k", "p").send().await.unwrap();
    let limits = client.rate_limits_of(&operations::GET_PROJECT).unwrap();
    assert_eq!(limits.route_remaining(), Some(3));
    assert!(client.rate_limits_of(&operations::GET_TAGS).is_none());
}

#[tokio::test]
async fn any_number_of_templates_is_served() {
    let wire = Wire::answering(remaining(5)).await;
    let client = client(wire.url());
    for number in 0..300 {
        let template = format!("/api/v2/things/{number}");
        client.request(Method::GET, template).send().await.unwrap();
    }
    assert_eq!(wire.requests().len(), 300);
}

#[tokio::test]
async fn every_builder_returns_the_exact_bytes_or_the_callers_type() {
    let wire = Wire::answering(ok(SUBSCRIPTION)).await;
    let client = client(wire.url());
    let call = client.get_subscription_by_id().integration_key("k").id("i");
    let response = call.clone().send_bytes().await.unwrap();
    assert_eq!(&response[..], SUBSCRIPTION.as_bytes());
    let response = call.clone().send_as::<Value>().await.unwrap();
    assert_eq!(response["config"]["apiKey"], "c0nfig-secret");
    let error = call.send_as::<Vec<u8>>().await.unwrap_err();
    assert!(error.is_decode(), "{error}");
    let text = error.to_string();
    assert!(text.starts_with("get_subscription_by_id: "), "{text}");
    // An argument is checked as by `send`.
    let error = client.get_subscription_by_id().send_bytes().await;
    assert!(error.unwrap_err().is_invalid_input());
    let created = client
        .post_project()
        .body_map(|body| body.key("k").name("n"));
    created.send_as::<Value>().await.unwrap();
    assert!(wire.requests()[3].body.starts_with(b"{"));
}

#[tokio::test]
async fn a_client_with_a_header_sends_it_with_every_call() {
    let wire = Wire::answering(ok("{}")).await;
    let plain = client(wire.url());
    let client = plain
        .with_header("x-a", "1")
        .with_header("x-a", "2")
        .with_header("LD-API-Version", "beta")
        .with_header("User-Agent", "mine/1");
    client.get_tags().send().await.unwrap();
    let call = client.patch_project().project_key("p");
    let call = call.body(JsonPatch::new().replace("/name", "n"));
    call.send_bytes().await.unwrap();
    let request = client.request(Method::GET, "/x").header("x-a", "3");
    request.send().await.unwrap();
    plain.get_tags().send().await.unwrap();
    let seen: Vec<_> = wire
        .requests()
        .iter()
        .map(|request| {
            ["x-a", "ld-api-version", "user-agent"].map(|name| request.header(name).join(","))
        })
        .collect();
    assert_eq!(seen[0], ["2", "beta", "mine/1"]);
    assert_eq!(seen[1], ["2", "beta", "mine/1"]);
    assert_eq!(seen[2], ["3", "beta", "mine/1"]);
    assert_eq!(seen[3][..2], ["", "20240415"]);

    for (name, value) in [("authorization", "s3cret"), ("x y", "1"), ("x", "s3cret\n")] {
        let call = plain.with_header(name, value).get_tags().send();
        let error = call.await.unwrap_err();
        assert!(error.is_invalid_input(), "{error}");
        assert!(!error.to_string().contains("s3cret"), "{error}");
    }
    assert_eq!(wire.requests().len(), 4);
}

#[tokio::test]
async fn a_client_with_a_deadline_keeps_the_rest_of_its_policy() {
    let wire = Wire::answering(bare("503 Service Unavailable", &[])).await;
    let policy = RetryPolicy::default()
        .max_attempts(2)
        .base_delay(Duration::ZERO);
    let client = support::client(wire.url()).with_retry_policy(policy);
    assert_eq!(client.retry_policy(), policy);
    let hurried = client.with_deadline(Duration::from_secs(600));
    let expected = policy.deadline(Duration::from_secs(600));
    assert_eq!(hurried.retry_policy(), expected);
    let error = hurried.get_tags().send().await.unwrap_err();
    assert_eq!(error.attempts(), 2);
    let ended = client.with_deadline(Duration::ZERO).get_tags().send();
    assert!(ended.await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn a_call_whose_deadline_has_passed_sends_nothing() {
    let wire = Wire::answering(ok("{}")).await;
    let client = client(wire.url());
    // The connection that this call leaves open would carry a request at once.
    client.request(Method::GET, "/x").send().await.unwrap();
    let ended = client.with_deadline(Duration::ZERO);
    for _ in 0..10 {
        let call = ended.request(Method::POST, "/x");
        let error = call.send().await.unwrap_err();
        assert!(error.is_timeout() && error.attempts() == 0, "{error}");
        assert!(!error.outcome_unknown(), "{error}");
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(wire.requests().len(), 1);
}

/// The result of a future that is ready at once, outside any runtime.
fn poll_once<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("the call waits"),
    }
}

#[test]
fn a_call_without_a_runtime_is_an_error_that_says_what_to_do() {
    let client = support::client("http://127.0.0.1:9");
    let mut pages = client.get_projects().pages();
    let errors: [Error; 4] = [
        poll_once(client.get_tags().send()).unwrap_err(),
        poll_once(client.get_tags().send_bytes()).unwrap_err(),
        poll_once(client.request(Method::GET, "/x").send()).unwrap_err(),
        poll_once(pages.try_next()).unwrap_err(),
    ];
    for error in errors {
        assert!(error.is_invalid_input() && error.attempts() == 0, "{error}");
        assert!(error.to_string().contains("#[tokio::main]"), "{error}");
    }
}
