//! Signing out: asked for by an application at a browser (OpenID Connect RP-Initiated Logout), or by an application alone.

mod ended;
mod question;
mod received;
mod request;

pub use question::{confirm, confirm_again};
pub use received::receive;

use crate::client_auth::{self, Sent};
use crate::endpoints::{Form, Oidc};
use crate::enter::Entered;
use crate::error::Error;
use crate::params::Params;
use crate::visitor::Visitor;
use crate::{answer, cors, page, presented};
use authn::sign_out::Way;
use authn::{Cx, Fault, sso};
use axum::extract::{RawQuery, State};
use axum::response::Response;
use ended::{done, end};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use pages::Message;
use question::ask;
use realm::Client;
use request::{Asked, read};

/// `GET /realms/{realm}/protocol/openid-connect/logout`: an application sends somebody here to be signed out (OpenID Connect RP-Initiated
/// Logout §2). Who comes without proof of the application is asked first.
pub async fn get(Entered(cx): Entered, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    by_browser(&cx, &headers, &Params::of_query(query)).await
}

/// The same with the parameters in a form; or, with a refresh token, an application ends its session by itself.
pub async fn post(
    State(oidc): State<Oidc>,
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
    let client = match client_auth::authenticate(&cx, &oidc.client_keys, sent).await {
        Ok(client) => client,
        Err(error) => return answer::not_kept(error.to_json()),
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
    let event = cx.event("LOGOUT").client(&client.client_id);
    if refresh.is_offline() {
        let mut writer = cx.server.store.write().await?;
        let mut sessions = writer.offline_sessions();
        if sessions.end(&cx.realm.id, &refresh.sid).await? {
            let event = event.session(&refresh.sid);
            event.record(cx, &mut writer).await?;
        }
        writer.commit().await?;
        return Ok(());
    }
    end(cx, &refresh.sid, Way::NoBrowser, event).await?;
    Ok(())
}

async fn by_browser(cx: &Cx, headers: &HeaderMap, params: &Params) -> Response {
    let visitor = Visitor::of(cx, headers, params);
    let asked = match read(cx, params) {
        Ok(asked) => asked,
        Err(refused) => {
            return match refused.event.record_alone(cx).await {
                Ok(()) => page::error(cx, &visitor, StatusCode::BAD_REQUEST, refused.message),
                Err(fault) => page::fault(cx, &visitor, &fault),
            };
        }
    };
    match sign_out(cx, &visitor, asked).await {
        Ok(response) => response,
        Err(fault) => page::fault(cx, &visitor, &fault),
    }
}

async fn sign_out(cx: &Cx, visitor: &Visitor, asked: Asked) -> Result<Response, Fault> {
    let current = sso::current_session(cx, &visitor.cookies).await?;
    let current = current.map(|(session, _)| session);
    let is_its_own = match (&asked.hinted, &current) {
        // The ID token is for the session of this browser, or for one that is in no browser.
        (Some(hinted), Some(session)) => hinted.session == session.id,
        (Some(_), None) => true,
        (None, None) if asked.to.is_some() => return Ok(done(cx, visitor, &asked, None)),
        (None, _) => false,
    };
    let Some(hinted) = asked.hinted.as_ref().filter(|_| is_its_own) else {
        return Ok(ask(cx, visitor, &asked, current.as_ref()));
    };
    let is_older = |started: store::Timestamp| hinted.issued_at < started.seconds();
    if current.is_some_and(|session| is_older(session.started_at)) {
        let event = cx.event("LOGOUT").error("invalid_token");
        event.record_alone(cx).await?;
        let message = Message::new("sessionNotActiveMessage");
        return Ok(page::error(cx, visitor, StatusCode::BAD_REQUEST, message));
    }
    let ended = end(cx, &hinted.session, Way::Browser, asked.event(cx)).await?;
    Ok(done(cx, visitor, &asked, ended.as_ref()))
}
