//! What applications frame to hear whether somebody is still signed in (OpenID Connect Session Management), and whether the browser lets
//! framed pages have cookies.

use crate::answer::Framing;
use crate::cors;
use crate::enter::Entered;
use crate::page;
use crate::params::Params;
use authn::Cx;
use axum::extract::RawQuery;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use pages::FramedDocument;
use realm::ClientId;

/// `GET …/login-status-iframe.html`
pub async fn iframe(Entered(cx): Entered) -> Response {
    framed(&cx, FramedDocument::SessionStatus)
}

/// `GET …/3p-cookies/step1.html`
pub async fn probe(Entered(cx): Entered) -> Response {
    framed(&cx, FramedDocument::CookieProbe)
}

/// `GET …/3p-cookies/step2.html`
pub async fn probed(Entered(cx): Entered) -> Response {
    framed(&cx, FramedDocument::CookieProbed)
}

/// `GET …/login-status-iframe.html/init`: 204 when a page of this origin may ask in the name of this client, otherwise 403.
pub async fn init(Entered(cx): Entered, RawQuery(query): RawQuery) -> Response {
    let query = Params::of_query(query);
    let client = query.get("client_id").map(ClientId::new);
    let client = client.and_then(|id| cx.realm.client(&id));
    let known = client.filter(|client| client.enabled);
    let may = known
        .zip(query.get("origin"))
        .is_some_and(|(client, origin)| {
            cors::is_allowed(&cx, client, origin) || cx.is_own_origin(origin)
        });
    let mut response = Response::default();
    *response.status_mut() = match may {
        true => StatusCode::NO_CONTENT,
        false => StatusCode::FORBIDDEN,
    };
    response
}

fn framed(cx: &Cx, document: FramedDocument) -> Response {
    let page = cx.server.pages.framed_document(cx.resources(), document);
    let mut response = page::answer(StatusCode::OK, page);
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("no-cache, must-revalidate, no-transform, no-store"),
    );
    response.extensions_mut().insert(Framing::ByAnybody);
    response
}
