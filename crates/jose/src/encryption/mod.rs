//! Encryption in compact form (RFC 7516 §7.1): [`EncryptionKey`] closes, [`DecryptionKeys`] open.
//!
//! A key is labelled with the way it is for, and what a header claims never widens that. No content is ever unpacked (`zip`), and a key in the
//! header never counts.

mod agree;
mod content;
mod key;
mod names;
mod open;
mod wrap;

pub(crate) use agree::{AgreementCurve, PublicPoint};
pub(crate) use key::PublicMaterial;
pub use key::{EncryptError, EncryptionKey};
pub use names::{ContentEncryption, KeyManagement};
pub use open::{
    DecryptError, DecryptionKey, DecryptionKeys, EncryptedHeader, MAX_ENCRYPTED_BYTES, Opened,
    is_encrypted,
};
