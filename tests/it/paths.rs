//! Encoding of path arguments.

use crate::support::{self, Wire, answer};

#[tokio::test]
async fn hostile_path_arguments_arrive_unchanged() {
    let hostile = [
        "a/b",
        "a\\b",
        "a?b=c",
        "a#b",
        "a%2Fb",
        "%2e%2e",
        "...",
        "..%2f",
        " ",
        "a b",
        "a+b",
        "a&b",
        "ü/ñ",
        "日本",
        "\u{1F600}",
        "a\tb\n",
        "{id}",
        "'\"<>",
        ";a=b",
        "a:b@c",
        "~-._",
        "|^`[]",
    ];
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let client = support::client(wire.url());
    for text in hostile {
        client
            .get_subscription_by_id()
            .integration_key(text)
            .id(text)
            .send()
            .await
            .unwrap();
    }
    for (request, text) in wire.requests().iter().zip(hostile) {
        let path = request.line().strip_prefix("GET ").unwrap();
        let segments: Vec<_> = path.split('/').skip(4).collect();
        let decoded: Vec<_> = segments
            .iter()
            .map(|segment| {
                percent_encoding::percent_decode_str(segment)
                    .decode_utf8()
                    .unwrap()
            })
            .collect();
        assert_eq!(decoded, [text, text], "{path}");
    }
    assert_eq!(wire.requests().len(), hostile.len());
}

#[tokio::test]
async fn path_arguments_that_change_the_route_are_errors() {
    let wire = Wire::answering("").await;
    let client = support::client(wire.url());
    for text in ["", ".", ".."] {
        let error = client
            .delete_subscription()
            .integration_key("k")
            .id(text)
            .send()
            .await
            .unwrap_err();
        assert!(error.is_invalid_input());
        assert!(
            error
                .to_string()
                .starts_with("delete_subscription: not sent: `id` is"),
            "{error}"
        );
    }
    assert!(wire.requests().is_empty());
}
