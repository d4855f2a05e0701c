use serde_json::{Value as Json, json};

use super::{
    document::{Sensitivity, for_each_secret},
    escapes::{levels, significant},
    secrets::FRAGMENT,
    *,
};
use crate::generated::secrets::{HOLDERS, PROPERTIES};

/// Returns the secret strings and numbers of a body.
fn secrets_of(body: &str) -> Vec<String> {
    let mut body = serde_json::from_str(body).unwrap();
    let mut secrets = Vec::new();
    for_each_secret(&mut body, Sensitivity::Public, &mut |secret| {
        secrets.push(secret.as_str().map_or(secret.to_string(), str::to_owned));
    });
    secrets
}

#[test]
fn the_secrets_of_a_body_are_found_by_their_properties() {
    for (body, secrets) in [
        (
            r#"{"name": "public", "config": {"apiKey": "s3cret", "on": true, "pin": 12345}, "apiKey": "s3cret-2"}"#,
            &["s3cret-2", "s3cret", "12345"][..],
        ),
        (
            r#"[{"op": "replace", "path": "/config/url", "value": "s3cret"},
                {"op": "replace", "path": "/name", "value": "public"},
                {"op": "add", "path": "", "value": {"config": {"a": ["s3cret-2"]}}}]"#,
            &["s3cret", "s3cret-2"],
        ),
        (
            r#"{"comment": "public", "patch": [{"op": "test", "path": "/apiKey", "value": "s3cret"}]}"#,
            &["s3cret"],
        ),
        (
            r#"{"comment": "public", "merge": {"config": {"a": "s3cret"}}}"#,
            &["s3cret"],
        ),
        (
            r#"{"instructions": [{"kind": "public", "config": {"a": "s3cret"}}]}"#,
            &["s3cret"],
        ),
        // The value of a header is secret, that of a variation is not.
        (
            r#"{"headers": [{"name": "public", "value": "s3cret"}],
                "variations": [{"name": "public", "value": "public"}]}"#,
            &["s3cret"],
        ),
        (
            r#"[{"op": "add", "path": "/endpoint/headers/-", "value": {"value": "s3cret"}},
                {"op": "replace", "path": "/headers/0/value", "value": "s3cret-2"},
                {"op": "replace", "path": "/variations/0/value", "value": "public"}]"#,
            &["s3cret", "s3cret-2"],
        ),
    ] {
        assert_eq!(secrets_of(body), secrets, "{body}");
    }
}

#[test]
fn the_names_of_secrets_are_sorted() {
    for names in [PROPERTIES, HOLDERS] {
        assert!(!names.is_empty() && names.is_sorted(), "{names:?}");
    }
}

fn redacted(secrets: &[&str], text: &str) -> String {
    let body = json!({"config": secrets}).to_string();
    Secrets::of(&KnownTokens::default(), Some(body.as_bytes())).redact(text)
}

#[test]
fn redacting_removes_secrets_and_line_breaks_only() {
    for (secrets, text, expected) in [
        (
            &["s3cret-2", "s3cret"][..],
            "bad value\n  s3cret-2 (s3cret)\u{1b}",
            "bad value [redacted] ([redacted])",
        ),
        // Two adjacent secrets, and one inside another.
        (&["abcdef", "ghijkl"], "abcdefghijkl", "[redacted]"),
        (
            &["long secret with key", "key"],
            "a long secret with key, a key",
            "a [redacted], a [redacted]",
        ),
        // A short secret matches only as a word.
        (
            &["us", "eu1"],
            "must: us, 'eu1', eu12",
            "must: [redacted], '[redacted]', eu12",
        ),
        (&["sort"], "is or the sorting", "is or the [redacted]ing"),
        // A part matches if it has enough characters.
        (
            &["0123456789abcdef"],
            "0123456, 01234567…, …789abcde…, cdef",
            "0123456, [redacted]…, …[redacted]…, cdef",
        ),
        // The scheme of a URL is not secret.
        (
            &["https://hooks.example/s3cret"],
            "https://other.invalid: use https://hooks.example/s3cret",
            "https://other.invalid: use https://[redacted]",
        ),
        (&["", " ", "+"], "a + b", "a + b"),
    ] {
        assert_eq!(redacted(secrets, text), expected, "{secrets:?}");
    }
}

#[test]
fn a_secret_is_found_in_each_escaped_form() {
    let secret =
        "-----BEGIN KEY-----\nMIIE\t<a&b> \"q\" 'é' 😀 50%+1/2\\n  c=\r\n-----END KEY-----";
    let json = json!(secret).to_string();
    for form in [
        secret.to_owned(),
        secret.split_whitespace().collect::<Vec<_>>().join(" "),
        secret.split_whitespace().collect(),
        secret.replace('\n', "\r\n").to_uppercase(),
        json.clone(),
        json!(json).to_string(),
        json.replace('/', "\\/")
            .replace('<', "\\u003c")
            .replace('é', "\\u00e9")
            .replace('😀', "\\ud83d\\ude00"),
        // Go's %+q, Rust's Debug, Python's bytes.
        json.replace('é', "\\u00e9").replace('😀', "\\U0001f600"),
        secret.escape_unicode().to_string(),
        json.replace('é', "\\xc3\\xa9")
            .replace('😀', "\\xf0\\x9f\\x98\\x80"),
        secret
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&#34;")
            .replace('\'', "&#x27;")
            .replace('+', "&#43;")
            .replace(' ', "&nbsp;"),
        percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC)
            .to_string(),
        percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC)
            .to_string()
            .replace("%20", "+")
            .to_lowercase(),
    ] {
        let text = redacted(&[secret], &format!("before: {form}; after"));
        let found = text.replace(['"', '\\'], "");
        assert_eq!(found, "before: [redacted]; after", "{form}");
    }
}

#[test]
fn a_secret_of_short_words_is_found_with_any_whitespace() {
    let secret = "one two\tthree\nfour";
    for space in [
        " ",
        "\n\n",
        "\r\n",
        "\t",
        "\u{85}",
        "\u{2028}",
        "\u{a0}",
        "\u{3000}",
        "+",
        "%20",
        "%0D%0A",
        "\\n",
        "\\\\n",
        "\\t",
        "\\u000a",
        "\\x0a",
        "\\012",
        "\\015\\012",
        "&#10;",
        "&#x0A;",
        "&nbsp;",
        "&Tab;",
        "&NewLine;",
        "&ensp;",
        "&emsp;",
        "&thinsp;",
        "<br>",
        "<br/>",
        "<BR />\n",
    ] {
        let form = secret.replace(char::is_whitespace, space);
        let text = redacted(&[secret], &format!("before {form} after"));
        assert_eq!(text, "before [redacted] after", "{space:?}");
    }
    let text = "<b> <br> a\\8 <brown> \\777";
    assert_eq!(redacted(&[secret], text), text);
}

#[test]
fn many_short_secrets_cost_little_more_than_few() {
    let text = "m&a%20 lorem ipsum ".repeat(500);
    let cost_of = |count: usize| {
        let secrets: Vec<String> = (0..count).map(|number| format!("s{number}")).collect();
        let body = json!({"config": secrets}).to_string();
        let began = cpu_time::ThreadTime::now();
        Secrets::of(&KnownTokens::default(), Some(body.as_bytes())).redact(&text);
        began.elapsed()
    };
    let few = cost_of(100);
    assert!(cost_of(10_000) < few * 20, "{few:?}");
}

#[test]
fn the_shape_of_json_hides_strings_and_numbers() {
    let value = json!({"a": ["s3cret", 17, 1.5, null, true], "b": {"c": {}}});
    let text = format!("{:?}", shape(&value));
    assert_eq!(
        text,
        r#"{"a": [string, number, number, null, true], "b": {"c": {}}}"#
    );
    assert_eq!(format!("{:?}", shape(&None::<Json>)), "null");
}

proptest::proptest! {
    #[test]
    fn no_text_panics(
        secret in "[\\\\%&#;xuU0-9a-f{}\\PC]{0,24}",
        text in "[\\\\%&#;xuU0-9a-f{}\\PC]{0,64}",
    ) {
        let tokens = KnownTokens::default();
        tokens.add(secret.clone().into());
        let secrets = Secrets::of(&tokens, None);
        secrets.redact(&text);
        let shown = secrets.redact(&format!("{text}{secret}{text}"));
        if significant(&levels(&secret)[0]).len() > FRAGMENT {
            proptest::prop_assert!(shown.contains(REDACTED), "{}", shown);
        }
    }
}
