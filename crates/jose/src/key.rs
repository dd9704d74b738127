use crate::{Algorithm, Family, Jwk, Secret, VerifyingKey};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, RsaKeyPair};
use aws_lc_rs::{hmac, rsa};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;

/// A key that signs: parsed once, cheap to clone, bound to one algorithm and one key id.
#[derive(Clone)]
pub struct SigningKey(Arc<Inner>);

struct Inner {
    kid: String,
    algorithm: Algorithm,
    material: Material,
    /// `base64url(header) + "."` for `typ: JWT`, which almost every token has.
    jwt_header: String,
    certificate: Option<Vec<u8>>,
}

pub(crate) enum Material {
    Rsa(Box<RsaKeyPair>),
    Ec(Box<EcdsaKeyPair>),
    Okp(Box<Ed25519KeyPair>),
    Oct(Box<hmac::Key>),
}

/// A curve for ECDSA keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the standard's")]
pub enum Curve {
    P256,
    P384,
    P521,
}

/// Why bytes are no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a private key of the kind that the algorithm takes.
    #[error("not a private key for {0}")]
    NotAKey(Algorithm),
    /// RSA keys have 2048 to 8192 bits.
    #[error("an rsa key of {0} bits is refused: 2048 to 8192")]
    Size(usize),
    /// HMAC keys are at least as long as the hash (RFC 7518 §3.2).
    #[error("a secret of {0} bytes is too short for {1}")]
    SecretTooShort(usize, Algorithm),
    /// No key that encrypts or decrypts, or for something else.
    #[error("not a key that encrypts or decrypts as is wanted")]
    NotEncrypting,
    /// The generator failed.
    #[error("no key could be generated")]
    Generation,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The payload can't be written as JSON.
    #[error("the payload is not json")]
    Payload(#[from] serde_json::Error),
    /// The primitive failed.
    #[error("the key did not sign")]
    Primitive,
}

impl SigningKey {
    /// A private key from PKCS #8 DER, or PKCS #1 DER for RSA, as Keycloak's realm files carry them.
    ///
    /// # Errors
    /// [`KeyError::NotAKey`] and [`KeyError::Size`].
    pub fn from_der(
        kid: impl Into<String>,
        algorithm: Algorithm,
        der: &[u8],
    ) -> Result<Self, KeyError> {
        let refuse = |_| KeyError::NotAKey(algorithm);
        let material = match algorithm.family() {
            Family::Rsa => {
                let pair = RsaKeyPair::from_pkcs8(der)
                    .or_else(|_| RsaKeyPair::from_der(der))
                    .map_err(refuse)?;
                let bits = pair.public_modulus_len() * 8;
                if !(2048..=8192).contains(&bits) {
                    return Err(KeyError::Size(bits));
                }
                Material::Rsa(Box::new(pair))
            }
            Family::Ec => {
                let scheme = ecdsa(algorithm).ok_or(KeyError::NotAKey(algorithm))?;
                let pair = EcdsaKeyPair::from_pkcs8(scheme, der)
                    .or_else(|_| EcdsaKeyPair::from_private_key_der(scheme, der));
                Material::Ec(Box::new(pair.map_err(refuse)?))
            }
            Family::Okp => {
                Material::Okp(Box::new(Ed25519KeyPair::from_pkcs8(der).map_err(refuse)?))
            }
            Family::Oct => return Err(KeyError::NotAKey(algorithm)),
        };
        Ok(Self::assemble(kid.into(), algorithm, material))
    }

    /// A shared secret.
    ///
    /// # Errors
    /// [`KeyError::SecretTooShort`], [`KeyError::NotAKey`] when the algorithm takes no secret.
    pub fn from_secret(
        kid: impl Into<String>,
        algorithm: Algorithm,
        secret: &Secret,
    ) -> Result<Self, KeyError> {
        let (hash, least) = match algorithm {
            Algorithm::HS256 => (hmac::HMAC_SHA256, 32),
            Algorithm::HS384 => (hmac::HMAC_SHA384, 48),
            Algorithm::HS512 => (hmac::HMAC_SHA512, 64),
            _ => return Err(KeyError::NotAKey(algorithm)),
        };
        let bytes = secret.expose();
        if bytes.len() < least {
            return Err(KeyError::SecretTooShort(bytes.len(), algorithm));
        }
        Ok(Self::assemble(
            kid.into(),
            algorithm,
            Material::Oct(Box::new(hmac::Key::new(hash, bytes))),
        ))
    }

    /// The same key with its certificate (DER), which the key set document then shows.
    #[must_use]
    pub fn with_certificate(self, der: Vec<u8>) -> Self {
        match Arc::try_unwrap(self.0) {
            Ok(inner) => Self(Arc::new(Inner {
                certificate: Some(der),
                ..inner
            })),
            Err(shared) => Self(shared),
        }
    }

    fn assemble(kid: String, algorithm: Algorithm, material: Material) -> Self {
        let jwt_header = header(algorithm, "JWT", &kid);
        Self(Arc::new(Inner {
            kid,
            algorithm,
            material,
            jwt_header,
            certificate: None,
        }))
    }

    /// The key id.
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.0.algorithm
    }

    /// The public part as `SubjectPublicKeyInfo` DER; none for a secret.
    pub fn public_der(&self) -> Option<Vec<u8>> {
        let der = match &self.0.material {
            Material::Rsa(pair) => pair.public_key().as_der(),
            Material::Ec(pair) => pair.public_key().as_der(),
            Material::Okp(pair) => pair.public_key().as_der(),
            Material::Oct(_) => return None,
        };
        der.ok().map(|der| der.as_ref().to_vec())
    }

    /// The certificate, DER.
    pub fn certificate(&self) -> Option<&[u8]> {
        self.0.certificate.as_deref()
    }

    /// The public part for a key set document; none for a secret.
    pub fn jwk(&self) -> Option<Jwk> {
        Jwk::of(
            self.kid(),
            self.algorithm(),
            &self.0.material,
            self.certificate(),
        )
    }

    /// The part that verifies what this key signs.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::of(&self.0.kid, self.0.algorithm, &self.0.material)
    }

    /// Signs a payload in compact form (RFC 7515 §7.1). The header is `alg`, `typ`, `kid` in this order.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn sign(&self, typ: &str, payload: &impl Serialize) -> Result<String, SignError> {
        let payload = serde_json::to_vec(payload)?;
        let mut token =
            String::with_capacity(self.0.jwt_header.len() + payload.len() * 4 / 3 + 360);
        if typ == "JWT" {
            token.push_str(&self.0.jwt_header);
        } else {
            token.push_str(&header(self.0.algorithm, typ, &self.0.kid));
        }
        URL_SAFE_NO_PAD.encode_string(&payload, &mut token);
        let signature = self.signature(token.as_bytes())?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&signature, &mut token);
        Ok(token)
    }

    fn signature(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        let fail = |_| SignError::Primitive;
        Ok(match &self.0.material {
            Material::Rsa(pair) => {
                let scheme = rsa_scheme(self.0.algorithm).ok_or(SignError::Primitive)?;
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(scheme, &random, message, &mut signature)
                    .map_err(fail)?;
                signature
            }
            Material::Ec(pair) => pair.sign(&random, message).map_err(fail)?.as_ref().to_vec(),
            Material::Okp(pair) => pair.try_sign(message).map_err(fail)?.as_ref().to_vec(),
            Material::Oct(key) => hmac::sign(key, message).as_ref().to_vec(),
        })
    }

    /// A bare signature over bytes, for values of our own such as cookies.
    ///
    /// # Errors
    /// [`SignError::Primitive`]
    pub fn sign_bytes(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        self.signature(message)
    }

    /// Whether a bare signature over bytes is this key's.
    pub fn check_bytes(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.0.material {
            Material::Oct(key) => hmac::verify(key, message, signature).is_ok(),
            _ => self.verifying_key().check(message, signature),
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.0.kid)
            .field("algorithm", &self.0.algorithm)
            .finish_non_exhaustive()
    }
}

/// A fresh RSA key as PKCS #8 DER.
///
/// # Errors
/// [`KeyError::Size`] for sizes other than 2048, 3072, 4096 and 8192 bits; [`KeyError::Generation`].
pub fn generate_rsa(bits: usize) -> Result<Secret, KeyError> {
    let size = match bits {
        2048 => rsa::KeySize::Rsa2048,
        3072 => rsa::KeySize::Rsa3072,
        4096 => rsa::KeySize::Rsa4096,
        8192 => rsa::KeySize::Rsa8192,
        _ => return Err(KeyError::Size(bits)),
    };
    let pair = RsaKeyPair::generate(size).map_err(|_| KeyError::Generation)?;
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> =
        pair.as_der().map_err(|_| KeyError::Generation)?;
    Ok(Secret::new(der.as_ref()))
}

/// A private RSA key as PKCS #8 DER, from that or from PKCS #1 DER.
///
/// # Errors
/// [`KeyError::NotAKey`]
pub fn rsa_to_pkcs8(der: &[u8]) -> Result<Secret, KeyError> {
    let refuse = || KeyError::NotAKey(Algorithm::RS256);
    let pair = RsaKeyPair::from_pkcs8(der).or_else(|_| RsaKeyPair::from_der(der));
    let pair = pair.map_err(|_| refuse())?;
    let der: aws_lc_rs::encoding::Pkcs8V1Der<'_> = pair.as_der().map_err(|_| refuse())?;
    Ok(Secret::new(der.as_ref()))
}

/// A fresh key on a NIST curve as PKCS #8 DER.
///
/// # Errors
/// [`KeyError::Generation`]
pub fn generate_ec(curve: Curve) -> Result<Secret, KeyError> {
    let scheme = match curve {
        Curve::P256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        Curve::P384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        Curve::P521 => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
    };
    let document = EcdsaKeyPair::generate(scheme)
        .and_then(|pair| pair.to_pkcs8v1())
        .map_err(|_| KeyError::Generation)?;
    Ok(Secret::new(document.as_ref()))
}

/// A fresh Ed25519 key as PKCS #8 DER.
///
/// # Errors
/// [`KeyError::Generation`]
pub fn generate_ed25519() -> Result<Secret, KeyError> {
    let document = Ed25519KeyPair::generate()
        .and_then(|pair| pair.to_pkcs8v1())
        .map_err(|_| KeyError::Generation)?;
    Ok(Secret::new(document.as_ref()))
}

fn header(algorithm: Algorithm, typ: &str, kid: &str) -> String {
    #[derive(Serialize)]
    struct Header<'a> {
        alg: &'a str,
        typ: &'a str,
        kid: &'a str,
    }
    let json = serde_json::to_vec(&Header {
        alg: algorithm.name(),
        typ,
        kid,
    })
    .unwrap_or_default();
    let mut text = URL_SAFE_NO_PAD.encode(json);
    text.push('.');
    text
}

fn rsa_scheme(algorithm: Algorithm) -> Option<&'static dyn signature::RsaEncoding> {
    Some(match algorithm {
        Algorithm::RS256 => &signature::RSA_PKCS1_SHA256,
        Algorithm::RS384 => &signature::RSA_PKCS1_SHA384,
        Algorithm::RS512 => &signature::RSA_PKCS1_SHA512,
        Algorithm::PS256 => &signature::RSA_PSS_SHA256,
        Algorithm::PS384 => &signature::RSA_PSS_SHA384,
        Algorithm::PS512 => &signature::RSA_PSS_SHA512,
        _ => return None,
    })
}

fn ecdsa(algorithm: Algorithm) -> Option<&'static signature::EcdsaSigningAlgorithm> {
    Some(match algorithm {
        Algorithm::ES256 => &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        Algorithm::ES384 => &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        Algorithm::ES512 => &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
        _ => return None,
    })
}
