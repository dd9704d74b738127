use super::agree::{AgreementCurve, Parties, PublicPoint};
use super::content::{self, Sealed};
use super::key::{EncryptionKey, PublicMaterial, oaep};
use super::names::Kind;
use super::{ContentEncryption, KeyManagement, wrap};
use crate::{Curve, Jwk, KeyError, Secret, random_bytes};
use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// Longer encrypted texts are refused unread.
pub const MAX_ENCRYPTED_BYTES: usize = 128 * 1024;

/// With so many keys an encrypted text is tried that does not say which one it is for.
const MOST_TRIED: usize = 4;

/// A key that opens what others encrypted for it: parsed once, cheap to clone, labelled with one way.
#[derive(Clone)]
pub struct DecryptionKey(Arc<Inner>);

struct Inner {
    kid: String,
    labelled: KeyManagement,
    material: Material,
    certificate: Option<Vec<u8>>,
}

enum Material {
    Rsa(PrivateDecryptingKey),
    Agreement(AgreementCurve, PrivateKey),
    Secret(Secret),
}

/// Keys that open, the best first.
#[derive(Clone, Debug, Default)]
pub struct DecryptionKeys(Vec<DecryptionKey>);

/// The protected header of what was opened.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct EncryptedHeader {
    /// How the content's key came.
    pub alg: String,
    /// How the content was encrypted.
    pub enc: String,
    /// Which key it is for.
    #[serde(default)]
    pub kid: Option<String>,
    /// What the whole is.
    #[serde(default)]
    pub typ: Option<String>,
    /// What is inside; `JWT` for a signed token.
    #[serde(default)]
    pub cty: Option<String>,
}

/// What was inside. Encryption says nothing of who wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The protected header.
    pub header: EncryptedHeader,
    /// The content.
    pub plain: Vec<u8>,
}

/// Why an encrypted text does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    /// Not five parts of base64url with JSON in the first.
    #[error("not a compact jwe")]
    Malformed,
    /// More than [`MAX_ENCRYPTED_BYTES`].
    #[error("the encrypted text is too long")]
    TooLong,
    /// The header has `crit`, `zip`, or a key of its own (`jwk`, `jku`, `x5c`, `x5u`).
    #[error("the header asks for what is not served")]
    Header,
    /// The header names an algorithm that is not served.
    #[error("the algorithm is not served")]
    Algorithm,
    /// No key has this id.
    #[error("no key has this id")]
    UnknownKey,
    /// The key is labelled with another algorithm.
    #[error("the key is for another algorithm")]
    AlgorithmMismatch,
    /// Not for this key, or changed since. Which of them is not told.
    #[error("the text does not open")]
    Decryption,
}

#[derive(Deserialize)]
struct RawHeader {
    #[serde(flatten)]
    header: EncryptedHeader,
    #[serde(default)]
    epk: Option<PublicPoint>,
    #[serde(default)]
    apu: Option<String>,
    #[serde(default)]
    apv: Option<String>,
    #[serde(default)]
    crit: Option<serde_json::Value>,
    #[serde(default)]
    zip: Option<serde_json::Value>,
    #[serde(default)]
    jwk: Option<serde_json::Value>,
    #[serde(default)]
    jku: Option<serde_json::Value>,
    #[serde(default)]
    x5c: Option<serde_json::Value>,
    #[serde(default)]
    x5u: Option<serde_json::Value>,
}

/// Whether a text has the shape of an encrypted one, of which the parts may still be anything.
pub fn is_encrypted(token: &str) -> bool {
    token.bytes().filter(|byte| *byte == b'.').count() == 4
}

impl DecryptionKey {
    /// A private key from PKCS #8 DER, or PKCS #1 DER for RSA, as Keycloak's realm files carry them. `curve` is that of a key for ECDH-ES.
    ///
    /// # Errors
    /// [`KeyError::NotEncrypting`] when it is no such key, or the way takes a secret.
    pub fn from_der(
        kid: impl Into<String>,
        labelled: KeyManagement,
        curve: Option<Curve>,
        der: &[u8],
    ) -> Result<Self, KeyError> {
        let material = match labelled.kind() {
            Kind::Rsa => Material::Rsa(rsa_private(der).ok_or(KeyError::NotEncrypting)?),
            Kind::Agreement => {
                let curve = match curve.ok_or(KeyError::NotEncrypting)? {
                    Curve::P256 => AgreementCurve::P256,
                    Curve::P384 => AgreementCurve::P384,
                    Curve::P521 => AgreementCurve::P521,
                };
                let key = PrivateKey::from_private_key_der(curve.algorithm(), der)
                    .map_err(|_| KeyError::NotEncrypting)?;
                Material::Agreement(curve, key)
            }
            Kind::Secret => return Err(KeyError::NotEncrypting),
        };
        Ok(Self::assemble(kid.into(), labelled, material))
    }

    /// An X25519 key from its 32 bytes (RFC 7748), for ECDH-ES.
    ///
    /// # Errors
    /// [`KeyError::NotEncrypting`]
    pub fn from_x25519(
        kid: impl Into<String>,
        labelled: KeyManagement,
        private: &Secret,
    ) -> Result<Self, KeyError> {
        let curve = AgreementCurve::X25519;
        let key = PrivateKey::from_private_key(curve.algorithm(), private.expose());
        match (key, labelled.kind()) {
            (Ok(key), Kind::Agreement) => Ok(Self::assemble(
                kid.into(),
                labelled,
                Material::Agreement(curve, key),
            )),
            _ => Err(KeyError::NotEncrypting),
        }
    }

    /// A key that both sides have.
    ///
    /// # Errors
    /// [`KeyError::NotEncrypting`] when the way takes no secret.
    pub fn from_secret(
        kid: impl Into<String>,
        labelled: KeyManagement,
        secret: Secret,
    ) -> Result<Self, KeyError> {
        match labelled.kind() {
            Kind::Secret => Ok(Self::assemble(
                kid.into(),
                labelled,
                Material::Secret(secret),
            )),
            _ => Err(KeyError::NotEncrypting),
        }
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

    fn assemble(kid: String, labelled: KeyManagement, material: Material) -> Self {
        Self(Arc::new(Inner {
            kid,
            labelled,
            material,
            certificate: None,
        }))
    }

    /// The key id.
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// What it is labelled with.
    pub fn algorithm(&self) -> KeyManagement {
        self.0.labelled
    }

    /// The certificate, DER.
    pub fn certificate(&self) -> Option<&[u8]> {
        self.0.certificate.as_deref()
    }

    /// The public part as `SubjectPublicKeyInfo` DER; none for a secret and for X25519.
    pub fn public_der(&self) -> Option<Vec<u8>> {
        match &self.0.material {
            Material::Rsa(key) => {
                let der: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
                    key.public_key().as_der().ok()?;
                Some(der.as_ref().to_vec())
            }
            Material::Agreement(AgreementCurve::X25519, _) | Material::Secret(_) => None,
            Material::Agreement(_, key) => {
                let der: aws_lc_rs::encoding::PublicKeyX509Der<'_> =
                    key.compute_public_key().ok()?.as_der().ok()?;
                Some(der.as_ref().to_vec())
            }
        }
    }

    /// The public part for a key set document; none for a secret.
    pub fn jwk(&self) -> Option<Jwk> {
        let jwk = Jwk::empty(
            self.kid(),
            self.0.labelled.name(),
            "enc",
            self.certificate(),
        );
        match &self.0.material {
            Material::Rsa(key) => {
                let pkcs8: Pkcs8V1Der<'_> = key.as_der().ok()?;
                let pair = RsaKeyPair::from_pkcs8(pkcs8.as_ref()).ok()?;
                Some(jwk.with_rsa(&pair))
            }
            Material::Agreement(curve, key) => {
                let public = key.compute_public_key().ok()?;
                match curve {
                    AgreementCurve::X25519 => Some(jwk.with_octets(curve.name(), public.as_ref())),
                    _ => jwk.with_point(curve.name(), public.as_ref()),
                }
            }
            Material::Secret(_) => None,
        }
    }

    /// The key with which others encrypt for this one; for a secret the same.
    pub fn encryption_key(&self) -> Option<EncryptionKey> {
        let material = match &self.0.material {
            Material::Rsa(key) => PublicMaterial::Rsa(key.public_key()),
            Material::Agreement(curve, key) => {
                let public = key.compute_public_key().ok()?.as_ref().to_vec();
                PublicMaterial::Agreement(*curve, public)
            }
            Material::Secret(secret) => PublicMaterial::Secret(secret.clone()),
        };
        Some(EncryptionKey::assemble(
            Some(self.0.kid.clone()),
            None,
            material,
        ))
    }

    /// Opens a text with this key, whatever `kid` it names.
    ///
    /// # Errors
    /// See [`DecryptError`].
    pub fn decrypt(&self, token: &str) -> Result<Opened, DecryptError> {
        let parts = Parts::split(token)?;
        if !self.opens(parts.way) {
            return Err(DecryptError::AlgorithmMismatch);
        }
        let plain = parts.open(self).ok_or(DecryptError::Decryption)?;
        Ok(Opened {
            header: parts.header.header,
            plain,
        })
    }

    fn opens(&self, way: KeyManagement) -> bool {
        self.0.labelled.also_opens(way)
    }
}

impl DecryptionKeys {
    /// Keys, the best first.
    pub fn new(keys: Vec<DecryptionKey>) -> Self {
        Self(keys)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &DecryptionKey> {
        self.0.iter()
    }

    /// Opens a text with the key that its header names; when it names none, with the first few that are for its algorithm.
    ///
    /// # Errors
    /// See [`DecryptError`].
    pub fn decrypt(&self, token: &str) -> Result<Opened, DecryptError> {
        let parts = Parts::split(token)?;
        let mut is_named = false;
        let mut plain = None;
        let keys = self.0.iter().filter(|key| match &parts.header.header.kid {
            Some(kid) => key.kid() == kid,
            None => true,
        });
        let fitting = keys
            .inspect(|_| is_named = true)
            .filter(|key| key.opens(parts.way));
        let mut is_fitting = false;
        for key in fitting.take(MOST_TRIED) {
            is_fitting = true;
            plain = parts.open(key);
            if plain.is_some() {
                break;
            }
        }
        match plain {
            Some(plain) => Ok(Opened {
                header: parts.header.header,
                plain,
            }),
            None if is_fitting => Err(DecryptError::Decryption),
            None if is_named => Err(DecryptError::AlgorithmMismatch),
            None => Err(DecryptError::UnknownKey),
        }
    }
}

/// A text, taken apart.
struct Parts<'a> {
    header: RawHeader,
    way: KeyManagement,
    enc: ContentEncryption,
    /// The header as it came: it is what the content is bound to.
    associated: &'a str,
    encrypted: Vec<u8>,
    iv: Vec<u8>,
    text: Vec<u8>,
    tag: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn split(token: &'a str) -> Result<Self, DecryptError> {
        if token.len() > MAX_ENCRYPTED_BYTES {
            return Err(DecryptError::TooLong);
        }
        let mut parts = token.split('.');
        let [
            Some(associated),
            Some(encrypted),
            Some(iv),
            Some(text),
            Some(tag),
            None,
        ] = std::array::from_fn(|_| parts.next())
        else {
            return Err(DecryptError::Malformed);
        };
        let decode = |part: &str| {
            URL_SAFE_NO_PAD
                .decode(part)
                .map_err(|_| DecryptError::Malformed)
        };
        let header: RawHeader =
            serde_json::from_slice(&decode(associated)?).map_err(|_| DecryptError::Malformed)?;
        let asks = [
            &header.crit,
            &header.zip,
            &header.jwk,
            &header.jku,
            &header.x5c,
            &header.x5u,
        ];
        if asks.iter().any(|member| member.is_some()) {
            return Err(DecryptError::Header);
        }
        let way = KeyManagement::from_name(&header.header.alg).ok_or(DecryptError::Algorithm)?;
        let enc =
            ContentEncryption::from_name(&header.header.enc).ok_or(DecryptError::Algorithm)?;
        Ok(Self {
            header,
            way,
            enc,
            associated,
            encrypted: decode(encrypted)?,
            iv: decode(iv)?,
            text: decode(text)?,
            tag: decode(tag)?,
        })
    }

    /// A key that does not come out is replaced by a random one, so that nobody learns at which step it failed (RFC 7516 §11.5).
    fn open(&self, key: &DecryptionKey) -> Option<Vec<u8>> {
        let mut content = Zeroizing::new(random_bytes(self.enc.key_len()));
        if let Some(found) = self.content_key(key)
            && found.len() == content.len()
        {
            content.copy_from_slice(&found);
        }
        content::open(
            self.enc,
            &content,
            self.associated.as_bytes(),
            Sealed {
                iv: self.iv.clone(),
                text: self.text.clone(),
                tag: self.tag.clone(),
            },
        )
    }

    fn content_key(&self, key: &DecryptionKey) -> Option<Zeroizing<Vec<u8>>> {
        match &key.0.material {
            Material::Rsa(private) => rsa_open(self.way, private, &self.encrypted),
            Material::Agreement(curve, private) => {
                let public = self.header.epk.as_ref()?.on(*curve)?;
                let decoded = |text: &Option<String>| match text {
                    Some(text) => URL_SAFE_NO_PAD.decode(text).ok(),
                    None => Some(Vec::new()),
                };
                let (sender, recipient) = (decoded(&self.header.apu)?, decoded(&self.header.apv)?);
                let parties = Parties {
                    way: self.way,
                    enc: self.enc,
                    sender: &sender,
                    recipient: &recipient,
                };
                self.unwrap(parties.agree(*curve, private, &public)?)
            }
            Material::Secret(secret) => self.unwrap(Zeroizing::new(secret.expose().to_vec())),
        }
    }

    /// The content's key by one that both sides have.
    fn unwrap(&self, shared: Zeroizing<Vec<u8>>) -> Option<Zeroizing<Vec<u8>>> {
        match self.way.wrapping_len() {
            Some(length) if shared.len() == length => wrap::unwrap(&shared, &self.encrypted),
            Some(_) => None,
            None => self.encrypted.is_empty().then_some(shared),
        }
    }
}

/// What is inside, by a way that takes an RSA key. That nothing comes out must be told to nobody.
pub(crate) fn rsa_open(
    way: KeyManagement,
    private: &PrivateDecryptingKey,
    encrypted: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let size = private.key_size_bytes();
    if encrypted.len() != size {
        return None;
    }
    let private = private.clone();
    let mut plain = Zeroizing::new(vec![0; size]);
    let length = match oaep(way) {
        Some(oaep) => OaepPrivateDecryptingKey::new(private)
            .ok()?
            .decrypt(oaep, encrypted, &mut plain, None)
            .ok()?
            .len(),
        None => Pkcs1PrivateDecryptingKey::new(private)
            .ok()?
            .decrypt(encrypted, &mut plain)
            .ok()?
            .len(),
    };
    plain.truncate(length);
    Some(plain)
}

/// A private key of PKCS #8 or PKCS #1 DER.
pub(crate) fn rsa_private(der: &[u8]) -> Option<PrivateDecryptingKey> {
    if let Ok(key) = PrivateDecryptingKey::from_pkcs8(der) {
        return Some(key);
    }
    let pkcs8: Pkcs8V1Der<'_> = RsaKeyPair::from_der(der).ok()?.as_der().ok()?;
    PrivateDecryptingKey::from_pkcs8(pkcs8.as_ref()).ok()
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionKey")
            .field("kid", &self.0.kid)
            .field("labelled", &self.0.labelled)
            .finish_non_exhaustive()
    }
}
