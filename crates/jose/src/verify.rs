use crate::key::Material;
use crate::{Algorithm, Family, PublicJwk};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{self, KeyPair, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
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

/// Keys by id. One id may stand for a key in several algorithms: then each verifies its own.
#[derive(Clone, Debug, Default)]
pub struct KeySet(HashMap<String, Vec<VerifyingKey>>);

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
    /// A proof is of another type.
    #[error("the token is of another type")]
    Type,
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

/// A token whose header carries the key that signed it, and that key: a proof of possession (RFC 9449 §4.2). Whose key it is, the caller has
/// to find out; no other function takes a key from a header.
///
/// # Errors
/// [`VerifyError::Header`] when there is no public key in the header, or a private one; [`VerifyError::Type`]; [`VerifyError::AlgorithmMismatch`]
/// for an algorithm that is not allowed or takes another kind of key; see [`VerifyError`].
pub fn verify_proof<C: DeserializeOwned>(
    token: &str,
    typ: &str,
    allowed: &[Algorithm],
) -> Result<(Verified<C>, PublicJwk), VerifyError> {
    let (parts, key) = Parts::split_with_key(token)?;
    let algorithm = Algorithm::from_name(&parts.header.alg)
        .filter(|algorithm| allowed.contains(algorithm))
        .ok_or(VerifyError::AlgorithmMismatch)?;
    if parts.header.typ.as_deref() != Some(typ) {
        return Err(VerifyError::Type);
    }
    let key = key.filter(|key| PRIVATE.iter().all(|member| key.get(member).is_none()));
    let key = key.ok_or(VerifyError::Header)?;
    let key = PublicJwk::from_value(key).map_err(|_| VerifyError::Header)?;
    let verifying = key
        .verifying_key(algorithm)
        .ok_or(VerifyError::AlgorithmMismatch)?;
    parts.verify(&verifying).map(|verified| (verified, key))
}

/// Members of private keys and shared secrets (RFC 7518 §6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

#[derive(Deserialize)]
struct RawHeader {
    #[serde(flatten)]
    header: Header,
    #[serde(default)]
    crit: Option<Value>,
    #[serde(default)]
    jwk: Option<Value>,
    #[serde(default)]
    jku: Option<Value>,
    #[serde(default)]
    x5c: Option<Value>,
    #[serde(default)]
    x5u: Option<Value>,
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

    /// A public key from `SubjectPublicKeyInfo` DER. An RSA key that has parameters for PSS of its own is refused: they would count instead of
    /// those of RFC 7518 §3.5.
    ///
    /// # Errors
    /// [`crate::KeyError::NotAKey`] when it is not for this algorithm, or the algorithm takes a secret.
    pub fn from_public_der(algorithm: Algorithm, der: &[u8]) -> Result<Self, crate::KeyError> {
        let scheme = scheme(algorithm)
            .filter(|_| algorithm.family() != Family::Rsa || is_plain_rsa(der))
            .ok_or(crate::KeyError::NotAKey(algorithm))?;
        let key =
            ParsedPublicKey::new(scheme, der).map_err(|_| crate::KeyError::NotAKey(algorithm))?;
        Ok(Self {
            algorithm,
            check: Arc::new(Check::Public(Box::new(key))),
        })
    }

    /// A shared secret of at least as many bytes as the hash has (RFC 7518 §3.2).
    ///
    /// # Errors
    /// [`crate::KeyError::SecretTooShort`], [`crate::KeyError::NotAKey`] when the algorithm takes no secret.
    pub fn from_secret(
        algorithm: Algorithm,
        secret: &crate::Secret,
    ) -> Result<Self, crate::KeyError> {
        crate::SigningKey::from_secret("", algorithm, secret).map(|key| key.verifying_key())
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
    /// Adds a key under its id; the first of an id and an algorithm stays.
    pub fn add(&mut self, kid: &str, key: VerifyingKey) {
        let keys = self.0.entry(kid.to_owned()).or_default();
        if keys.iter().all(|known| known.algorithm != key.algorithm) {
            keys.push(key);
        }
    }

    /// The first key with this id.
    pub fn get(&self, kid: &str) -> Option<&VerifyingKey> {
        self.0.get(kid)?.first()
    }

    /// Verifies a token with the key that its header names.
    ///
    /// # Errors
    /// See [`VerifyError`].
    pub fn verify<C: DeserializeOwned>(&self, token: &str) -> Result<Verified<C>, VerifyError> {
        let parts = Parts::split(token)?;
        let keys = parts.header.kid.as_deref().and_then(|kid| self.0.get(kid));
        let keys = keys.ok_or(VerifyError::UnknownKey)?;
        let key = keys
            .iter()
            .find(|key| key.algorithm.name() == parts.header.alg)
            .ok_or(VerifyError::AlgorithmMismatch)?;
        parts.verify(key)
    }
}

pub(crate) struct Parts<'a> {
    pub(crate) header: Header,
    message: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    pub(crate) fn split(token: &'a str) -> Result<Self, VerifyError> {
        match Self::split_with_key(token)? {
            (parts, None) => Ok(parts),
            (_, Some(_)) => Err(VerifyError::Header),
        }
    }

    /// The parts, and the key in the header.
    fn split_with_key(token: &'a str) -> Result<(Self, Option<Value>), VerifyError> {
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
        if [&raw.crit, &raw.jku, &raw.x5c, &raw.x5u]
            .iter()
            .any(|member| member.is_some())
        {
            return Err(VerifyError::Header);
        }
        let signature = URL_SAFE_NO_PAD
            .decode(signature)
            .map_err(|_| VerifyError::Malformed)?;
        let parts = Self {
            header: raw.header,
            message,
            payload,
            signature,
        };
        Ok((parts, raw.jwk))
    }

    /// Whether this key signed it; `alg` has to be the key's own.
    pub(crate) fn is_signed_by(&self, key: &VerifyingKey) -> bool {
        self.header.alg == key.algorithm.name()
            && key.check(self.message.as_bytes(), &self.signature)
    }

    /// The claims, for a caller who knows that the signature is right.
    pub(crate) fn claims<C: DeserializeOwned>(self) -> Result<Verified<C>, VerifyError> {
        let payload = URL_SAFE_NO_PAD
            .decode(self.payload)
            .map_err(|_| VerifyError::Malformed)?;
        let claims = serde_json::from_slice(&payload).map_err(|_| VerifyError::Payload)?;
        Ok(Verified {
            header: self.header,
            claims,
        })
    }

    fn verify<C: DeserializeOwned>(self, key: &VerifyingKey) -> Result<Verified<C>, VerifyError> {
        if self.header.alg != key.algorithm.name() {
            return Err(VerifyError::AlgorithmMismatch);
        }
        if !self.is_signed_by(key) {
            return Err(VerifyError::Signature);
        }
        self.claims()
    }
}

/// Whether a key is for RSA without parameters (`rsaEncryption`, RFC 3279 §2.3.1), which its beginning says.
fn is_plain_rsa(der: &[u8]) -> bool {
    const OID: [u8; 11] = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
    let begin = der.get(..der.len().min(24)).unwrap_or_default();
    begin.windows(OID.len()).any(|part| part == OID)
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
