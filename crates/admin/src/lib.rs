//! How is it changed?
//!
//! The contract of Keycloak's Admin REST API, as far as it is served (login events), and what it lacks: the trace of a sign-in attempt.
//! Nothing is changed here yet.
//!
//! Start at [`router`]; a resource is a file in `resources`, who may use it is settled in `access`.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod access;
mod answer;
mod resources;

use authn::Server;
use axum::Router;
use axum::routing::get;

/// Everything below `/admin/realms`.
pub fn router(server: Server) -> Router {
    Router::new()
        .route(
            "/admin/realms/{realm}/events",
            get(resources::events::list).fallback(answer::method_not_allowed),
        )
        .route(
            "/admin/realms/{realm}/attempts/{code}",
            get(resources::attempts::show).fallback(answer::method_not_allowed),
        )
        .with_state(server)
}
