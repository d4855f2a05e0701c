//! Connections to each `Server` over TLS.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use http_body_util::Full;
use hyper::{Request, Response, Version, body::Bytes, body::Incoming, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use launchdarkly_api::{Client, Server, default_http_client, reqwest};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::net::TcpListener;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig, SupportedProtocolVersion,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer},
        server::ResolvesServerCertUsingSni,
        sign::CertifiedKey,
        version::{TLS12, TLS13},
    },
};

use crate::support::TOKEN;

const HOSTS: [&str; 3] = [
    "app.launchdarkly.com",
    "app.launchdarkly.us",
    "app.eu.launchdarkly.com",
];

/// A server on loopback with certificates for LaunchDarkly's hosts.
pub struct TlsServer {
    address: SocketAddr,
    root: CertificateDer<'static>,
    connections: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    /// The host in the client's TLS handshake (SNI).
    server_name: Option<String>,
    authority: String,
    version: Version,
}

pub async fn server() -> TlsServer {
    server_with(&[&TLS13, &TLS12], &HOSTS).await
}

async fn server_with(versions: &[&'static SupportedProtocolVersion], hosts: &[&str]) -> TlsServer {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();

    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut certificates = ResolvesServerCertUsingSni::new();
    for host in hosts {
        let key = KeyPair::generate().unwrap();
        let certificate = CertificateParams::new(vec![(*host).to_owned()])
            .unwrap()
            .signed_by(&key, &issuer)
            .unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        let certified =
            CertifiedKey::from_der(vec![certificate.der().clone()], key, &provider).unwrap();
        certificates.add(host, certified).unwrap();
    }
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(certificates));
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let connections = Arc::new(AtomicUsize::new(0));
    let (log, count) = (Arc::clone(&seen), Arc::clone(&connections));
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::SeqCst);
            let Ok(stream) = acceptor.accept(stream).await else {
                continue;
            };
            let server_name = stream.get_ref().1.server_name().map(str::to_owned);
            let log = Arc::clone(&log);
            tokio::spawn(async move {
                let service = service_fn(|request: Request<Incoming>| {
                    let authority =
                        request
                            .uri()
                            .authority()
                            .map(ToString::to_string)
                            .or_else(|| {
                                request
                                    .headers()
                                    .get("host")
                                    .map(|host| host.to_str().unwrap().to_owned())
                            });
                    log.lock().unwrap().push(Seen {
                        server_name: server_name.clone(),
                        authority: authority.unwrap_or_default(),
                        version: request.version(),
                    });
                    async { Ok::<_, Infallible>(Response::new(Full::new(Bytes::from("{}")))) }
                });
                let _ = hyper_util::server::conn::auto::Builder::new(TokioExecutor::new())
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            });
        }
    });
    TlsServer {
        address,
        root: issuer.der().clone(),
        connections,
        seen,
    }
}

impl TlsServer {
    /// A client with a caller's own HTTP client, which trusts this server and
    /// resolves LaunchDarkly's hosts to it.
    pub fn client(&self, server: Server) -> Client {
        let root = reqwest::Certificate::from_der(&self.root).unwrap();
        let http = HOSTS
            .iter()
            .fold(default_http_client(), |http, host| {
                http.resolve(host, self.address)
            })
            .tls_certs_only([root]);
        Client::builder()
            .access_token(TOKEN)
            .server(server)
            .http_client(http)
            .build()
            .unwrap()
    }
}

#[tokio::test]
async fn each_server_is_reached_by_its_name_over_http_2() {
    let tls = server().await;
    for (server, host) in [Server::Commercial, Server::Federal, Server::Eu]
        .into_iter()
        .zip(HOSTS)
    {
        let client = tls.client(server);
        client
            .get_subscriptions()
            .integration_key("k")
            .send()
            .await
            .unwrap();
        let seen = tls.seen.lock().unwrap().pop().unwrap();
        assert_eq!(seen.server_name.as_deref(), Some(host));
        assert_eq!(seen.authority, host);
        assert_eq!(seen.version, Version::HTTP_2);
    }
}

#[tokio::test]
async fn tls_1_2_is_supported() {
    let tls = server_with(&[&TLS12], &HOSTS).await;
    let client = tls.client(Server::Commercial);
    assert!(
        client
            .get_subscriptions()
            .integration_key("k")
            .send()
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_certificate_for_another_host_is_rejected() {
    let tls = server_with(&[&TLS13], &["app.launchdarkly.us"]).await;
    let client = tls.client(Server::Commercial);
    let error = client
        .get_subscriptions()
        .integration_key("k")
        .send()
        .await
        .unwrap_err();
    assert!(error.is_connect(), "{error}");
    assert!(tls.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_untrusted_root_is_rejected_without_a_retry() {
    let (one, other) = (server().await, server().await);
    let mut client = one.client(Server::Commercial);
    assert!(
        client
            .get_subscriptions()
            .integration_key("k")
            .send()
            .await
            .is_ok()
    );
    client = TlsServer {
        address: one.address,
        root: other.root,
        connections: Arc::clone(&one.connections),
        seen: Arc::clone(&one.seen),
    }
    .client(Server::Commercial);
    let error = client
        .get_subscriptions()
        .integration_key("k")
        .send()
        .await
        .unwrap_err();
    assert!(error.is_connect(), "{error}");
    // One connection of each client: a retry would change nothing.
    assert_eq!(one.connections.load(Ordering::SeqCst), 2);
    assert_eq!(error.attempts(), 0);
}
