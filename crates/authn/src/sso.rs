//! Being signed in: sessions of people, and the cookies that stand for them.

use crate::cookies::{Cookies, Life, Scope, SetCookie};
use crate::login::SignedIn;
use crate::{Cx, Fault, revoked_since};
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jose::Algorithm;
use realm::{Realm, SessionId, User, UserId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Session, Timestamp, Writer};

const IDENTITY: &str = "KEYCLOAK_IDENTITY";
const SESSION: &str = "KEYCLOAK_SESSION";
const REMEMBER_ME: &str = "KEYCLOAK_REMEMBER_ME";
/// The claim `typ` of the identity cookie.
const TYP: &str = "Serialized-ID";
/// So long a name is remembered, seconds.
const YEAR: i64 = 31_536_000;

/// The claims of the identity cookie.
#[derive(Serialize, Deserialize)]
struct Identity {
    exp: i64,
    iat: i64,
    jti: String,
    iss: String,
    sub: UserId,
    typ: String,
    sid: SessionId,
    state_checker: String,
}

/// Somebody who is signed in at this browser.
#[derive(Clone, Debug)]
pub(crate) struct Current {
    pub(crate) session: Session,
    pub(crate) user: User,
    /// Ties forms of our own pages to the session.
    pub(crate) state_checker: String,
}

/// A new session id: 24 letters, known to nobody before.
pub(crate) fn new_id() -> SessionId {
    SessionId::new(jose::random_token(18))
}

/// How long a session may be unused and how old it may become, seconds.
fn limits(realm: &Realm, session: &Session) -> (i64, i64) {
    let settings = &realm.settings;
    let remembered = |own: i64, usual: i64| {
        if session.remember_me && own > 0 {
            own
        } else {
            usual
        }
    };
    (
        remembered(
            settings.sso_session_idle_timeout_remember_me,
            settings.sso_session_idle_timeout,
        ),
        remembered(
            settings.sso_session_max_lifespan_remember_me,
            settings.sso_session_max_lifespan,
        ),
    )
}

/// When a session ends unless it is used again after `now`.
pub fn expires_at(realm: &Realm, session: &Session, now: Timestamp) -> Timestamp {
    let (idle, max) = limits(realm, session);
    now.plus_seconds(idle)
        .min(session.started_at.plus_seconds(max))
}

/// Whether a session is neither too old nor unused for too long.
pub fn is_alive(realm: &Realm, session: &Session, now: Timestamp) -> bool {
    now < expires_at(realm, session, session.last_used_at)
}

/// Who is signed in at this browser: the identity cookie is ours and in time, the session alive, the person enabled.
///
/// # Errors
/// The database's.
pub async fn current_session(cx: &Cx, cookies: &Cookies) -> Result<Option<(Session, User)>, Fault> {
    let current = current(cx, cookies).await?;
    Ok(current.map(|current| (current.session, current.user)))
}

pub(crate) async fn current(cx: &Cx, cookies: &Cookies) -> Result<Option<Current>, Fault> {
    let Some(identity) = cookies.get(IDENTITY).and_then(|token| verify(cx, token)) else {
        return Ok(None);
    };
    let mut reader = cx.server.store.read().await?;
    let session = reader.sessions().find(&cx.realm.id, &identity.sid).await?;
    let Some(session) = session
        .filter(|session| session.user == identity.sub && is_alive(&cx.realm, session, cx.now))
        .filter(|session| revoked_since(cx, session).is_none())
    else {
        return Ok(None);
    };
    let user = reader.users().by_id(&cx.realm.id, &session.user).await?;
    let user = user.filter(|user| user.enabled && identity.iat >= user.not_before);
    Ok(user.map(|user| Current {
        session,
        user,
        state_checker: identity.state_checker,
    }))
}

fn verify(cx: &Cx, token: &str) -> Option<Identity> {
    let verified = cx.realm.keys.verifying().verify::<Identity>(token).ok()?;
    // No token that goes to others is signed with the key that the realm keeps for itself.
    let is_internal = verified.header.alg == Algorithm::HS512.name() && verified.claims.typ == TYP;
    Some(verified.claims).filter(|identity| {
        is_internal
            && identity.iss == cx.issuer()
            && cx.now.seconds() < identity.exp
            && identity.iat >= cx.realm.settings.not_before
    })
}

/// The cookies of somebody who is signed in.
pub(crate) fn set_cookies(
    cx: &Cx,
    session: &Session,
    state_checker: Option<&str>,
) -> Result<[SetCookie; 2], Fault> {
    let (_, max) = limits(&cx.realm, session);
    let now = cx.now.seconds();
    let identity = Identity {
        exp: now + max,
        iat: now,
        jti: realm::random_key(),
        iss: cx.issuer().to_owned(),
        sub: session.user.clone(),
        typ: TYP.to_owned(),
        sid: session.id.clone(),
        state_checker: state_checker.map_or_else(|| jose::random_token(32), str::to_owned),
    };
    let token = cx.realm.keys.hmac().sign("JWT", &identity)?;
    let life = if session.remember_me {
        Life::Seconds(max)
    } else {
        Life::Browser
    };
    let hash = digest::digest(&digest::SHA384, session.id.as_str().as_bytes());
    let hash = URL_SAFE_NO_PAD.encode(hash.as_ref());
    let script = Scope::FederationScript;
    Ok([
        SetCookie::new(cx, IDENTITY, &token, Scope::Federation, life),
        SetCookie::new(cx, SESSION, &hash, script, Life::Seconds(max)),
    ])
}

/// The cookie that remembers a name for the next sign-in.
pub(crate) fn remember(cx: &Cx, username: &str) -> SetCookie {
    let name: String = url::form_urlencoded::byte_serialize(username.as_bytes()).collect();
    let value = format!("username:{name}");
    SetCookie::new(
        cx,
        REMEMBER_ME,
        &value,
        Scope::Federation,
        Life::Seconds(YEAR),
    )
}

/// Removes that cookie, where there is one.
pub(crate) fn forget_name(cx: &Cx, cookies: &Cookies) -> Option<SetCookie> {
    cookies.get(REMEMBER_ME)?;
    Some(SetCookie::remove(cx, REMEMBER_ME))
}

/// The name that this browser remembers.
pub(crate) fn remembered(cookies: &Cookies) -> Option<String> {
    let name = cookies.get(REMEMBER_ME)?.strip_prefix("username:")?;
    let mut decoded = url::form_urlencoded::parse(name.as_bytes());
    decoded.next().map(|(name, _)| name.into_owned())
}

/// A new session of somebody who proved themselves just now, by this method. Its id was known to nobody before, not even to who planted a
/// cookie in their browser. Nothing is written yet.
pub fn begin(cx: &Cx, user: &UserId, method: &str) -> Session {
    Session {
        id: new_id(),
        user: user.clone(),
        started_at: cx.now,
        last_used_at: cx.now,
        auth_time: cx.now.seconds(),
        ip_address: cx.arrival.client_address().to_string(),
        remember_me: false,
        method: method.to_owned(),
        notes: BTreeMap::new(),
    }
}

/// Writes the session of a sign-in: begins a new one, notes that a known one was used. A session that ended meanwhile is not brought back by
/// being used; attaching a client's part to it will tell.
///
/// # Errors
/// The database's.
pub async fn keep(cx: &Cx, signed_in: &SignedIn, writer: &mut Writer) -> Result<(), Fault> {
    let session = &signed_in.session;
    let expires_at = expires_at(&cx.realm, session, cx.now);
    let mut sessions = writer.sessions();
    if signed_in.fresh {
        sessions.begin(&cx.realm.id, session, expires_at).await?;
        if cx.realm.settings.brute_force_protected {
            writer
                .login_failures()
                .clear(&cx.realm.id, &session.user)
                .await?;
        }
    } else {
        sessions
            .touch(&cx.realm.id, &session.id, None, cx.now, expires_at)
            .await?;
    }
    Ok(())
}

/// The cookies that a sign-out removes, of those that there are.
pub fn forget(cx: &Cx, cookies: &Cookies) -> Vec<SetCookie> {
    [IDENTITY, SESSION]
        .into_iter()
        .filter(|name| cookies.get(name).is_some())
        .map(|name| SetCookie::remove(cx, name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_name_survives_its_cookie() {
        for (cookie, name) in [
            ("KEYCLOAK_REMEMBER_ME=username:alice", Some("alice")),
            (
                "KEYCLOAK_REMEMBER_ME=\"username:a%40b.example\"",
                Some("a@b.example"),
            ),
            ("KEYCLOAK_REMEMBER_ME=other", None),
            ("x=y", None),
        ] {
            let cookies = Cookies::read([cookie].into_iter());
            assert_eq!(remembered(&cookies).as_deref(), name, "{cookie}");
        }
    }
}
