//! Verification and decoding of webhook requests.

use launchdarkly_api::{
    SignatureError, WebhookError, WebhookSecret,
    reqwest::header::{HeaderMap, HeaderValue},
};
use proptest::prelude::*;

fn secret() -> WebhookSecret {
    WebhookSecret::new("webhook-secret-0123456789").unwrap()
}

fn headers<const N: usize>(signatures: [&[u8]; N]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for signature in signatures {
        headers.append(
            WebhookSecret::HEADER,
            HeaderValue::from_bytes(signature).unwrap(),
        );
    }
    headers
}

const ENTRY: &[u8] = br#"{"_id": "57c0a8e29969090743529965", "_accountId": null, "date": 1.472243938774e12,
    "kind": "flag", "name": "New checkout", "brandNew": [1], "member": {"email": "ariel@example.com"},
    "currentVersion": {"key": "new-checkout"}}"#;

/// RFC 4231, section 4, without the fifth test case, which truncates the HMAC.
#[test]
fn signatures_match_the_test_cases_of_rfc_4231() {
    let cases: [(Vec<u8>, Vec<u8>, &str); 6] = [
        (
            vec![0x0b; 20],
            b"Hi There".to_vec(),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe".to_vec(),
            b"what do ya want for nothing?".to_vec(),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            vec![0xaa; 20],
            vec![0xdd; 50],
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            (1..=25).collect(),
            vec![0xcd; 50],
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (
            vec![0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            vec![0xaa; 131],
            b"This is a test using a larger than block-size key and a larger than block-size \
              data. The key needs to be hashed before being used by the HMAC algorithm."
                .to_vec(),
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ];
    for (key, body, expected) in cases {
        let secret = WebhookSecret::new(key).unwrap();
        assert_eq!(secret.sign(&body), expected);
        assert_eq!(secret.verify(&body, Some(expected)), Ok(()));
        let upper = expected.to_uppercase();
        assert_eq!(secret.verify(&body, Some(&upper)), Ok(()));
    }
}

#[test]
fn a_signed_entry_decodes_tolerantly() {
    let signature = secret().sign(ENTRY);
    let entry = secret()
        .decode(&headers([signature.as_bytes()]), ENTRY)
        .unwrap();
    assert_eq!(entry.name, "New checkout");
    assert_eq!(entry.date.get(), 1_472_243_938_774);
    assert_eq!(entry.account_id, "");
    assert_eq!(entry.current_version.unwrap()["key"], "new-checkout");
}

#[test]
fn missing_malformed_and_wrong_signatures_are_different_errors() {
    let right = secret().sign(ENTRY);
    let other = WebhookSecret::new("another-secret").unwrap().sign(ENTRY);
    let mut told = Vec::new();
    for headers in [
        HeaderMap::new(),
        headers([right.as_bytes(), right.as_bytes()]),
        headers([b""]),
        headers([&right.as_bytes()[..62]]),
        headers([format!("sha256={right}").as_bytes()]),
        headers([b"\xff"]),
        headers([other.as_bytes()]),
    ] {
        // An unsigned body is not decoded, so the error is about the signature.
        let error = secret().decode(&headers, b"<html>").unwrap_err();
        let WebhookError::Signature(reason) = &error else {
            panic!("{error}");
        };
        told.push(format!(
            "missing {}, malformed {}, wrong {}: {error}",
            reason.is_missing(),
            reason.is_malformed(),
            reason.is_wrong()
        ));
    }
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_decode_error_names_the_place_and_hides_the_body() {
    let mut told = Vec::new();
    for body in [
        "",
        "s3cret",
        "[]",
        r#"{"member": {"email": {"s3cret": 1}}}"#,
        r#"{"accesses": [{"action": "s3cret"}, "s3cret"]}"#,
        r#"{"kind": "flag", "name": "s3cret"#,
    ] {
        let signature = secret().sign(body.as_bytes());
        let error = secret()
            .decode(&headers([signature.as_bytes()]), body.as_bytes())
            .unwrap_err();
        let WebhookError::Payload(payload) = &error else {
            panic!("{error}");
        };
        assert!(
            !format!("{error} {error:?}").contains("s3cret"),
            "{error:?}"
        );
        told.push(format!("{:?}: {error}", payload.path()));
    }
    insta::assert_snapshot!(told.join("\n"));
}

/// The default payload, with a property that the document does not have.
const COMPLETE: &str = r#"{
    "_links": {"self": {"href": "/api/v2/auditlog/57c0a8e29969090743529965"}},
    "_id": "57c0a8e29969090743529965", "_accountId": "569f183514f4432160000007",
    "timestamp": "2016-08-26T20:38:58Z", "date": 1472243938774, "kind": "flag",
    "accesses": [{"action": "createFlag", "resource": "proj/default:env/production:flag/f"}],
    "name": "Example", "description": "", "shortDescription": "",
    "member": {"_links": {}, "_id": "1", "email": "ariel@example.com", "firstName": "Ariel"},
    "titleVerb": "created the flag", "title": "Ariel created the flag Example",
    "target": {"_links": {}, "name": "Example", "resources": ["proj/default:flag/f"]}
}"#;

#[test]
fn a_strict_entry_has_every_required_property() {
    let decode = |body: &str| {
        let signature = secret().sign(body.as_bytes());
        secret().decode_strict(&headers([signature.as_bytes()]), body.as_bytes())
    };
    let entry = decode(COMPLETE).unwrap();
    assert_eq!(entry.date.get(), 1_472_243_938_774);
    assert_eq!(entry.extra()["timestamp"], "2016-08-26T20:38:58Z");
    let mut told = Vec::new();
    for (from, to) in [
        (r#""date": 1472243938774,"#, ""),
        ("1472243938774", "null"),
        (r#""_accountId": "569f183514f4432160000007","#, ""),
        (COMPLETE, "{}"),
        (COMPLETE, "[]"),
        (r#""kind": "flag""#, r#""kind": ["s3cret"]"#),
    ] {
        let body = COMPLETE.replace(from, to);
        assert_ne!(body, COMPLETE);
        let error = decode(&body).unwrap_err();
        assert!(
            !format!("{error} {error:?}").contains("s3cret"),
            "{error:?}"
        );
        told.push(error.to_string());
    }
    insta::assert_snapshot!(told.join("\n"));
    let forged = secret().decode_strict(&headers([b"00"]), COMPLETE.as_bytes());
    assert!(matches!(forged, Err(WebhookError::Signature(_))));
}

#[test]
fn an_empty_secret_is_an_error_and_secrets_are_hidden() {
    let error = WebhookSecret::new("").unwrap_err();
    assert!(error.is_invalid_input());
    insta::assert_snapshot!(error);
    assert_eq!(format!("{:?}", secret()), "WebhookSecret([redacted])");
}

proptest! {
    #[test]
    fn a_flipped_bit_invalidates_the_signature(
        key in proptest::collection::vec(any::<u8>(), 1..100),
        body in proptest::collection::vec(any::<u8>(), 1..200),
        at in any::<proptest::sample::Index>(),
        bit in 0..8_u8,
    ) {
        let secret = WebhookSecret::new(key).unwrap();
        let signature = secret.sign(&body);
        prop_assert_eq!(secret.verify(&body, Some(&signature)), Ok(()));

        let mut changed = body.clone();
        changed[at.index(body.len())] ^= 1 << bit;
        prop_assert_eq!(secret.verify(&changed, Some(&signature)), Err(SignatureError::Wrong));

        let mut digits: Vec<char> = signature.chars().collect();
        let digit = &mut digits[at.index(64)];
        let value = digit.to_digit(16).unwrap() ^ (1 << (bit % 4));
        *digit = char::from_digit(value, 16).unwrap();
        let changed: String = digits.into_iter().collect();
        prop_assert_eq!(secret.verify(&body, Some(&changed)), Err(SignatureError::Wrong));
    }

    #[test]
    fn an_arbitrary_header_is_not_a_valid_signature(signature in "\\PC{0,70}", bytes in "[\\x20-\\x7e\\u{80}-\\u{ff}]{0,70}") {
        prop_assert!(secret().verify(ENTRY, Some(&signature)).is_err());
        prop_assert!(secret().decode(&headers([bytes.as_bytes()]), ENTRY).is_err());
    }
}
