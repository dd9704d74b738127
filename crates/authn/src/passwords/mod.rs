//! Passwords as Keycloak stores them: argon2id by default, PBKDF2 from older realms.

mod argon;
mod blacklist;
mod pbkdf;
mod stored;
mod threads;

pub use blacklist::Blacklists;
pub use stored::{Freshness, MAX_PASSWORD_BYTES, Matched, PasswordHash, PasswordMethod, Unusable};
pub use threads::{Busy, Hashers};
