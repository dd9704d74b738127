//! The server's certificate and its key: two PEM files, or a key store.

use crate::keystore::{self, KeyStore, KeyStoreError, Wanted};
use jose::Secret;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use x509::Certificate;

/// More certificates are not sent along.
const LONGEST_CHAIN: usize = 10;

/// Where certificate and key are.
pub(crate) enum Material {
    /// In PEM files.
    Pem {
        /// The server's certificate and those above it.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// In a key store.
    Store {
        /// The store.
        file: PathBuf,
        /// What opens it, and the key in it.
        password: Secret,
        /// Which key, where there are several.
        alias: Option<String>,
    },
}

/// What is to blame, of what was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The certificate's PEM file.
    Certificate,
    /// The key's PEM file.
    Key,
    /// The key store.
    Store,
    /// The key store's password.
    Password,
    /// The name of the key in it.
    Alias,
}

/// Why certificate and key can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MaterialError {
    /// The file is not there or not ours to read.
    #[error("{} can't be read: {source}", path.display())]
    Unreadable {
        /// Which of them.
        part: Part,
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
    /// The store can't be read.
    #[error("{} can't be read: {source}", path.display())]
    Store {
        /// Where.
        path: PathBuf,
        /// Why.
        source: KeyStoreError,
    },
    /// The store holds no key.
    #[error("{} holds no private key, and {certificates} certificates", path.display())]
    EmptyStore {
        /// Where.
        path: PathBuf,
        /// How many there are.
        certificates: usize,
    },
    /// The store holds several keys.
    #[error("{} holds several private keys: {aliases}", path.display())]
    SeveralKeys {
        /// Where.
        path: PathBuf,
        /// Their names.
        aliases: String,
    },
    /// The store holds no key of this name.
    #[error("{} holds no private key {alias:?}, but {aliases}", path.display())]
    NoSuchKey {
        /// Where.
        path: PathBuf,
        /// The name.
        alias: String,
        /// The names that there are.
        aliases: String,
    },
    /// The key's certificate is missing.
    #[error("{} holds no certificate of the private key {alias:?}", path.display())]
    NoCertificateOfKey {
        /// Where.
        path: PathBuf,
        /// The key's name.
        alias: String,
    },
    /// The two don't belong together.
    #[error("certificate and key can't be used: the key is not the certificate's")]
    Mismatch,
    /// A key of a kind that is not served.
    #[error("certificate and key can't be used: {0}")]
    Unusable(#[from] rustls::Error),
}

impl MaterialError {
    /// What is to blame.
    pub(crate) fn part(&self) -> Part {
        match self {
            Self::Unreadable { part, .. } => *part,
            Self::NoCertificate(_) => Part::Certificate,
            Self::Store {
                source: KeyStoreError::Password,
                ..
            } => Part::Password,
            Self::SeveralKeys { .. } | Self::NoSuchKey { .. } => Part::Alias,
            Self::Store { .. } | Self::EmptyStore { .. } | Self::NoCertificateOfKey { .. } => {
                Part::Store
            }
            Self::EncryptedKey(_) | Self::NoKey(_) | Self::Mismatch | Self::Unusable(_) => {
                Part::Key
            }
        }
    }

    /// What to do; `alias` is the option that names a key.
    pub(crate) fn remedy(&self, alias: &str) -> String {
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
            Self::Store { path, source } => match source.command(&path.display().to_string()) {
                Some(command) => format!("make one that is read: {command}"),
                None if *source == KeyStoreError::Password => {
                    "write the password with which the store was made".to_owned()
                }
                None => "name a PKCS #12 or JKS store, or write --https-certificate-file and --https-certificate-key-file with PEM files".to_owned(),
            },
            Self::EmptyStore { .. } => {
                "name the store with the server's private key and its certificate; one with certificates alone is for --https-trust-store-file".to_owned()
            }
            Self::SeveralKeys { .. } | Self::NoSuchKey { .. } => {
                format!("say which one: --{alias}=NAME")
            }
            Self::NoCertificateOfKey { path, alias } => format!(
                "put it in: keytool -importcert -keystore {} -alias {alias} -file server.pem",
                path.display()
            ),
            Self::Mismatch | Self::Unusable(_) => {
                "name the key that belongs to the certificate".to_owned()
            }
        }
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Material({})", self.name())
    }
}

impl Material {
    /// The file that the certificate is in.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Pem { certificate, .. } => certificate.display().to_string(),
            Self::Store { file, .. } => file.display().to_string(),
        }
    }

    /// All files.
    pub(crate) fn paths(&self) -> Vec<PathBuf> {
        match self {
            Self::Pem { certificate, key } => vec![certificate.clone(), key.clone()],
            Self::Store { file, .. } => vec![file.clone()],
        }
    }

    /// Reads them.
    ///
    /// # Errors
    /// See [`MaterialError`].
    pub(crate) fn read(&self) -> Result<Arc<CertifiedKey>, MaterialError> {
        let (chain, key) = match self {
            Self::Pem { certificate, key } => from_pem(certificate, key)?,
            Self::Store {
                file,
                password,
                alias,
            } => from_store(file, password, alias.as_deref())?,
        };
        Ok(Arc::new(CertifiedKey::new(chain, key)))
    }
}

type Shown = (Vec<CertificateDer<'static>>, Arc<dyn SigningKey>);

fn from_pem(certificate: &Path, key: &Path) -> Result<Shown, MaterialError> {
    let bytes = file(Part::Certificate, certificate)?;
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_slice_iter(&bytes)
        .collect::<Result<_, _>>()
        .ok()
        .filter(|chain: &Vec<_>| !chain.is_empty())
        .ok_or_else(|| MaterialError::NoCertificate(certificate.to_owned()))?;
    let bytes = file(Part::Key, key)?;
    let der = PrivateKeyDer::from_pem_slice(&bytes).map_err(|_| {
        if String::from_utf8_lossy(&bytes).contains("ENCRYPTED") {
            MaterialError::EncryptedKey(key.to_owned())
        } else {
            MaterialError::NoKey(key.to_owned())
        }
    })?;
    let key = signing_key(der)?;
    let leaf = Certificate::from_der(&chain[0])
        .map_err(|_| MaterialError::NoCertificate(certificate.to_owned()))?;
    if belongs(&key, &leaf) {
        Ok((chain, key))
    } else {
        Err(MaterialError::Mismatch)
    }
}

fn from_store(path: &Path, password: &Secret, alias: Option<&str>) -> Result<Shown, MaterialError> {
    let bytes = file(Part::Store, path)?;
    let password = String::from_utf8_lossy(password.expose());
    let store = keystore::read(&bytes, Some(&password), Wanted::Everything).map_err(|source| {
        MaterialError::Store {
            path: path.to_owned(),
            source,
        }
    })?;
    choose(&store, path, alias)
}

/// The key that is meant, its certificate, and those above it.
fn choose(store: &KeyStore, path: &Path, alias: Option<&str>) -> Result<Shown, MaterialError> {
    let path = || path.to_owned();
    let aliases = || {
        let names = store.keys.iter().map(|key| key.alias.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    let chosen = match (alias, store.keys.as_slice()) {
        (_, []) => {
            return Err(MaterialError::EmptyStore {
                path: path(),
                certificates: store.certificates.len(),
            });
        }
        (None, [key]) => key,
        (None, _) => {
            return Err(MaterialError::SeveralKeys {
                path: path(),
                aliases: aliases(),
            });
        }
        // Java's stores know no capitals.
        (Some(alias), keys) => keys
            .iter()
            .find(|key| key.alias.eq_ignore_ascii_case(alias))
            .ok_or_else(|| MaterialError::NoSuchKey {
                path: path(),
                alias: alias.to_owned(),
                aliases: aliases(),
            })?,
    };
    let key = signing_key(PrivatePkcs8KeyDer::from(chosen.der.to_vec()).into())?;
    let held: Vec<Certificate> = store
        .certificates
        .iter()
        .filter_map(|held| Certificate::from_der(&held.der).ok())
        .collect();
    let leaf = held
        .iter()
        .find(|leaf| belongs(&key, leaf))
        .ok_or_else(|| MaterialError::NoCertificateOfKey {
            path: path(),
            alias: chosen.alias.clone(),
        })?;
    let mut chain = vec![leaf];
    while let Some(last) = chain.last()
        && chain.len() < LONGEST_CHAIN
        && last.subject_canonical() != last.issuer_canonical()
    {
        let above = held.iter().find(|above| {
            above.subject_canonical() == last.issuer_canonical()
                && !chain.iter().any(|known| known.der() == above.der())
        });
        match above {
            Some(above) => chain.push(above),
            None => break,
        }
    }
    let chain = chain
        .iter()
        .map(|one| CertificateDer::from(one.der().to_vec()));
    Ok((chain.collect(), key))
}

fn signing_key(der: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, MaterialError> {
    Ok(aws_lc_rs::default_provider()
        .key_provider
        .load_private_key(der)?)
}

/// Whether the key is the certificate's.
fn belongs(key: &Arc<dyn SigningKey>, certificate: &Certificate) -> bool {
    key.public_key()
        .is_none_or(|public| public.as_ref() == certificate.public_key_der())
}

fn file(part: Part, path: &Path) -> Result<Vec<u8>, MaterialError> {
    std::fs::read(path).map_err(|source| MaterialError::Unreadable {
        part,
        path: path.to_owned(),
        source,
    })
}
