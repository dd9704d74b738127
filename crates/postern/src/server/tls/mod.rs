//! TLS of our own: what is shown, what is spoken, and what is asked of clients.
//!
//! `material` reads the server's certificate and key, `client` takes in those of clients, `apart` is a name at which alone they are asked, `sessions` keeps what may be resumed. All of it is
//! made anew as a whole when a file changes; connections that are there stay as they are.

mod apart;
mod client;
pub(crate) mod material;
mod sessions;
pub(crate) mod suites;
#[cfg(test)]
mod tests;

pub(crate) use apart::Apart;
pub(crate) use material::{Material, MaterialError};

use authn::Trust;
use client::Clients;
use edge::{Seldom, ShownBy, TlsClient};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::server::{Acceptor, NoServerSessionStorage, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ServerConfig, SupportedCipherSuite, SupportedProtocolVersion};
use sessions::Sessions;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;
use x509::TrustAnchors;

/// After an alert, so long and so much is read and thrown away.
const LINGER: Duration = Duration::from_secs(1);
const MOST_LINGERED: usize = 64 * 1024;

/// TLS of a listener. Cheap to clone; clones stay together.
#[derive(Clone)]
pub(crate) struct Tls(Arc<Inner>);

struct Inner {
    settings: Settings,
    current: RwLock<Current>,
}

struct Current {
    shown: Arc<CertifiedKey>,
    config: Arc<ServerConfig>,
    /// For all names but the one at which clients are asked, where there is one. What began by one of the two is not resumed by the other.
    elsewhere: Option<Arc<ServerConfig>>,
}

/// A connection whose handshake is done.
pub(crate) struct Accepted<S> {
    /// What is said on it.
    pub stream: TlsStream<S>,
    /// What the other end showed.
    pub client: TlsClient,
    /// Where clients are asked at one name alone: whether it was made for that.
    pub apart: Option<Apart>,
}

/// What a listener's TLS is like.
pub(crate) struct Settings {
    /// Where certificate and key are.
    pub material: Material,
    /// How often they are read again; never without.
    pub reload: Option<Duration>,
    /// Which versions are spoken.
    pub protocols: Vec<&'static SupportedProtocolVersion>,
    /// With which suites.
    pub suites: Vec<SupportedCipherSuite>,
    /// What is asked of clients.
    pub clients: ClientAuth,
    /// The one name at which it is asked; without it, at each.
    pub at: Option<Arc<str>>,
    /// Whether clients are told whose certificates are accepted.
    pub hints: bool,
    /// Whose certificates are accepted.
    pub trust: Trust,
}

/// What is asked of clients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    /// Nothing.
    Nothing,
    /// A certificate, if they have one. Whether it is any good is found out where it is used, so that it can be explained there.
    Request,
    /// A certificate that is in order. Without one there is no connection.
    Require,
}

/// What can't be put together.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// Certificate and key.
    #[error(transparent)]
    Material(#[from] MaterialError),
    /// Versions and suites.
    #[error("{0}")]
    Spoken(#[from] rustls::Error),
}

impl Tls {
    /// Reads certificate and key.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub(crate) fn new(settings: Settings) -> Result<Self, TlsError> {
        let shown = settings.material.read()?;
        let current = settings.current(shown)?;
        Ok(Self(Arc::new(Inner {
            settings,
            current: RwLock::new(current),
        })))
    }

    /// Shakes hands. Nothing when no TLS comes about, which the log says.
    pub(crate) async fn accept<S>(&self, stream: S, peer: &impl fmt::Display) -> Option<Accepted<S>>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let mut greeting = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let handshake = match (&mut greeting).await {
            Ok(handshake) => handshake,
            Err(error) => {
                tracing::debug!(%peer, %error, "no TLS came about");
                if let Some(stream) = greeting.take_io() {
                    linger(stream).await;
                }
                return None;
            }
        };
        let apart = self.0.settings.at.as_ref();
        let apart = apart.map(|at| Apart::new(at.clone(), handshake.client_hello().server_name()));
        let handshake = handshake.into_stream(self.config(apart.as_ref()));
        match client::PEER
            .scope(peer.to_string(), handshake.into_fallible())
            .await
        {
            Ok(stream) => {
                let client = client::shown(stream.get_ref().1.peer_certificates());
                Some(Accepted {
                    stream,
                    client,
                    apart,
                })
            }
            Err((error, stream)) => {
                if client::is_missing(&error) {
                    static TOLD: Seldom = Seldom::new();
                    TOLD.tell(|unsaid| {
                        tracing::warn!(%peer, code = "TLS-CLIENT-MISSING", unsaid, "a connection without a client certificate was refused: https-client-auth requires one");
                    });
                } else {
                    tracing::debug!(%peer, %error, "no TLS came about");
                }
                linger(stream).await;
                None
            }
        }
    }

    /// What counts for a connection that was made for this name.
    fn config(&self, apart: Option<&Apart>) -> Arc<ServerConfig> {
        let current = self.0.current.read();
        let current = current.unwrap_or_else(PoisonError::into_inner);
        match &current.elsewhere {
            Some(elsewhere) if apart.is_none_or(|apart| !apart.is_here()) => elsewhere.clone(),
            _ => current.config.clone(),
        }
    }

    /// What is asked of clients.
    pub(crate) fn clients(&self) -> ClientAuth {
        self.0.settings.clients
    }

    /// The files that certificate and key are in.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        self.0.settings.material.paths()
    }

    /// How often the files are read again; never without.
    pub(crate) fn reload(&self) -> Option<Duration> {
        self.0.settings.reload
    }

    /// Reads the files again. What can't be used leaves the old ones in place.
    pub(crate) fn renew_material(&self) {
        let file = self.0.settings.material.name();
        match self.0.settings.material.read() {
            Ok(shown) if shown.cert == self.shown().cert => {}
            Ok(shown) => {
                if self.put(shown) {
                    tracing::info!(%file, "the certificate was read anew");
                }
            }
            Err(error) => {
                tracing::warn!(%file, %error, "the certificate could not be read anew; the old one stays");
            }
        }
    }

    /// Begins anew with a truststore that changed: clients are told of others, and nothing is resumed that began before.
    pub(crate) fn renew_trust(&self) {
        if self.0.settings.clients != ClientAuth::Nothing {
            self.put(self.shown());
        }
    }

    fn shown(&self) -> Arc<CertifiedKey> {
        let current = self.0.current.read();
        current
            .unwrap_or_else(PoisonError::into_inner)
            .shown
            .clone()
    }

    fn put(&self, shown: Arc<CertifiedKey>) -> bool {
        match self.0.settings.current(shown) {
            Ok(anew) => {
                let current = self.0.current.write();
                *current.unwrap_or_else(PoisonError::into_inner) = anew;
                true
            }
            Err(error) => {
                tracing::warn!(%error, "TLS could not be set up anew; it stays as it was");
                false
            }
        }
    }
}

/// Lets our alert arrive: closing on what was not read would take it from the client.
async fn linger<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let mut rest = MOST_LINGERED;
    let mut bytes = [0; 4096];
    let reading = async {
        let _ = stream.shutdown().await;
        while rest > 0
            && let Ok(count @ 1..) = stream.read(&mut bytes).await
        {
            rest = rest.saturating_sub(count);
        }
    };
    let _ = tokio::time::timeout(LINGER, reading).await;
}

impl Settings {
    fn current(&self, shown: Arc<CertifiedKey>) -> Result<Current, rustls::Error> {
        let elsewhere = match &self.at {
            Some(_) => Some(self.config(shown.clone(), ClientAuth::Nothing)?),
            None => None,
        };
        Ok(Current {
            config: self.config(shown.clone(), self.clients)?,
            elsewhere,
            shown,
        })
    }

    fn config(
        &self,
        shown: Arc<CertifiedKey>,
        clients: ClientAuth,
    ) -> Result<Arc<ServerConfig>, rustls::Error> {
        let provider = CryptoProvider {
            cipher_suites: self.suites.clone(),
            ..aws_lc_rs::default_provider()
        };
        let algorithms = provider.signature_verification_algorithms;
        let builder = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&self.protocols)?;
        let builder = match clients {
            ClientAuth::Nothing => builder.with_no_client_auth(),
            asks => {
                let hints = if self.hints {
                    client::hints(&self.anchors())
                } else {
                    Vec::new()
                };
                let trust = self.trust.clone();
                let clients = Clients::new(asks, trust, hints, algorithms);
                builder.with_client_cert_verifier(Arc::new(clients))
            }
        };
        let shown: Arc<dyn ResolvesServerCert> = Arc::new(SingleCertAndKey::from(shown));
        let mut config = builder.with_cert_resolver(shown);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.session_storage = match clients {
            // Each connection's certificate is judged in its handshake.
            ClientAuth::Require => Arc::new(NoServerSessionStorage {}),
            _ => Arc::new(Sessions::default()),
        };
        Ok(Arc::new(config))
    }

    fn anchors(&self) -> Arc<TrustAnchors> {
        self.trust.anchors(ShownBy::Itself)
    }
}
