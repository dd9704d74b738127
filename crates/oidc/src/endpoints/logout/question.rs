//! The question whether somebody wants to be signed out, for who comes without proof of an application.

use super::ended::{done, end};
use super::request::Asked;
use crate::endpoints::Form;
use crate::endpoints::foreign::Foreign;
use crate::enter::Entered;
use crate::page;
use crate::params::Params;
use crate::redirect_uri::RegisteredRedirect;
use crate::visitor::Visitor;
use authn::sign_out::Way;
use authn::{Cx, Fault, sso};
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use jose::Sealer;
use pages::{LogoutConfirmPage, Message};
use realm::ClientId;
use serde::{Deserialize, Serialize};
use store::{Session, Timestamp};

/// What the question carries until it is answered; sealed for the session that it is about.
#[derive(Serialize, Deserialize)]
struct Pending {
    #[serde(rename = "c", default, skip_serializing_if = "Option::is_none")]
    client: Option<ClientId>,
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    redirect: Option<String>,
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// The language of the question, which the answer's page has too.
    #[serde(rename = "l", default)]
    locale: String,
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

pub(super) fn ask(
    cx: &Cx,
    visitor: &Visitor,
    asked: &Asked,
    session: Option<&Session>,
) -> Response {
    let pending = Pending {
        client: asked.client.as_ref().map(|client| client.client_id.clone()),
        redirect: asked.to.as_ref().map(|to| to.as_str().to_owned()),
        state: asked.state.clone(),
        locale: visitor.locale.tag.clone(),
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
    super::by_browser(&cx, &headers, &Params::default()).await
}

/// `POST …/logout/logout-confirm`: the person said yes.
pub async fn confirm(Entered(cx): Entered, headers: HeaderMap, Form(form): Form) -> Response {
    let visitor = Visitor::of(&cx, &headers, &Params::default());
    match confirmed(&cx, &headers, visitor, &form).await {
        Ok(response) => response,
        Err(fault) => {
            let visitor = Visitor::of(&cx, &headers, &Params::default());
            page::fault(&cx, &visitor, &fault)
        }
    }
}

async fn confirmed(
    cx: &Cx,
    headers: &HeaderMap,
    mut visitor: Visitor,
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
        return Ok(page::error(cx, &visitor, StatusCode::BAD_REQUEST, message));
    };
    if !pending.locale.is_empty() {
        visitor.locale.tag = pending.locale;
    }
    let client = pending.client.and_then(|id| cx.realm.client(&id)).cloned();
    let to = client.as_ref().zip(pending.redirect.as_deref());
    let asked = Asked {
        to: to.and_then(|(client, to)| RegisteredRedirect::after_logout(client, cx.base(), to)),
        client,
        hinted: None,
        state: pending.state,
    };
    let ended = match &session {
        Some(session) => end(cx, &session.id, Way::Browser, asked.event(cx)).await?,
        None => None,
    };
    Ok(done(cx, &visitor, &asked, ended.as_ref()))
}
