use crate::authorization_request::{self, Accepted, ErrorRedirect, Rejected, redirect_error};
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::error::Error;
use crate::page_error::{PageError, switched_on};
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

/// `GET` and `POST /realms/{realm}/protocol/openid-connect/registrations`: opening an account, which is not served.
pub async fn registrations(
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let error = match switched_on(&cx, "registrationAllowed") {
        true => PageError::RegistrationNotServed,
        false => PageError::RegistrationOff,
    };
    refuse_alone(&cx, &headers, query, error).await
}

/// `GET` and `POST /realms/{realm}/protocol/openid-connect/forgot-credentials`: a new password by mail, which is not served.
pub async fn forgot_credentials(
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let error = match switched_on(&cx, "resetPasswordAllowed") {
        true => PageError::ResetNotServed,
        false => PageError::ResetOff,
    };
    refuse_alone(&cx, &headers, query, error).await
}

async fn refuse_alone(
    cx: &Cx,
    headers: &HeaderMap,
    query: Option<String>,
    error: PageError,
) -> Response {
    let params = Params::of_query(query);
    let visitor = Visitor::of(cx, headers, &params);
    refuse(cx, headers, &visitor, &params, error).await
}

async fn authorize(oidc: &Oidc, cx: &Cx, headers: &HeaderMap, params: &Params) -> Response {
    let mut visitor = Visitor::of(cx, headers, params);
    match authorization_request::read(oidc, cx, params).await {
        Ok(Accepted {
            client,
            request,
            wishes,
            ui_locales,
        }) => {
            if ui_locales.as_deref() != params.filled("ui_locales") {
                visitor = Visitor::asking(
                    cx,
                    headers,
                    params.filled("kc_locale"),
                    ui_locales.as_deref(),
                );
            }
            let front = Front {
                oidc,
                cx,
                visitor: &visitor,
            };
            sign_in::begin(front, &client, &request, wishes).await
        }
        Err(Rejected::Page(error)) => refuse(cx, headers, &visitor, params, error).await,
        Err(Rejected::Redirect(error)) => {
            let front = Front {
                oidc,
                cx,
                visitor: &visitor,
            };
            tell(front, &error)
                .await
                .unwrap_or_else(|fault| page::fault(cx, &visitor, &fault))
        }
    }
}

/// Tells the application, and whoever reads the events.
async fn tell(front: Front<'_>, error: &ErrorRedirect) -> Result<Response, Error> {
    let mut event = front
        .cx
        .event("LOGIN")
        .client(&error.client.client_id)
        .detail("reason", error.reason())
        .detail("redirect_uri", error.to.as_str())
        .error("invalid_request");
    if let Some(text) = &error.description {
        event = event.detail("description", text.as_ref());
    }
    event.record_alone(front.cx).await?;
    redirect_error(front, error).await
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
    attempt.refusal("request", told.reason, told.trace);
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
