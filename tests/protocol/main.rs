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
mod consent;
mod cross_origin;
mod device;
mod documents;
mod encrypted;
mod logout;
mod logout_record;
mod offline;
mod password;
mod refresh;
mod revocation;
mod service;
mod session_status;
mod sign_in;
mod token_exchange;
mod userinfo;
