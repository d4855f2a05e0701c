//! Proxies: a proxy never receives the access token in clear text.

use std::{
    env,
    io::{Read, Write},
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use launchdarkly_api::{Client, ClientBuilder, RetryPolicy, default_http_client, reqwest};

use crate::support::{TOKEN, Wire, answer};

/// A proxy that records the first line of each request.
struct Trap {
    url: String,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Trap {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let lines = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&lines);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut bytes = [0; 4096];
                let read = stream.read(&mut bytes).unwrap_or_default();
                let text = String::from_utf8_lossy(&bytes[..read]);
                let line = text.lines().next().unwrap_or_default().to_owned();
                seen.lock().unwrap().push(line);
                let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
            }
        });
        Self { url, lines }
    }

    fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }
}

fn builder(base_url: String) -> ClientBuilder {
    Client::builder()
        .access_token(TOKEN)
        .base_url(base_url)
        .retry_policy(RetryPolicy::none())
}

/// Calls a server on loopback by each of its names. Nothing needs to listen there.
async fn call_loopback(configured: impl Fn(ClientBuilder) -> ClientBuilder) {
    let wire = Wire::answering(answer("200 OK", "application/json", "{}")).await;
    let port = wire.address.port();
    for host in ["127.0.0.1", "localhost"] {
        let client = configured(builder(format!("http://{host}:{port}")));
        client.build().unwrap().get_tags().send().await.unwrap();
    }
    assert_eq!(wire.requests().len(), 2);
    for host in ["[::1]", "127.0.0.2", "localhost.", "[::ffff:127.0.0.1]"] {
        // Not every machine can connect to these addresses.
        let client = configured(builder(format!("http://{host}:{port}")));
        let _ = client
            .allow_plain_http(true)
            .build()
            .unwrap()
            .get_tags()
            .send()
            .await;
    }
    #[cfg(feature = "httpmock")]
    {
        use launchdarkly_api::mock::MockServerExt;
        let server = httpmock::MockServer::start_async().await;
        let tags = server.get_tags(|_, then| then.forbidden());
        let client = configured(builder(server.base_url())).build().unwrap();
        assert!(client.get_tags().send().await.unwrap_err().is_forbidden());
        tags.assert();
    }
}

/// An address that only a proxy can resolve.
const ELSEWHERE: &str = "http://elsewhere.invalid/";
const THROUGH_PROXY: &str = "GET http://elsewhere.invalid/ HTTP/1.1";

const VARIABLES: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

#[test]
fn a_loopback_base_url_ignores_the_proxy_variables() {
    for variable in VARIABLES {
        let trap = Trap::start();
        let mut child = Command::new(env::current_exe().unwrap());
        child.args([
            "--exact",
            "proxies::calls_with_proxy_variables",
            "--ignored",
        ]);
        for other in VARIABLES {
            child.env_remove(other);
        }
        for exception in ["NO_PROXY", "no_proxy", "REQUEST_METHOD"] {
            child.env_remove(exception);
        }
        let output = child.env(variable, &trap.url).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success() && text.contains("1 passed"),
            "{variable}: {text}"
        );
        // Only the request to the other address, so the variable was in effect.
        assert_eq!(trap.lines(), [THROUGH_PROXY], "{variable}");
    }
}

#[tokio::test]
#[ignore = "runs in a process with proxy variables, which the test above starts"]
async fn calls_with_proxy_variables() {
    call_loopback(|builder| builder).await;
    call_loopback(|builder| builder.http_client(default_http_client())).await;
    reqwest::get(ELSEWHERE).await.unwrap();
}

#[tokio::test]
async fn a_loopback_base_url_ignores_the_callers_proxy() {
    let trap = Trap::start();
    let proxied = || {
        let proxy = reqwest::Proxy::all(&trap.url).unwrap();
        default_http_client().proxy(proxy)
    };
    call_loopback(|builder| builder.http_client(proxied())).await;
    assert_eq!(trap.lines(), Vec::<String>::new());
    // Requests to another address still use the proxy.
    let client = builder("http://elsewhere.invalid".to_owned())
        .allow_plain_http(true)
        .http_client(proxied())
        .build()
        .unwrap();
    client.get_tags().send().await.unwrap_err();
    assert_eq!(
        trap.lines(),
        ["GET http://elsewhere.invalid/api/v2/tags HTTP/1.1"]
    );
}
