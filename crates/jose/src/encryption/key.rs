use super::agree::{AgreementCurve, Parties, PublicPoint};
use super::content;
use super::names::Kind;
use super::{ContentEncryption, KeyManagement, wrap};
use crate::{KeyError, Secret, random_bytes};
use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::rsa::{
    OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm, OaepPublicEncryptingKey,
    Pkcs1PublicEncryptingKey, PublicEncryptingKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use std::fmt;
use std::sync::Arc;
use zeroize::Zeroizing;

/// A key that closes: what is encrypted with it, the owner of its other half alone reads. Cheap to clone.
#[derive(Clone)]
pub struct EncryptionKey(Arc<Inner>);

struct Inner {
    kid: Option<String>,
    /// What the key is labelled with.
    labelled: Option<KeyManagement>,
    material: PublicMaterial,
}

pub(crate) enum PublicMaterial {
    Rsa(PublicEncryptingKey),
    Agreement(AgreementCurve, Vec<u8>),
    Secret(Secret),
}

impl PublicMaterial {
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Rsa(_) => Kind::Rsa,
            Self::Agreement(..) => Kind::Agreement,
            Self::Secret(_) => Kind::Secret,
        }
    }
}

/// Why nothing was encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EncryptError {
    /// The key is for something else.
    #[error("the key is not for {0}")]
    Key(KeyManagement),
    /// The primitive failed; a public key on no curve, for one.
    #[error("the key did not encrypt")]
    Primitive,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    enc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cty: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    epk: Option<PublicPoint>,
}

/// The content's key, and how it travels.
struct Carried {
    key: Zeroizing<Vec<u8>>,
    encrypted: Vec<u8>,
    epk: Option<PublicPoint>,
}

impl EncryptionKey {
    /// A key that both sides have, for `dir`, `A128KW`, `A192KW` and `A256KW`.
    pub fn from_secret(kid: Option<String>, secret: Secret) -> Self {
        Self::assemble(kid, None, PublicMaterial::Secret(secret))
    }

    /// An RSA key from `SubjectPublicKeyInfo` DER, for what it is labelled with alone.
    ///
    /// # Errors
    /// [`KeyError::NotEncrypting`]
    pub fn from_rsa_der(
        kid: Option<String>,
        labelled: Option<KeyManagement>,
        der: &[u8],
    ) -> Result<Self, KeyError> {
        PublicEncryptingKey::from_der(der)
            .map(|key| Self::assemble(kid, labelled, PublicMaterial::Rsa(key)))
            .map_err(|_| KeyError::NotEncrypting)
    }

    pub(crate) fn assemble(
        kid: Option<String>,
        labelled: Option<KeyManagement>,
        material: PublicMaterial,
    ) -> Self {
        Self(Arc::new(Inner {
            kid,
            labelled,
            material,
        }))
    }

    /// The key id.
    pub fn kid(&self) -> Option<&str> {
        self.0.kid.as_deref()
    }

    /// Whether the key is for this way: of the kind that it takes, and not labelled with another.
    pub fn is_for(&self, way: KeyManagement) -> bool {
        self.0.material.kind() == way.kind()
            && self.0.labelled.is_none_or(|labelled| labelled == way)
    }

    /// Encrypts in compact form. `content_type` is `JWT` for a signed token inside (RFC 7519 §5.2).
    ///
    /// # Errors
    /// See [`EncryptError`].
    pub fn encrypt(
        &self,
        way: KeyManagement,
        enc: ContentEncryption,
        content_type: Option<&str>,
        plain: &[u8],
    ) -> Result<String, EncryptError> {
        if !self.is_for(way) {
            return Err(EncryptError::Key(way));
        }
        let carried = self.carry(way, enc).ok_or(EncryptError::Primitive)?;
        let header = Header {
            alg: way.name(),
            enc: enc.name(),
            cty: content_type,
            kid: self.kid(),
            epk: carried.epk,
        };
        let header = serde_json::to_vec(&header).map_err(|_| EncryptError::Primitive)?;
        let mut token = URL_SAFE_NO_PAD.encode(header);
        let sealed = content::seal(enc, &carried.key, token.as_bytes(), plain)
            .ok_or(EncryptError::Primitive)?;
        for part in [carried.encrypted, sealed.iv, sealed.text, sealed.tag] {
            token.push('.');
            URL_SAFE_NO_PAD.encode_string(part, &mut token);
        }
        Ok(token)
    }

    fn carry(&self, way: KeyManagement, enc: ContentEncryption) -> Option<Carried> {
        match &self.0.material {
            PublicMaterial::Rsa(public) => {
                let key = Zeroizing::new(random_bytes(enc.key_len()));
                Some(Carried {
                    encrypted: rsa(way, public.clone(), &key)?,
                    key,
                    epk: None,
                })
            }
            PublicMaterial::Agreement(curve, public) => {
                let private = PrivateKey::generate(curve.algorithm()).ok()?;
                let parties = Parties {
                    way,
                    enc,
                    sender: &[],
                    recipient: &[],
                };
                let agreed = parties.agree(*curve, &private, public)?;
                let epk = curve.jwk(private.compute_public_key().ok()?.as_ref())?;
                let (key, encrypted) = wrapped(way, enc, agreed)?;
                Some(Carried {
                    key,
                    encrypted,
                    epk: Some(epk),
                })
            }
            PublicMaterial::Secret(secret) => {
                let shared = Zeroizing::new(secret.expose().to_vec());
                let (key, encrypted) = wrapped(way, enc, shared)?;
                Some(Carried {
                    key,
                    encrypted,
                    epk: None,
                })
            }
        }
    }
}

/// The content's key and how it travels, for a key that both sides have: it is that key itself, or a fresh one wrapped with it.
fn wrapped(
    way: KeyManagement,
    enc: ContentEncryption,
    shared: Zeroizing<Vec<u8>>,
) -> Option<(Zeroizing<Vec<u8>>, Vec<u8>)> {
    let Some(length) = way.wrapping_len() else {
        return Some((shared, Vec::new()));
    };
    if shared.len() != length {
        return None;
    }
    let key = Zeroizing::new(random_bytes(enc.key_len()));
    let encrypted = wrap::wrap(&shared, &key)?;
    Some((key, encrypted))
}

fn rsa(way: KeyManagement, public: PublicEncryptingKey, key: &[u8]) -> Option<Vec<u8>> {
    let mut encrypted = vec![0; public.key_size_bytes()];
    let length = match oaep(way) {
        Some(oaep) => OaepPublicEncryptingKey::new(public)
            .ok()?
            .encrypt(oaep, key, &mut encrypted, None)
            .ok()?
            .len(),
        None => Pkcs1PublicEncryptingKey::new(public)
            .ok()?
            .encrypt(key, &mut encrypted)
            .ok()?
            .len(),
    };
    encrypted.truncate(length);
    Some(encrypted)
}

/// The padding of a way that takes an RSA key; none for RSA1_5.
pub(super) fn oaep(way: KeyManagement) -> Option<&'static OaepAlgorithm> {
    match way {
        KeyManagement::RsaOaep => Some(&OAEP_SHA1_MGF1SHA1),
        KeyManagement::RsaOaep256 => Some(&OAEP_SHA256_MGF1SHA256),
        _ => None,
    }
}

impl fmt::Debug for EncryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptionKey")
            .field("kid", &self.0.kid)
            .field("labelled", &self.0.labelled)
            .finish_non_exhaustive()
    }
}
