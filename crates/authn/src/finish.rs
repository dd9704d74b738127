//! The end of a flow that was satisfied: what has to be in order besides, the session, and what the protocol gets.

use crate::auth_session::BrowserId;
use crate::cookies::SetCookie;
use crate::flow::{Browser, Door, Walk};
use crate::level::Demand;
use crate::login::{ActionStatus, RequestedAction, SignedIn};
use crate::refusal::{By, Refusal};
use crate::sealed::{Found, Restartable};
use crate::{Cx, Fault, brute_force, required_actions, sso};
use realm::User;
use serde_json::Value;
use store::Session;

/// What stands against a sign-in although its flow was satisfied.
pub(crate) async fn objection(walk: &mut Walk<'_>) -> Result<Option<Refusal>, Fault> {
    let Some(user) = walk.user.clone() else {
        return Ok(Some(Refusal::UserUnknown(
            "at the end of the flow".to_owned(),
        )));
    };
    // Who is signed in already stays so.
    let joined = walk.browser().is_some_and(|browser| browser.joined);
    if !joined && let Some(lockout) = brute_force::lockout_by_now(walk.cx, &user.id).await? {
        return Ok(Some(Refusal::UserLocked(lockout, By::Name)));
    }
    if !user.enabled {
        return Ok(Some(Refusal::UserDisabled));
    }
    let cx = walk.cx;
    if let Some(browser) = walk.browser() {
        let once_more = browser.ticket.once_more.as_ref();
        let is_other = once_more.is_some_and(|once_more| once_more.user != user.id);
        let current = browser.current(cx).await?;
        if is_other || current.is_some_and(|current| current.user.id != user.id) {
            return Ok(Some(Refusal::SomebodyElse));
        }
    }
    if let Some(refusal) = too_low(walk) {
        return Ok(Some(refusal));
    }
    if required_actions::has_pages(walk) {
        return Ok(None);
    }
    required_actions::objection(walk, &user).await
}

/// What the client takes nothing less than, where a flow that knows levels did not reach it. One that knows none says so in the claim.
fn too_low(walk: &Walk<'_>) -> Option<Refusal> {
    let asked = walk.requested_level()?;
    let reached = walk.found.level?;
    let is_short = asked.demand == Demand::Essential && reached < asked.level;
    is_short.then_some(Refusal::LevelNotReached {
        asked: asked.level,
        reached,
    })
}

/// The sign-in, for the protocol. Nothing is written.
pub(crate) fn signed_in(walk: Walk<'_>, user: User) -> Result<SignedIn, Fault> {
    let mut event = walk.event().user(&user.id);
    let Walk {
        cx,
        client,
        door,
        found,
        mut attempt,
        ..
    } = walk;
    let status = found.action.unwrap_or(ActionStatus::Error);
    let end = match door {
        Door::Direct(_) | Door::CertificateHost => End {
            session: begin(cx, &user, &found),
            is_new: true,
            fresh: true,
            action: None,
            request: Value::Null,
            set_cookies: Vec::new(),
            browser: None,
        },
        Door::Browser(browser) => at_browser(cx, *browser, &user, &found)?,
    };
    attempt.note("session", describe(&end));
    event = event.session(&end.session.id);
    if found.username.is_none() {
        event = event.detail("username", &user.username);
    }
    if found.remember_me {
        event = event.detail("remember_me", "true");
    }
    Ok(SignedIn {
        session: end.session,
        is_new: end.is_new,
        fresh: end.fresh,
        action: end.action.map(|action| (action, status)),
        level: found.level,
        request: end.request,
        set_cookies: end.set_cookies,
        client: client.client_id.clone(),
        attempt,
        event,
        user,
        browser: end.browser,
    })
}

/// What a sign-in ends in.
struct End {
    session: Session,
    is_new: bool,
    fresh: bool,
    action: Option<RequestedAction>,
    request: Value,
    set_cookies: Vec<SetCookie>,
    browser: Option<BrowserId>,
}

fn at_browser(cx: &Cx, browser: Browser<'_>, user: &User, found: &Found) -> Result<End, Fault> {
    let fresh = !browser.joined;
    let current = browser.current.flatten();
    let checker = current.as_ref().map(|known| known.state_checker.clone());
    let is_new = current.is_none();
    let session = match current {
        None => begin(cx, user, found),
        Some(known) if fresh => Session {
            auth_time: cx.now.seconds(),
            method: found.method.clone().unwrap_or_default(),
            ..noted(used(cx, known.session), found)
        },
        Some(known) => used(cx, known.session),
    };
    let mut set_cookies = sso::set_cookies(cx, &session, checker.as_deref())?.to_vec();
    if fresh {
        set_cookies.push(Restartable::remove(cx));
    }
    // Who proves themselves once more was not asked for a name.
    if fresh && browser.ticket.once_more.is_none() {
        let name = found.username.as_deref().unwrap_or(&user.username);
        set_cookies.extend(if found.remember_me {
            Some(sso::remember(cx, name))
        } else {
            sso::forget_name(cx, browser.cookies)
        });
    }
    Ok(End {
        session,
        is_new,
        fresh,
        action: browser.ticket.action,
        request: browser.ticket.request,
        set_cookies,
        browser: Some(browser.id),
    })
}

fn begin(cx: &Cx, user: &User, found: &Found) -> Session {
    let begun = Session {
        remember_me: found.remember_me,
        ..sso::begin(cx, &user.id, found.method.as_deref().unwrap_or_default())
    };
    noted(begun, found)
}

/// The session with what steps want it to remember.
fn noted(mut session: Session, found: &Found) -> Session {
    session.notes.extend(found.notes.clone());
    found.reached.remember(&mut session);
    session
}

fn used(cx: &Cx, session: Session) -> Session {
    Session {
        last_used_at: session.last_used_at.max(cx.now),
        ..session
    }
}

fn describe(end: &End) -> String {
    // The beginning tells sessions apart; the whole would be too much to read out.
    let start: String = end.session.id.as_str().chars().take(6).collect();
    match (end.is_new, end.fresh) {
        (true, _) => format!("a new session begins, {start}…"),
        (false, true) => format!("the session {start}… was proven again"),
        (false, false) => format!("the session {start}… goes on"),
    }
}
