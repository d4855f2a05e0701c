//! Calls every operation on a server that reads the OpenAPI document in its
//! own way, such as Prism, and tells which requests it does not accept and
//! which answers do not decode.

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

/// What the server itself gets wrong, and why it does.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Known {
    reason: String,
    /// Words of the fault; any other is not excused.
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
        let entry = requests::entry(operation).ok_or("an operation has no method")?;
        let maker = Maker::new(&document, Style::Plain);
        let full = requests::full(&document, operation, &maker);
        let mut full = requests::valid_patch(&document, operation, full);
        // Prism 5 ends when a part of a form has no media type of its own, as
        // texts have none (RFC 7578, section 4.4).
        full.texts.clear();
        let least = requests::least(&document, operation, &maker);
        // A patch has nothing that could be left out.
        let least = Arguments {
            patch: full.patch.clone(),
            ..least
        };
        // A form whose parts are all optional is not tried without any: it
        // would have no body, which is required.
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
    let answered = (entry.call)(client, arguments)?
        .await
        .map_err(|error| told(&error))?;
    let violations = answered.violations.as_deref().unwrap_or_default();
    let violations = of_the_request(violations);
    if violations.is_empty() {
        Ok(())
    } else {
        Err(violations.join("; ").into())
    }
}

/// Of what Prism remarks, the errors in the request: it also judges the
/// examples that it answers itself. A long list is cut off, so it is not JSON.
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

/// Why a fault is not the crate's.
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
    fn of_what_prism_remarks_only_errors_in_the_request_count() {
        let remarks = r#"Too many violations! [{"location":["request","query","a"],"severity":"Warning"},{"location":["response"],"severity":"Error"},{"location":["request","body"],"severity":"Error"},{"lo"#;
        assert_eq!(of_the_request(remarks).len(), 1);
    }

    #[test]
    fn a_fault_is_excused_by_its_words_and_its_operation() {
        let known = known().unwrap();
        let (first, fault) = (&known[0].operations[0], &known[0].fault);
        assert!(reason(&known, first, fault).is_some());
        assert!(reason(&known, first, "422 Unprocessable Entity").is_none());
        assert!(reason(&known, "get_root", fault).is_none());
    }
}
