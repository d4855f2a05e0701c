//! The access token is in no text this crate or what it uses writes.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use launchdarkly_api::{AccessToken, Client, JsonPatch, Server};
use serde_json::json;
use tracing_subscriber::{
    filter::LevelFilter, fmt::MakeWriter, layer::SubscriberExt, registry::Registry,
};

use crate::support::{self, TOKEN, Wire, answer};

/// What no text may hold: the token's middle, should its ends be cut off.
const NEEDLE: &str = "5ecre7";

fn shown(value: &(impl std::fmt::Debug + ?Sized)) -> String {
    format!("{value:?}\n{value:#?}")
}

#[tokio::test]
async fn debug_and_display_of_everything_that_holds_the_token_hide_it() {
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
    // A token given where an address belongs.
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
async fn a_server_that_echoes_secrets_does_not_get_them_into_the_log() {
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
        // The body as it came is there for whoever asks for it.
        assert!(error.body().unwrap().starts_with(b"{"));
    }
}

#[tokio::test]
async fn an_answer_that_does_not_decode_shows_none_of_its_values() {
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

/// Everything written to it, together.
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

/// Over TLS and HTTP/2 too, whose libraries trace the frames they send.
#[tokio::test]
async fn traces_and_logs_at_their_most_verbose_do_not_show_the_token() {
    let log = Log::default();
    let subscriber = Registry::default().with(
        tracing_subscriber::fmt::layer()
            .with_writer(log.clone())
            .with_filter_level(),
    );
    let _guard = tracing_log::LogTracer::init();
    let dispatch = tracing::Dispatch::new(subscriber);
    let guard = tracing::dispatcher::set_default(&dispatch);

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
fn no_secret_property_is_shown_by_debug_and_the_others_are() {
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
