//! What is under way travels with the page, sealed: what was asked, and what was found out so far. Nothing of it is stored.

use crate::auth_session::BrowserId;
use crate::cookies::{Cookies, Life, Scope, SetCookie};
use crate::level::{Reached, RequestedLevel};
use crate::login::{ActionStatus, RequestedAction};
use crate::{Cx, Fault};
use jose::Sealer;
use realm::{ClientId, ExecutionId, SessionId, UserId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use store::Timestamp;

/// Longer sealed state is not given out: it stands in addresses.
const MAX_STATE: usize = 6 * 1024;
/// Browsers keep no longer cookies.
const MAX_COOKIE: usize = 3800;
const RESTART_COOKIE: &str = "KC_RESTART";

/// Everything that goes on from page to page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct State {
    #[serde(flatten)]
    pub(crate) ticket: Ticket,
    #[serde(flatten)]
    pub(crate) found: Found,
    /// Whose page is shown.
    #[serde(rename = "e")]
    pub(crate) execution: ExecutionId,
}

/// What was asked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ticket {
    #[serde(rename = "t")]
    pub(crate) begun_at: Timestamp,
    #[serde(rename = "c")]
    pub(crate) client: ClientId,
    /// The protocol's parameters.
    #[serde(rename = "r")]
    pub(crate) request: Value,
    #[serde(rename = "w")]
    pub(crate) tab: String,
    #[serde(rename = "d")]
    pub(crate) client_data: String,
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    pub(crate) back_url: Option<String>,
    #[serde(rename = "l")]
    pub(crate) locale: String,
    /// They chose it in this sign-in.
    #[serde(rename = "lc", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) chose_locale: bool,
    #[serde(rename = "v")]
    pub(crate) event_details: BTreeMap<String, String>,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub(crate) login_hint: Option<String>,
    /// What they are to do before the client gets its answer.
    #[serde(rename = "ka", default, skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<RequestedAction>,
    #[serde(rename = "f")]
    pub(crate) proof: FreshProof,
    /// The scope that the client asks for.
    #[serde(rename = "s", default, skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<String>,
    /// The level of authentication that the client asks for.
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<RequestedLevel>,
    /// Somebody who is signed in proves themselves once more.
    #[serde(rename = "o", default, skip_serializing_if = "Option::is_none")]
    pub(crate) once_more: Option<OnceMore>,
}

/// When somebody who is signed in has to prove themselves once more.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(crate) struct FreshProof {
    #[serde(rename = "a")]
    pub(crate) always: bool,
    /// When the last proof is older, seconds. At 0 it always is (OpenID Connect Core §3.1.2.1).
    #[serde(rename = "m", default, skip_serializing_if = "Option::is_none")]
    pub(crate) max_age: Option<i64>,
}

impl FreshProof {
    /// Whether a proof of this age, seconds, is too old.
    pub(crate) fn is_asked(self, age: i64) -> bool {
        self.always || self.max_age.is_some_and(|max| max <= 0 || age > max)
    }
}

/// Who proves themselves once more, in which session.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct OnceMore {
    #[serde(rename = "s")]
    pub(crate) session: SessionId,
    #[serde(rename = "u")]
    pub(crate) user: UserId,
}

/// What was found out so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Found {
    #[serde(rename = "x", default, skip_serializing_if = "BTreeMap::is_empty")]
    statuses: BTreeMap<String, Status>,
    /// Who it is, as a step said. Whether that is enough is for the flow to say.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<UserId>,
    /// The last step that somebody proved themselves with.
    #[serde(rename = "g", default, skip_serializing_if = "Option::is_none")]
    pub(crate) method: Option<String>,
    /// Kinds of credentials that were used.
    #[serde(rename = "q", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) used: Vec<String>,
    /// The name that was typed, or that a certificate gave.
    #[serde(rename = "n", default, skip_serializing_if = "Option::is_none")]
    pub(crate) username: Option<String>,
    #[serde(rename = "m", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) remember_me: bool,
    /// The certificate that was shown to the person, by its SHA-256.
    #[serde(rename = "k", default, skip_serializing_if = "Option::is_none")]
    pub(crate) thumbprint: Option<String>,
    /// Event details about the certificate.
    #[serde(rename = "y", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) details: BTreeMap<String, String>,
    /// What the session is to remember.
    #[serde(rename = "z", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) notes: BTreeMap<String, String>,
    /// The step that offers to ask for a certificate at the address for that.
    #[serde(rename = "p", default, skip_serializing_if = "Option::is_none")]
    pub(crate) offer: Option<ExecutionId>,
    /// The level of authentication that is reached so far; none where nothing led to one.
    #[serde(rename = "lv", default, skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<i64>,
    /// When levels were reached, in this sign-in or by the session that goes on.
    #[serde(rename = "lr", default, skip_serializing_if = "Reached::is_empty")]
    pub(crate) reached: Reached,
    /// The flow is satisfied, and what is shown is about an action.
    #[serde(rename = "ra", default, skip_serializing_if = "Option::is_none")]
    pub(crate) acting: Option<Acting>,
    /// What became of the action that the client asked for.
    #[serde(rename = "rs", default, skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<ActionStatus>,
    /// The way to sign in that the person chose.
    #[serde(rename = "cw", default, skip_serializing_if = "Option::is_none")]
    pub(crate) chosen: Option<ExecutionId>,
    /// Whose certificate was judged there, until they confirm it.
    #[serde(rename = "j", default, skip_serializing_if = "Option::is_none")]
    pub(crate) witnessed: Option<Witnessed>,
    /// The code of the page before, when it showed one.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub(crate) attempt: Option<String>,
}

/// The flow is satisfied: what is left are actions.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Acting {
    /// Each step is good once under this name.
    #[serde(rename = "n")]
    pub(crate) nonce: String,
    /// When the flow was satisfied, or the action before was done.
    #[serde(rename = "t")]
    pub(crate) since: Timestamp,
    /// Whether being signed in already was what satisfied it.
    #[serde(rename = "j", default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) joined: bool,
}

impl Acting {
    /// Until when the next action has to be done.
    pub(crate) fn expires_at(&self, cx: &Cx) -> Timestamp {
        let lifespan = cx.realm.settings.access_code_lifespan_user_action;
        self.since.plus_seconds(lifespan)
    }
}

/// Whose certificate was judged at the address for that.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Witnessed {
    /// That of the ticket: it can be confirmed once.
    #[serde(rename = "n")]
    pub(crate) nonce: String,
    #[serde(rename = "u")]
    pub(crate) user: UserId,
    #[serde(rename = "i")]
    pub(crate) identity: String,
    #[serde(rename = "z", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) notes: BTreeMap<String, String>,
}

/// What became of one execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    #[serde(rename = "s")]
    Success,
    #[serde(rename = "a")]
    Attempted,
    #[serde(rename = "f")]
    Failed,
    /// A condition that holds.
    #[serde(rename = "t")]
    Holds,
    /// A condition that does not.
    #[serde(rename = "n")]
    HoldsNot,
}

impl Found {
    pub(crate) fn status(&self, execution: &ExecutionId) -> Option<Status> {
        self.statuses.get(execution.as_str()).copied()
    }

    pub(crate) fn set(&mut self, execution: &ExecutionId, status: Status) {
        self.statuses.insert(execution.as_str().to_owned(), status);
    }
}

impl State {
    /// Seals the state for this browser; `None` when it is too large to travel.
    pub(crate) fn seal(&self, cx: &Cx, browser: &BrowserId) -> Option<String> {
        let plain = serde_json::to_vec(self).ok()?;
        let sealed = sealer(cx, "login state").seal(associated(cx, browser).as_bytes(), &plain);
        Some(sealed).filter(|sealed| !sealed.is_empty() && sealed.len() <= MAX_STATE)
    }

    /// Opens what was sealed for this browser in this realm. How old it is, is for the caller to judge.
    pub(crate) fn open(cx: &Cx, browser: &BrowserId, sealed: &str) -> Option<Self> {
        open(cx, "login state", &associated(cx, browser), sealed)
    }
}

/// What the cookie `KC_RESTART` carries: enough to begin the same sign-in anew.
#[derive(Serialize, Deserialize)]
pub(crate) struct Restartable {
    #[serde(rename = "c")]
    pub(crate) client: ClientId,
    #[serde(rename = "r")]
    pub(crate) request: Value,
    #[serde(rename = "f")]
    pub(crate) proof: FreshProof,
    #[serde(rename = "h", default, skip_serializing_if = "Option::is_none")]
    pub(crate) login_hint: Option<String>,
    /// What they are to do before the client gets its answer.
    #[serde(rename = "ka", default, skip_serializing_if = "Option::is_none")]
    pub(crate) action: Option<RequestedAction>,
    #[serde(rename = "i", default, skip_serializing_if = "Option::is_none")]
    pub(crate) level: Option<RequestedLevel>,
}

impl Restartable {
    /// The cookie; none when the request is too large for one.
    pub(crate) fn set_cookie(&self, cx: &Cx) -> Option<SetCookie> {
        let plain = serde_json::to_vec(self).ok()?;
        let sealed = sealer(cx, "restart").seal(cx.realm.id.as_str().as_bytes(), &plain);
        let fits = !sealed.is_empty() && sealed.len() <= MAX_COOKIE;
        fits.then(|| {
            SetCookie::new(
                cx,
                RESTART_COOKIE,
                &sealed,
                Scope::Federation,
                Life::Browser,
            )
        })
    }

    pub(crate) fn read(cx: &Cx, cookies: &Cookies) -> Option<Self> {
        open(
            cx,
            "restart",
            cx.realm.id.as_str(),
            cookies.get(RESTART_COOKIE)?,
        )
    }

    pub(crate) fn remove(cx: &Cx) -> SetCookie {
        SetCookie::remove(cx, RESTART_COOKIE)
    }
}

/// Seals a value for this browser in this realm; it opens for the same purpose alone.
pub(crate) fn seal_for(
    cx: &Cx,
    purpose: &str,
    browser: &BrowserId,
    value: &impl Serialize,
) -> Result<String, Fault> {
    let plain = serde_json::to_vec(value)?;
    Ok(sealer(cx, purpose).seal(associated(cx, browser).as_bytes(), &plain))
}

/// Opens what [`seal_for`] sealed. How old it is, is for the caller to judge.
pub(crate) fn open_for<T: DeserializeOwned>(
    cx: &Cx,
    purpose: &str,
    browser: &BrowserId,
    sealed: &str,
) -> Option<T> {
    open(cx, purpose, &associated(cx, browser), sealed)
}

fn sealer(cx: &Cx, purpose: &str) -> Sealer {
    Sealer::derive(cx.realm.keys.state_secret(), purpose)
}

fn associated(cx: &Cx, browser: &BrowserId) -> String {
    format!("{} {}", browser.as_str(), cx.realm.id)
}

fn open<T: DeserializeOwned>(cx: &Cx, purpose: &str, associated: &str, sealed: &str) -> Option<T> {
    let plain = sealer(cx, purpose)
        .open(associated.as_bytes(), sealed)
        .ok()?;
    serde_json::from_slice(&plain).ok()
}
