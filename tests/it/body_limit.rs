//! The size limit of response bodies.

use launchdarkly_api::{Client, Error};

use crate::support::{TOKEN, Wire, answer};

async fn get(bytes: Vec<u8>, limit: u64) -> (Result<(), Error>, usize) {
    let wire = Wire::answering(bytes).await;
    let client = Client::builder()
        .access_token(TOKEN)
        .base_url(wire.url())
        .max_response_bytes(limit)
        .build()
        .unwrap();
    let result = client
        .get_subscriptions()
        .integration_key("k")
        .send()
        .await
        .map(drop);
    (result, wire.requests().len())
}

fn chunked(body: &str) -> Vec<u8> {
    let chunks: String = body
        .as_bytes()
        .chunks(7)
        .map(|chunk| {
            format!(
                "{:x}\r\n{}\r\n",
                chunk.len(),
                std::str::from_utf8(chunk).unwrap()
            )
        })
        .collect();
    format!("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn a_body_over_the_limit_is_an_error() {
    let body = format!(r#"{{"key": "{}"}}"#, "k".repeat(1000));
    let length = u64::try_from(body.len()).unwrap();
    for bytes in [answer("200 OK", "application/json", &body), chunked(&body)] {
        assert!(get(bytes.clone(), length).await.0.is_ok());
        let (result, requests) = get(bytes, length - 1).await;
        let error = result.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "get_subscriptions: 200 OK: the response body has more than {} bytes",
                length - 1
            )
        );
        assert_eq!(error.status().unwrap(), 200);
        assert_eq!(requests, 1, "it is not tried again");
    }
}

#[tokio::test]
async fn an_error_keeps_the_beginning_of_a_long_body() {
    let body = "x".repeat(2_000_000);
    let (result, _) = get(answer("404 Not Found", "text/plain", &body), u64::MAX).await;
    let error = result.unwrap_err();
    assert!(error.is_not_found());
    assert_eq!(error.body().unwrap().len(), 256 * 1024);
}
