//! Redaction: no output of this crate contains the access token or a secret
//! property of a request or resource.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use launchdarkly_api::{
    AccessToken, Attempt, AttemptHook, Client, Error, Instruction, JsonPatch, MergePatch, Outcome,
    RetryPolicy, SemanticPatch, Server, default_http_client,
    reqwest::{self, header::HeaderValue, multipart},
};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
use tracing_subscriber::{
    filter::LevelFilter, fmt::MakeWriter, layer::SubscriberExt, registry::Registry,
};

use crate::support::{self, Request, TOKEN, Wire, answer};

/// The middle of the token, in case an output truncates it.
const NEEDLE: &str = "5ecre7";

fn shown(value: &(impl std::fmt::Debug + ?Sized)) -> String {
    format!("{value:?}\n{value:#?}")
}

#[tokio::test]
async fn debug_and_display_hide_the_token() {
    let token = AccessToken::from(TOKEN);
    let builder = Client::builder()
        .access_token(token.clone())
        .server(Server::Eu);
    let mut texts = vec![
        format!("{token}\n{token:#}"),
        shown(&token),
        shown(&builder),
    ];
    let client = builder.build().unwrap();
    texts.push(shown(&client));
    texts.push(shown(&client.update_subscription().id("1")));
    for refused in [
        format!("{TOKEN}\n"),
        format!("sdk-{TOKEN}"),
        format!("Bearer {TOKEN}"),
    ] {
        let error = Client::builder().access_token(refused).build().unwrap_err();
        texts.push(format!("{error}\n{}", shown(&error)));
    }
    // A token instead of an address.
    let error = Client::builder()
        .access_token("api-1")
        .base_url(TOKEN)
        .build()
        .unwrap_err();
    texts.push(format!("{error}\n{}", shown(&error)));
    for text in texts {
        assert!(!text.contains(NEEDLE), "{text}");
    }
}

#[tokio::test]
async fn secrets_that_the_server_echoes_are_not_logged() {
    let echo = json!({
        "code": format!("bad_{TOKEN}"),
        "message": format!("token {TOKEN}, key c0nfig-secret, url https://h00k"),
        "id": TOKEN
    });
    let wire = Wire::answering(answer(
        "400 Bad Request",
        "application/json",
        &echo.to_string(),
    ))
    .await;
    let client = support::client(wire.url());
    let config = [("apiKey".to_owned(), json!("c0nfig-secret"))]
        .into_iter()
        .collect::<serde_json::Map<_, _>>();
    let errors = [
        client
            .create_subscription()
            .integration_key("k")
            .body_map(|body| body.name("n").config(config))
            .send()
            .await
            .unwrap_err(),
        client
            .update_subscription()
            .integration_key("k")
            .id("1")
            .body(JsonPatch::new().replace("/config/apiKey", "c0nfig-secret"))
            .send()
            .await
            .unwrap_err(),
    ];
    for error in errors {
        let text = format!("{error}\n{error:#}\n{}", shown(&error));
        assert!(
            !text.contains(NEEDLE) && !text.contains("c0nfig-secret"),
            "{text}"
        );
        assert!(
            error
                .message()
                .unwrap()
                .starts_with("token [redacted], key [redacted],")
        );
        // The unredacted body is available on request.
        assert!(error.body().unwrap().starts_with(b"{"));
    }
}

#[tokio::test]
async fn a_decode_error_shows_no_values() {
    let body = r#"{"config": {"apiKey": "c0nfig-secret"}, "tags": "c0nfig-secret"}"#;
    let wire = Wire::answering(answer("200 OK", "application/json", body)).await;
    let client = support::client(wire.url());
    let error = client
        .get_subscription_by_id()
        .integration_key("k")
        .id("1")
        .send()
        .await
        .unwrap_err();
    assert_eq!(error.decode_path(), Some("tags"));
    let mut text = format!("{error}\n{error:#}\n{}", shown(&error));
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text.push_str(&format!("{cause}\n{cause:?}"));
        source = cause.source();
    }
    assert!(!text.contains("c0nfig-secret"), "{text}");
}

/// A writer that collects all output.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// Includes TLS and HTTP/2, whose libraries trace the frames that they send.
#[tokio::test]
async fn verbose_traces_and_logs_do_not_show_the_token() {
    let log = Log::default();
    let subscriber = Registry::default().with(
        tracing_subscriber::fmt::layer()
            .with_writer(log.clone())
            .with_filter_level(),
    );
    let _guard = tracing_log::LogTracer::init();
    let guard = support::subscribe(subscriber);

    let wire = Wire::answering(answer("404 Not Found", "application/json", "{}")).await;
    let plain = support::client(wire.url());
    plain
        .get_subscriptions()
        .integration_key("k")
        .send()
        .await
        .unwrap_err();
    let server = crate::tls::server().await;
    let secure = server.client(Server::Federal);
    secure
        .get_subscriptions()
        .integration_key("k")
        .send()
        .await
        .unwrap();

    drop(guard);
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("TRACE"), "nothing was captured");
    assert!(text.contains("h2"), "HTTP/2 was not traced");
    assert!(!text.contains(NEEDLE), "the token was traced");
}

trait WithFilterLevel<S>: Sized {
    type Filtered;
    fn with_filter_level(self) -> Self::Filtered;
}

impl<S: tracing::Subscriber, L: tracing_subscriber::Layer<S>> WithFilterLevel<S> for L {
    type Filtered = tracing_subscriber::filter::Filtered<L, LevelFilter, S>;

    fn with_filter_level(self) -> Self::Filtered {
        self.with_filter(LevelFilter::TRACE)
    }
}

#[test]
fn debug_hides_secret_properties_and_shows_the_others() {
    use launchdarkly_api::types::{Environment, NewMemberForm, Token, Webhook};

    let secret = "s3cret-value";
    let shown = [
        format!(
            "{:?}",
            serde_json::from_value::<Environment>(serde_json::json!({
                "key": "shown", "apiKey": secret, "mobileKey": secret
            }))
            .unwrap()
        ),
        format!(
            "{:?}",
            serde_json::from_value::<Token>(serde_json::json!({"_id": "shown", "token": secret}))
                .unwrap()
        ),
        format!(
            "{:?}",
            serde_json::from_value::<Webhook>(
                serde_json::json!({"_id": "shown", "secret": secret})
            )
            .unwrap()
        ),
        format!(
            "{:?} {:?}",
            NewMemberForm::builder()
                .email("shown")
                .password(secret)
                .build(),
            NewMemberForm::builder().email("shown").password(secret)
        ),
    ];
    for text in shown {
        assert!(!text.contains(secret), "{text}");
        assert!(
            text.contains("shown") && text.contains("redacted"),
            "{text}"
        );
    }
}

/// All outputs of an error and its sources.
fn shown_by(error: &Error) -> String {
    let mut text = format!("{error}\n{error:#}\n{}", shown(error));
    let parts = [
        error.code(),
        error.message(),
        error.id(),
        error.decode_path(),
    ];
    parts.iter().flatten().for_each(|part| text.push_str(part));
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!("\n{cause}\n{cause:#}\n{}", shown(cause)));
        source = cause.source();
    }
    text
}

/// The forms in which a server can repeat a secret.
const FORMS: [fn(&str) -> String; 17] = [
    |secret| secret.to_owned(),
    |secret| secret.split_whitespace().collect::<Vec<_>>().join(" "),
    |secret| secret.split_whitespace().collect(),
    |secret| secret.replace(char::is_whitespace, "\r\n"),
    |secret| secret.replace(char::is_whitespace, "\t\t"),
    |secret| secret.replace(char::is_whitespace, "\n> "),
    |secret| json!(secret).to_string(),
    |secret| json!(json!(secret).to_string()).to_string(),
    |secret| {
        json!(secret)
            .to_string()
            .replace('/', "\\/")
            .replace('&', "\\u0026")
    },
    |secret| format!("{secret:?}"),
    |secret| secret.as_bytes().escape_ascii().to_string(),
    |secret| {
        let html = secret.replace('&', "&amp;").replace('<', "&lt;");
        html.replace('"', "&#34;")
            .replace('+', "&#43;")
            .replace(' ', "&nbsp;")
    },
    |secret| encoded(secret),
    |secret| encoded(secret).replace("%20", "+").to_lowercase(),
    |secret| secret.to_uppercase(),
    |secret| secret.to_lowercase(),
    // Without the end or the beginning.
    |secret| {
        let length = secret.chars().count();
        let middle = secret.chars().skip(length / 8).take(length * 3 / 4);
        format!("...{}...", middle.collect::<String>())
    },
];

fn encoded(text: &str) -> String {
    let url = launchdarkly_api::reqwest::Url::parse_with_params("a:", [("", text)]).unwrap();
    url.query().unwrap().replace('+', "%20")
}

/// The places in a response where a server can repeat it.
const PLACES: [fn(&str) -> Vec<u8>; 10] = [
    |echo| {
        let body = json!({"code": echo, "message": format!("it was {echo}"), "id": echo});
        answer("400 Bad Request", "application/json", &body.to_string())
    },
    |echo| {
        let body = json!({"message": echo});
        answer("409 Conflict", "application/json", &body.to_string())
    },
    |echo| answer("502 Bad Gateway", "text/plain", echo),
    |echo| answer("403 Forbidden", "text/html", &format!("<p>{echo}</p>")),
    |echo| answer("400 Bad Request", &in_header(echo), "no"),
    |echo| answer(&format!("418 {}", in_header(echo)), "text/plain", "no"),
    |echo| redirect("307", &format!("https://{}.example/", in_host(echo))),
    |echo| redirect("302", &format!("/{}", in_header(echo))),
    |echo| redirect("308", &format!("https://[{}", in_header(echo))),
    |echo| {
        // The key of a map with a value that does not decode.
        let body = json!({"_links": {echo: 5}});
        answer("200 OK", "application/json", &body.to_string())
    },
];

fn in_header(text: &str) -> String {
    text.replace(|c: char| !c.is_ascii() || c.is_ascii_control(), " ")
}

fn in_host(text: &str) -> String {
    let labels: Vec<String> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|label| !label.is_empty())
        .map(|label| label.chars().take(60).collect())
        .collect();
    labels.join(".")
}

fn redirect(status: &str, location: &str) -> Vec<u8> {
    support::bare(
        &format!("{status} Elsewhere"),
        &[("location", location), ("content-type", location)],
    )
}

#[derive(Clone, Default)]
struct Outcomes(Arc<Mutex<String>>);

impl AttemptHook for Outcomes {
    fn after(&self, _: &Attempt, outcome: &Outcome<'_>) {
        self.0.lock().unwrap().push_str(&shown(outcome));
    }
}

/// All outputs of calls with a secret and a number in bodies of every format, and of
/// these bodies.
async fn shown_by_calls(client: &Client, secret: &str, number: u64) -> String {
    let config = json!({"apiKey": secret, "pem": {"key": [secret]}, "pin": number});
    let map: Map<String, Value> = config.as_object().unwrap().clone();
    let json_patch = JsonPatch::new()
        .test("/config/apiKey", secret)
        .replace("/config", &config)
        .add("", json!({"config": config}))
        .move_("/config/a", "/config/b");
    let merge_patch = MergePatch::new()
        .set("config", &config)
        .set("apiKey", secret);
    let instruction = Instruction::custom("x", json!({"config": config}));
    let semantic_patch = SemanticPatch::new().instruction(instruction.clone());

    let create = client
        .create_subscription()
        .integration_key("k")
        .body_map(|body| body.name("n").config(map));
    let update = client.update_subscription().integration_key("k").id("1");
    let commented = update.clone().body(json_patch.clone().comment("c"));
    let update = update.body(json_patch.clone());
    let flag = client
        .patch_feature_flag()
        .project_key("p")
        .feature_flag_key("f");
    let merge = flag.clone().body(merge_patch.clone());
    let semantic = flag.body(semantic_patch.clone());
    let webhook = client.post_webhook().body_map(|body| {
        body.url("https://a.example")
            .on(true)
            .sign(true)
            .secret(secret)
    });
    let upload = client
        .create_big_segment_import()
        .project_key("p")
        .environment_key("e")
        .segment_key("s")
        .file(multipart::Part::text("key"));

    let mut text = format!("{json_patch}\n{merge_patch}\n{semantic_patch}\n");
    let values: [&dyn std::fmt::Debug; 11] = [
        &json_patch,
        &merge_patch,
        &semantic_patch,
        &instruction,
        &create,
        &update,
        &commented,
        &merge,
        &semantic,
        &webhook,
        &upload,
    ];
    values
        .iter()
        .for_each(|value| text.push_str(&shown(*value)));
    let errors = [
        create.send().await.err(),
        update.send().await.err(),
        commented.send().await.err(),
        merge.send().await.err(),
        semantic.send().await.err(),
        webhook.send().await.err(),
        upload.send().await.err(),
    ];
    assert!(errors.iter().flatten().count() >= errors.len() - 1);
    errors
        .iter()
        .flatten()
        .for_each(|error| text.push_str(&shown_by(error)));
    text
}

/// A hook that adds its own secrets to each request.
struct OwnSecrets;

impl AttemptHook for OwnSecrets {
    fn before(&self, _: &Attempt, request: &mut reqwest::Request) {
        let headers = request.headers_mut();
        headers.insert("authorization", "Bearer of-the-hook-0".parse().unwrap());
        headers.insert("cookie", "of-the-hook-1".parse().unwrap());
        let mut value = HeaderValue::from_static("of-the-hook-2");
        value.set_sensitive(true);
        headers.insert("x-key", value);
        if request.body().is_some() {
            let body = json!([{"op": "add", "path": "/config/a", "value": "of-the-hook-3"}]);
            *request.body_mut() = Some(body.to_string().into());
        }
    }
}

#[tokio::test]
async fn secrets_that_a_hook_adds_to_the_request_are_hidden() {
    for status in ["400 Bad Request", "200 OK", "307 Temporary Redirect"] {
        let wire = Wire::start(move |request| {
            let echo = format!(
                "{} {}",
                request.head,
                String::from_utf8_lossy(&request.body)
            );
            let body = match status {
                // It is the name of a property, in the path of the decode error.
                "200 OK" => json!({"config": 1, "_links": {echo: 1}}),
                _ => json!({"code": echo, "message": echo, "id": echo}),
            };
            let location = in_host(&request.header("x-key").concat());
            let head = format!("HTTP/1.1 {status}\r\nlocation: https://{location}.example/");
            let body = body.to_string();
            format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
        })
        .await;
        let client = Client::builder()
            .access_token(TOKEN)
            .base_url(wire.url())
            .retry_policy(RetryPolicy::none())
            .attempt_hook(OwnSecrets)
            .build()
            .unwrap();
        let call = client.update_subscription().integration_key("k").id("1");
        let patch = JsonPatch::new().replace("/on", true);
        let error = call.body(patch).send().await.unwrap_err();
        let text = shown_by(&error);
        assert!(text.contains("[redacted]"), "{text}");
        assert!(!text.contains("of-the-hook"), "{text}");
    }
}

/// Whether a text contains eight consecutive letters or digits of a secret.
fn leaks(text: &str, secret: &str) -> Option<String> {
    let text = text.to_lowercase();
    let secret = secret.to_lowercase();
    secret
        .split(|c: char| !c.is_ascii_alphanumeric())
        .flat_map(|word| (8..=word.len()).map(|end| &word[end - 8..end]))
        .find(|part| text.contains(part))
        .map(str::to_owned)
}

fn a_secret() -> impl Strategy<Value = String> {
    let separator = prop::sample::select(vec![
        " ", "  ", "\n", "\r\n", "\t", "\n\n", "/", "+", "&", "\"", "\\", "<", "%", "é", "=\n",
        "\\n",
    ]);
    let word = || "[A-Za-z0-9]{9,14}";
    (word(), prop::collection::vec((separator, word()), 0..4)).prop_map(|(first, rest)| {
        rest.iter()
            .fold(first, |secret, (separator, word)| secret + separator + word)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn secrets_that_the_server_repeats_in_any_form_are_hidden(
        token in "api-[a-z0-9]{8}-[a-z0-9]{12}",
        secret in a_secret(),
        number in 1_000_000_000_u64..1_000_000_000_000_000,
        forms in prop::collection::vec(0..FORMS.len(), PLACES.len()),
    ) {
        let log = Log::default();
        let subscriber = Registry::default().with(
            tracing_subscriber::fmt::layer()
                .with_writer(log.clone())
                .with_filter_level(),
        );
        let guard = support::subscribe(subscriber);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let outcomes = Outcomes::default();
        let text = runtime.block_on(async {
            let response = Arc::new(Mutex::new((PLACES[0], FORMS[0])));
            let sent = [token.clone(), secret.clone(), number.to_string()];
            let current = Arc::clone(&response);
            let wire = Wire::start(move |request: &Request| {
                // A form has no secret, and a webhook has no number.
                let body = String::from_utf8_lossy(&request.body);
                let in_request = match &sent {
                    _ if request.head.contains("multipart") => 1,
                    [_, _, number] if body.contains(number) => 3,
                    _ => 2,
                };
                let (place, form) = *current.lock().unwrap();
                let echo: Vec<_> = sent[..in_request].iter().map(|sent| form(sent)).collect();
                place(&echo.join(" and "))
            })
            .await;
            let client = Client::builder()
                .access_token(token.as_str())
                .base_url(wire.url())
                .retry_policy(RetryPolicy::none())
                .attempt_hook(outcomes.clone())
                .build()
                .unwrap();
            let mut text = String::new();
            for (place, form) in PLACES.into_iter().zip(forms) {
                *response.lock().unwrap() = (place, FORMS[form]);
                text.push_str(&shown_by_calls(&client, &secret, number).await);
            }
            text
        });
        drop(guard);
        let traced = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(traced.contains("launchdarkly.call"), "nothing was traced");
        let outcomes = outcomes.0.lock().unwrap().clone();
        for text in [text, traced, outcomes] {
            for secret in [&token, &secret, &number.to_string()] {
                if let Some(part) = leaks(&text, secret) {
                    let line = text.lines().find(|line| line.to_lowercase().contains(&part));
                    prop_assert!(false, "{part} of {secret:?} in {line:?}");
                }
            }
        }
    }
}

/// An HTTP/2 server without TLS that responds to a request with GOAWAY and this debug
/// data (RFC 9113, section 6.8).
async fn going_away(debug_data: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let frame = |kind: u8, payload: &[u8]| {
                let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
                [&length[1..], &[kind, 0, 0, 0, 0, 0], payload].concat()
            };
            let mut preface = [0; 24];
            stream.read_exact(&mut preface).await.unwrap();
            stream.write_all(&frame(4, &[])).await.unwrap();
            // Read until the HEADERS of the request.
            let mut head = [0; 9];
            while head[3] != 1 {
                stream.read_exact(&mut head).await.unwrap();
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                let mut payload = vec![0; length.try_into().unwrap()];
                stream.read_exact(&mut payload).await.unwrap();
            }
            let payload = [&[0, 0, 0, 0, 0, 0, 0, 1], debug_data.as_bytes()].concat();
            stream.write_all(&frame(7, &payload)).await.unwrap();
        }
    });
    url
}

#[tokio::test]
async fn the_debug_data_of_goaway_is_shown_only_without_secrets() {
    for (debug_data, has_secret) in [
        ("too much of the same", false),
        ("token api-5ecre7-0f-7he-7e575", true),
        ("key c0nfig\nsecret", true),
    ] {
        let client = Client::builder()
            .access_token(TOKEN)
            .base_url(going_away(debug_data).await)
            .http_client(default_http_client().http2_prior_knowledge())
            .retry_policy(RetryPolicy::none())
            .build()
            .unwrap();
        let error = client
            .update_subscription()
            .integration_key("k")
            .id("1")
            .body(JsonPatch::new().replace("/config/key", "c0nfig  secret"))
            .send()
            .await
            .unwrap_err();
        let text = shown_by(&error);
        for part in [NEEDLE, "c0nfig"] {
            assert!(!text.contains(part), "{text}");
        }
        assert_eq!(text.contains("[redacted]"), has_secret, "{text}");
        assert_eq!(text.contains("too much of the same"), !has_secret, "{text}");
        let source = std::error::Error::source(&error);
        assert_eq!(source.is_none(), has_secret, "{text}");
    }
}

#[test]
fn debug_of_untyped_json_shows_only_its_structure() {
    use launchdarkly_api::types::AuditLogEntryRep;

    let untyped =
        json!({"name": "s3cret", "on": true, "sdkKeys": [{"value": "s3cret", "n": 170_417}]});
    let entry: AuditLogEntryRep = serde_json::from_value(json!({
        "_id": "shown",
        "currentVersion": untyped,
        "previousVersion": untyped,
        "delta": untyped,
        "merge": untyped,
        "triggerBody": untyped,
        "target": {"name": "shown", "resources": ["shown"]},
    }))
    .unwrap();
    let operations = JsonPatch::new()
        .test("/path/0", &untyped)
        .copy("/from", "/to");
    let patches: [&dyn std::fmt::Debug; 5] = [
        &entry,
        &operations,
        &MergePatch::of(&untyped).comment("s3cret"),
        &SemanticPatch::new()
            .comment("s3cret")
            .instruction(Instruction::custom("kind-shown", &untyped)),
        &Instruction::custom("kind-shown", &untyped),
    ];
    for value in patches {
        let text = shown(value);
        assert!(
            !text.contains("s3cret") && !text.contains("170417"),
            "{text}"
        );
        let structure =
            r#"{"name": string, "on": true, "sdkKeys": [{"n": number, "value": string}]}"#;
        assert!(text.contains(structure), "{text}");
    }
    let text = format!("{operations:?}");
    for part in ["Test", "/path/0", "Copy", "/from", "/to"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let text = format!("{entry:?}");
    assert!(text.contains(r#"resources: ["shown"]"#), "{text}");
}

#[test]
fn display_of_a_patch_is_its_json_without_secret_values() {
    let config = json!({"url": "s3cret", "pin": 17, "on": true, "tags": ["s3cret"]});
    insta::assert_snapshot!(
        [
            JsonPatch::new()
                .test("/config/url", "s3cret")
                .replace("/config", &config)
                .add("/headers/-", json!({"name": "shown", "value": "s3cret"}))
                .add("", json!({"name": "shown", "config": config}))
                .replace("/name", "shown")
                .remove("/config/url")
                .copy("/name", "/description")
                .to_string(),
            MergePatch::new().set("config", &config).set("name", "shown").to_string(),
            SemanticPatch::new()
                .instruction(Instruction::custom("shown", json!({"config": config, "n": 1})))
                .to_string(),
        ]
        .join("\n"),
        @r#"
        [{"op":"test","path":"/config/url","value":"[redacted]"},{"op":"replace","path":"/config","value":{"on":true,"pin":"[redacted]","tags":["[redacted]"],"url":"[redacted]"}},{"op":"add","path":"/headers/-","value":{"name":"shown","value":"[redacted]"}},{"op":"add","path":"","value":{"config":{"on":true,"pin":"[redacted]","tags":["[redacted]"],"url":"[redacted]"},"name":"shown"}},{"op":"replace","path":"/name","value":"shown"},{"op":"remove","path":"/config/url"},{"op":"copy","from":"/name","path":"/description"}]
        {"config":{"on":true,"pin":"[redacted]","tags":["[redacted]"],"url":"[redacted]"},"name":"shown"}
        {"instructions":[{"config":{"on":true,"pin":"[redacted]","tags":["[redacted]"],"url":"[redacted]"},"kind":"shown","n":1}]}
        "#
    );
}
