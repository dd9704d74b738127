//! How is a JOSE object signed, sealed and opened?
//!
//! JSON Web Signatures and encryption in compact form (RFC 7515, 7516, 7518, 8037), the keys for them (RFC 7517), and sealed state: small
//! secrets of our own that travel through a browser. This crate knows no claims, no realm and no clock. Private-key operations are
//! aws-lc's alone.
//!
//! Start at [`SigningKey`] and [`KeySet`]; [`EncryptionKey`] closes and [`DecryptionKeys`] open; [`PublicJwks`] are the keys of others;
//! [`Sealer`] is for state.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod algorithm;
mod encryption;
mod hash;
mod jwk;
mod jwks;
mod key;
mod seal;
mod secret;
#[cfg(test)]
mod vectors;
mod verify;

pub use algorithm::{Algorithm, Family};
pub use encryption::{
    ContentEncryption, DecryptError, DecryptionKey, DecryptionKeys, EncryptError, EncryptedHeader,
    EncryptionKey, KeyManagement, MAX_ENCRYPTED_BYTES, Opened, is_encrypted,
};
pub use hash::{sha256, sha256_base64url, token_hash};
pub use jwk::Jwk;
pub use jwks::{JwksError, MAX_JWKS_BYTES, PublicJwk, PublicJwks};
pub use key::{
    Curve, KeyError, SignError, SigningKey, generate_ec, generate_ed25519, generate_rsa,
    rsa_to_pkcs8,
};
pub use seal::{OpenError, Sealer};
pub use secret::{Secret, random_bytes, random_token};
pub use verify::{
    Header, KeySet, MAX_TOKEN_BYTES, Verified, VerifyError, VerifyingKey, verify_proof,
};
