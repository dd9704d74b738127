//! TLS of our own: certificate and key from PEM files, read again from time to time.

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ServerConfig, SupportedProtocolVersion, version};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

/// What a TLS listener shows.
#[derive(Clone)]
pub(crate) struct Tls {
    config: Arc<ServerConfig>,
    shown: Arc<Shown>,
    files: Files,
    reload: Option<Duration>,
}

/// Where certificate and key are.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    /// The server's certificate and those above it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// One of the two files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum File {
    /// The certificate's.
    Certificate,
    /// The key's.
    Key,
}

/// Why certificate and key can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// The file is not there or not ours to read.
    #[error("{} can't be read: {source}", path.display())]
    Unreadable {
        /// Which of the two.
        file: File,
        /// Where.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No certificate in it.
    #[error("{} holds no certificate in PEM form", .0.display())]
    NoCertificate(PathBuf),
    /// The key needs a password.
    #[error("the key in {} is encrypted", .0.display())]
    EncryptedKey(PathBuf),
    /// No key in it.
    #[error("{} holds no private key in PEM form", .0.display())]
    NoKey(PathBuf),
    /// The two don't belong together, or are of a kind that is not served.
    #[error("certificate and key can't be used: {0}")]
    Unusable(#[from] rustls::Error),
}

impl TlsError {
    /// Which of the two files is to blame.
    pub(crate) fn file(&self) -> File {
        match self {
            Self::Unreadable { file, .. } => *file,
            Self::NoCertificate(_) => File::Certificate,
            Self::EncryptedKey(_) | Self::NoKey(_) | Self::Unusable(_) => File::Key,
        }
    }

    /// What to do.
    pub(crate) fn remedy(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "name a file that is there and that this user may read".to_owned()
            }
            Self::NoCertificate(_) => {
                "name a PEM file with the server's certificate first, then those above it"
                    .to_owned()
            }
            Self::EncryptedKey(path) => format!(
                "decrypt it: openssl pkey -in {} -out key.pem",
                path.display()
            ),
            Self::NoKey(_) => "name the PEM file with the certificate's private key".to_owned(),
            Self::Unusable(_) => "name the key that belongs to the certificate".to_owned(),
        }
    }
}

impl Tls {
    /// Reads the files. They are read again every `reload`.
    ///
    /// # Errors
    /// See [`TlsError`].
    pub(crate) fn new(
        files: Files,
        protocols: &[&str],
        reload: Option<Duration>,
    ) -> Result<Self, TlsError> {
        let shown = Arc::new(Shown(RwLock::new(read(&files)?)));
        let versions: Vec<&'static SupportedProtocolVersion> =
            [("TLSv1.3", &version::TLS13), ("TLSv1.2", &version::TLS12)]
                .into_iter()
                .filter(|(name, _)| protocols.contains(name))
                .map(|(_, version)| version)
                .collect();
        let mut config =
            ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
                .with_protocol_versions(&versions)?
                .with_no_client_auth()
                .with_cert_resolver(shown.clone());
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            config: Arc::new(config),
            shown,
            files,
            reload,
        })
    }

    /// For the listener.
    pub(crate) fn config(&self) -> Arc<ServerConfig> {
        self.config.clone()
    }

    /// Reads the files again, for as long as the program runs. What can't be used leaves the old ones in place.
    pub(crate) async fn keep_fresh(self) {
        let Some(period) = self.reload else { return };
        loop {
            tokio::time::sleep(period).await;
            match read(&self.files) {
                Ok(key) => {
                    let mut shown = self.shown.0.write().unwrap_or_else(PoisonError::into_inner);
                    if shown.cert != key.cert {
                        tracing::info!(file = %self.files.certificate.display(), "the certificate was read anew");
                        *shown = key;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "the certificate could not be read anew; the old one stays");
                }
            }
        }
    }
}

fn read(files: &Files) -> Result<Arc<CertifiedKey>, TlsError> {
    let certificate = bytes(File::Certificate, &files.certificate)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&certificate)
        .collect::<Result<_, _>>()
        .ok()
        .filter(|chain: &Vec<_>| !chain.is_empty())
        .ok_or_else(|| TlsError::NoCertificate(files.certificate.clone()))?;
    let key = bytes(File::Key, &files.key)?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(|_| {
        if String::from_utf8_lossy(&key).contains("ENCRYPTED") {
            TlsError::EncryptedKey(files.key.clone())
        } else {
            TlsError::NoKey(files.key.clone())
        }
    })?;
    let key = CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())?;
    Ok(Arc::new(key))
}

fn bytes(file: File, path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|source| TlsError::Unreadable {
        file,
        path: path.to_owned(),
        source,
    })
}

#[derive(Debug)]
struct Shown(RwLock<Arc<CertifiedKey>>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let shown = self.0.read().unwrap_or_else(PoisonError::into_inner);
        Some(shown.clone())
    }
}
