//! What stands in tokens: against the golden records, and rule by rule.
#![allow(clippy::unwrap_used, missing_docs)]

mod documents;
mod lifespans;
mod mappers;
mod reading;
mod record;
mod records;
mod roles;
mod scopes;
mod world;
