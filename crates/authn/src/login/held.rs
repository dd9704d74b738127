//! A sign-in that the protocol holds up with a question of its own, as whether the application may have what it asks for. Nothing is
//! written meanwhile: what is known travels with the question's form, sealed for this browser, and counts once.

use super::{ActionStatus, RequestedAction, SignedIn};
use crate::auth_session::BrowserId;
use crate::cookies::{Cookies, SetCookie};
use crate::trace::Attempt;
use crate::{Cx, Fault, sealed, sso};
use realm::ClientId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use store::{Claim, Session, Timestamp, Writer};

const PURPOSE: &str = "held sign-in";
/// Cookies that say which browser it is and what it reads, and nothing of who sits there.
const OPEN: [&str; 3] = ["AUTH_SESSION_ID", "KC_AUTH_SESSION_HASH", "KEYCLOAK_LOCALE"];

#[derive(Serialize, Deserialize)]
struct Held {
    /// That it counts once.
    #[serde(rename = "n")]
    nonce: String,
    #[serde(rename = "u")]
    until: Timestamp,
    #[serde(rename = "c")]
    client: ClientId,
    #[serde(rename = "r")]
    request: Value,
    #[serde(rename = "s")]
    session: Session,
    #[serde(rename = "i")]
    is_new: bool,
    #[serde(rename = "f")]
    fresh: bool,
    #[serde(rename = "l")]
    level: Option<i64>,
    #[serde(rename = "a", default)]
    action: Option<(RequestedAction, ActionStatus)>,
    #[serde(rename = "k")]
    cookies: Vec<SetCookie>,
    #[serde(rename = "v")]
    event_details: BTreeMap<String, String>,
}

/// What a question takes with it.
pub struct Question {
    /// The sealed sign-in, for the question's form.
    pub code: String,
    /// Cookies to set with the question.
    pub set_cookies: Vec<SetCookie>,
}

/// What an answered question brings back.
pub struct Answered {
    /// The sign-in, as it was held up.
    pub signed_in: SignedIn,
    /// That it counts once.
    pub once: Once,
}

/// That a held sign-in counts once. Otherwise going back to the question would begin a session again that was ended since.
pub struct Once {
    name: String,
    until: Timestamp,
}

/// Holds a sign-in up; nothing when it came by no browser.
///
/// # Errors
/// When it can't be written down.
pub fn hold(cx: &Cx, signed_in: SignedIn, why: &str) -> Result<Option<Question>, Fault> {
    let Some(browser) = signed_in.browser else {
        return Ok(None);
    };
    let (set_cookies, cookies) = signed_in
        .set_cookies
        .into_iter()
        .partition(|cookie| OPEN.contains(&cookie.name()));
    let lifespan = cx.realm.settings.access_code_lifespan_user_action;
    let held = Held {
        nonce: jose::random_token(16),
        until: cx.now.plus_seconds(lifespan),
        client: signed_in.client,
        request: signed_in.request,
        session: signed_in.session,
        is_new: signed_in.is_new,
        fresh: signed_in.fresh,
        level: signed_in.level,
        action: signed_in.action,
        cookies,
        event_details: signed_in.event.into_details(),
    };
    let code = sealed::seal_for(cx, PURPOSE, &browser, &held)?;
    signed_in.attempt.close(cx, why);
    Ok(Some(Question { code, set_cookies }))
}

/// Takes a sign-in up again: `None` when it is none of this browser's, took too long, or its person may not sign in any more. How long ago
/// they proved themselves is not asked again: it was a moment before the question.
///
/// # Errors
/// The database's.
pub async fn take_up(cx: &Cx, cookies: &Cookies, code: &str) -> Result<Option<Answered>, Fault> {
    let held = BrowserId::read(cx, cookies)
        .and_then(|browser| Some((sealed::open_for(cx, PURPOSE, &browser, code)?, browser)));
    let Some((held, browser)): Option<(Held, _)> = held else {
        return Ok(None);
    };
    if cx.now >= held.until {
        return Ok(None);
    }
    let mut reader = cx.server.store.read().await?;
    let id = &held.session.user;
    let user = reader.users().by_id(&cx.realm.id, id).await?;
    // A session that was ended since is not begun again under its old key.
    let known = &held.session.id;
    if !held.is_new && reader.sessions().find(&cx.realm.id, known).await?.is_none() {
        return Ok(None);
    }
    drop(reader);
    let session = &held.session;
    let user =
        user.filter(|user| user.enabled && session.last_used_at.seconds() >= user.not_before);
    let Some(user) = user.filter(|_| sso::is_alive(&cx.realm, session, cx.now)) else {
        return Ok(None);
    };
    let mut attempt = Attempt::new(cx, Some(&held.client));
    attempt.user(&user);
    let event = cx.event("LOGIN").details(&held.event_details);
    let event = event
        .client(&held.client)
        .user(&user.id)
        .session(&held.session.id);
    let signed_in = SignedIn {
        user,
        session: held.session,
        is_new: held.is_new,
        fresh: held.fresh,
        level: held.level,
        action: held.action,
        client: held.client,
        request: held.request,
        set_cookies: held.cookies,
        attempt,
        event,
        browser: Some(browser),
    };
    let once = Once {
        name: format!("held {}", held.nonce),
        until: held.until,
    };
    Ok(Some(Answered { signed_in, once }))
}

impl Once {
    /// Uses the sign-in up: of any number of tries, one wins.
    ///
    /// # Errors
    /// The database's.
    pub async fn use_up(&self, cx: &Cx, writer: &mut Writer) -> Result<bool, Fault> {
        let mut single_use = writer.single_use();
        let claim = single_use.claim(&cx.realm.id, &self.name, self.until);
        Ok(claim.await? == Claim::First)
    }
}
