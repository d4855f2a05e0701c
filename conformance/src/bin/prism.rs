//! Calls every operation on a mock server that validates requests against the
//! OpenAPI document, such as Prism. Reports rejected requests and responses that
//! do not decode.

use std::{env, process::ExitCode};

use conformance::{
    arguments::Arguments,
    document::Document,
    instance::{Maker, Style},
    requests,
    table::{self, Fault},
};
use launchdarkly_api::{Client, RetryPolicy};
use serde::Deserialize;

/// A bug of the server, and its reason.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    reason: String,
    /// A part of the error message. Other errors count as failures.
    fault: String,
    operations: Vec<String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let Some(url) = env::args().nth(1) else {
        eprintln!("usage: cargo run -p conformance --bin prism -- http://127.0.0.1:4010");
        return ExitCode::FAILURE;
    };
    match run(&url).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("{fault}");
            ExitCode::FAILURE
        }
    }
}

async fn run(url: &str) -> Result<bool, Fault> {
    let client = Client::builder()
        .access_token("api-01234567-89ab-cdef-0123-456789abcdef")
        .base_url(url)
        .retry_policy(RetryPolicy::none())
        .build()?;
    let document = Document::vendored()?;
    let known = known()?;
    let (mut passed, mut excused, mut failed) = (0, 0, 0);
    for operation in document.operations() {
        let entry = requests::entry(operation)
            .ok_or("an operation of the document has no method in the client")?;
        let maker = Maker::new(&document, Style::Plain);
        let full = requests::full(&document, operation, &maker);
        let mut full = requests::valid_patch(&document, operation, full);
        // Prism 5 crashes when a part of a form has no media type. Text fields
        // need none (RFC 7578, section 4.4).
        full.texts.clear();
        let least = requests::least(&document, operation, &maker);
        // A patch has no optional properties.
        let least = Arguments {
            patch: full.patch.clone(),
            ..least
        };
        // Skip forms: without its optional parts, a form would have no body, which
        // is required.
        let least = (full.files.is_empty()).then_some(least);
        let mut fault = call(&client, entry, &full).await.err();
        if let (None, Some(least)) = (&fault, &least) {
            fault = call(&client, entry, least).await.err();
        }
        let Some(fault) = fault else {
            passed += 1;
            continue;
        };
        let fault = fault.to_string();
        match reason(&known, entry.id, &fault) {
            Some(reason) => {
                excused += 1;
                println!("known   {}: {reason}", entry.id);
            }
            None => {
                failed += 1;
                println!("FAILED  {}: {fault}", entry.id);
            }
        }
    }
    println!("{passed} passed, {excused} known, {failed} failed");
    Ok(failed == 0)
}

async fn call(
    client: &Client,
    entry: &table::Operation,
    arguments: &Arguments,
) -> Result<(), Fault> {
    let result = (entry.call)(client, arguments)?
        .await
        .map_err(|error| told(&error))?;
    let violations = result.violations.as_deref().unwrap_or_default();
    let violations = of_the_request(violations);
    if violations.is_empty() {
        Ok(())
    } else {
        Err(violations.join("; ").into())
    }
}

/// Prism's errors about the request. Prism also validates its own responses. It
/// truncates long lists, so they are not JSON.
fn of_the_request(remarks: &str) -> Vec<&str> {
    remarks
        .split("{\"location\":")
        .filter(|remark| remark.starts_with("[\"request\""))
        .filter(|remark| remark.contains("\"severity\":\"Error\""))
        .collect()
}

fn told(error: &launchdarkly_api::Error) -> Fault {
    let body = error.body().map_or(&[][..], |body| &body[..]);
    let body: String = String::from_utf8_lossy(body).chars().take(800).collect();
    format!("{error} {:?} {body}", error.decode_path()).into()
}

fn known() -> Result<Vec<Known>, Fault> {
    Ok(serde_saphyr::from_str(include_str!(
        "../../known/prism.yaml"
    ))?)
}

/// The reason of a known bug of the server.
fn reason<'a>(known: &'a [Known], operation: &str, fault: &str) -> Option<&'a str> {
    known
        .iter()
        .find(|known| {
            fault.contains(&known.fault) && known.operations.iter().any(|id| id == operation)
        })
        .map(|known| known.reason.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_errors_about_the_request_count() {
        let remarks = r#"Too many violations! [{"location":["request","query","a"],"severity":"Warning"},{"location":["response"],"severity":"Error"},{"location":["request","body"],"severity":"Error"},{"lo"#;
        assert_eq!(of_the_request(remarks).len(), 1);
    }

    #[test]
    fn a_known_bug_matches_by_message_and_operation() {
        let known = known().unwrap();
        let (first, fault) = (&known[0].operations[0], &known[0].fault);
        assert!(reason(&known, first, fault).is_some());
        assert!(reason(&known, first, "422 Unprocessable Entity").is_none());
        assert!(reason(&known, "get_root", fault).is_none());
    }
}
