//! What is served, one file each.

mod authorization;
mod certs;
pub(crate) mod consent;
mod device;
mod device_authorization;
mod discovery;
mod foreign;
mod introspection;
mod login_actions;
mod logout;
mod oob;
mod pushed;
mod realm_info;
mod revocation;
mod session_status;
mod token;
mod userinfo;

pub use discovery::Documents;

use crate::client_keys::ClientKeys;
use crate::enter::enter;
use crate::fallback_key::FallbackKeys;
use crate::mappers::Mappers;
use crate::params::Params;
use crate::user_code::Guesses;
use crate::{answer, cors};
use authn::Server;
use axum::Router;
use axum::extract::{FromRef, FromRequest, Request};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};
use http::{HeaderMap, StatusCode, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use std::time::Duration;

/// What all endpoints share. Cheap to clone.
#[derive(Clone)]
pub struct Oidc {
    /// What the whole program shares.
    pub server: Server,
    /// The realms' protocol mappers, ready for use.
    pub mappers: Mappers,
    /// Makes keys that realms lack.
    pub fallback_keys: FallbackKeys,
    /// Who typed wrong codes of devices lately.
    pub guesses: Guesses,
    /// The keys of clients.
    pub client_keys: ClientKeys,
    /// Discovery documents that were written before.
    pub documents: Documents,
}

impl FromRef<Oidc> for Server {
    fn from_ref(oidc: &Oidc) -> Self {
        oidc.server.clone()
    }
}

/// The paths of all endpoints, below `/realms/{realm}`.
pub fn paths() -> Vec<String> {
    routes().into_iter().map(|(path, _)| path).collect()
}

fn routes() -> Vec<(String, MethodRouter<Oidc>)> {
    let oidc = "/protocol/openid-connect";
    vec![
        (String::new(), get(realm_info::realm_info)),
        (
            "/.well-known/openid-configuration".to_owned(),
            get(discovery::discovery).options(preflight_get),
        ),
        (
            "/.well-known/oauth-authorization-server".to_owned(),
            get(discovery::discovery).options(preflight_get),
        ),
        (
            format!("{oidc}/certs"),
            get(certs::certs).options(preflight_get),
        ),
        (
            format!("{oidc}/auth"),
            get(authorization::get)
                .post(authorization::post)
                .options(nothing),
        ),
        (
            format!("{oidc}/ext/par/request"),
            post(pushed::push).options(nothing),
        ),
        (format!("{oidc}/oauth/oob"), get(oob::oob)),
        (
            format!("{oidc}/registrations"),
            get(authorization::registrations).post(authorization::registrations),
        ),
        (
            format!("{oidc}/forgot-credentials"),
            get(authorization::forgot_credentials).post(authorization::forgot_credentials),
        ),
        (
            format!("{oidc}/auth/device"),
            post(device_authorization::ask).options(preflight_post),
        ),
        ("/device".to_owned(), get(device::show).post(device::submit)),
        ("/device/consent".to_owned(), post(device::consent)),
        ("/device/status".to_owned(), get(device::status)),
        (
            format!("{oidc}/token"),
            post(token::token).options(preflight_post),
        ),
        (
            format!("{oidc}/token/introspect"),
            post(introspection::introspect).options(nothing),
        ),
        (
            format!("{oidc}/revoke"),
            post(revocation::revoke).options(preflight_post),
        ),
        (
            format!("{oidc}/userinfo"),
            get(userinfo::get)
                .post(userinfo::post)
                .options(preflight_read),
        ),
        (
            format!("{oidc}/logout"),
            get(logout::get).post(logout::post).options(preflight_read),
        ),
        (
            format!("{oidc}/logout/logout-confirm"),
            get(logout::confirm_again).post(logout::confirm),
        ),
        (
            format!("{oidc}/logout/backchannel-logout"),
            post(logout::receive),
        ),
        (
            format!("{oidc}/login-status-iframe.html"),
            get(session_status::iframe).options(nothing),
        ),
        (
            format!("{oidc}/login-status-iframe.html/init"),
            get(session_status::init).options(nothing),
        ),
        (
            format!("{oidc}/3p-cookies/step1.html"),
            get(session_status::probe),
        ),
        (
            format!("{oidc}/3p-cookies/step2.html"),
            get(session_status::probed),
        ),
        (
            "/login-actions/authenticate".to_owned(),
            get(login_actions::show).post(login_actions::submit),
        ),
        ("/login-actions/consent".to_owned(), post(consent::submit)),
        (
            "/login-actions/required-action".to_owned(),
            get(login_actions::show_action).post(login_actions::submit_action),
        ),
        (
            "/login-actions/certificate".to_owned(),
            get(login_actions::certificate),
        ),
        (
            "/login-actions/restart".to_owned(),
            get(login_actions::restart),
        ),
    ]
}

/// Everything below `/realms/{realm}` that the protocol knows.
pub fn router(server: Server) -> Router {
    let mut router = Router::new();
    for (path, methods) in routes() {
        let methods = methods.fallback(method_not_allowed);
        // Keycloak answers with and without a slash at the end.
        router = router
            .route(&format!("/realms/{{realm}}{path}/"), methods.clone())
            .route(&format!("/realms/{{realm}}{path}"), methods);
    }
    let oidc = Oidc {
        server,
        mappers: Mappers::default(),
        fallback_keys: FallbackKeys::default(),
        guesses: Guesses::default(),
        client_keys: ClientKeys::default(),
        documents: Documents::default(),
    };
    router
        .layer(from_fn_with_state(oidc.clone(), enter))
        .with_state(oidc)
}

async fn method_not_allowed() -> Response {
    answer::error(
        StatusCode::METHOD_NOT_ALLOWED,
        "HTTP 405 Method Not Allowed",
        None,
    )
}

async fn preflight_get(headers: HeaderMap) -> Response {
    cors::preflight(&headers, "GET")
}

async fn preflight_read(headers: HeaderMap) -> Response {
    cors::preflight(&headers, "GET, HEAD, OPTIONS")
}

async fn preflight_post(headers: HeaderMap) -> Response {
    cors::preflight(&headers, "POST, OPTIONS")
}

async fn nothing() {}

/// Longer forms are refused.
const MAX_FORM: usize = 1024 * 1024;
/// A form has to arrive within this time.
const FORM_TIME: Duration = Duration::from_secs(30);

/// A form in the request's body (`application/x-www-form-urlencoded`); a body of another type is an empty form, as for Keycloak.
pub struct Form(pub Params);

impl<S: Sync> FromRequest<S> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Response> {
        let is_form = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|kind| {
                kind.trim()
                    .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            });
        if !is_form {
            return Ok(Self(Params::default()));
        }
        let body = Limited::new(request.into_body(), MAX_FORM).collect();
        match tokio::time::timeout(FORM_TIME, body).await {
            Ok(Ok(body)) => Ok(Self(Params::decode(&body.to_bytes()))),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(answer::error(
                StatusCode::PAYLOAD_TOO_LARGE,
                "HTTP 413 Request Entity Too Large",
                None,
            )),
            _ => Err(StatusCode::REQUEST_TIMEOUT.into_response()),
        }
    }
}
