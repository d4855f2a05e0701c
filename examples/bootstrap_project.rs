//! Creates a project with its environments, flags and segments. It creates only
//! the missing ones, so a second run, or a run after a failure, is harmless.
//!
//! With an account: `LD_ACCESS_TOKEN=… cargo run --example bootstrap_project -- my-project`.
//! Without one, against a mock server in this process: `cargo run --example bootstrap_project`.

use std::{collections::HashMap, sync::Mutex};

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use launchdarkly_api::{
    Client, Conflict, Error, SemanticPatch,
    instructions::segments,
    types::{Clause, EnvironmentPost, FeatureFlagBody, ProjectPost, SegmentBody},
};
use serde_json::{Value, json};

const ENVIRONMENTS: [(&str, &str, &str); 2] = [
    ("test", "Test", "417505"),
    ("production", "Production", "f5a623"),
];
const FLAGS: [(&str, &str); 2] = [("new-checkout", "New checkout"), ("dark-mode", "Dark mode")];

/// Returns whether a request created its resource: `false` if it exists.
fn created<T>(name: &str, result: Result<T, Error>) -> Result<bool, Error> {
    match result {
        Ok(_) => println!("created {name}"),
        Err(error) if error.conflict() == Some(Conflict::KeyExists) => return Ok(false),
        Err(error) => return Err(error),
    }
    Ok(true)
}

/// Returns how many requests changed something.
async fn bootstrap(client: &Client, project: &str) -> Result<usize, Error> {
    // A second creation with the same key fails, so every request may be
    // retried, also if it is unknown whether the first attempt was applied.
    let client = client.idempotent();
    let mut changes = 0;

    let environments = ENVIRONMENTS
        .map(|(key, name, color)| EnvironmentPost::builder().key(key).name(name).color(color));
    // Without environments, LaunchDarkly would create others.
    let body = ProjectPost::builder().key(project).name("Shop");
    let body = body.environments(environments.clone());
    let result = client.post_project().body(body).send().await;
    changes += usize::from(created(project, result)?);
    for ((key, ..), body) in ENVIRONMENTS.into_iter().zip(environments) {
        let call = client.post_environment().project_key(project);
        changes += usize::from(created(key, call.body(body).send().await)?);
    }

    for (key, name) in FLAGS {
        let body = FeatureFlagBody::builder()
            .key(key)
            .name(name)
            .temporary(true);
        let call = client.post_feature_flag().project_key(project);
        changes += usize::from(created(key, call.body(body).send().await)?);
    }

    for (environment, ..) in ENVIRONMENTS {
        let body = SegmentBody::builder().key("employees").name("Employees");
        let call = client.post_segment().project_key(project);
        let result = call.environment_key(environment).body(body).send().await;
        changes += usize::from(created("employees", result)?);
        // The rules take a request of their own: an earlier run may have ended
        // before it.
        let read = client.get_segment().project_key(project);
        let read = read.environment_key(environment).segment_key("employees");
        if read.send().await?.rules.is_empty() {
            let clause = Clause::new("email").ends_with(["@example.com"]);
            let patch = SemanticPatch::new().environment_key(environment);
            let patch = patch.instruction(segments::add_rule([clause]));
            let change = client.patch_segment().project_key(project);
            let change = change.environment_key(environment).segment_key("employees");
            change.body(patch).send().await?;
            println!("added the rule of employees in {environment}");
            changes += 1;
        }
    }
    Ok(changes)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    if let Some(project) = std::env::args().nth(1) {
        let changes = bootstrap(&Client::from_env()?, &project).await?;
        println!("{changes} changes");
        return Ok(());
    }
    let server = launchdarkly().await;
    let client = Client::builder()
        .access_token("api-example")
        .base_url(server.base_url())
        .build()?;
    assert_eq!(bootstrap(&client, "shop").await?, 7);
    assert_eq!(bootstrap(&client, "shop").await?, 0);
    println!("the second run changed nothing");
    Ok(())
}

/// A mock that keeps the resources that it creates, by path.
async fn launchdarkly() -> MockServer {
    let resources = Mutex::new(HashMap::<String, Value>::new());
    let respond = move |request: &HttpMockRequest| {
        let mut resources = resources
            .lock()
            .expect("no thread panics while it holds the lock");
        let (path, mut body) = (
            request.uri().path().to_owned(),
            serde_json::from_slice::<Value>(request.body_ref()).unwrap_or_default(),
        );
        let (status, body) = match request.method_str() {
            "POST" => {
                let created = format!("{path}/{}", body["key"].as_str().unwrap_or_default());
                if resources.contains_key(&created) {
                    (
                        409,
                        json!({"code": "conflict", "message": "key already exists"}),
                    )
                } else {
                    for environment in body["environments"].as_array().into_iter().flatten() {
                        let key = environment["key"].as_str().unwrap_or_default();
                        resources.insert(format!("{created}/environments/{key}"), json!({}));
                    }
                    body["rules"] = json!([]);
                    // The response has links, and the environments as an object.
                    body["environments"] = Value::Null;
                    resources.insert(created, body.clone());
                    (201, body)
                }
            }
            method => match resources.get_mut(&path) {
                Some(segment) => {
                    if method == "PATCH" {
                        segment["rules"] = json!([{"clauses": body["instructions"][0]["clauses"]}]);
                    }
                    (200, segment.clone())
                }
                None => (404, json!({"code": "not_found"})),
            },
        };
        let response = HttpMockResponse::builder().status(status);
        let response = response.header("content-type", "application/json");
        response.body(body.to_string()).build()
    };
    let server = MockServer::start_async().await;
    server
        .mock_async(|_, then| drop(then.respond_with(respond)))
        .await;
    server
}
