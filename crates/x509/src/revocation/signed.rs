use crate::revocation::der;
use crate::revocation::id::IdHash;
use crate::signature::{self, Hash, Scheme};
use crate::{Certificate, KeyKind};
use aws_lc_rs::digest::{self, Digest};
use std::fmt;
use std::sync::{OnceLock, PoisonError, RwLock};

/// What somebody signed, kept as short as its signature can still be verified: as its digest where the scheme has one.
pub(super) struct Signed {
    scheme: Option<Scheme>,
    what: What,
    signature: Vec<u8>,
    /// The key that was found to have made the signature, so that it is verified once and not at each sign-in.
    proved: OnceLock<Vec<u8>>,
    /// By whose authority who signed it was found to be entitled to: digests of keys.
    vouched: RwLock<Vec<Vec<u8>>>,
}

/// Shorter keys prove nothing here, whatever the policy lets pass in a path.
const LEAST_RSA_BITS: usize = 2048;
/// Authorities that vouch for one thing; more are not remembered.
const MAX_VOUCHERS: usize = 16;

/// Whether an issuer's key made a responder's certificate, in no weak way.
pub(super) fn is_certified(responder: &Certificate, issuer: &Certificate) -> bool {
    responder.scheme.is_some_and(|scheme| !scheme.is_weak())
        && issuer.key.is_strong(LEAST_RSA_BITS)
        && signature::verifies(responder, issuer)
}

enum What {
    Digest(Digest),
    Message(Vec<u8>),
    /// Of a scheme that is not understood, or weak: nothing verifies.
    Nothing,
}

impl Signed {
    /// `algorithm` is the whole `AlgorithmIdentifier`, `signature` the body of the bit string.
    pub fn read(message: &[u8], algorithm: &[u8], signature: &[u8]) -> Option<Self> {
        let scheme = Scheme::of(&der::algorithm(algorithm)?);
        let what = match scheme {
            Some(Scheme::Rsa(hash) | Scheme::Pss(hash) | Scheme::Ecdsa(hash)) => {
                let algorithm = match hash {
                    Hash::Sha256 => &digest::SHA256,
                    Hash::Sha384 => &digest::SHA384,
                    Hash::Sha512 => &digest::SHA512,
                };
                What::Digest(digest::digest(algorithm, message))
            }
            Some(Scheme::Ed25519) => What::Message(message.to_vec()),
            Some(Scheme::RsaSha1 | Scheme::EcdsaSha1) | None => What::Nothing,
        };
        Some(Self {
            scheme,
            what,
            signature: der::whole_bits(signature)?.to_vec(),
            proved: OnceLock::new(),
            vouched: RwLock::default(),
        })
    }

    /// Whether its signature is of a kind that proves nothing.
    pub fn is_weak(&self) -> bool {
        matches!(self.what, What::Nothing)
    }

    /// Remembers that this authority lets the one who signed it sign, so that it counts without a judgement too.
    pub fn vouch(&self, authority: &Certificate) {
        let Some(key) = IdHash::Sha256.of_key(authority) else {
            return;
        };
        if self.is_vouched_by(&key) {
            return;
        }
        let mut vouched = self.vouched.write().unwrap_or_else(PoisonError::into_inner);
        if vouched.len() < MAX_VOUCHERS {
            vouched.push(key);
        }
    }

    /// Whether the authority of this key (its SHA-256) was found to let the one who signed it sign.
    pub fn is_vouched_by(&self, key: &[u8]) -> bool {
        let vouched = self.vouched.read().unwrap_or_else(PoisonError::into_inner);
        vouched.iter().any(|known| known == key)
    }

    /// Whether this key is the one that was found to have made it: needs no work.
    pub fn is_proved_by(&self, signer: &Certificate) -> bool {
        self.proved
            .get()
            .is_some_and(|key| *key == signer.public_key)
    }

    /// Whether this key made the signature.
    pub fn is_by(&self, signer: &Certificate) -> bool {
        if self.is_proved_by(signer) {
            return true;
        }
        let right = self.verifies(signer);
        if right {
            // Another thread may have been faster, with the same key or with another that is as right.
            self.proved.get_or_init(|| signer.public_key.clone());
        }
        right
    }

    fn verifies(&self, signer: &Certificate) -> bool {
        let Some(scheme) = self.scheme.filter(|_| signer.key.is_strong(LEAST_RSA_BITS)) else {
            return false;
        };
        let Some(algorithm) = signature::algorithm(scheme, signer.key) else {
            return false;
        };
        let Some(key) = signature::public_key(signer, algorithm) else {
            return false;
        };
        match &self.what {
            What::Digest(digest) => key.verify_digest(digest, &self.signature).is_ok(),
            What::Message(message) => {
                signer.key == KeyKind::Ed25519 && key.verify(message, &self.signature).is_ok()
            }
            What::Nothing => false,
        }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        let message = match &self.what {
            What::Message(message) => message.capacity(),
            What::Digest(_) | What::Nothing => 0,
        };
        message + self.signature.capacity()
    }
}

impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed({:?})", self.scheme)
    }
}
