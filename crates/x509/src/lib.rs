//! What does this certificate say, and do we accept it?
//!
//! Certificates are read once into plain values, sorted into trust anchors and helpers, and judged by RFC 5280 with an ordered
//! list of reasons. Nothing here touches a network, a file or a clock; work is bounded. Signatures are the crypto library's.
//!
//! Start at [`judge()`]; [`Certificate`] is what it reads, [`IdentitySource`] says whom a certificate names.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod anchors;
mod certificate;
mod chain;
mod checks;
mod constraints;
mod der;
mod identity;
mod instant;
mod judge;
mod name;
mod rejection;
mod search;
mod serial;
mod signature;

pub use anchors::{Listed, TrustAnchors};
pub use certificate::{Certificate, KeyKind, MAX_CERTIFICATE_BYTES, Malformed, Names};
pub use chain::{Chain, ChainError, MAX_CHAIN, read_pem};
pub use identity::{IdentitySource, NoIdentity, UnknownSource};
pub use instant::text as instant_text;
pub use judge::{
    AuthorityLeaf, Judgement, Policy, PolicyMode, Step, VerifiedChain, Version1, judge,
};
pub use rejection::Rejection;
