//! One request through the proxy: with a certificate or without, honest or not.

use crate::server::seen::Seen;
use anyhow::{Context, anyhow};
use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT, CONNECTION, HOST, SERVER, USER_AGENT};
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair};
use rustls::client::ResolvesClientCert;
use rustls::crypto::aws_lc_rs;
use rustls::sign::CertifiedKey;
use rustls::{AlertDescription, ClientConfig, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use std::error::Error;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};
use x509::Chain;

/// An answer takes so long at the most.
const PATIENCE: Duration = Duration::from_secs(10);
/// A proxy may have to find out that there is somebody behind it again.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(500);
/// So much of an answer is read.
const MOST_BODY: usize = 256 * 1024;
const MOST_HEAD: usize = 64 * 1024;
/// So many names of authorities are looked at.
const MOST_NAMES: usize = 1000;

/// A certificate to show.
pub(super) struct Identity {
    key: Arc<CertifiedKey>,
    /// The certificate, and those that are sent along.
    pub chain: Chain,
    /// Whether it is made for this purpose alone, so that nobody trusts it.
    pub is_throw_away: bool,
}

/// What came of a request.
pub(super) struct Outcome {
    /// Whether the other end asked for a certificate, and by whom it may be issued: DER of names.
    pub asked: Option<Vec<Vec<u8>>>,
    /// The answer, or why there is none.
    pub answer: Result<Answer, Failure>,
}

/// An answer.
pub(super) struct Answer {
    pub status: u16,
    /// What the header `Server` says.
    pub server: Option<String>,
    /// What Postern, or the doctor in its place, says that it saw.
    pub seen: Option<Seen>,
    /// What somebody else says instead.
    pub body: String,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("nothing can be reached at {0}: {1}")]
    Unreachable(String, std::io::Error),
    #[error("the server's own certificate is not believed: {0}")]
    ServerCertificate(String),
    #[error("the handshake was refused by the alert {0:?}")]
    Alert(AlertDescription),
    #[error("no answer came in {PATIENCE:?}")]
    Late,
    #[error("the connection broke: {0}")]
    Broken(String),
}

/// Asks through the proxy.
pub(super) struct Prober {
    url: Url,
    target: String,
    connect: Option<String>,
    roots: Arc<RootCertStore>,
}

/// Shows a certificate or none, and remembers whether it was asked.
#[derive(Debug)]
struct Witness {
    key: Option<Arc<CertifiedKey>>,
    asked: Mutex<Option<Vec<Vec<u8>>>>,
}

impl ResolvesClientCert for Witness {
    fn resolve(&self, names: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let names = names.iter().take(MOST_NAMES).map(|name| name.to_vec());
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = Some(names.collect());
        self.key.clone()
    }

    fn has_certs(&self) -> bool {
        true
    }
}

impl Identity {
    /// From PEM files, as curl takes them.
    pub(super) fn read(certificate: &Path, key: &Path) -> anyhow::Result<Self> {
        let told = |path: &Path, what: &str, option: &str| {
            format!("{} holds no {what} (option {option})", path.display())
        };
        let ders: Result<Vec<CertificateDer<'static>>, _> =
            CertificateDer::pem_file_iter(certificate).and_then(Iterator::collect);
        let ders = ders.with_context(|| told(certificate, "certificate", "cert"))?;
        let key = PrivateKeyDer::from_pem_file(key)
            .with_context(|| told(key, "private key without a password", "key"))?;
        let identity = Self::new(ders, key, false)?;
        identity.key.keys_match().or_else(|error| match error {
            rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown) => Ok(()),
            _ => Err(anyhow!(
                "the certificate of --cert is not that of the key of --key"
            )),
        })?;
        Ok(identity)
    }

    /// One that nobody issued, for this name.
    pub(super) fn throw_away(name: &str) -> anyhow::Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        let now = SystemTime::now();
        params.not_before = (now - Duration::from_secs(3600)).into();
        params.not_after = (now + Duration::from_secs(3600)).into();
        let key = KeyPair::generate()?;
        let der = params.self_signed(&key)?.der().clone();
        let key = PrivateKeyDer::try_from(key.serialize_der()).map_err(|why| anyhow!(why))?;
        Self::new(vec![der], key, true)
    }

    fn new(
        ders: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        is_throw_away: bool,
    ) -> anyhow::Result<Self> {
        let chain = Chain::from_ders(ders.iter().map(AsRef::as_ref))?;
        let key = aws_lc_rs::default_provider()
            .key_provider
            .load_private_key(key)
            .context("the private key can't be used")?;
        Ok(Self {
            key: Arc::new(CertifiedKey::new(ders, key)),
            chain,
            is_throw_away,
        })
    }
}

impl Outcome {
    /// What was seen behind the proxy.
    pub(super) fn seen(&self) -> Option<&Seen> {
        self.answer.as_ref().ok()?.seen.as_ref()
    }
}

impl Prober {
    /// For the site at this address, which is connected to at another one if it is given. The word is in the path of all requests.
    pub(super) fn new(
        url: &Url,
        connect: Option<String>,
        roots: &[Vec<u8>],
        word: &str,
    ) -> anyhow::Result<Self> {
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(
            roots.iter().map(|der| CertificateDer::from(der.as_slice())),
        );
        Ok(Self {
            target: format!("{}/realms/{word}", url.path().trim_end_matches('/')),
            url: url.clone(),
            connect,
            roots: Arc::new(store),
        })
    }

    /// Asks until the proxy has found out that somebody is behind it again.
    pub(super) async fn patiently(&self, identity: Option<&Identity>) -> Outcome {
        for _ in 1..TRIES {
            let outcome = self.ask(identity, &[]).await;
            let is_away =
                |answer: &Answer| answer.seen.is_none() && matches!(answer.status, 502..=504);
            if !outcome.answer.as_ref().is_ok_and(is_away) {
                return outcome;
            }
            tokio::time::sleep(PAUSE).await;
        }
        self.ask(identity, &[]).await
    }

    /// Asks once.
    pub(super) async fn ask(
        &self,
        identity: Option<&Identity>,
        headers: &[(&'static str, String)],
    ) -> Outcome {
        let witness = Arc::new(Witness {
            key: identity.map(|identity| identity.key.clone()),
            asked: Mutex::default(),
        });
        let asking = self.connect_and_ask(witness.clone(), headers);
        let answer = tokio::time::timeout(PATIENCE, asking).await;
        let asked = witness.asked.lock().unwrap_or_else(PoisonError::into_inner);
        Outcome {
            asked: asked.clone(),
            answer: answer.unwrap_or(Err(Failure::Late)),
        }
    }

    async fn connect_and_ask(
        &self,
        witness: Arc<Witness>,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, Failure> {
        let host = self.url.host();
        let port = self.url.port_or_known_default().unwrap_or(443);
        let place = self
            .connect
            .clone()
            .unwrap_or_else(|| format!("{}:{port}", self.url.host_str().unwrap_or_default()));
        let stream = TcpStream::connect(&place)
            .await
            .map_err(|error| Failure::Unreachable(place, error))?;
        if self.url.scheme() == "http" {
            return self.speak(stream, headers).await;
        }
        let name = match host {
            Some(Host::Ipv4(address)) => Some(ServerName::from(std::net::IpAddr::from(address))),
            Some(Host::Ipv6(address)) => Some(ServerName::from(std::net::IpAddr::from(address))),
            Some(Host::Domain(name)) => ServerName::try_from(name.to_owned()).ok(),
            None => None,
        };
        let name = name.ok_or_else(|| Failure::Broken("the address has no host".to_owned()))?;
        let connector = TlsConnector::from(self.tls(witness)?);
        let stream = connector.connect(name, stream).await;
        self.speak(stream.map_err(|error| failure(&error))?, headers)
            .await
    }

    fn tls(&self, witness: Arc<Witness>) -> Result<Arc<ClientConfig>, Failure> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
        let builder = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(|error| Failure::Broken(error.to_string()))?;
        let mut config = builder
            .with_root_certificates(self.roots.clone())
            .with_client_cert_resolver(witness);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Certificates that proxies forget with a resumed session are another question.
        config.resumption = rustls::client::Resumption::disabled();
        Ok(Arc::new(config))
    }

    async fn speak<S>(
        &self,
        stream: S,
        headers: &[(&'static str, String)],
    ) -> Result<Answer, Failure>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .max_buf_size(MOST_HEAD)
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| failure(&error))?;
        // Dropped with the answer, and the connection with it.
        let mut driver = tokio::task::JoinSet::new();
        driver.spawn(async move { drop(connection.await) });
        let host = &self.url[url::Position::BeforeHost..url::Position::AfterPort];
        let mut request = Request::get(&self.target)
            .header(HOST, host)
            .header(USER_AGENT, "postern-doctor")
            .header(ACCEPT, "application/json")
            .header(CONNECTION, "close");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(Empty::<Bytes>::new())
            .map_err(|error| Failure::Broken(error.to_string()))?;
        let response = sender.send_request(request).await;
        let response = response.map_err(|error| failure(&error))?;
        let status = response.status().as_u16();
        let server = response.headers().get(SERVER);
        let server = server.and_then(|value| Some(value.to_str().ok()?.to_owned()));
        let body = Limited::new(response.into_body(), MOST_BODY)
            .collect()
            .await;
        let body = body.map_err(|error| failure(&*error))?.to_bytes();
        let seen = serde_json::from_slice::<Seen>(&body).ok();
        Ok(Answer {
            status,
            server,
            body: match &seen {
                Some(_) => String::new(),
                None => String::from_utf8_lossy(&body).into_owned(),
            },
            seen,
        })
    }
}

/// What went wrong, by what lies beneath it.
fn failure(error: &(dyn Error + 'static)) -> Failure {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let beneath = error
            .downcast_ref::<std::io::Error>()
            .and_then(|error| error.get_ref())
            .and_then(|error| error.downcast_ref::<rustls::Error>());
        match beneath.or(error.downcast_ref::<rustls::Error>()) {
            Some(rustls::Error::AlertReceived(alert)) => return Failure::Alert(*alert),
            Some(rustls::Error::InvalidCertificate(why)) => {
                return Failure::ServerCertificate(why.to_string());
            }
            Some(other) => return Failure::Broken(other.to_string()),
            None => cause = error.source(),
        }
    }
    Failure::Broken(error.to_string())
}
