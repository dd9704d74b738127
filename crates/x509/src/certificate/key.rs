//! Which keys are understood.

use x509_parser::prelude::{FromDer, X509Certificate};
use x509_parser::public_key::{PublicKey, RSAPublicKey};

const RSASSA_PSS: &str = "1.2.840.113549.1.1.10";
const ED25519: &str = "1.3.101.112";

/// What kind of public key a certificate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA of so many bits.
    Rsa(usize),
    /// RSA of so many bits, for PSS alone (RFC 4055 §1.2).
    RsaPss(usize),
    /// A NIST curve of so many bits.
    Ec(usize),
    /// Ed25519.
    Ed25519,
    /// Something else.
    Other,
}

impl KeyKind {
    /// Whether a key is of a kind and a size that is accepted, RSA from so many bits on. The upper limit keeps each signature cheap.
    pub(crate) fn is_strong(self, least_rsa_bits: usize) -> bool {
        match self {
            Self::Rsa(bits) | Self::RsaPss(bits) => {
                (least_rsa_bits.max(1024)..=8192).contains(&bits)
            }
            Self::Ec(bits) => matches!(bits, 256 | 384 | 521),
            Self::Ed25519 => true,
            Self::Other => false,
        }
    }
}

pub(super) fn key_kind(parsed: &X509Certificate<'_>) -> KeyKind {
    let key = parsed.public_key();
    let algorithm = &key.algorithm;
    let oid = algorithm.algorithm.to_id_string();
    if oid == RSASSA_PSS {
        return match RSAPublicKey::from_der(&key.subject_public_key.data) {
            Ok((_, key)) => KeyKind::RsaPss(bits(key.modulus)),
            Err(_) => KeyKind::Other,
        };
    }
    match key.parsed() {
        Ok(PublicKey::RSA(key)) => KeyKind::Rsa(bits(key.modulus)),
        Ok(PublicKey::EC(_)) => {
            let curve = algorithm
                .parameters
                .as_ref()
                .and_then(|parameters| parameters.as_oid().ok());
            match curve.map(|oid| oid.to_id_string()).as_deref() {
                Some("1.2.840.10045.3.1.7") => KeyKind::Ec(256),
                Some("1.3.132.0.34") => KeyKind::Ec(384),
                Some("1.3.132.0.35") => KeyKind::Ec(521),
                _ => KeyKind::Other,
            }
        }
        _ if oid == ED25519 => KeyKind::Ed25519,
        _ => KeyKind::Other,
    }
}

/// Bits of an unsigned big-endian number.
fn bits(number: &[u8]) -> usize {
    let first = number.iter().position(|byte| *byte != 0);
    first.map_or(0, |at| {
        (number.len() - at) * 8 - number[at].leading_zeros() as usize
    })
}
