//! Signing in, without HTTP: realms from realm files, a database, certificates, a browser that is a few cookies.
#![allow(clippy::unwrap_used, missing_docs)]

mod actions;
mod bearer;
mod browser;
mod certificate;
mod certificate_rules;
mod codes;
mod conditions;
mod direct;
mod flows;
mod levels;
mod logged;
mod pki;
mod sessions;
mod state;
mod steps;
mod world;
