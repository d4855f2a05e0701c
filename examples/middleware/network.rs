//! A proxy that is also the server behind it, with a certificate of its own
//! certificate authority.

use std::{
    error::Error,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::aws_lc_rs, pki_types::PrivateKeyDer},
};

pub struct Network {
    pub proxy: String,
    pub ca_der: Vec<u8>,
    seen: Arc<Seen>,
}

#[derive(Default)]
struct Seen {
    /// The requests without their bodies, in order.
    heads: Mutex<Vec<String>>,
    served: AtomicU32,
}

impl Network {
    pub fn heads(&self) -> Vec<String> {
        self.seen
            .heads
            .lock()
            .expect("no thread panics while it holds the lock")
            .clone()
    }
}

pub async fn start(host: &str) -> Result<Network, Box<dyn Error>> {
    let mut ca = CertificateParams::new(Vec::new())?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate()?)?;
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new(vec![host.to_owned()])?.signed_by(&key, &ca)?;
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(
            vec![certificate.der().clone()],
            PrivateKeyDer::try_from(key.serialize_der())?,
        )?;
    let acceptor = TlsAcceptor::from(Arc::new(config));

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let network = Network {
        proxy: format!("http://{}", listener.local_addr()?),
        ca_der: ca.der().to_vec(),
        seen: Arc::default(),
    };
    let seen = Arc::clone(&network.seen);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (acceptor, seen) = (acceptor.clone(), Arc::clone(&seen));
            tokio::spawn(async move {
                seen.read(&mut stream).await?;
                stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await?;
                seen.serve(acceptor.accept(stream).await?).await
            });
        }
    });
    Ok(network)
}

impl Seen {
    /// Responds with 503, then with tags.
    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        loop {
            self.read(&mut stream).await?;
            let (status, body) = match self.served.fetch_add(1, Ordering::SeqCst) {
                0 => ("503 Service Unavailable", ""),
                _ => ("200 OK", r#"{"items": ["shop"]}"#),
            };
            let length = body.len();
            let response = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
            stream.write_all(response.as_bytes()).await?;
        }
    }

    /// Reads a request without a body.
    async fn read(&self, stream: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await?);
        }
        let head = String::from_utf8_lossy(&head).into_owned();
        self.heads
            .lock()
            .expect("no thread panics while it holds the lock")
            .push(head);
        Ok(())
    }
}
