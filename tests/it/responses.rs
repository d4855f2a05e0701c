//! Errors about unexpected, late and missing responses.

use std::time::Duration;

use launchdarkly_api::{
    Client, Error, ResponseValue, RetryPolicy, default_http_client, types::Integration,
};
use tokio::net::TcpListener;

use crate::support::{self, TOKEN, Wire, answer};

async fn get(client: &Client) -> Result<ResponseValue<Integration>, Error> {
    client
        .get_subscription_by_id()
        .integration_key("datadog")
        .id("1234")
        .send()
        .await
}

async fn error(bytes: Vec<u8>) -> Error {
    let wire = Wire::answering(bytes).await;
    get(&support::client(wire.url())).await.unwrap_err()
}

fn json(status: &str, body: &str) -> Vec<u8> {
    answer(status, "application/json", body)
}

#[tokio::test]
async fn each_unexpected_response_has_its_error_message() {
    let long = format!(r#"{{"message": "{}"}}"#, "long ".repeat(1000));
    let answers = [
        json(
            "401 Unauthorized",
            r#"{"code": "unauthorized", "message": "Invalid access token"}"#,
        ),
        json(
            "500 Internal Server Error",
            r#"{"code": "internal", "message": "Oops", "id": "e-42"}"#,
        ),
        json("404 Not Found", r#"{"message": "no code here"}"#),
        json("404 Not Found", r#"{"code": "only_code"}"#),
        json("400 Bad Request", r#"{"code": 7, "message": null}"#),
        json("400 Bad Request", r#"["an", "array"]"#),
        json("400 Bad Request", "{\"message\": \"two\\nlines\"}"),
        json("400 Bad Request", &long),
        json("403 Forbidden", ""),
        json("503 Service Unavailable", r#"{"message": "trunc"#),
        answer(
            "502 Bad Gateway",
            "text/html; charset=utf-8",
            "<html><h1>502 Bad Gateway</h1></html>",
        ),
        json("418 I'm a teapot", "{}"),
        json("200 OK", ""),
        json("200 OK", r#"{"on": true, "#),
        json("200 OK", r#"{"on": "s3cret"}"#),
        json(
            "200 OK",
            r#"{"statements": [{"effect": "allow"}, {"effect": {}}]}"#,
        ),
        answer("200 OK", "text/html", "<html>Sign in</html>"),
        json("204 No Content", ""),
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"on\": tr".to_vec(),
        b"".to_vec(),
    ];
    let mut lines = Vec::new();
    for bytes in answers {
        let line = error(bytes).await.to_string();
        assert!(!line.contains('\n') && !line.contains("s3cret"), "{line}");
        lines.push(line);
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[tokio::test]
async fn a_decode_error_names_the_field_and_keeps_the_body() {
    let body = r#"{"items": [], "_status": {"errors": [{"statusCode": "s3cret"}]}}"#;
    let error = error(json("200 OK", body)).await;
    assert!(error.is_decode());
    assert_eq!(error.status().unwrap(), 200);
    assert_eq!(error.decode_path(), Some("_status.errors[0].statusCode"));
    assert_eq!(error.body().unwrap(), body.as_bytes());
    assert_eq!(error.headers().unwrap()["content-type"], "application/json");
}

#[tokio::test]
async fn an_error_body_with_a_byte_order_mark_decodes() {
    let error = error(json("404 Not Found", "\u{feff}{\"code\": \"not_found\"}")).await;
    assert_eq!(error.code(), Some("not_found"));
}

#[tokio::test]
async fn an_error_keeps_the_body_of_the_response() {
    let error = error(answer("502 Bad Gateway", "text/html", "<html>why</html>")).await;
    assert_eq!(error.status().unwrap(), 502);
    assert_eq!(
        (error.code(), error.message(), error.id()),
        (None, None, None)
    );
    assert_eq!(error.body().unwrap(), "<html>why</html>".as_bytes());
}

#[tokio::test]
async fn an_undocumented_success_is_a_success() {
    for status in ["201 Created", "202 Accepted", "207 Multi-Status"] {
        let wire = Wire::answering(json(status, r#"{"on": true}"#)).await;
        assert_eq!(
            get(&support::client(wire.url())).await.unwrap().on,
            Some(true)
        );
    }
}

#[tokio::test]
async fn retry_after_of_an_error_is_parsed() {
    let bytes = b"HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n";
    let asked = error(bytes.to_vec()).await;
    assert!(asked.is_rate_limited());
    assert_eq!(asked.retry_after(), Some(Duration::from_secs(7)));

    let bytes = b"HTTP/1.1 429 Too Many Requests\r\ndate: Thu, 01 Jan 1970 00:00:10 GMT\r\n\
                  x-ratelimit-reset: 12500\r\ncontent-length: 0\r\n\r\n";
    let asked = error(bytes.to_vec()).await;
    assert_eq!(asked.retry_after(), Some(Duration::from_millis(2500)));
}

#[tokio::test]
async fn a_refused_connection_is_a_connect_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = get(&support::client(format!("http://{address}")))
        .await
        .unwrap_err();
    assert!(error.is_connect() && !error.is_timeout());
    assert!(
        error
            .to_string()
            .starts_with("get_subscription_by_id: no connection: "),
        "{error}"
    );
    assert!(std::error::Error::source(&error).is_some());
}

fn impatient(base_url: String) -> Client {
    Client::builder()
        .access_token(TOKEN)
        .base_url(base_url)
        .http_client(default_http_client().timeout(Duration::from_millis(100)))
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_missing_response_is_a_timeout() {
    // The backlog accepts connections, but no response comes.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let error = get(&impatient(url)).await.unwrap_err();
    assert!(error.is_timeout() && error.status().is_none());
    assert!(
        error.to_string().contains("no response before the timeout"),
        "{error}"
    );
}

#[tokio::test]
async fn a_stalled_body_is_a_timeout_with_the_status_compressed_or_not() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    for encoding in ["", "content-encoding: gzip\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 4096]).await.unwrap();
            let head = format!("HTTP/1.1 200 OK\r\n{encoding}content-length: 99\r\n\r\n");
            stream.write_all(head.as_bytes()).await.unwrap();
            // The beginning of a gzip file. The content does not matter.
            stream.write_all(&[31, 139, 8, 0]).await.unwrap();
            std::future::pending::<()>().await;
        });
        let error = get(&impatient(url)).await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert_eq!(error.status().unwrap(), 200);
        assert!(
            error
                .to_string()
                .contains("timeout while reading the response body"),
            "{error}"
        );
        server.abort();
    }
}

#[tokio::test]
async fn a_compressed_response_is_decoded() {
    // `{"on":true}`, compressed with gzip.
    let body: &[u8] = &[
        31, 139, 8, 0, 0, 0, 0, 0, 2, 255, 171, 86, 202, 207, 83, 178, 42, 41, 42, 77, 173, 5, 0,
        244, 81, 52, 239, 11, 0, 0, 0,
    ];
    let mut bytes = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    let wire = Wire::answering(bytes).await;
    assert_eq!(
        get(&support::client(wire.url())).await.unwrap().on,
        Some(true)
    );
}
