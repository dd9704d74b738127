//! `auth-cookie`: who is signed in already is through, unless they have to prove themselves once more or more surely.

use super::Authenticator;
use crate::flow::{Outcome, Stepping, Walk};
use crate::level::Reached;
use crate::login::browser_flow;
use crate::sealed::OnceMore;
use pages::Message;
use realm::Execution;

pub(super) struct Cookie;

impl Authenticator for Cookie {
    fn id(&self) -> &'static str {
        "auth-cookie"
    }

    fn start<'s>(&'s self, walk: &'s mut Walk<'_>, _: &'s Execution) -> Stepping<'s> {
        Box::pin(async {
            let cx = walk.cx;
            let Some(browser) = walk.browser() else {
                return Ok(Outcome::Attempted(None));
            };
            let proof = browser.ticket.proof;
            let Some(current) = browser.current(cx).await? else {
                return Ok(Outcome::Attempted(None));
            };
            let (session, user) = (current.session.clone(), current.user.clone());
            let once_more = OnceMore {
                session: session.id.clone(),
                user: user.id.clone(),
            };
            let age = cx.now.seconds() - session.auth_time;
            if proof.is_asked(age) {
                browser.ticket.once_more = Some(once_more);
                walk.notice = Some(Message::new("reauthenticate"));
                walk.attempt.note(
                    "session",
                    "somebody is signed in and has to prove themselves once more",
                );
                walk.is(user);
                return Ok(Outcome::Attempted(None));
            }
            let reached = Reached::of(&session);
            let flow = browser_flow(cx, walk.client).unwrap_or_default();
            let level = reached.highest(&cx.realm, &flow, cx.now.seconds());
            let asked = walk.requested_level().map(|asked| asked.level);
            walk.found.level = level;
            if asked > level {
                walk.found.reached = reached;
                walk.attempt.note(
                    "session",
                    "somebody is signed in, less surely than the client asks for",
                );
                walk.is(user);
                if let Some(browser) = walk.browser() {
                    browser.ticket.once_more = Some(once_more);
                }
                walk.notice = Some(Message::new("authenticateStrong"));
                return Ok(Outcome::Attempted(None));
            }
            if let Some(browser) = walk.browser() {
                browser.joined = true;
            }
            walk.attempt
                .note("session", format!("{} is signed in already", user.username));
            walk.is(user);
            Ok(Outcome::Success)
        })
    }
}
