//! The person's part of a device's request (RFC 8628 §3.3): the code is typed, they sign in, they say yes or no.

use crate::scopes::GrantedScopes;
use crate::visitor::Visitor;
use crate::{consent, page};
use authn::login::{self, Again, Begin, Progress, Prompt, Restart, SignedIn};
use authn::{Cx, Fault, sso};
use axum::response::Response;
use http::StatusCode;
use jose::Sealer;
use pages::{Asker, ConsentPage, Message};
use realm::{Client, SessionId};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{ClientSession, DeviceRequest, Timestamp};

/// The member that tells requests of devices from those of applications in this browser.
const MEMBER: &str = "device";

/// The user code that a sign-in is for, where it is for a device's request.
fn user_code(request: &Value) -> Option<String> {
    request.get(MEMBER)?.as_str().map(str::to_owned)
}

/// Whether a sign-in, wherever it stands, is for a device's request.
pub fn is_for_device(progress: &Progress) -> bool {
    let request = match progress {
        Progress::Show(_) => return false,
        Progress::SignedIn(signed_in) => &signed_in.request,
        Progress::Refused(refused) => &refused.request,
        Progress::Restart(restart) => &restart.request,
    };
    is_request(request)
}

/// Whether a sealed request is a device's.
pub fn is_request(request: &Value) -> bool {
    request.get(MEMBER).is_some()
}

/// The request that waits under this code, and whose device it is.
///
/// # Errors
/// The database's.
pub async fn waiting(
    cx: &Cx,
    user_code: &str,
) -> Result<Option<(DeviceRequest, Arc<Client>)>, Fault> {
    let mut reader = cx.server.store.read().await?;
    let mut requests = reader.device_requests();
    let request = requests.waiting(&cx.realm.id, user_code, cx.now).await?;
    Ok(request.and_then(|request| {
        let client = cx.realm.client_by_key(&request.client)?;
        let may = client.enabled && crate::grants::device_code::is_allowed(client);
        may.then(|| (request, client.clone()))
    }))
}

/// Runs the realm's flow for the request that waits under this code.
///
/// # Errors
/// Our own trouble.
pub async fn begin(
    cx: &Cx,
    visitor: &Visitor,
    client: &Client,
    user_code: &str,
    again: Again,
) -> Result<Response, Fault> {
    let details = [("auth_method", "openid-connect"), ("response_type", "code")];
    let begin = Begin {
        scope: None,
        action: None,
        client,
        request: json!({ MEMBER: user_code }),
        prompt: Prompt::Normal,
        max_age: None,
        login_hint: None,
        level: None,
        client_data: String::new(),
        back_url: None,
        locale: visitor.locale.clone(),
        event_details: details
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        again,
    };
    let progress = login::begin(cx, &visitor.cookies, begin).await?;
    Ok(match progress {
        Progress::Show(shown) => page::shown(shown),
        progress => answer(cx, visitor, progress).await,
    })
}

/// Answers with what a step of a sign-in for a device came to.
pub async fn answer(cx: &Cx, visitor: &Visitor, progress: Progress) -> Response {
    let outcome = match progress {
        Progress::Show(shown) => return page::shown(shown),
        Progress::Refused(_) => return ended(cx, End::Denied),
        Progress::Restart(from) => restart(cx, visitor, *from).await,
        Progress::SignedIn(signed_in) => ask(cx, visitor, *signed_in).await,
    };
    outcome.unwrap_or_else(|fault| page::fault(cx, visitor, &fault))
}

/// Begins again, if the device still waits.
///
/// # Errors
/// Our own trouble.
pub async fn restart(cx: &Cx, visitor: &Visitor, from: Restart) -> Result<Response, Fault> {
    let code = user_code(&from.request).unwrap_or_default();
    let Some((_, client)) = waiting(cx, &code).await? else {
        return Ok(ended(cx, End::Expired));
    };
    // It can't go round: beginning shows a page, or ends.
    Box::pin(begin(cx, visitor, &client, &code, from.again)).await
}

/// What the question carries until it is answered; sealed for the session that says yes or no.
#[derive(Serialize, Deserialize)]
struct Pending {
    #[serde(rename = "c")]
    user_code: String,
    #[serde(rename = "a")]
    acr: String,
    #[serde(rename = "u")]
    until: Timestamp,
}

fn sealer(cx: &Cx) -> Sealer {
    Sealer::derive(cx.realm.keys.state_secret(), "device question")
}

/// Keeps the sign-in and asks: whoever sent the code may not be who has the device, so the question is asked each time.
async fn ask(cx: &Cx, visitor: &Visitor, mut signed_in: SignedIn) -> Result<Response, Fault> {
    let code = user_code(&signed_in.request).unwrap_or_default();
    let found = waiting(cx, &code).await?;
    let sid = signed_in.session.id.clone();
    let mut writer = cx.server.store.write().await?;
    sso::keep(cx, &signed_in, &mut writer).await?;
    let event = std::mem::replace(&mut signed_in.event, cx.event("LOGIN"));
    event.record(cx, &mut writer).await?;
    writer.commit().await?;
    let cookies = std::mem::take(&mut signed_in.set_cookies);
    let fresh = signed_in.fresh;
    signed_in.attempt.close(cx, "signed in");
    let Some((request, client)) = found else {
        return Ok(page::with_cookies(ended(cx, End::Expired), &cookies));
    };
    let pending = Pending {
        user_code: request.user_code.clone(),
        acr: if fresh { "1" } else { "0" }.to_owned(),
        until: request.expires_at,
    };
    let sealed = match serde_json::to_vec(&pending) {
        Ok(plain) => sealer(cx).seal(sid.as_str().as_bytes(), &plain),
        Err(error) => return Ok(page::fault(cx, visitor, &error)),
    };
    let question = ConsentPage {
        action_url: &format!("{}/device/consent", cx.issuer()),
        code: &sealed,
        client_name: consent::name(&client),
        asker: Asker::Device,
        scopes: shown(cx, &client, &request)
            .into_iter()
            .map(|asked| Message::display(asked.text))
            .collect(),
        policy_url: client.attribute("policyUri"),
        terms_url: client.attribute("tosUri"),
    };
    let frame = cx.frame(&visitor.locale.tag);
    let shown = page::answer(StatusCode::OK, cx.server.pages.consent(&frame, &question));
    Ok(page::with_cookies(shown, &cookies))
}

/// What a device asks for.
fn shown(cx: &Cx, client: &Client, request: &DeviceRequest) -> Vec<consent::Asked> {
    let asked = request.scope.as_deref().unwrap_or_default();
    consent::shown(client, &GrantedScopes::recall(&cx.realm, client, asked))
}

/// What the person said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// The device may.
    Yes,
    /// It may not.
    No,
}

/// Takes the answer to the question. Only the browser that was asked can give it.
///
/// # Errors
/// Our own trouble.
pub async fn decide(
    cx: &Cx,
    visitor: &Visitor,
    sealed: &str,
    said: Said,
) -> Result<Response, Fault> {
    let Some((session, user)) = sso::current_session(cx, &visitor.cookies).await? else {
        return Ok(stale(cx, visitor));
    };
    let Some(pending) = open(cx, &session.id, sealed) else {
        return Ok(stale(cx, visitor));
    };
    let Some((mut request, client)) = waiting(cx, &pending.user_code).await? else {
        return Ok(ended(cx, End::Expired));
    };
    let event = cx
        .event("OAUTH2_DEVICE_VERIFY_USER_CODE")
        .client(&client.client_id)
        .user(&user.id)
        .session(&session.id);
    let realm = &cx.realm.id;
    let mut reader = cx.server.store.read().await?;
    let mut sessions = reader.sessions();
    let known = sessions.client(realm, &session.id, &client.id).await?;
    drop(reader);
    let mut writer = cx.server.store.write().await?;
    let end = match said {
        Said::No => {
            let mut requests = writer.device_requests();
            requests.deny(realm, &request.digest, cx.now).await?;
            let event = event.error("rejected_by_user");
            event.record(cx, &mut writer).await?;
            End::Denied
        }
        Said::Yes => {
            let part = ClientSession {
                session: session.id.clone(),
                client: client.id.clone(),
                started_at: known.map_or(cx.now, |known| known.started_at),
                last_used_at: cx.now,
                scope: request.scope.clone().unwrap_or_default(),
                // Whoever comes by a device came through a browser too: the instant of signing in is told.
                redirect_uri: Some(format!("{}/device", cx.issuer())),
                nonce: request.nonce.clone(),
                notes: [("acr".to_owned(), pending.acr.clone())].into(),
            };
            request.session = Some(session.id.clone());
            request.acr = Some(pending.acr);
            if client.consent_required {
                let keys = shown(cx, &client, &request).into_iter();
                let keys: BTreeSet<_> = keys.map(|asked| asked.key).collect();
                let mut consents = writer.consents();
                consents
                    .grant(realm, &user.id, &client.id, &keys, cx.now)
                    .await?;
            }
            let is_there = writer.sessions().attach(realm, &part).await?;
            let mut requests = writer.device_requests();
            if !is_there || !requests.approve(realm, &request, cx.now).await? {
                return Ok(ended(cx, End::Expired));
            }
            let event = event.detail("consent", "consent_granted");
            event.record(cx, &mut writer).await?;
            End::Done
        }
    };
    writer.commit().await?;
    Ok(ended(cx, end))
}

fn open(cx: &Cx, session: &SessionId, sealed: &str) -> Option<Pending> {
    let plain = sealer(cx).open(session.as_str().as_bytes(), sealed).ok()?;
    let pending: Pending = serde_json::from_slice(&plain).ok()?;
    Some(pending).filter(|pending| cx.now < pending.until)
}

fn stale(cx: &Cx, visitor: &Visitor) -> Response {
    let message = Message::new("sessionNotActiveMessage");
    page::error(cx, visitor, StatusCode::BAD_REQUEST, message)
}

/// How the person's part ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Done,
    Denied,
    Expired,
}

/// Sends the browser to the page that says how it ended.
fn ended(cx: &Cx, end: End) -> Response {
    let query = match end {
        End::Done => "",
        End::Denied => "?error=access_denied",
        End::Expired => "?error=expired_token",
    };
    page::redirect(&format!("{}/device/status{query}", cx.issuer()))
}
