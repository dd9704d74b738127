use crate::authorization_request::{self, Accepted, ErrorRedirect, Rejected, redirect_error};
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::page_error::PageError;
use crate::params::Params;
use crate::visitor::{Front, Visitor};
use crate::{answer, page, sign_in};
use authn::Cx;
use authn::trace::Attempt;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, header};
use realm::ClientId;

/// `GET /realms/{realm}/protocol/openid-connect/auth`: the front door (RFC 6749 §3.1): query in, a page or a redirect out.
pub async fn get(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    authorize(&oidc, &cx, &headers, &Params::of_query(query)).await
}

/// The same with the parameters in a form (OpenID Connect Core §3.1.2.1).
pub async fn post(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    Form(params): Form,
) -> Response {
    authorize(&oidc, &cx, &headers, &params).await
}

async fn authorize(oidc: &Oidc, cx: &Cx, headers: &HeaderMap, params: &Params) -> Response {
    let visitor = Visitor::of(cx, headers, params);
    let front = Front {
        oidc,
        cx,
        visitor: &visitor,
    };
    match authorization_request::read(cx, params) {
        Ok(Accepted {
            client,
            request,
            wishes,
        }) => sign_in::begin(front, &client, &request, wishes).await,
        Err(Rejected::Page(error)) => refuse(cx, headers, &visitor, params, error).await,
        Err(Rejected::Redirect(error)) => tell(cx, &visitor, params, &error).await,
    }
}

/// Tells the application, and whoever reads the events.
async fn tell(cx: &Cx, visitor: &Visitor, params: &Params, error: &ErrorRedirect) -> Response {
    let id = ClientId::new(params.get("client_id").unwrap_or_default());
    let mut event = cx
        .event("LOGIN")
        .client(&id)
        .detail("reason", error.reason())
        .detail("redirect_uri", error.to.as_str())
        .error("invalid_request");
    if let Some(text) = &error.description {
        event = event.detail("description", text.as_ref());
    }
    match event.record_alone(cx).await {
        Ok(()) => redirect_error(cx, cx.realm.client(&id).map(AsRef::as_ref), error),
        Err(fault) => page::fault(cx, visitor, &fault),
    }
}

/// Tells the person, since nobody knows where else it could go; the page's code leads to the reason.
async fn refuse(
    cx: &Cx,
    headers: &HeaderMap,
    visitor: &Visitor,
    params: &Params,
    error: PageError,
) -> Response {
    let told = error.told();
    let client = params.filled("client_id").map(ClientId::new);
    let mut attempt = Attempt::new(cx, client.as_ref());
    attempt.refusal("request", told.reason, told.plain);
    let mut event = cx
        .event("LOGIN")
        .detail("reason", told.reason)
        .detail("attempt", attempt.code())
        .error(told.event);
    if let Some(client) = &client {
        event = event.client(client);
    }
    if let Some(uri) = params.filled("redirect_uri") {
        attempt.note("request", format!("the redirect URI is {}", clip(uri)));
        event = event.detail("redirect_uri", clip(uri));
    }
    if let Err(fault) = event.record_alone(cx).await {
        return page::fault(cx, visitor, &fault);
    }
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    let response = if accept.is_some_and(|accept| accept.starts_with("application/json")) {
        answer::error(told.status, told.plain, None)
    } else {
        let locale = &visitor.locale.tag;
        let page = cx.error_page(locale, told.message, Some(attempt.code()), None);
        page::answer(told.status, page)
    };
    attempt.close(cx, "refused");
    response
}

/// What somebody outside wrote, as far as it is worth keeping.
fn clip(text: &str) -> String {
    text.chars().take(500).collect()
}
