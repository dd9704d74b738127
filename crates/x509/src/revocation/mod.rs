//! Has its issuer taken a certificate back? Revocation lists (RFC 5280 §5, §6.3) and OCSP answers (RFC 6960), read and judged.
//!
//! Nothing is fetched here: [`Certificate::distribution_points`] and [`Certificate::ocsp_responders`] say where others may ask, and what
//! they bring is handed in as one [`Revocations`]. [`RevocationPolicy`] says how much is asked; start at `Inquiry::path`.
//!
//! [`Certificate::distribution_points`]: crate::Certificate::distribution_points
//! [`Certificate::ocsp_responders`]: crate::Certificate::ocsp_responders

mod answer;
mod answers;
mod der;
mod frame;
mod id;
mod inquiry;
mod kind;
mod known;
mod list;
mod lists;
mod number;
mod points;
mod policy;
mod reason;
mod refusal;
mod request;
mod scope;
mod signed;
mod signer;
mod table;
mod verify;

pub use answer::{MAX_ANSWER_BYTES, OcspAnswer, OcspStatus};
pub use id::IdHash;
pub(crate) use inquiry::{Budget, Inquiry};
pub use known::{RevocationKey, Revocations};
pub use list::{MAX_LIST_BYTES, RevocationList, Unreadable};
pub use policy::{IssuerId, IssuerRule, Reach, RevocationPolicy, Strictness, Together};
pub use reason::Reason;
pub use refusal::RevocationRefusal;
pub use request::OcspRequest;
pub use table::Entry as RevokedEntry;
