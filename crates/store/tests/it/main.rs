//! The store's promises, each kept on every database.
#![allow(clippy::unwrap_used, missing_docs)]

mod databases;
mod durability;
mod grants;
mod login_failures;
mod races;
mod realms;
mod revocation;
mod rows;
mod sign_outs;
