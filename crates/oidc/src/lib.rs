//! What does the protocol say?
//!
//! OpenID Connect and OAuth 2.0 as Keycloak speaks them: endpoints, grants, tokens. Who somebody is, `authn` finds out; where things are
//! kept, `store` knows. Nothing here reads a clock or a socket.
//!
//! Start at [`router`]: an endpoint is a file in `endpoints` that reads top to bottom, a grant a file in `grants`, a claim a file in `mappers`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod acr;
mod answer;
mod asked;
mod assertion;
mod authorization_answer;
mod authorization_request;
mod client_auth;
mod client_keys;
mod consent;
mod cors;
mod device;
mod encrypted;
mod endpoints;
mod enter;
mod error;
mod fallback_key;
mod grants;
pub mod mappers;
mod page;
mod page_error;
mod params;
mod presented;
mod redirect_uri;
mod refusal;
mod request_object;
mod requested_claims;
mod response_modes;
mod response_type;
pub mod roles;
pub mod scopes;
mod sign_in;
mod sign_out_message;
pub mod tokens;
mod transport;
mod user_code;
mod visitor;

pub use endpoints::{paths, router};
pub use sign_out_message::{SignOutMessage, sign_out_message};
