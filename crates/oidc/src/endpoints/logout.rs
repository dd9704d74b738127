use crate::client_auth::{self, Sent};
use crate::endpoints::Form;
use crate::endpoints::foreign::Foreign;
use crate::enter::Entered;
use crate::error::Error;
use crate::params::Params;
use crate::redirect_uri::RegisteredRedirect;
use crate::response_modes;
use crate::visitor::Visitor;
use crate::{answer, cors, page, presented};
use authn::{Cx, Fault, sso};
use axum::extract::RawQuery;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use jose::Sealer;
use pages::{InfoPage, LogoutConfirmPage, Message};
use realm::{Client, ClientId, SessionId};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use store::{Session, Timestamp};

/// `GET /realms/{realm}/protocol/openid-connect/logout`: an application sends somebody here to be signed out (OpenID Connect RP-Initiated
/// Logout §2). Who comes without proof of the application is asked first.
pub async fn get(Entered(cx): Entered, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    by_browser(&cx, &headers, &Params::of_query(query)).await
}

/// The same with the parameters in a form; or, with a refresh token, an application ends its session by itself.
pub async fn post(
    Entered(cx): Entered,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Form(form): Form,
) -> Response {
    if form.get("refresh_token").is_none() {
        return by_browser(&cx, &headers, &form).await;
    }
    let sent = Sent {
        headers: &headers,
        query: query.as_deref(),
        form: &form,
    };
    let client = match client_auth::authenticate(&cx, sent) {
        Ok(client) => client,
        Err(refusal) => return answer::not_kept(refusal.to_json()),
    };
    let response = match by_token(&cx, client.client(), &form).await {
        Ok(()) => {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NO_CONTENT;
            let cache = HeaderValue::from_static("no-cache");
            response.headers_mut().insert(header::CACHE_CONTROL, cache);
            response
        }
        Err(error) => error.to_json(),
    };
    let expose = cors::Expose::Methods;
    cors::check(
        &cx,
        response,
        cors::origin(&headers),
        client.client(),
        expose,
    )
}

/// Ends the session of a refresh token. One that is over already is as good as ended.
async fn by_token(cx: &Cx, client: &Client, form: &Params) -> Result<(), Error> {
    let refresh = presented::refresh_token(cx, client, form)?;
    Ok(end(cx, &refresh.sid, Some(&client.client_id)).await?)
}

/// Ends a session for everybody in it, and records it.
async fn end(cx: &Cx, sid: &SessionId, client: Option<&ClientId>) -> Result<(), Fault> {
    let session = cx
        .server
        .store
        .read()
        .await?
        .sessions()
        .find(&cx.realm.id, sid)
        .await?;
    let Some(session) = session else {
        return Ok(());
    };
    let mut event = cx.event("LOGOUT").user(&session.user).session(&session.id);
    if let Some(client) = client {
        event = event.client(client);
    }
    let mut writer = cx.server.store.write().await?;
    writer.sessions().end(&cx.realm.id, &session.id).await?;
    event.record(cx, &mut writer).await?;
    writer.commit().await?;
    Ok(())
}

/// What an application asks for, checked.
struct Asked {
    client: Option<Arc<Client>>,
    /// The session that the ID token names.
    hinted: Option<SessionId>,
    to: Option<RegisteredRedirect>,
    state: Option<String>,
}

#[derive(Deserialize)]
struct Hint {
    typ: String,
    azp: String,
    iss: String,
    #[serde(default)]
    sid: Option<String>,
}

async fn by_browser(cx: &Cx, headers: &HeaderMap, params: &Params) -> Response {
    let visitor = Visitor::of(cx, headers, params);
    let asked = match read(cx, params) {
        Ok(asked) => asked,
        Err(message) => {
            let event = cx.event("LOGOUT").error("invalid_request");
            return match event.record_alone(cx).await {
                Ok(()) => page::error(cx, &visitor, StatusCode::BAD_REQUEST, message),
                Err(fault) => page::fault(cx, &visitor, &fault),
            };
        }
    };
    match sign_out(cx, &visitor, asked).await {
        Ok(response) => response,
        Err(fault) => page::fault(cx, &visitor, &fault),
    }
}

/// The parameters, in Keycloak's order of checks. An ID token that has expired still says who asks.
fn read(cx: &Cx, params: &Params) -> Result<Asked, Message> {
    let invalid = |name: &str| Message::new("invalidParameterMessage").with(name);
    let named = params.filled("client_id").map(ClientId::new);
    let hint = match params.filled("id_token_hint") {
        None => None,
        Some(token) => {
            let verified = cx.realm.keys.verifying().verify::<Hint>(token);
            let hint = verified.map_err(|_| invalid("id_token_hint"))?.claims;
            let other = named
                .as_ref()
                .is_some_and(|named| named.as_str() != hint.azp);
            if hint.typ != "ID" || hint.iss != cx.issuer() || other {
                return Err(invalid("id_token_hint"));
            }
            Some(hint)
        }
    };
    let id = hint
        .as_ref()
        .map(|hint| ClientId::new(hint.azp.as_str()))
        .or(named);
    let given = params.filled("post_logout_redirect_uri");
    if given.is_some() && id.is_none() {
        return Err(Message::new("missingParameterMessage").with("id_token_hint"));
    }
    let client = id
        .and_then(|id| cx.realm.client(&id))
        .filter(|client| client.enabled)
        .cloned();
    let to = match given {
        None => None,
        Some(given) => {
            let checked = client
                .as_ref()
                .and_then(|client| RegisteredRedirect::after_logout(client, cx.base(), given));
            Some(checked.ok_or_else(|| Message::new("invalidRedirectUriMessage"))?)
        }
    };
    Ok(Asked {
        client,
        hinted: hint.and_then(|hint| hint.sid).map(SessionId::new),
        to,
        state: params.get("state").map(str::to_owned),
    })
}

async fn sign_out(cx: &Cx, visitor: &Visitor, asked: Asked) -> Result<Response, Fault> {
    let current = sso::current_session(cx, &visitor.cookies).await?;
    let current = current.map(|(session, _)| session);
    let client = asked.client.as_ref().map(|client| &client.client_id);
    match (&asked.hinted, &current) {
        // The ID token is for the session of this browser, or for one that is in no browser.
        (Some(hinted), Some(session)) if *hinted == session.id => {
            end(cx, hinted, client).await?;
            Ok(done(cx, visitor, &asked))
        }
        (Some(hinted), None) => {
            end(cx, hinted, client).await?;
            Ok(done(cx, visitor, &asked))
        }
        (None, None) if asked.to.is_some() => Ok(done(cx, visitor, &asked)),
        _ => Ok(ask(cx, visitor, &asked, current.as_ref())),
    }
}

/// What the question carries until it is answered; sealed for the session that it is about.
#[derive(Serialize, Deserialize)]
struct Pending {
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    client: Option<ClientId>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    redirect: Option<String>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(rename = "u")]
    until: Timestamp,
}

fn sealer(cx: &Cx) -> Sealer {
    Sealer::derive(cx.realm.keys.state_secret(), "sign-out question")
}

/// The session that a question is bound to; none when nobody is signed in.
fn bound_to(session: Option<&Session>) -> &[u8] {
    session.map_or(b"", |session| session.id.as_str().as_bytes())
}

fn ask(cx: &Cx, visitor: &Visitor, asked: &Asked, session: Option<&Session>) -> Response {
    let pending = Pending {
        client: asked.client.as_ref().map(|client| client.client_id.clone()),
        redirect: asked.to.as_ref().map(|to| to.as_str().to_owned()),
        state: asked.state.clone(),
        until: cx
            .now
            .plus_seconds(cx.realm.settings.access_code_lifespan_user_action),
    };
    let plain = match serde_json::to_vec(&pending) {
        Ok(plain) => plain,
        Err(error) => return page::fault(cx, visitor, &error),
    };
    let name = pending.client.as_ref().map_or("account", ClientId::as_str);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", name)
        .append_pair("tab_id", &jose::random_token(8))
        .finish();
    let confirm = LogoutConfirmPage {
        action_url: &format!(
            "{}/protocol/openid-connect/logout/logout-confirm?{query}",
            cx.issuer()
        ),
        session_code: &sealer(cx).seal(bound_to(session), &plain),
        back_url: asked
            .client
            .as_ref()
            .and_then(|client| client.base_url.as_deref()),
    };
    let frame = cx.frame(&visitor.locale.tag);
    page::answer(
        StatusCode::OK,
        cx.server.pages.logout_confirm(&frame, &confirm),
    )
}

/// `GET …/logout/logout-confirm`: who reloads the question's answer is asked again.
pub async fn confirm_again(Entered(cx): Entered, headers: HeaderMap) -> Response {
    by_browser(&cx, &headers, &Params::default()).await
}

/// `POST …/logout/logout-confirm`: the person said yes.
pub async fn confirm(Entered(cx): Entered, headers: HeaderMap, Form(form): Form) -> Response {
    let visitor = Visitor::of(&cx, &headers, &Params::default());
    match confirmed(&cx, &headers, &visitor, &form).await {
        Ok(response) => response,
        Err(fault) => page::fault(&cx, &visitor, &fault),
    }
}

async fn confirmed(
    cx: &Cx,
    headers: &HeaderMap,
    visitor: &Visitor,
    form: &Params,
) -> Result<Response, Fault> {
    let session = sso::current_session(cx, &visitor.cookies)
        .await?
        .map(|(session, _)| session);
    let sealed = form.get("session_code").unwrap_or_default();
    let opened = sealer(cx).open(bound_to(session.as_ref()), sealed).ok();
    let pending = opened.and_then(|plain| serde_json::from_slice::<Pending>(&plain).ok());
    let pending =
        pending.filter(|pending| cx.now < pending.until && Foreign::of(cx, headers).is_none());
    let Some(pending) = pending else {
        let message = Message::new("expiredCodeMessage");
        return Ok(page::error(cx, visitor, StatusCode::BAD_REQUEST, message));
    };
    if let Some(session) = &session {
        end(cx, &session.id, pending.client.as_ref()).await?;
    }
    let client = pending.client.and_then(|id| cx.realm.client(&id)).cloned();
    let to = client.as_ref().zip(pending.redirect.as_deref());
    let asked = Asked {
        to: to.and_then(|(client, to)| RegisteredRedirect::after_logout(client, cx.base(), to)),
        client,
        hinted: None,
        state: pending.state,
    };
    Ok(done(cx, visitor, &asked))
}

/// Signed out: back to the application, or a page that says so. The cookies go in either case.
fn done(cx: &Cx, visitor: &Visitor, asked: &Asked) -> Response {
    let response = match &asked.to {
        Some(to) => {
            let state = asked.state.as_deref().map(|state| ("state", state));
            let params: Vec<_> = state.into_iter().collect();
            response_modes::in_query(cx, to, &params)
        }
        None => {
            let info = InfoPage {
                title: Message::new("successLogout"),
                detail: Some(Message::new("successLogoutIntro")),
                back_url: asked
                    .client
                    .as_ref()
                    .and_then(|client| client.base_url.as_deref()),
            };
            let frame = cx.frame(&visitor.locale.tag);
            page::answer(StatusCode::OK, cx.server.pages.info(&frame, &info))
        }
    };
    page::with_cookies(response, &sso::forget(cx))
}
