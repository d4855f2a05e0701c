//! A mock of the part of LaunchDarkly the example uses, with one subscription.

use std::sync::{Arc, Mutex};

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use json_patch::Patch;
use serde_json::{Value, json};

const ID: &str = "1234a56b7c89d012345e678f";

pub struct LaunchDarkly {
    server: MockServer,
}

impl LaunchDarkly {
    pub async fn start() -> Self {
        let server = MockServer::start_async().await;
        let stored = Arc::new(Mutex::new(Value::Null));
        server
            .mock_async(|when, then| {
                when.path_prefix("/api/v2/integrations/");
                then.respond_with(move |request: &HttpMockRequest| {
                    let mut stored = stored.lock().expect("no test panics while it holds this");
                    let (status, body) = answer(&mut stored, request);
                    HttpMockResponse::builder()
                        .status(status)
                        .header("content-type", "application/json")
                        .body(body.to_string())
                        .build()
                });
            })
            .await;
        Self { server }
    }

    pub fn url(&self) -> String {
        self.server.base_url()
    }
}

fn answer(stored: &mut Value, request: &HttpMockRequest) -> (u16, Value) {
    let body: Value = serde_json::from_slice(request.body_ref()).unwrap_or_default();
    let path = request.uri().path().to_owned();
    match request.method_str() {
        "POST" => {
            *stored = body;
            stored["_id"] = json!(ID);
            stored["kind"] = json!(path.rsplit('/').next());
            (201, stored.clone())
        }
        _ if !path.ends_with(ID) => (
            404,
            json!({"code": "not_found", "message": "Unknown subscription", "id": "5f0e"}),
        ),
        "PATCH" => match serde_json::from_value::<Patch>(body) {
            Err(_) => (
                400,
                json!({"code": "invalid_request", "message": "Not a JSON Patch"}),
            ),
            Ok(patch) => match json_patch::patch(stored, &patch) {
                Ok(()) => (200, stored.clone()),
                Err(_) => (
                    409,
                    json!({"code": "optimistic_locking_error", "message": "A test failed", "id": "5f0f"}),
                ),
            },
        },
        _ => (200, stored.clone()),
    }
}
