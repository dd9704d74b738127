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
mod policies;
mod rejection;
mod revocation;
mod search;
mod serial;
mod signature;
mod work;

pub use anchors::{Listed, TrustAnchors};
pub use certificate::{Certificate, KeyKind, MAX_CERTIFICATE_BYTES, Malformed, Names};
pub use chain::{Chain, ChainError, MAX_CHAIN, read_pem};
pub use identity::{IdentitySource, NoIdentity, UnknownSource};
pub use instant::text as instant_text;
pub use judge::{
    AuthorityLeaf, Indicator, InitialPolicies, Judgement, Policy, PolicyMode, Sha1, Step,
    VerifiedChain, Version1, judge,
};
pub use name::{DistinguishedName, NameRule, NotAName, NotARule};
pub use rejection::Rejection;
pub use revocation::{
    IdHash, IssuerId, IssuerRule, MAX_ANSWER_BYTES, MAX_LIST_BYTES, OcspAnswer, OcspRequest,
    OcspStatus, Reach, Reason, RevocationKey, RevocationList, RevocationPolicy, RevocationRefusal,
    Revocations, RevokedEntry, Strictness, Together, Unreadable,
};
pub use work::Work;
