//! What a client and a browser can see, in process through the real router.
#![allow(clippy::unwrap_used, missing_docs)]

mod admin;
mod authorization;
mod bound_tokens;
mod brute_force;
mod certificate;
mod certificate_host;
mod client_certificates;
mod clients;
mod code;
mod cross_origin;
mod documents;
mod lockouts;
mod logout;
mod matrix;
mod password;
mod refresh;
mod revocation;
mod service;
mod sign_in;
mod userinfo;
