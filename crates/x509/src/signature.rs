//! Which signatures are understood, and whether one is right.

use crate::der::public_key_bits;
use crate::{Certificate, KeyKind};
use aws_lc_rs::signature::{self, UnparsedPublicKey, VerificationAlgorithm};
use x509_parser::signature_algorithm::{RsaSsaPssParams, SignatureAlgorithm};
use x509_parser::x509::AlgorithmIdentifier;

/// A certificate's signature algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    RsaSha1,
    Rsa(Hash),
    Pss(Hash),
    EcdsaSha1,
    Ecdsa(Hash),
    Ed25519,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hash {
    Sha256,
    Sha384,
    Sha512,
}

impl Scheme {
    pub(crate) fn of(algorithm: &AlgorithmIdentifier<'_>) -> Option<Self> {
        Some(match algorithm.algorithm.to_id_string().as_str() {
            "1.2.840.113549.1.1.5" => Self::RsaSha1,
            "1.2.840.113549.1.1.11" => Self::Rsa(Hash::Sha256),
            "1.2.840.113549.1.1.12" => Self::Rsa(Hash::Sha384),
            "1.2.840.113549.1.1.13" => Self::Rsa(Hash::Sha512),
            "1.2.840.113549.1.1.10" => match SignatureAlgorithm::try_from(algorithm) {
                Ok(SignatureAlgorithm::RSASSA_PSS(parameters)) => Self::Pss(pss(&parameters)?),
                _ => return None,
            },
            "1.2.840.10045.4.1" => Self::EcdsaSha1,
            "1.2.840.10045.4.3.2" => Self::Ecdsa(Hash::Sha256),
            "1.2.840.10045.4.3.3" => Self::Ecdsa(Hash::Sha384),
            "1.2.840.10045.4.3.4" => Self::Ecdsa(Hash::Sha512),
            "1.3.101.112" => Self::Ed25519,
            _ => return None,
        })
    }

    /// Whether it rests on SHA-1, which collides (RFC 9155 says the same for TLS).
    pub(crate) fn is_weak(self) -> bool {
        matches!(self, Self::RsaSha1 | Self::EcdsaSha1)
    }
}

/// The one hash of everything, and a salt of its length: the only parameters that anybody uses (RFC 8446 §4.2.3).
fn pss(parameters: &RsaSsaPssParams<'_>) -> Option<Hash> {
    let oid = parameters.hash_algorithm_oid().to_id_string();
    let mask = parameters.mask_gen_algorithm().ok()?;
    let (hash, salt) = (hash(&oid)?, parameters.salt_length());
    let whole = mask.mgf.to_id_string() == MGF1 && mask.hash.to_id_string() == oid;
    (whole && salt == hash.bytes()).then_some(hash)
}

const MGF1: &str = "1.2.840.113549.1.1.8";

impl Hash {
    fn bytes(self) -> u32 {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

fn hash(oid: &str) -> Option<Hash> {
    Some(match oid {
        "2.16.840.1.101.3.4.2.1" => Hash::Sha256,
        "2.16.840.1.101.3.4.2.2" => Hash::Sha384,
        "2.16.840.1.101.3.4.2.3" => Hash::Sha512,
        _ => return None,
    })
}

/// Whether `issuer`'s key made `certificate`'s signature, be it in an old and weak way: who calls has asked before whether that is allowed.
/// Kinds that are not understood never verify.
pub(crate) fn verifies(certificate: &Certificate, issuer: &Certificate) -> bool {
    certificate
        .scheme
        .and_then(|scheme| old(scheme, issuer.key).or_else(|| algorithm(scheme, issuer.key)))
        .is_some_and(|algorithm| made_by(certificate, issuer, algorithm))
}

/// Whether its own key made its signature, old and weak ways included. It tells roots from intermediates, and proves nothing else.
pub(crate) fn is_own(certificate: &Certificate) -> bool {
    verifies(certificate, certificate)
}

/// Ways that are refused unless somebody asks for them.
fn old(scheme: Scheme, key: KeyKind) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (scheme, key) {
        (Scheme::RsaSha1, KeyKind::Rsa(_)) => {
            &signature::RSA_PKCS1_1024_8192_SHA1_FOR_LEGACY_USE_ONLY
        }
        (Scheme::Rsa(Hash::Sha256), KeyKind::Rsa(..2048)) => {
            &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY
        }
        (Scheme::Rsa(Hash::Sha512), KeyKind::Rsa(..2048)) => {
            &signature::RSA_PKCS1_1024_8192_SHA512_FOR_LEGACY_USE_ONLY
        }
        (Scheme::EcdsaSha1, KeyKind::Ec(256)) => &signature::ECDSA_P256_SHA1_ASN1,
        (Scheme::EcdsaSha1, KeyKind::Ec(521)) => &signature::ECDSA_P521_SHA1_ASN1,
        _ => return None,
    })
}

fn made_by(
    certificate: &Certificate,
    issuer: &Certificate,
    algorithm: &'static dyn VerificationAlgorithm,
) -> bool {
    public_key(issuer, algorithm).is_some_and(|key| {
        key.verify(&certificate.signed, &certificate.signature)
            .is_ok()
    })
}

/// A certificate's key as the library takes it.
pub(crate) fn public_key<'a>(
    certificate: &'a Certificate,
    algorithm: &'static dyn VerificationAlgorithm,
) -> Option<UnparsedPublicKey<&'a [u8]>> {
    // Keys for PSS alone are only known to it without what says so.
    let key = match certificate.key {
        KeyKind::RsaPss(_) => public_key_bits(&certificate.public_key)?,
        _ => certificate.public_key.as_slice(),
    };
    Some(UnparsedPublicKey::new(algorithm, key))
}

pub(crate) fn algorithm(
    scheme: Scheme,
    key: KeyKind,
) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match (scheme, key) {
        (Scheme::Rsa(Hash::Sha256), KeyKind::Rsa(_)) => &signature::RSA_PKCS1_2048_8192_SHA256,
        (Scheme::Rsa(Hash::Sha384), KeyKind::Rsa(_)) => &signature::RSA_PKCS1_2048_8192_SHA384,
        (Scheme::Rsa(Hash::Sha512), KeyKind::Rsa(_)) => &signature::RSA_PKCS1_2048_8192_SHA512,
        (Scheme::Pss(Hash::Sha256), KeyKind::Rsa(_) | KeyKind::RsaPss(_)) => {
            &signature::RSA_PSS_2048_8192_SHA256
        }
        (Scheme::Pss(Hash::Sha384), KeyKind::Rsa(_) | KeyKind::RsaPss(_)) => {
            &signature::RSA_PSS_2048_8192_SHA384
        }
        (Scheme::Pss(Hash::Sha512), KeyKind::Rsa(_) | KeyKind::RsaPss(_)) => {
            &signature::RSA_PSS_2048_8192_SHA512
        }
        (Scheme::Ecdsa(Hash::Sha256), KeyKind::Ec(256)) => &signature::ECDSA_P256_SHA256_ASN1,
        (Scheme::Ecdsa(Hash::Sha384), KeyKind::Ec(256)) => &signature::ECDSA_P256_SHA384_ASN1,
        (Scheme::Ecdsa(Hash::Sha512), KeyKind::Ec(256)) => &signature::ECDSA_P256_SHA512_ASN1,
        (Scheme::Ecdsa(Hash::Sha256), KeyKind::Ec(384)) => &signature::ECDSA_P384_SHA256_ASN1,
        (Scheme::Ecdsa(Hash::Sha384), KeyKind::Ec(384)) => &signature::ECDSA_P384_SHA384_ASN1,
        (Scheme::Ecdsa(Hash::Sha512), KeyKind::Ec(384)) => &signature::ECDSA_P384_SHA512_ASN1,
        (Scheme::Ecdsa(Hash::Sha256), KeyKind::Ec(521)) => &signature::ECDSA_P521_SHA256_ASN1,
        (Scheme::Ecdsa(Hash::Sha384), KeyKind::Ec(521)) => &signature::ECDSA_P521_SHA384_ASN1,
        (Scheme::Ecdsa(Hash::Sha512), KeyKind::Ec(521)) => &signature::ECDSA_P521_SHA512_ASN1,
        (Scheme::Ed25519, KeyKind::Ed25519) => &signature::ED25519,
        _ => return None,
    })
}
