//! The built program behind real proxies, with real browsers, clients and databases.
#![allow(clippy::unwrap_used, missing_docs)]

mod browser;
mod chromium;
mod cluster;
mod crash;
mod direct_grant;
mod doctor;
mod forged;
mod headers;
mod identity;
mod image;
mod paths;
mod readme;
mod reencrypt;
mod refusals;
mod revocation;
mod shipped;
mod sign_in;
mod thread_script;
