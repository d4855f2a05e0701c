//! Each TLS backend and combinations of them, and one area of the API.

use launchdarkly_api::{Client, Error};

/// The number of audit log entries, at most `limit`.
pub async fn entries(client: &Client, limit: i64) -> Result<usize, Error> {
    Ok(client
        .get_audit_log_entries()
        .limit(limit)
        .send()
        .await?
        .items
        .len())
}

#[cfg(test)]
#[path = "../../server.rs"]
mod server;

#[cfg(test)]
mod tests {
    use std::{net::TcpListener, thread};

    use launchdarkly_api::{RetryPolicy, reqwest};
    use rustls::{CipherSuite, NamedGroup, server::Acceptor};

    use super::*;

    #[derive(Debug, PartialEq)]
    enum Backend {
        AwsLcRs,
        Ring,
        Native,
    }

    /// The documented order: `rustls`, `rustls-ring`, `native-tls`.
    const DOCUMENTED: Backend = if cfg!(feature = "rustls") {
        Backend::AwsLcRs
    } else if cfg!(feature = "rustls-ring") {
        Backend::Ring
    } else {
        Backend::Native
    };

    /// Makes a call to a server that reads the first message of the client, and
    /// returns the backend that sends such a message.
    async fn backend(http: Option<reqwest::ClientBuilder>) -> Backend {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        let hello = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut acceptor = Acceptor::default();
            let accepted = loop {
                acceptor.read_tls(&mut stream).unwrap();
                if let Some(accepted) = acceptor.accept().map_err(|(error, _)| error).unwrap() {
                    break accepted;
                }
            };
            let hello = accepted.client_hello();
            // rustls never offers CBC, and ring has no post-quantum key exchange.
            if hello
                .cipher_suites()
                .contains(&CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)
            {
                Backend::Native
            } else if hello
                .named_groups()
                .unwrap()
                .contains(&NamedGroup::X25519MLKEM768)
            {
                Backend::AwsLcRs
            } else {
                Backend::Ring
            }
        });
        let mut client = Client::builder()
            .access_token("api-1")
            .base_url(url)
            .retry_policy(RetryPolicy::none());
        if let Some(http) = http {
            client = client.http_client(http);
        }
        let error = entries(&client.build().unwrap(), 20).await.unwrap_err();
        assert!(error.is_connect(), "{error}");
        hello.join().unwrap()
    }

    #[tokio::test]
    async fn the_default_http_client_uses_the_documented_backend() {
        assert_eq!(backend(None).await, DOCUMENTED);
        let http = launchdarkly_api::default_http_client();
        // The caller may also build it without the crate.
        assert!(http.build().is_ok());
    }

    #[tokio::test]
    async fn an_http_client_of_the_callers_own_has_a_provider_of_cryptography() {
        backend(Some(reqwest::Client::builder())).await;
    }

    #[tokio::test]
    async fn a_list_returns_the_items_of_the_response() {
        let (url, _) = server::respond(r#"{"items": [{"_id": "1"}], "_links": {}}"#).await;
        let client = Client::builder()
            .access_token("api-1")
            .base_url(url)
            .build()
            .unwrap();
        assert_eq!(entries(&client, 20).await.unwrap(), 1);
    }
}
