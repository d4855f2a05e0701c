//! A complete HTTP client that the program shares with this client.

use launchdarkly_api::{Client, ClientBuilder, default_http_client, reqwest};
use reqwest::redirect::Policy;

use crate::support::{TOKEN, Wire, answer, bare};

fn builder(wire: &Wire) -> ClientBuilder {
    Client::builder().access_token(TOKEN).base_url(wire.url())
}

fn shared(builder: reqwest::ClientBuilder) -> reqwest::Client {
    builder.no_proxy().redirect(Policy::none()).build().unwrap()
}

#[tokio::test]
async fn a_shared_http_client_keeps_its_settings() {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let headers = [
        ("x-app", "1"),
        ("authorization", "other"),
        ("accept", "x/x"),
    ]
    .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
    let http = shared(reqwest::Client::builder().default_headers(headers.into_iter().collect()));
    let client = builder(&wire).reqwest_client(http);
    client.build().unwrap().get_tags().send().await.unwrap();
    let request = &wire.requests()[0];
    assert_eq!(request.header("x-app"), ["1"]);
    assert_eq!(request.header("authorization"), [TOKEN]);
    assert_eq!(request.header("accept"), ["application/json"]);
}

#[tokio::test]
async fn a_shared_http_client_does_not_carry_the_token_to_another_origin() {
    let other = Wire::start(|request| match request.line() {
        "GET /1" => bare("302 Found", &[("location", "/2")]),
        _ => answer("200 OK", "application/json", "{}"),
    })
    .await;
    let first = format!("{}/1", other.url());
    let wire = Wire::answering(bare("302 Found", &[("location", &first)])).await;
    let client = |http| builder(&wire).reqwest_client(http).build();
    let http = shared(reqwest::Client::builder());
    let without_redirects = client(http).unwrap();
    let error = without_redirects.get_tags().send().await.unwrap_err();
    assert!(error.to_string().contains("another origin"), "{error}");
    assert!(other.requests().is_empty());

    // A client that follows redirects would have sent it, and is rejected.
    let follows = reqwest::Client::builder().no_proxy().build().unwrap();
    assert!(client(follows.clone()).is_err());
    let request = follows.get(wire.url()).header("authorization", TOKEN);
    request.send().await.unwrap();
    let leaked = other.requests();
    assert_eq!(leaked[0].header("authorization"), Vec::<&str>::new());
    assert_eq!(leaked[1].header("authorization"), [TOKEN]);
}

#[test]
fn a_shared_http_client_that_is_unsafe_or_has_no_effect_is_an_error() {
    let http = || reqwest::Client::builder().redirect(Policy::none());
    let error = |builder: ClientBuilder| {
        let builder = builder.access_token(TOKEN);
        builder.build().unwrap_err().to_string()
    };
    let texts = [
        error(
            Client::builder()
                .http_client(default_http_client())
                .reqwest_client(http().build().unwrap()),
        ),
        error(Client::builder().reqwest_client(reqwest::Client::new())),
        error(
            Client::builder()
                .base_url("http://127.0.0.1:1")
                .reqwest_client(http().build().unwrap()),
        ),
    ];
    insta::assert_snapshot!(texts.join("\n"));
}
