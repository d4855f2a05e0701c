//! A mock of LaunchDarkly's login page and token endpoint, and of one operation.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use httpmock::{HttpMockRequest, HttpMockResponse, MockServer};
use launchdarkly_api::reqwest::Url;
use oauth2::{PkceCodeChallenge, PkceCodeVerifier};
use serde_json::{Value, json};

pub struct LaunchDarkly {
    server: MockServer,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The code challenge of the login.
    challenge: String,
    /// The number of the valid access token and refresh token. 0 is none.
    access: u32,
    refresh: u32,
    refreshes: u32,
}

impl LaunchDarkly {
    pub async fn start() -> Self {
        let server = MockServer::start_async().await;
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        server
            .mock_async(|when, then| {
                when.any_request();
                then.respond_with(move |request: &HttpMockRequest| {
                    shared
                        .lock()
                        .expect("no code panics with it")
                        .respond(request)
                });
            })
            .await;
        Self { server, state }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.server.base_url())
    }

    pub fn refreshes(&self) -> u32 {
        self.state.lock().expect("no code panics with it").refreshes
    }

    pub fn revoke_access_token(&self) {
        self.state.lock().expect("no code panics with it").access = 0;
    }

    pub fn revoke_login(&self) {
        let mut state = self.state.lock().expect("no code panics with it");
        (state.access, state.refresh) = (0, 0);
    }
}

impl State {
    fn respond(&mut self, request: &HttpMockRequest) -> HttpMockResponse {
        let parameters: HashMap<_, _> = match request.method_str() {
            "POST" => form(&request.body_string()),
            _ => request.query_params().into_iter().collect(),
        };
        match request.uri().path() {
            "/authorize" => self.authorize(&parameters),
            "/token" => self.token(&parameters),
            _ => {
                let valid = format!("Bearer access-{}", self.access);
                let sent = request.headers().get("authorization").cloned();
                if self.access > 0 && sent.is_some_and(|sent| sent == valid.as_str()) {
                    respond(200, &json!({"items": ["shop", "search"]}))
                } else {
                    respond(401, &json!({"code": "unauthorized"}))
                }
            }
        }
    }

    /// The login page, of a user who agrees at once.
    fn authorize(&mut self, parameters: &HashMap<String, String>) -> HttpMockResponse {
        assert_eq!(parameters["code_challenge_method"], "S256");
        self.challenge.clone_from(&parameters["code_challenge"]);
        let to = Url::parse_with_params(
            &parameters["redirect_uri"],
            [("code", "code-1"), ("state", &parameters["state"])],
        );
        HttpMockResponse::builder()
            .status(302)
            .header("location", to.expect("it is a URL").to_string())
            .build()
    }

    /// The token endpoint: for a code, the verifier of its challenge is needed.
    fn token(&mut self, parameters: &HashMap<String, String>) -> HttpMockResponse {
        let is_valid = match parameters["grant_type"].as_str() {
            "authorization_code" => {
                let verifier = PkceCodeVerifier::new(parameters["code_verifier"].clone());
                let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
                parameters["code"] == "code-1" && challenge.as_str() == self.challenge
            }
            "refresh_token" => {
                self.refreshes += 1;
                self.refresh > 0
                    && parameters["refresh_token"] == format!("refresh-{}", self.refresh)
            }
            _ => false,
        };
        if !is_valid {
            return respond(400, &json!({"error": "invalid_grant"}));
        }
        self.refresh += 1;
        self.access = self.refresh;
        respond(
            200,
            &json!({
                "access_token": format!("access-{}", self.access),
                "refresh_token": format!("refresh-{}", self.refresh),
                "token_type": "bearer",
                "expires_in": 3600,
            }),
        )
    }
}

fn form(body: &str) -> HashMap<String, String> {
    let url = Url::parse(&format!("http://localhost/?{body}")).expect("a form is a query");
    url.query_pairs().into_owned().collect()
}

fn respond(status: u16, body: &Value) -> HttpMockResponse {
    HttpMockResponse::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(body.to_string())
        .build()
}
