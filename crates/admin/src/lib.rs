//! How is it changed?
//!
//! The contract of Keycloak's Admin REST API, and what it lacks: the trace of a sign-in attempt.
//!
//! Start at [`router`]. An operation is a line in its resource's `routes` (method, path, rights) and a function that takes a [`call::Call`]: by
//! then token, realm and right are checked. A change of configuration is an edit of a [`draft::Draft`]; nothing is stored that makes no realm.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod access;
mod answer;
mod call;
mod contract;
mod cors;
mod deed;
mod draft;
mod escalation;
mod place;
mod resources;
mod rights;
mod route;

use authn::Server;
use axum::Router;
pub use route::Route;

/// Everything below `/admin/realms/{realm}`, in no order.
pub fn routes() -> Vec<Route> {
    [
        resources::attempts::routes(),
        resources::events::routes(),
        resources::roles::routes(),
        resources::realm::routes(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Everything below `/admin/realms`.
pub fn router(server: Server) -> Router {
    route::router(&server, routes()).merge(resources::realms::router(server))
}
