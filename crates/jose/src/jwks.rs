use crate::encryption::{AgreementCurve, PublicMaterial, PublicPoint};
use crate::verify::Parts;
use crate::{
    Algorithm, EncryptionKey, Family, KeyManagement, Verified, VerifyError, VerifyingKey,
    sha256_base64url,
};
use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{PublicEncryptingKey, PublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Larger documents are refused unread.
pub const MAX_JWKS_BYTES: usize = 128 * 1024;
/// Documents with more keys are refused.
const MOST_KEYS: usize = 100;
/// With so many keys a token is tried that does not say which one signed it.
const MOST_TRIED: usize = 4;

/// The keys of somebody else (RFC 7517 §5), of which we use the public parts.
#[derive(Clone, Debug, Default)]
pub struct PublicJwks(Vec<PublicJwk>);

/// A public key of somebody else (RFC 7517 §4): RSA, EC on a NIST curve, Ed25519 or X25519.
#[derive(Clone, Debug)]
pub struct PublicJwk {
    kid: Option<String>,
    alg: Option<String>,
    usage: Option<String>,
    operations: Option<Vec<String>>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// `SubjectPublicKeyInfo` DER, and what the thumbprint is made of.
    Rsa {
        der: Vec<u8>,
        n: String,
        e: String,
    },
    /// The uncompressed point.
    Ec(AgreementCurve, Vec<u8>),
    Ed25519(Vec<u8>),
    X25519(Vec<u8>),
}

/// Why a document is no key set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwksError {
    /// More than [`MAX_JWKS_BYTES`], or more keys than anybody has.
    #[error("the key set is too large")]
    TooLarge,
    /// Not `{"keys": […]}`.
    #[error("not a key set: a json object with the member keys is wanted")]
    Malformed,
    /// Not a public key that is served.
    #[error("not a public key of a kind that is served")]
    Key,
}

#[derive(Deserialize)]
struct RawSet {
    keys: Vec<Value>,
}

#[derive(Deserialize)]
struct RawKey {
    kty: String,
    #[serde(default)]
    kid: Option<String>,
    #[serde(default)]
    alg: Option<String>,
    #[serde(default, rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    key_ops: Option<Vec<String>>,
    #[serde(default)]
    n: Option<String>,
    #[serde(default)]
    e: Option<String>,
    #[serde(default)]
    crv: Option<String>,
    #[serde(default)]
    x: Option<String>,
    #[serde(default)]
    y: Option<String>,
}

impl PublicJwks {
    /// Reads a key set, or a single key. Keys of kinds that are not served are left out (RFC 7517 §5); shared secrets are among them, for what
    /// stands in a document for others is none.
    ///
    /// # Errors
    /// [`JwksError::TooLarge`], [`JwksError::Malformed`].
    pub fn parse(document: &[u8]) -> Result<Self, JwksError> {
        if document.len() > MAX_JWKS_BYTES {
            return Err(JwksError::TooLarge);
        }
        let value: Value = serde_json::from_slice(document).map_err(|_| JwksError::Malformed)?;
        if value.get("kty").is_some() {
            return PublicJwk::from_value(value).map(|key| Self(vec![key]));
        }
        let set: RawSet = serde_json::from_value(value).map_err(|_| JwksError::Malformed)?;
        if set.keys.len() > MOST_KEYS {
            return Err(JwksError::TooLarge);
        }
        let keys = set.keys.into_iter();
        Ok(Self(
            keys.filter_map(|key| PublicJwk::from_value(key).ok())
                .collect(),
        ))
    }

    /// All keys, in the document's order.
    pub fn iter(&self) -> impl Iterator<Item = &PublicJwk> {
        self.0.iter()
    }

    /// Whether there is no key that is served.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a key with this id is there.
    pub fn knows(&self, kid: &str) -> bool {
        self.0.iter().any(|key| key.kid.as_deref() == Some(kid))
    }

    /// Verifies a token with the key that its header names; when it names none, with the first few keys that are for its algorithm. The header
    /// chooses among the algorithms that the caller allows, and a key never takes one that is not its own.
    ///
    /// # Errors
    /// [`VerifyError::AlgorithmMismatch`] for an algorithm that is not allowed, [`VerifyError::UnknownKey`] when no key fits; see
    /// [`VerifyError`].
    pub fn verify<C: DeserializeOwned>(
        &self,
        token: &str,
        allowed: &[Algorithm],
    ) -> Result<Verified<C>, VerifyError> {
        let parts = Parts::split(token)?;
        let algorithm = Algorithm::from_name(&parts.header.alg)
            .filter(|algorithm| allowed.contains(algorithm))
            .ok_or(VerifyError::AlgorithmMismatch)?;
        let keys = self.0.iter().filter(|key| match &parts.header.kid {
            Some(kid) => key.kid.as_ref() == Some(kid),
            None => true,
        });
        let keys = keys.filter_map(|key| key.verifying_key(algorithm));
        let mut error = VerifyError::UnknownKey;
        for key in keys.take(MOST_TRIED) {
            if parts.is_signed_by(&key) {
                return parts.claims();
            }
            error = VerifyError::Signature;
        }
        Err(error)
    }

    /// The key to encrypt with for the owner: the first that is labelled with this way, otherwise the first that is for encryption, otherwise the
    /// first that could be.
    pub fn encryption_key(&self, way: KeyManagement) -> Option<EncryptionKey> {
        let usable = || {
            self.0
                .iter()
                .filter_map(|key| Some((key, key.encryption_key(way)?)))
        };
        let labelled = usable().find(|(key, _)| key.alg.is_some());
        let meant = || usable().find(|(key, _)| key.usage.is_some());
        labelled
            .or_else(meant)
            .or_else(|| usable().next())
            .map(|(_, key)| key)
    }
}

impl PublicJwk {
    /// Reads one key.
    ///
    /// # Errors
    /// [`JwksError::TooLarge`], [`JwksError::Malformed`], [`JwksError::Key`].
    pub fn parse(document: &[u8]) -> Result<Self, JwksError> {
        if document.len() > MAX_JWKS_BYTES {
            return Err(JwksError::TooLarge);
        }
        let value = serde_json::from_slice(document).map_err(|_| JwksError::Malformed)?;
        Self::from_value(value)
    }

    /// Takes a key that was read already; private members are not looked at.
    ///
    /// # Errors
    /// [`JwksError::Malformed`], [`JwksError::Key`].
    pub fn from_value(value: Value) -> Result<Self, JwksError> {
        let raw: RawKey = serde_json::from_value(value).map_err(|_| JwksError::Malformed)?;
        let kind = kind(&raw).ok_or(JwksError::Key)?;
        Ok(Self {
            kid: raw.kid,
            alg: raw.alg,
            usage: raw.usage,
            operations: raw.key_ops,
            kind,
        })
    }

    /// The key id.
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The algorithm that it is labelled with, served or not.
    pub fn algorithm(&self) -> Option<&str> {
        self.alg.as_deref()
    }

    /// The key for this algorithm, unless it is of another kind or labelled for something else.
    pub fn verifying_key(&self, algorithm: Algorithm) -> Option<VerifyingKey> {
        let is_meant = self.alg.as_deref().is_none_or(|alg| {
            // RFC 9864 names the curve.
            alg == algorithm.name() || (algorithm == Algorithm::EdDSA && alg == "Ed25519")
        }) && self.is_for("sig", &["verify"]);
        if !is_meant {
            return None;
        }
        let bytes = match (&self.kind, algorithm.family()) {
            (Kind::Rsa { der, .. }, Family::Rsa) => der,
            (Kind::Ec(curve, point), Family::Ec) => {
                let fits = match algorithm {
                    Algorithm::ES256 => *curve == AgreementCurve::P256,
                    Algorithm::ES384 => *curve == AgreementCurve::P384,
                    _ => *curve == AgreementCurve::P521,
                };
                fits.then_some(point)?
            }
            (Kind::Ed25519(public), Family::Okp) => public,
            _ => return None,
        };
        VerifyingKey::from_public_der(algorithm, bytes).ok()
    }

    /// The key for this way, unless it is of another kind or labelled for something else.
    pub fn encryption_key(&self, way: KeyManagement) -> Option<EncryptionKey> {
        let is_meant = self.alg.as_deref().is_none_or(|alg| alg == way.name())
            && self.is_for("enc", &["encrypt", "wrapKey", "deriveKey", "deriveBits"]);
        if !is_meant {
            return None;
        }
        let material = match &self.kind {
            Kind::Rsa { der, .. } => PublicMaterial::Rsa(PublicEncryptingKey::from_der(der).ok()?),
            Kind::Ec(curve, point) => PublicMaterial::Agreement(*curve, point.clone()),
            Kind::X25519(public) => {
                PublicMaterial::Agreement(AgreementCurve::X25519, public.clone())
            }
            Kind::Ed25519(_) => return None,
        };
        Some(EncryptionKey::assemble(self.kid.clone(), None, material))
            .filter(|key| key.is_for(way))
    }

    /// The key's thumbprint, SHA-256 as base64url (RFC 7638).
    pub fn thumbprint(&self) -> String {
        let text = match &self.kind {
            Kind::Rsa { n, e, .. } => format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#),
            Kind::Ec(curve, point) => {
                let PublicPoint { crv, x, y, .. } = match curve.jwk(point) {
                    Some(point) => point,
                    None => return String::new(),
                };
                let y = y.unwrap_or_default();
                format!(r#"{{"crv":"{crv}","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Kind::Ed25519(public) => octets("Ed25519", public),
            Kind::X25519(public) => octets("X25519", public),
        };
        sha256_base64url(text.as_bytes())
    }

    /// Whether the key's labels allow a use.
    fn is_for(&self, usage: &str, operations: &[&str]) -> bool {
        self.usage.as_deref().is_none_or(|told| told == usage)
            && self
                .operations
                .as_deref()
                .is_none_or(|told| told.iter().any(|one| operations.contains(&one.as_str())))
    }
}

fn octets(curve: &str, public: &[u8]) -> String {
    let x = URL_SAFE_NO_PAD.encode(public);
    format!(r#"{{"crv":"{curve}","kty":"OKP","x":"{x}"}}"#)
}

fn kind(raw: &RawKey) -> Option<Kind> {
    match raw.kty.as_str() {
        "RSA" => {
            let (n, e) = (number(raw.n.as_deref()?)?, number(raw.e.as_deref()?)?);
            if !(2048..=8192).contains(&(n.len() * 8)) {
                return None;
            }
            let components = PublicKeyComponents { n: &n, e: &e };
            let der: PublicKeyX509Der<'_> = components.as_der().ok()?;
            Some(Kind::Rsa {
                der: der.as_ref().to_vec(),
                n: URL_SAFE_NO_PAD.encode(&n),
                e: URL_SAFE_NO_PAD.encode(&e),
            })
        }
        "EC" => {
            let curve = AgreementCurve::from_name(raw.crv.as_deref()?)
                .filter(|curve| *curve != AgreementCurve::X25519)?;
            let point = curve.public(raw.x.as_deref()?, raw.y.as_deref())?;
            Some(Kind::Ec(curve, point))
        }
        "OKP" => {
            let public = AgreementCurve::X25519.public(raw.x.as_deref()?, None)?;
            match raw.crv.as_deref()? {
                "Ed25519" => Some(Kind::Ed25519(public)),
                "X25519" => Some(Kind::X25519(public)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A number, big-endian; some write a zero before it.
fn number(text: &str) -> Option<Vec<u8>> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    (zeros < bytes.len()).then(|| bytes[zeros..].to_vec())
}
