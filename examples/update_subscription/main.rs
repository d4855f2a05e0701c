//! Turns an audit log subscription on and off, and shows what can go wrong.
//!
//! Without an account, against a mock server in this process:
//!
//! ```sh
//! cargo run --example update_subscription
//! ```
//!
//! Against LaunchDarkly itself, where the subscription is put back as it was:
//!
//! ```sh
//! LD_ACCESS_TOKEN=api-… cargo run --example update_subscription -- --integration-key datadog --id 1234a56b7c89d012345e678f
//! ```
//!
//! `LD_BASE_URI` names another server than the commercial one.

mod mock;

use std::{env, process::ExitCode};

use launchdarkly_api::{Client, Error, JsonPatch, types::Integration};
use serde_json::{Map, Value, json};

#[tokio::main]
async fn main() -> ExitCode {
    let Some(arguments) = Arguments::read() else {
        eprintln!(
            "usage: update_subscription [--integration-key KEY] [--id ID]\n\n\
             With LD_ACCESS_TOKEN set, both say which subscription is used."
        );
        return ExitCode::from(2);
    };
    let result = if env::var_os("LD_ACCESS_TOKEN").is_some() {
        real(arguments).await
    } else {
        mocked(arguments).await
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn mocked(arguments: Arguments) -> Result<(), Error> {
    let server = mock::LaunchDarkly::start().await;
    println!(
        "LD_ACCESS_TOKEN is not set: this is a mock server at {}\n",
        server.url()
    );
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.url())
        .build()?;

    let key = arguments.integration_key.as_deref().unwrap_or("datadog");
    println!("Create a subscription of the integration `{key}`:");
    let config: Map<String, Value> = [("apiKey".to_owned(), json!("0123456789abcdef"))]
        .into_iter()
        .collect();
    let created = client
        .create_subscription()
        .integration_key(key)
        .body_map(|body| body.name("Flag changes").config(config).on(false))
        .send()
        .await?;
    println!("  {} {}", created.status(), show(&created));
    let id = created.id.clone().unwrap_or_default();

    walk(&client, key, &id).await
}

async fn real(arguments: Arguments) -> Result<(), Error> {
    let client = Client::from_env()?;
    println!("The server is {}\n", client.base_url());
    // Without them, the client says what is missing.
    let key = arguments.integration_key.unwrap_or_default();
    walk(&client, &key, &arguments.id.unwrap_or_default()).await
}

/// Reads, changes, reads back, and provokes two errors.
async fn walk(client: &Client, key: &str, id: &str) -> Result<(), Error> {
    println!("Read it:");
    let before = client
        .get_subscription_by_id()
        .integration_key(key)
        .id(id)
        .send()
        .await?;
    println!("  {} {}", before.status(), show(&before));
    let was_on = before.on.unwrap_or_default();

    let patch = JsonPatch::new().replace("/on", !was_on);
    println!(
        "Turn it {}, by the JSON Patch {patch}:",
        if was_on { "off" } else { "on" }
    );
    let after = client
        .update_subscription()
        .integration_key(key)
        .id(id)
        .body(patch)
        .send()
        .await?;
    println!("  {} {}", after.status(), show(&after));

    println!("Read it back:");
    let again = client
        .get_subscription_by_id()
        .integration_key(key)
        .id(id)
        .send()
        .await?;
    println!("  {} {}", again.status(), show(&again));

    println!("Turn it back, but only if it has not changed meanwhile, which is not so:");
    let guarded = JsonPatch::new().test("/on", was_on).replace("/on", was_on);
    let result = client
        .update_subscription()
        .integration_key(key)
        .id(id)
        .body(guarded)
        .send()
        .await;
    match result {
        Err(error) if error.is_conflict() => println!("  is_conflict(): {error}"),
        Err(error) => println!("  {error}"),
        Ok(subscription) => println!("  {} {}", subscription.status(), show(&subscription)),
    }

    println!("Turn it back, expecting what is there:");
    let guarded = JsonPatch::new().test("/on", !was_on).replace("/on", was_on);
    let restored = client
        .update_subscription()
        .integration_key(key)
        .id(id)
        .body(guarded)
        .send()
        .await?;
    println!("  {} {}", restored.status(), show(&restored));

    println!("Update one that does not exist:");
    let patch = JsonPatch::new().replace("/on", true);
    let missing = "000000000000000000000000";
    match client
        .update_subscription()
        .integration_key(key)
        .id(missing)
        .body(patch)
        .send()
        .await
    {
        Err(error) if error.is_not_found() => println!("  is_not_found(): {error}"),
        Err(error) => println!("  {error}"),
        Ok(_) => println!("  it does exist"),
    }
    Ok(())
}

fn show(subscription: &Integration) -> String {
    format!(
        "{} {:?} is {}",
        subscription.id.as_deref().unwrap_or("(no id)"),
        subscription.name.as_deref().unwrap_or("(no name)"),
        match subscription.on {
            Some(true) => "on",
            Some(false) => "off",
            None => "neither on nor off",
        }
    )
}

#[derive(Default)]
struct Arguments {
    integration_key: Option<String>,
    id: Option<String>,
}

impl Arguments {
    fn read() -> Option<Self> {
        let mut arguments = Self::default();
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            let value = match word.as_str() {
                "--integration-key" => &mut arguments.integration_key,
                "--id" => &mut arguments.id,
                _ => return None,
            };
            *value = Some(words.next()?);
        }
        Some(arguments)
    }
}
