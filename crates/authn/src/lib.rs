//! Who is this?
//!
//! At a browser: [`login::begin`] and [`login::resume`] run the realm's browser flow, page by page, and end in a [`login::SignedIn`].
//! With a password or a certificate and no browser: [`direct::direct_grant`]. With a token: [`bearer::identify`]. This crate knows no OAuth:
//! what the protocol wants to have back after a sign-in is opaque here.
//!
//! Start at [`Cx`], what may be known of one request; a step of a flow is one file in `authenticators`.
//!
//! What a protocol does with a [`login::SignedIn`], in one transaction: [`sso::keep`], its own rows, [`event::EventDraft::record`]; then it
//! commits, closes the attempt and answers.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod auth_session;
mod authenticators;
pub mod bearer;
mod brute_force;
mod certificate;
mod conditions;
pub mod cookies;
pub mod credentials;
mod cx;
pub mod direct;
pub mod event;
mod fault;
pub mod fetch;
mod finish;
mod flow;
pub mod level;
pub mod lifespan;
mod locale;
pub mod login;
pub mod passwords;
mod people;
pub mod proof;
mod refusal;
mod required_actions;
mod revocation;
mod sealed;
mod server;
pub mod sign_out;
pub mod sso;
pub mod trace;
mod trust;
mod untrusted;
mod verified;
mod view;

pub use certificate::remembered::{RevokedSince, revoked_since};
pub use certificate::{CertificateHost, NotAHost, NotTheClient, Purpose, client_certificate};
pub use cx::Cx;
pub use fault::Fault;
pub use locale::{Locale, LocaleWish};
pub use revocation::{Revocation, Wanted};
pub use server::{Clock, Node, Server, Shared};
pub use trust::Trust;
