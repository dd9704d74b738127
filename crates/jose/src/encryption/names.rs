use std::fmt;

/// How the key of the content comes to its reader (RFC 7518 §4.1): the header's `alg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyManagement {
    /// `RSA-OAEP`, with SHA-1.
    RsaOaep,
    /// `RSA-OAEP-256`
    RsaOaep256,
    /// `RSA1_5`, whose padding must never be told from any other mistake.
    Rsa15,
    /// `ECDH-ES`: the agreed key is the content's.
    EcdhEs,
    /// `ECDH-ES+A128KW`
    EcdhEsA128Kw,
    /// `ECDH-ES+A192KW`
    EcdhEsA192Kw,
    /// `ECDH-ES+A256KW`
    EcdhEsA256Kw,
    /// `A128KW`
    A128Kw,
    /// `A192KW`
    A192Kw,
    /// `A256KW`
    A256Kw,
    /// `dir`: both sides have the content's key already.
    Direct,
}

/// What kind of key such a way takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Rsa,
    Agreement,
    Secret,
}

impl KeyManagement {
    /// Every way that is served.
    pub const ALL: [Self; 11] = [
        Self::RsaOaep,
        Self::RsaOaep256,
        Self::Rsa15,
        Self::EcdhEs,
        Self::EcdhEsA128Kw,
        Self::EcdhEsA192Kw,
        Self::EcdhEsA256Kw,
        Self::A128Kw,
        Self::A192Kw,
        Self::A256Kw,
        Self::Direct,
    ];

    /// Those with a public key, which a stranger can encrypt for.
    pub const PUBLIC: [Self; 7] = [
        Self::EcdhEsA256Kw,
        Self::EcdhEsA192Kw,
        Self::EcdhEsA128Kw,
        Self::RsaOaep,
        Self::RsaOaep256,
        Self::Rsa15,
        Self::EcdhEs,
    ];

    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RsaOaep => "RSA-OAEP",
            Self::RsaOaep256 => "RSA-OAEP-256",
            Self::Rsa15 => "RSA1_5",
            Self::EcdhEs => "ECDH-ES",
            Self::EcdhEsA128Kw => "ECDH-ES+A128KW",
            Self::EcdhEsA192Kw => "ECDH-ES+A192KW",
            Self::EcdhEsA256Kw => "ECDH-ES+A256KW",
            Self::A128Kw => "A128KW",
            Self::A192Kw => "A192KW",
            Self::A256Kw => "A256KW",
            Self::Direct => "dir",
        }
    }

    /// The way of this registered name; names are case-sensitive.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::RsaOaep | Self::RsaOaep256 | Self::Rsa15 => Kind::Rsa,
            Self::EcdhEs | Self::EcdhEsA128Kw | Self::EcdhEsA192Kw | Self::EcdhEsA256Kw => {
                Kind::Agreement
            }
            Self::A128Kw | Self::A192Kw | Self::A256Kw | Self::Direct => Kind::Secret,
        }
    }

    /// Bytes of the key that wraps the content's key, for the ways that wrap (RFC 3394).
    pub(crate) fn wrapping_len(self) -> Option<usize> {
        match self {
            Self::EcdhEsA128Kw | Self::A128Kw => Some(16),
            Self::EcdhEsA192Kw | Self::A192Kw => Some(24),
            Self::EcdhEsA256Kw | Self::A256Kw => Some(32),
            _ => None,
        }
    }

    /// Whether a key that is labelled with this way opens what was made for the other one. The two of OAEP differ in the hash alone and those of
    /// ECDH-ES in what follows the agreement; RSA1_5 is never taken with a key for something better.
    pub(crate) fn also_opens(self, other: Self) -> bool {
        self == other
            || matches!(
                (self, other),
                (Self::RsaOaep, Self::RsaOaep256) | (Self::RsaOaep256, Self::RsaOaep)
            )
            || (self.kind() == Kind::Agreement && other.kind() == Kind::Agreement)
    }
}

impl fmt::Display for KeyManagement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How the content is encrypted (RFC 7518 §5.1): the header's `enc`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContentEncryption {
    /// `A256GCM`
    A256Gcm,
    /// `A192GCM`
    A192Gcm,
    /// `A128GCM`
    A128Gcm,
    /// `A128CBC-HS256`
    A128CbcHs256,
    /// `A192CBC-HS384`
    A192CbcHs384,
    /// `A256CBC-HS512`
    A256CbcHs512,
}

impl ContentEncryption {
    /// Every one that is served.
    pub const ALL: [Self; 6] = [
        Self::A256Gcm,
        Self::A192Gcm,
        Self::A128Gcm,
        Self::A128CbcHs256,
        Self::A192CbcHs384,
        Self::A256CbcHs512,
    ];

    /// The registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::A256Gcm => "A256GCM",
            Self::A192Gcm => "A192GCM",
            Self::A128Gcm => "A128GCM",
            Self::A128CbcHs256 => "A128CBC-HS256",
            Self::A192CbcHs384 => "A192CBC-HS384",
            Self::A256CbcHs512 => "A256CBC-HS512",
        }
    }

    /// The one of this registered name; names are case-sensitive.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|enc| enc.name() == name)
    }

    /// Bytes of its key.
    pub(crate) fn key_len(self) -> usize {
        match self {
            Self::A128Gcm => 16,
            Self::A192Gcm => 24,
            Self::A256Gcm | Self::A128CbcHs256 => 32,
            Self::A192CbcHs384 => 48,
            Self::A256CbcHs512 => 64,
        }
    }
}

impl fmt::Display for ContentEncryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
