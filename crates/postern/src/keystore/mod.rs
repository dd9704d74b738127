//! What is in this key store? PKCS #12 (RFC 7292) and Java's own format JKS, told apart by their first bytes and never by their names.
//!
//! It knows no files, options or TLS: bytes and a password in, keys and certificates out. Start at [`read`].

pub(crate) mod der;
mod jks;
pub(crate) mod oid;
pub(crate) mod password;
mod pkcs12;

#[cfg(test)]
mod tests;

use zeroize::Zeroizing;

/// A larger store is refused unread.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// More entries are refused.
const MAX_ENTRIES: usize = 10_000;

/// What a store holds.
#[derive(Debug, Default)]
pub(crate) struct KeyStore {
    /// Private keys, in the store's order.
    pub keys: Vec<Key>,
    /// Every certificate that is there, those of keys too, in the store's order.
    pub certificates: Vec<Held>,
}

/// What a store is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Keys and certificates.
    Everything,
    /// Certificates alone: keys stay closed, whatever closes them.
    Certificates,
}

/// A private key.
pub(crate) struct Key {
    /// Its name; empty where it has none.
    pub alias: String,
    /// PKCS #8.
    pub der: Zeroizing<Vec<u8>>,
}

/// A certificate.
#[derive(Debug)]
pub(crate) struct Held {
    /// Its name, or that of the key that it belongs to; empty where it has none.
    pub alias: String,
    /// As it stands there.
    pub der: Vec<u8>,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Key({:?})", self.alias)
    }
}

/// Why a store can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyStoreError {
    /// Neither of the two formats.
    #[error("it is neither PKCS #12 nor JKS")]
    Format,
    /// A format of Java's that is recognised and not read.
    #[error("it is of the kind {0}, which is not read")]
    OtherKind(&'static str),
    /// Not as its format says.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
    /// The password does not open it.
    #[error("the password is wrong, or the file is damaged")]
    Password,
    /// There is none, and it needs one.
    #[error("it needs a password")]
    NoPassword,
    /// The store opens, one of its keys does not.
    #[error("the key {0:?} has another password than the store")]
    KeyPassword(String),
    /// Ciphers of the last century.
    #[error("it is encrypted with {0}, which is not read")]
    OldCipher(&'static str),
    /// So many rounds of hashing are not done.
    #[error("its password is to be hashed {0} times; more than {most} are refused", most = password::MOST_ROUNDS)]
    Rounds(u64),
    /// More than is ever needed.
    #[error("it is larger than 16 MiB or has more than 10000 entries")]
    TooLarge,
}

impl KeyStoreError {
    /// The command that mends it, for the store at `path`; nothing where no command does.
    pub(crate) fn command(&self, path: &str) -> Option<String> {
        match self {
            Self::OldCipher(_) => Some(format!(
                "openssl pkcs12 -legacy -in {path} -nodes | openssl pkcs12 -export -out new.p12"
            )),
            Self::OtherKind(kind) => Some(format!(
                "keytool -importkeystore -srckeystore {path} -srcstoretype {kind} -destkeystore new.p12 -deststoretype PKCS12"
            )),
            Self::KeyPassword(alias) => Some(format!(
                "keytool -keypasswd -keystore {path} -alias {alias}"
            )),
            _ => None,
        }
    }
}

/// Reads a store. Without a password it is not checked who wrote it, which only a store without anything secret allows.
///
/// # Errors
/// See [`KeyStoreError`].
pub(crate) fn read(
    bytes: &[u8],
    password: Option<&str>,
    wanted: Wanted,
) -> Result<KeyStore, KeyStoreError> {
    if bytes.len() > MAX_BYTES {
        return Err(KeyStoreError::TooLarge);
    }
    match bytes {
        [0xfe, 0xed, 0xfe, 0xed, ..] => jks::read(bytes, password, wanted),
        [0xce, 0xce, 0xce, 0xce, ..] => Err(KeyStoreError::OtherKind("JCEKS")),
        [0x30, ..] => pkcs12::read(bytes, password, wanted),
        _ => Err(KeyStoreError::Format),
    }
}
