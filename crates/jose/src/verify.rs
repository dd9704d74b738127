use crate::key::Material;
use crate::{Algorithm, Family};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, KeyPair, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// Longer tokens are refused unread.
pub const MAX_TOKEN_BYTES: usize = 64 * 1024;

/// A key that verifies, bound to one algorithm: what a token's header claims never chooses it.
#[derive(Clone)]
pub struct VerifyingKey {
    algorithm: Algorithm,
    check: Arc<Check>,
}

enum Check {
    Public(Box<ParsedPublicKey>),
    Secret(Box<hmac::Key>),
    /// The primitive did not take the key: nothing verifies.
    Nothing,
}

/// Keys by id.
#[derive(Clone, Debug, Default)]
pub struct KeySet(HashMap<String, VerifyingKey>);

/// The protected header of a token that verified.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Header {
    /// The algorithm's name.
    pub alg: String,
    /// What the token is.
    #[serde(default)]
    pub typ: Option<String>,
    /// Which key signed.
    #[serde(default)]
    pub kid: Option<String>,
}

/// Claims whose signature verified. Times, issuer and audience are for the reader to check.
#[derive(Clone, Debug)]
pub struct Verified<C> {
    /// The protected header.
    pub header: Header,
    /// The payload.
    pub claims: C,
}

/// Why a token does not verify.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// Not three parts of base64url with JSON in the first.
    #[error("not a compact jws")]
    Malformed,
    /// More than [`MAX_TOKEN_BYTES`].
    #[error("the token is too long")]
    TooLong,
    /// The header has `crit`, or a key of its own (`jwk`, `jku`, `x5c`, `x5u`).
    #[error("the header asks for what is not served")]
    Header,
    /// No key has this id.
    #[error("no key has this id")]
    UnknownKey,
    /// The key is for another algorithm.
    #[error("the key is for another algorithm")]
    AlgorithmMismatch,
    /// Signed by somebody else, or changed since.
    #[error("the signature is wrong")]
    Signature,
    /// The payload is not what the reader expects.
    #[error("the payload is not readable")]
    Payload,
}

#[derive(Deserialize)]
struct RawHeader {
    #[serde(flatten)]
    header: Header,
    #[serde(default)]
    crit: Option<serde_json::Value>,
    #[serde(default)]
    jwk: Option<serde_json::Value>,
    #[serde(default)]
    jku: Option<serde_json::Value>,
    #[serde(default)]
    x5c: Option<serde_json::Value>,
    #[serde(default)]
    x5u: Option<serde_json::Value>,
}

impl VerifyingKey {
    pub(crate) fn of(_kid: &str, algorithm: Algorithm, material: &Material) -> Self {
        let check = match material {
            Material::Oct(key) => Check::Secret(key.clone()),
            Material::Rsa(pair) => public(algorithm, pair.public_key().as_ref()),
            Material::Ec(pair) => public(algorithm, pair.public_key().as_ref()),
            Material::Okp(pair) => public(algorithm, pair.public_key().as_ref()),
        };
        Self {
            algorithm,
            check: Arc::new(check),
        }
    }

    /// A public key from `SubjectPublicKeyInfo` DER.
    ///
    /// # Errors
    /// [`crate::KeyError::NotAKey`] when it is not for this algorithm, or the algorithm takes a secret.
    pub fn from_public_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, crate::KeyError> {
        let scheme = scheme(algorithm)
            .filter(|_| algorithm.family() != Family::Oct)
            .ok_or(crate::KeyError::NotAKey(algorithm))?;
        let key =
            ParsedPublicKey::new(scheme, der).map_err(|_| crate::KeyError::NotAKey(algorithm))?;
        Ok(Self {
            algorithm,
            check: Arc::new(Check::Public(Box::new(key))),
        })
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(crate) fn check(&self, message: &[u8], signature: &[u8]) -> bool {
        match &*self.check {
            Check::Public(key) => key.verify_sig(message, signature).is_ok(),
            Check::Secret(key) => hmac::verify(key, message, signature).is_ok(),
            Check::Nothing => false,
        }
    }

    /// Verifies a token with this key, whatever `kid` it names.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify<C: DeserializeOwned>(&self, token: &str) -> Result<Verified<C>, VerifyError> {
        Parts::split(token)?.verify(self)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}

impl KeySet {
    /// Adds a key under its id; the first of an id stays.
    pub fn add(&mut self, kid: &str, key: VerifyingKey) {
        self.0.entry(kid.to_owned()).or_insert(key);
    }

    /// The key with this id.
    pub fn get(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.get(kid)
    }

    /// Verifies a token with the key that its header names.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify<C: DeserializeOwned>(&self, token: &str) -> Result<Verified<C>, VerifyError> {
        let parts = Parts::split(token)?;
        let key = parts
            .header
            .kid
            .as_deref()
            .and_then(|kid| self.0.get(kid))
            .ok_or(VerifyError::UnknownKey)?;
        parts.verify(key)
    }
}

struct Parts<'a> {
    header: Header,
    message: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Result<Self, VerifyError> {
        if token.len() > MAX_TOKEN_BYTES {
            return Err(VerifyError::TooLong);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(VerifyError::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(VerifyError::Malformed)?;
        if payload.contains('.') {
            return Err(VerifyError::Malformed);
        }
        let header = URL_SAFE_NO_PAD
            .decode(header)
            .map_err(|_| VerifyError::Malformed)?;
        let raw: RawHeader = serde_json::from_slice(&header).map_err(|_| VerifyError::Malformed)?;
        if [&raw.crit, &raw.jwk, &raw.jku, &raw.x5c, &raw.x5u]
            .iter()
            .any(|member| member.is_some())
        {
            return Err(VerifyError::Header);
        }
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| VerifyError::Malformed)?;
        Ok(Self {
            header: raw.header,
            message,
            payload,
            signature,
        })
    }

    fn verify<C: DeserializeOwned>(self, key: &VerifyingKey) -> Result<Verified<C>, VerifyError> {
        if self.header.alg != key.algorithm.name() {
            return Err(VerifyError::AlgorithmMismatch);
        }
        if !key.check(self.message.as_bytes(), &self.signature) {
            return Err(VerifyError::Signature);
        }
        let payload = URL_SAFE_NO_PAD
            .decode(self.payload)
            .map_err(|_| VerifyError::Malformed)?;
        let claims = serde_json::from_slice(&payload).map_err(|_| VerifyError::Payload)?;
        Ok(Verified {
            header: self.header,
            claims,
        })
    }
}

fn public(algorithm: Algorithm, bytes: &[u8]) -> Check {
    scheme(algorithm)
        .and_then(|scheme| ParsedPublicKey::new(scheme, bytes).ok())
        .map_or(Check::Nothing, |key| Check::Public(Box::new(key)))
}

fn scheme(algorithm: Algorithm) -> Option<&'static dyn VerificationAlgorithm> {
    Some(match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_2048_8192_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_2048_8192_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_2048_8192_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_2048_8192_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_2048_8192_SHA512,
        Algorithm::ES256 => &signature::ECDSA_P256_SHA256_FIXED,
        Algorithm::ES384 => &signature::ECDSA_P384_SHA384_FIXED,
        Algorithm::ES512 => &signature::ECDSA_P521_SHA512_FIXED,
        Algorithm::EdDSA => &signature::ED25519,
        Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => return None,
    })
}
