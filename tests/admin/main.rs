//! The Admin REST API in process. Each file of `golden/` is what a real Keycloak 26.7.4 answered, in order; [`replay`] plays it against ours.
#![allow(clippy::unwrap_used, missing_docs)]

mod escalation;
mod replay;
mod roles;
mod ways;
