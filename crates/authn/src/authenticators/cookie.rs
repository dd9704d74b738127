//! `auth-cookie`: who is signed in already is through, unless they have to prove themselves once more.

use super::Authenticator;
use crate::flow::{Outcome, Stepping, Walk};
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
            let age = cx.now.seconds() - session.auth_time;
            if proof.is_asked(age) {
                browser.ticket.once_more = Some(OnceMore {
                    session: session.id,
                    user: user.id,
                });
                walk.notice = Some(Message::new("reauthenticate"));
                walk.attempt.note(
                    "session",
                    "somebody is signed in and has to prove themselves once more",
                );
                return Ok(Outcome::Attempted(None));
            }
            browser.joined = true;
            walk.attempt
                .note("session", format!("{} is signed in already", user.username));
            walk.is(user);
            Ok(Outcome::Success)
        })
    }
}
