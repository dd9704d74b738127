//! The way into a realm, once for every endpoint: the realm's snapshot, the instant, the arrival; and its security headers on the way out.

use crate::params::Params;
use crate::refusal::Refusal;
use crate::visitor::Visitor;
use crate::{answer, error, page};
use authn::{Cx, Server};
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use edge::Arrival;
use http::StatusCode;
use http::request::Parts;
use pages::Message;
use percent_encoding::percent_decode_str;
use realm::RealmName;
use std::sync::Arc;

/// What is known of a request to a realm. Endpoints ask for it by this type.
#[derive(Clone)]
pub struct Entered(pub Arc<Cx>);

/// Finds the realm that the path names and attaches [`Entered`].
pub async fn enter(State(server): State<Server>, mut request: Request, next: Next) -> Response {
    let arrival = match Arrival::of(&request) {
        Ok(arrival) => arrival,
        Err(refused) => return error::faulty(&refused),
    };
    let Some(name) = realm_name(request.uri().path()) else {
        return unknown();
    };
    match Cx::enter(&server, &name, arrival).await {
        Ok(Some(cx)) => {
            let cx = Arc::new(cx);
            let refused = refused_while_disabled(&cx, &request);
            if let Some(mut response) = refused.filter(|_| !cx.realm.settings.enabled) {
                answer::secure(&cx, &mut response);
                return response;
            }
            request.extensions_mut().insert(Entered(cx.clone()));
            let mut response = next.run(request).await;
            answer::secure(&cx, &mut response);
            response
        }
        Ok(None) => unknown(),
        Err(fault) => error::faulty(&fault),
    }
}

/// What a disabled realm still answers: its documents, what applications frame, signing out; and endpoints that see to it by themselves,
/// since their refusals say more. A path at the end of which a star stands is the beginning of several.
const WHILE_DISABLED: &[&str] = &[
    "",
    "/.well-known/*",
    "/protocol/openid-connect/3p-cookies/*",
    "/protocol/openid-connect/auth",
    "/protocol/openid-connect/certs",
    "/protocol/openid-connect/login-status-iframe.html*",
    "/protocol/openid-connect/logout*",
    "/protocol/openid-connect/token",
    "/protocol/openid-connect/userinfo",
];

/// The answer to a request that a disabled realm refuses.
fn refused_while_disabled(cx: &Cx, request: &Request) -> Option<Response> {
    let path = request.uri().path().strip_prefix("/realms/")?;
    let path = path.find('/').map_or("", |at| &path[at..]);
    let path = path.strip_suffix('/').unwrap_or(path);
    let is_open = WHILE_DISABLED
        .iter()
        .any(|open| match open.strip_suffix('*') {
            Some(beginning) => path.starts_with(beginning),
            None => path == *open,
        });
    if is_open {
        return None;
    }
    let is_called = ["/protocol/", "/clients-registrations/"]
        .iter()
        .any(|beginning| path.starts_with(beginning));
    if is_called {
        return Some(Refusal::RealmDisabled.to_json());
    }
    let visitor = Visitor::of(cx, request.headers(), &Params::default());
    let message = Message::new("realmDisabledMessage");
    Some(page::error(cx, &visitor, StatusCode::BAD_REQUEST, message))
}

/// `{name}` of `/realms/{name}/…`.
fn realm_name(path: &str) -> Option<RealmName> {
    let name = path.strip_prefix("/realms/")?.split('/').next()?;
    let name = percent_decode_str(name).decode_utf8().ok()?;
    (!name.is_empty()).then(|| RealmName::new(name.into_owned()))
}

fn unknown() -> Response {
    answer::error(StatusCode::NOT_FOUND, "Realm does not exist", None)
}

/// A route without [`enter`] in front of it: a fault in our own wiring.
#[derive(Debug, thiserror::Error)]
#[error("an endpoint was reached without entering a realm")]
pub struct NotEntered;

impl IntoResponse for NotEntered {
    fn into_response(self) -> Response {
        error::faulty(&self)
    }
}

impl<S: Sync> FromRequestParts<S> for Entered {
    type Rejection = NotEntered;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NotEntered> {
        parts.extensions.get().cloned().ok_or(NotEntered)
    }
}

#[cfg(test)]
mod tests {
    use super::realm_name;

    #[test]
    fn the_realm_is_the_second_segment() {
        for (path, name) in [
            ("/realms/demo", Some("demo")),
            ("/realms/demo/x/y", Some("demo")),
            ("/realms/a%20b/x", Some("a b")),
            ("/realms/", None),
            ("/realms/%ff", None),
            ("/other", None),
        ] {
            assert_eq!(
                realm_name(path).as_ref().map(|name| name.as_str()),
                name,
                "{path}"
            );
        }
    }
}
