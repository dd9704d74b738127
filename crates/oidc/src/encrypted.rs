//! What a client wants to have encrypted: ID tokens, userinfo answers, authorization answers (OpenID Connect Registration §2, JARM §3).
//!
//! Two steps, so that nothing is used up for an answer that can't be given: [`Recipient::of`] finds the key, and may ask over the network for it;
//! [`Recipient::close`] encrypts.

use crate::client_keys::{ClientKeys, NoKeys};
use authn::Cx;
use jose::{ContentEncryption, EncryptError, EncryptionKey, KeyManagement};
use realm::Client;

/// What is encrypted: the beginning of the client's attributes for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// ID tokens.
    IdToken,
    /// Userinfo answers.
    Userinfo,
    /// Authorization answers in a token (JARM).
    Authorization,
}

/// Who shall read an answer, and how it is encrypted for them.
#[derive(Clone, Debug)]
pub struct Recipient {
    key: EncryptionKey,
    way: KeyManagement,
    enc: ContentEncryption,
}

/// Why nothing can be encrypted: the client's settings do not allow it. Not the caller's fault.
#[derive(Debug, thiserror::Error)]
pub enum NoRecipient {
    /// An algorithm that is not served.
    #[error("client {client} wants answers encrypted with {algorithm}, which is not served")]
    Algorithm {
        /// The client's `client_id`.
        client: String,
        /// The name of the algorithm.
        algorithm: String,
    },
    /// The client's keys are not there.
    #[error("client {client} wants encrypted answers, and has no keys")]
    Keys {
        /// The client's `client_id`.
        client: String,
        /// Why not.
        source: NoKeys,
    },
    /// None of the client's keys is for the algorithm.
    #[error(
        "client {client} wants answers encrypted with {algorithm}, and none of its keys is for that"
    )]
    NoKey {
        /// The client's `client_id`.
        client: String,
        /// The algorithm.
        algorithm: KeyManagement,
    },
}

impl Answer {
    /// The attributes with the ways that keys and content are encrypted.
    fn attributes(self) -> [&'static str; 2] {
        match self {
            Self::IdToken => [
                "id.token.encrypted.response.alg",
                "id.token.encrypted.response.enc",
            ],
            Self::Userinfo => [
                "user.info.encrypted.response.alg",
                "user.info.encrypted.response.enc",
            ],
            Self::Authorization => [
                "authorization.encrypted.response.alg",
                "authorization.encrypted.response.enc",
            ],
        }
    }
}

impl Recipient {
    /// Who shall read such answers to this client; nobody when it does not want them encrypted, which an algorithm for the key says.
    ///
    /// # Errors
    /// See [`NoRecipient`].
    pub async fn of(
        keys: &ClientKeys,
        cx: &Cx,
        client: &Client,
        answer: Answer,
    ) -> Result<Option<Self>, NoRecipient> {
        let [alg, enc] = answer.attributes();
        let Some(name) = client.attribute(alg) else {
            return Ok(None);
        };
        let id = || client.client_id.to_string();
        let unknown = |name: &str| NoRecipient::Algorithm {
            client: id(),
            algorithm: name.to_owned(),
        };
        // A secret that both have is not among what clients can register.
        let way = KeyManagement::from_name(name)
            .filter(|way| KeyManagement::PUBLIC.contains(way))
            .ok_or_else(|| unknown(name))?;
        let enc = match client.attribute(enc) {
            Some(name) => ContentEncryption::from_name(name).ok_or_else(|| unknown(name))?,
            None => ContentEncryption::A128CbcHs256,
        };
        let known = keys.of(cx, client, None).await;
        let known = known.map_err(|source| NoRecipient::Keys {
            client: id(),
            source,
        })?;
        let key = known
            .encryption_key(way)
            .ok_or_else(|| NoRecipient::NoKey {
                client: id(),
                algorithm: way,
            })?;
        Ok(Some(Self { key, way, enc }))
    }

    /// Encrypts a signed token (RFC 7519 §5.2).
    ///
    /// # Errors
    /// See [`EncryptError`].
    pub fn close(&self, token: &str) -> Result<String, EncryptError> {
        self.key
            .encrypt(self.way, self.enc, Some("JWT"), token.as_bytes())
    }

    /// Encrypts claims that nobody signed.
    ///
    /// # Errors
    /// See [`EncryptError`].
    pub fn close_claims(&self, claims: &[u8]) -> Result<String, EncryptError> {
        self.key.encrypt(self.way, self.enc, None, claims)
    }
}
