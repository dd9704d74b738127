//! Encryption in compact form (RFC 7516 §7.1): [`EncryptionKey`] closes, [`DecryptionKeys`] open.
//!
//! A key is labelled with the way it is for, and what a header claims never widens that. No content is ever unpacked (`zip`), and a key in the
//! header never counts.

mod agree;
mod content;
mod decryption_key;
mod key;
mod names;
mod open;
mod wrap;

pub(crate) use agree::{AgreementCurve, PublicPoint};
pub use decryption_key::{DecryptionKey, DecryptionKeys};
pub(crate) use key::PublicMaterial;
pub use key::{EncryptError, EncryptionKey};
pub use names::{ContentEncryption, KeyManagement};
pub use open::{DecryptError, EncryptedHeader, MAX_ENCRYPTED_BYTES, Opened, is_encrypted};

#[cfg(test)]
pub(crate) mod primitives {
    //! For the tests with vectors.
    pub(crate) use super::agree::{AgreementCurve, Parties, PublicPoint};
    pub(crate) use super::content::{Sealed, open};
    pub(crate) use super::open::{rsa_open, rsa_private};
    pub(crate) use super::wrap::{unwrap, wrap};
}
