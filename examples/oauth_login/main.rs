//! Logs in with OAuth: the authorization code flow with PKCE (RFC 6749, section
//! 4.1, and RFC 7636), and the refresh of the access token.
//!
//! Without an account, against a mock server in this process, with an HTTP
//! client as the user's browser: `cargo run --example oauth_login`.

mod server;

use std::{sync::Arc, time::Duration};

use launchdarkly_api::{
    AccessToken, Client,
    credentials::{self, BoxError, BoxFuture},
    reqwest::{self, Url, redirect::Policy},
};
use oauth2::{
    AsyncHttpClient, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet,
    EndpointSet, HttpRequest, HttpResponse, PkceCodeChallenge, RedirectUrl, RefreshToken, Scope,
    TokenResponse, TokenUrl,
    basic::{BasicClient, BasicTokenResponse},
};
use server::LaunchDarkly;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    sync::Mutex,
};

type OAuth = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// What it takes to get access tokens without the user.
struct Session {
    oauth: OAuth,
    http: Http,
    state: Mutex<State>,
}

struct State {
    /// The token of the login, until the client has it.
    first: Option<AccessToken>,
    refresh_token: RefreshToken,
}

impl Session {
    /// Sends the user to the login page, and waits for the redirect back.
    async fn login(
        oauth: OAuth,
        http: Http,
        listener: TcpListener,
        open_browser: impl FnOnce(Url),
    ) -> Result<Self, BoxError> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = oauth
            .authorize_url(CsrfToken::new_random)
            .add_scope(Scope::new("reader".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        open_browser(url.as_str().parse()?);
        let (code, returned) = receive_code(listener).await?;
        // Otherwise the redirect belongs to a login that somebody else started.
        if returned != *state.secret() {
            return Err("the redirect has another `state` than the login: log in again".into());
        }
        let tokens = oauth
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(verifier)
            .request_async(&http)
            .await?;
        let refresh_token = tokens.refresh_token().ok_or("no refresh token")?.clone();
        let state = State {
            first: Some(access_token(&tokens)),
            refresh_token,
        };
        Ok(Self {
            oauth,
            http,
            state: Mutex::new(state),
        })
    }

    /// Returns an access token: a new one, unless the login's is unused.
    async fn access_token(&self) -> Result<AccessToken, BoxError> {
        let mut state = self.state.lock().await;
        if let Some(token) = state.first.take() {
            return Ok(token);
        }
        let refresh = self.oauth.exchange_refresh_token(&state.refresh_token);
        let tokens = refresh.request_async(&self.http).await?;
        // The server may replace it. A program stores it, to log in only once.
        if let Some(next) = tokens.refresh_token() {
            state.refresh_token = next.clone();
        }
        Ok(access_token(&tokens))
    }
}

/// Converts the token, with its expiry.
fn access_token(tokens: &BasicTokenResponse) -> AccessToken {
    let token = AccessToken::bearer(tokens.access_token().secret());
    match tokens.expires_in() {
        Some(lifetime) => token.expires_in(lifetime),
        None => token,
    }
}

/// The HTTP client of the oauth2 crate.
struct Http(reqwest::Client);

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = reqwest::Error;
    type Future = BoxFuture<'c, Result<HttpResponse, reqwest::Error>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let response = self.0.execute(request.try_into()?).await?;
            let (status, headers) = (response.status(), response.headers().clone());
            let mut converted = HttpResponse::new(response.bytes().await?.to_vec());
            (*converted.status_mut(), *converted.headers_mut()) = (status, headers);
            Ok(converted)
        })
    }
}

/// Waits for the browser, and returns the parameters `code` and `state`.
async fn receive_code(listener: TcpListener) -> Result<(String, String), BoxError> {
    let (mut stream, _) = listener.accept().await?;
    let mut head = vec![0; 8 * 1024];
    let length = stream.read(&mut head).await?;
    let head = String::from_utf8_lossy(&head[..length]).into_owned();
    let target = head.split(' ').nth(1).ok_or("no HTTP request")?;
    let url = Url::parse("http://localhost")?.join(target)?;
    let text = "HTTP/1.1 200 OK\r\ncontent-length: 24\r\n\r\nYou can close this page.";
    stream.write_all(text.as_bytes()).await?;
    let parameter = |name: &str| {
        let mut pairs = url.query_pairs();
        let value = pairs.find(|(key, _)| key == name);
        value
            .map(|(_, value)| value.into_owned())
            .ok_or("no code in the redirect")
    };
    Ok((parameter("code")?, parameter("state")?))
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let server = LaunchDarkly::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let redirect_url = format!("http://{}/callback", listener.local_addr()?);
    let oauth = BasicClient::new(ClientId::new("my-app".to_owned()))
        .set_client_secret(ClientSecret::new("s3cret".to_owned()))
        .set_auth_uri(AuthUrl::new(server.url("/authorize"))?)
        .set_token_uri(TokenUrl::new(server.url("/token"))?)
        .set_redirect_uri(RedirectUrl::new(redirect_url)?);
    // The client secret must not go where a redirect leads.
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()?;

    let browser = reqwest::Client::builder().no_proxy().build()?;
    let session = Session::login(oauth, Http(http), listener, |url| {
        tokio::spawn(browser.get(url).send());
    })
    .await?;
    let session = Arc::new(session);
    let client = Client::builder()
        .base_url(server.url(""))
        .credentials(credentials::from_fn(move || {
            let session = Arc::clone(&session);
            async move { session.access_token().await }
        }))
        .build()?;

    let tags = client.get_tags().send().await?;
    println!("logged in: {:?}", tags.items);
    assert_eq!(server.refreshes(), 0);

    server.revoke_access_token();
    client.get_tags().send().await?;
    assert_eq!(server.refreshes(), 1);
    println!("refreshed after a 401, without another login");

    server.revoke_login();
    let error = client
        .get_tags()
        .send()
        .await
        .expect_err("no token is valid");
    assert!(error.is_credentials() && error.is_unauthorized());
    println!("log in again: {error}");
    Ok(())
}
