//! Who is this?
//!
//! So far: passwords, as Keycloak stores them. Sign-in flows, sessions and bearer tokens come here too. This crate knows no OAuth.
//!
//! Start at [`passwords::Hashers`], which is what a sign-in asks.
#![cfg_attr(test, allow(clippy::unwrap_used))]

pub mod passwords;
