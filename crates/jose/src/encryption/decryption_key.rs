use super::KeyManagement;
use super::agree::AgreementCurve;
use super::key::{EncryptionKey, PublicMaterial};
use super::names::Kind;
use super::open::{DecryptError, Opened, Parts, rsa_private};
use crate::{Curve, Jwk, KeyError, Secret};
use aws_lc_rs::agreement::PrivateKey;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::PrivateDecryptingKey;
use aws_lc_rs::signature::RsaKeyPair;
use std::fmt;
use std::sync::Arc;

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

pub(super) enum Material {
    Rsa(PrivateDecryptingKey),
    Agreement(AgreementCurve, PrivateKey),
    Secret(Secret),
}

/// Keys that open, the best first.
#[derive(Clone, Debug, Default)]
pub struct DecryptionKeys(Vec<DecryptionKey>);

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
            header: parts.into_header(),
            plain,
        })
    }

    pub(super) fn material(&self) -> &Material {
        &self.0.material
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
        let keys = self.0.iter().filter(|key| match &parts.header().kid {
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
                header: parts.into_header(),
                plain,
            }),
            None if is_fitting => Err(DecryptError::Decryption),
            None if is_named => Err(DecryptError::AlgorithmMismatch),
            None => Err(DecryptError::UnknownKey),
        }
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionKey")
            .field("kid", &self.0.kid)
            .field("labelled", &self.0.labelled)
            .finish_non_exhaustive()
    }
}
