//! What a client and a browser can see, in process through the real router.
#![allow(clippy::unwrap_used, missing_docs)]

mod admin;
mod assertion;
mod authorization;
mod bound_tokens;
mod brute_force;
mod certificate;
mod certificate_host;
mod client_certificates;
mod clients;
mod code;
mod cross_origin;
mod device;
mod documents;
mod encrypted;
mod logout;
mod offline;
mod once;
mod password;
mod recorded;
mod refresh;
mod revocation;
mod service;
mod sign_in;
mod token_exchange;
mod userinfo;
