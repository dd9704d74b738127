//! How is a JOSE object signed, sealed and opened?
//!
//! JSON Web Signatures in compact form (RFC 7515, 7518, 8037), the keys for them (RFC 7517), and sealed state: small secrets of
//! our own that travel through a browser. This crate knows no claims, no realm and no clock. Private-key operations are
//! aws-lc's alone.
//!
//! Start at [`SigningKey`] and [`KeySet`]; [`Sealer`] is for state.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod algorithm;
mod hash;
mod jwk;
mod key;
mod seal;
mod secret;
mod verify;

pub use algorithm::{Algorithm, Family};
pub use hash::{sha256, sha256_base64url, token_hash};
pub use jwk::Jwk;
pub use key::{
    Curve, KeyError, SignError, SigningKey, generate_ec, generate_ed25519, generate_rsa,
};
pub use seal::{OpenError, Sealer};
pub use secret::{Secret, random_bytes, random_token};
pub use verify::{Header, KeySet, MAX_TOKEN_BYTES, Verified, VerifyError, VerifyingKey};
