//! Retries of uploads from memory and from streams.

use std::time::Duration;

use futures_util::stream;
use launchdarkly_api::{
    Client, Error, FilePart, RetryPolicy,
    reqwest::{Body, multipart},
};
use tokio::net::TcpListener;

use crate::support::{TOKEN, Wire, answer, bare};

const CSV: &str = "a@example.com\nb@example.com\n";

fn client(base_url: String) -> Client {
    Client::builder()
        .access_token(TOKEN)
        .base_url(base_url)
        .retry_policy(RetryPolicy::default().base_delay(Duration::from_millis(1)))
        .build()
        .unwrap()
}

async fn upload(client: &Client, file: FilePart) -> Result<(), Error> {
    client
        .create_big_segment_import()
        .project_key("p")
        .environment_key("e")
        .segment_key("s")
        .file(file)
        .mode("merge")
        .send()
        .await
        .map(drop)
}

fn ok() -> Vec<u8> {
    answer("204 No Content", "text/plain", "")
}

fn redirect() -> Vec<u8> {
    bare("307 Temporary Redirect", &[("location", "/moved")])
}

async fn refused_url() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn in_memory() -> [FilePart; 5] {
    [
        FilePart::from(CSV),
        FilePart::from(CSV.to_owned()),
        FilePart::from(CSV.as_bytes()),
        FilePart::from(CSV.as_bytes().to_vec()),
        FilePart::stream(Body::from(CSV)),
    ]
}

fn streams() -> [FilePart; 2] {
    let chunks = || Body::wrap_stream(stream::iter([Ok::<_, std::io::Error>(CSV)]));
    [
        FilePart::stream(chunks()),
        FilePart::from(multipart::Part::stream(chunks())),
    ]
}

#[tokio::test]
async fn an_upload_from_memory_is_retried() {
    for first in [bare("429 Too Many Requests", &[]), redirect()] {
        for file in in_memory() {
            let wire = Wire::script([first.clone(), ok()]).await;
            let file = file.file_name("m.csv").content_type("text/csv");
            upload(&client(wire.url()), file).await.unwrap();
            let requests = wire.requests();
            assert_eq!(requests.len(), 2);
            assert_eq!(requests[0].body, requests[1].body);
            for name in ["content-type", "content-length"] {
                assert_eq!(requests[0].header(name), requests[1].header(name));
            }
            let body = String::from_utf8(requests[1].body.clone()).unwrap();
            let boundary = requests[1].header("content-type")[0]
                .strip_prefix("multipart/form-data; boundary=")
                .unwrap();
            assert!(body.ends_with(&format!("--{boundary}--\r\n")), "{body}");
            assert!(body.contains("name=\"file\"; filename=\"m.csv\""), "{body}");
            assert!(
                body.contains(&format!("text/csv\r\n\r\n{CSV}\r\n")),
                "{body}"
            );
            assert!(body.contains("name=\"mode\"\r\n\r\nmerge\r\n"), "{body}");
        }
    }
    for file in in_memory() {
        let error = upload(&client(refused_url().await), file)
            .await
            .unwrap_err();
        assert!(error.is_connect() && !error.outcome_unknown());
        assert_eq!(error.attempts(), 5);
    }
}

#[tokio::test]
async fn an_upload_from_a_stream_is_not_retried_and_the_error_says_why() {
    let once = "because the request body is a stream";
    for first in [bare("429 Too Many Requests", &[]), redirect()] {
        for file in streams() {
            let wire = Wire::answering(first.clone()).await;
            let error = upload(&client(wire.url()), file).await.unwrap_err();
            assert!(error.to_string().contains(once), "{error}");
            assert!(!error.outcome_unknown(), "{error}");
            assert_eq!((error.attempts(), wire.requests().len()), (1, 1));
        }
    }
    for file in streams() {
        let error = upload(&client(refused_url().await), file)
            .await
            .unwrap_err();
        assert!(error.is_connect() && !error.outcome_unknown());
        assert!(error.to_string().contains(once), "{error}");
        assert_eq!(error.attempts(), 1);
    }
    // A 403 is never retried, so the error does not mention the stream.
    for file in streams() {
        let wire = Wire::answering(bare("403 Forbidden", &[])).await;
        let error = upload(&client(wire.url()), file).await.unwrap_err();
        assert!(
            error.is_forbidden() && !error.to_string().contains("stream"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn an_invalid_content_type_is_an_error_before_any_io() {
    let wire = Wire::answering(ok()).await;
    let file = FilePart::from(CSV).content_type("text\ncsv");
    let error = upload(&client(wire.url()), file).await.unwrap_err();
    assert!(error.is_invalid_input());
    assert!(error.to_string().contains("`file` is not valid"), "{error}");
    assert!(wire.requests().is_empty());
}
