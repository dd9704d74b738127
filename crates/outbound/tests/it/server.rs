//! A server on loopback that says to everybody the same.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// It ends with its value.
pub struct Server {
    pub port: u16,
    asked: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

/// What comes behind the answer.
#[derive(Clone, Copy)]
enum Then {
    Close,
    Silence,
    MoreWithoutEnd,
}

/// A root and a server's certificate for `localhost`.
pub struct Pki {
    root: Vec<u8>,
    config: Arc<ServerConfig>,
}

/// A port of loopback that nobody listens on: the one before was given back.
pub fn nobodys_port() -> u16 {
    let socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    socket.local_addr().unwrap().port()
}

impl Server {
    pub async fn answering(answer: &str) -> Self {
        Self::start(answer, Then::Close, None).await
    }

    pub async fn silent_after(answer: &str) -> Self {
        Self::start(answer, Then::Silence, None).await
    }

    pub async fn endless(answer: &str) -> Self {
        Self::start(answer, Then::MoreWithoutEnd, None).await
    }

    pub async fn with_tls(pki: &Pki, answer: &str) -> Self {
        Self::start(answer, Then::Close, Some(pki.config.clone())).await
    }

    async fn start(answer: &str, then: Then, tls: Option<Arc<ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (noted, answer) = (asked.clone(), answer.to_owned());
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (noted, answer, tls) = (noted.clone(), answer.clone(), tls.clone());
                connections.spawn(async move {
                    match tls {
                        None => serve(stream, &answer, then, &noted).await,
                        Some(tls) => {
                            if let Ok(stream) = TlsAcceptor::from(tls).accept(stream).await {
                                serve(stream, &answer, then, &noted).await;
                            }
                        }
                    }
                });
            }
        });
        Self {
            port,
            asked,
            _tasks: tasks,
        }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The requests so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    answer: &str,
    then: Then,
    noted: &Mutex<Vec<String>>,
) {
    let mut request = Vec::new();
    while !is_whole(&request) {
        let mut bytes = [0; 1024];
        match stream.read(&mut bytes).await {
            Ok(count) if count > 0 => request.extend_from_slice(&bytes[..count]),
            _ => return,
        }
    }
    noted
        .lock()
        .unwrap()
        .push(String::from_utf8(request).unwrap());
    let mut sent = stream.write_all(answer.as_bytes()).await;
    match then {
        Then::Close => {}
        Then::Silence => std::future::pending().await,
        Then::MoreWithoutEnd => {
            while sent.is_ok() {
                sent = stream.write_all(&[b'x'; 4096]).await;
            }
        }
    }
    let _ = stream.shutdown().await;
}

/// Whether a request's head is there, and so much of a body as it announces.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let announced = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    body.len() >= announced
}

impl Pki {
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let root = params.self_signed(&key).unwrap().der().to_vec();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![CertificateDer::from(certificate.der().to_vec())],
                PrivateKeyDer::Pkcs8(key.serialize_der().into()),
            )
            .unwrap();
        Self {
            root,
            config: Arc::new(config),
        }
    }

    pub fn root(&self) -> &[u8] {
        &self.root
    }
}
