use super::agree::{Parties, PublicPoint};
use super::content::{self, Sealed};
use super::decryption_key::{DecryptionKey, Material};
use super::key::oaep;
use super::{ContentEncryption, KeyManagement, wrap};
use crate::random_bytes;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::encoding::Pkcs8V1Der;
use aws_lc_rs::rsa::{OaepPrivateDecryptingKey, Pkcs1PrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::RsaKeyPair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use zeroize::Zeroizing;

/// Longer encrypted texts are refused unread.
pub const MAX_ENCRYPTED_BYTES: usize = 128 * 1024;

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

/// A text, taken apart.
pub(super) struct Parts<'a> {
    header: RawHeader,
    pub(super) way: KeyManagement,
    enc: ContentEncryption,
    /// The header as it came: it is what the content is bound to.
    associated: &'a str,
    encrypted: Vec<u8>,
    iv: Vec<u8>,
    text: Vec<u8>,
    tag: Vec<u8>,
}

impl<'a> Parts<'a> {
    pub(super) fn split(token: &'a str) -> Result<Self, DecryptError> {
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

    pub(super) fn header(&self) -> &EncryptedHeader {
        &self.header.header
    }

    pub(super) fn into_header(self) -> EncryptedHeader {
        self.header.header
    }

    /// A key that does not come out is replaced by a random one, so that nobody learns at which step it failed (RFC 7516 §11.5).
    pub(super) fn open(&self, key: &DecryptionKey) -> Option<Vec<u8>> {
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
        match key.material() {
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
