//! The built program behind real proxies, with real browsers, clients and databases.
#![allow(clippy::unwrap_used, missing_docs)]

mod chromium;
mod crash;
mod direct_grant;
mod identity;
mod readme;
mod refusals;
mod revocation;
mod sign_in;
mod thread_script;
