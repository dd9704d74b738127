use crate::device::{self, Said};
use crate::endpoints::foreign::Foreign;
use crate::endpoints::{Form, Oidc, device_authorization};
use crate::enter::Entered;
use crate::params::Params;
use crate::visitor::Visitor;
use crate::{page, transport, user_code};
use authn::login::Again;
use authn::{Cx, Fault};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use http::{HeaderMap, StatusCode, header};
use pages::{DeviceCodePage, InfoPage, Message};

/// `GET /realms/{realm}/device`: where people type the code that their device shows (RFC 8628 §3.3), or come with it in the address.
pub async fn show(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Params::of_query(query);
    let visitor = Visitor::of(&cx, &headers, &query);
    if let Some(closed) = closed(&cx, &visitor) {
        return closed;
    }
    match query.filled("user_code") {
        Some(typed) => try_code(&oidc, &cx, &visitor, typed).await,
        None => code_page(&cx, &visitor, StatusCode::OK, "", None),
    }
}

/// `POST /realms/{realm}/device`: the form of that page. Who asks for no page is a device that asks for a code, as in Keycloak.
pub async fn submit(
    State(oidc): State<Oidc>,
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Form(form): Form,
) -> Response {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    if !accept.is_some_and(|accept| accept.contains("text/html")) {
        return device_authorization::answer_to(
            &oidc.client_keys,
            &cx,
            &headers,
            query.as_deref(),
            &form,
        )
        .await;
    }
    let visitor = Visitor::of(&cx, &headers, &Params::of_query(query));
    if let Some(closed) = closed(&cx, &visitor) {
        return closed;
    }
    if let Some(foreign) = Foreign::of(&cx, &headers) {
        return page::error(&cx, &visitor, StatusCode::FORBIDDEN, foreign.message(&cx));
    }
    let typed = form.get("device_user_code").unwrap_or_default();
    try_code(&oidc, &cx, &visitor, typed).await
}

/// `POST /realms/{realm}/device/consent`: what the person says to the question whether the device may.
pub async fn consent(Entered(cx): Entered, headers: HeaderMap, Form(form): Form) -> Response {
    let visitor = Visitor::of(&cx, &headers, &Params::default());
    if let Some(closed) = closed(&cx, &visitor) {
        return closed;
    }
    if let Some(foreign) = Foreign::of(&cx, &headers) {
        return page::error(&cx, &visitor, StatusCode::FORBIDDEN, foreign.message(&cx));
    }
    let said = match form.get("accept") {
        Some(_) if form.get("cancel").is_none() => Said::Yes,
        _ => Said::No,
    };
    let sealed = form.get("code").unwrap_or_default();
    let outcome = device::decide(&cx, &visitor, sealed, said).await;
    outcome.unwrap_or_else(|fault| page::fault(&cx, &visitor, &fault))
}

/// `GET /realms/{realm}/device/status`: how it ended.
pub async fn status(
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = Params::of_query(query);
    let visitor = Visitor::of(&cx, &headers, &query);
    let failed = "oauth2DeviceVerificationFailedHeader";
    let (title, detail) = match query.filled("error") {
        None => (
            "oauth2DeviceVerificationCompleteHeader",
            "oauth2DeviceVerificationCompleteMessage",
        ),
        Some("access_denied") => (failed, "oauth2DeviceConsentDeniedMessage"),
        Some("expired_token") => (failed, "oauth2DeviceExpiredUserCodeMessage"),
        Some(_) => (failed, "oauth2DeviceVerificationFailedMessage"),
    };
    let info = InfoPage {
        title: Message::new(title),
        detail: Some(Message::new(detail)),
        back_url: None,
    };
    let frame = cx.frame(&visitor.locale.tag);
    page::answer(StatusCode::OK, cx.server.pages.info(&frame, &info))
}

/// The page for who comes where nobody may.
fn closed(cx: &Cx, visitor: &Visitor) -> Option<Response> {
    let key = if !transport::is_allowed(cx) {
        "httpsRequiredMessage"
    } else if !cx.realm.settings.enabled {
        "realmDisabledMessage"
    } else {
        return None;
    };
    let status = StatusCode::BAD_REQUEST;
    Some(page::error(cx, visitor, status, Message::new(key)))
}

async fn try_code(oidc: &Oidc, cx: &Cx, visitor: &Visitor, typed: &str) -> Response {
    let outcome = find(oidc, cx, visitor, typed).await;
    outcome.unwrap_or_else(|fault| page::fault(cx, visitor, &fault))
}

async fn find(oidc: &Oidc, cx: &Cx, visitor: &Visitor, typed: &str) -> Result<Response, Fault> {
    let wrong = || Some(Message::new("oauth2DeviceInvalidUserCodeMessage"));
    let event = cx.event("OAUTH2_DEVICE_VERIFY_USER_CODE");
    if !oidc.guesses.may_try(cx) {
        event.error("slow_down").record_alone(cx).await?;
        let status = StatusCode::TOO_MANY_REQUESTS;
        return Ok(code_page(cx, visitor, status, typed, wrong()));
    }
    let found = match user_code::read(typed) {
        Some(code) => device::waiting(cx, &code).await?,
        None => None,
    };
    match found {
        Some((request, client)) => {
            device::begin(cx, visitor, &client, &request.user_code, Again::No).await
        }
        None => {
            oidc.guesses.note_wrong(cx);
            let event = event.error("invalid_oauth2_user_code");
            event.record_alone(cx).await?;
            Ok(code_page(cx, visitor, StatusCode::OK, typed, wrong()))
        }
    }
}

fn code_page(
    cx: &Cx,
    visitor: &Visitor,
    status: StatusCode,
    typed: &str,
    error: Option<Message>,
) -> Response {
    let typed: String = typed.chars().take(64).collect();
    let shown = DeviceCodePage {
        action_url: &format!("{}/device", cx.issuer()),
        user_code: &typed,
        error,
    };
    let frame = cx.frame(&visitor.locale.tag);
    page::answer(status, cx.server.pages.device_code(&frame, &shown))
}
