//! `auth-password-form`: the page for the password of somebody whom a step before named.

use super::{Authenticator, Needs};
use crate::flow::{Form, Outcome, Stepping, Walk, value};
use crate::people;
use crate::refusal::{By, Refusal};
use pages::{KnownUser, LoginError, LoginPasswordPage, Message};
use realm::Execution;

const ID: &str = "auth-password-form";

pub(super) struct PasswordForm;

impl Authenticator for PasswordForm {
    fn id(&self) -> &'static str {
        ID
    }

    fn name(&self) -> Option<&'static str> {
        Some("password")
    }

    fn needs(&self) -> Needs {
        Needs::Credential("password")
    }

    fn start<'s>(&'s self, walk: &'s mut Walk<'_>, execution: &'s Execution) -> Stepping<'s> {
        Box::pin(async {
            let alert = walk.alert.take().map(LoginError::Page);
            Ok(show(walk, execution, alert))
        })
    }

    fn submit<'s>(
        &'s self,
        walk: &'s mut Walk<'_>,
        execution: &'s Execution,
        form: &'s Form,
    ) -> Stepping<'s> {
        Box::pin(async {
            let password = value(form, "password").unwrap_or_default();
            let Some(user) = walk.user.clone() else {
                return Ok(Outcome::Refused(Refusal::UserUnknown(ID.to_owned())));
            };
            let refusal = match people::verify_password(walk, &user, password).await? {
                Ok(()) => {
                    walk.attempt.note("password", "the password is theirs");
                    walk.proven_by(ID, "password");
                    return Ok(Outcome::Success);
                }
                Err(Refusal::Busy) => return Ok(Outcome::Refused(Refusal::Busy)),
                Err(refusal) => refusal,
            };
            walk.refuse("password", &refusal, Some(&user.id)).await?;
            let message = match refusal {
                Refusal::Password
                | Refusal::PasswordNone
                | Refusal::PasswordUnusable(_)
                | Refusal::UserLocked(_, By::Name) => Message::new("invalidPasswordMessage"),
                other => other.message(),
            };
            let error = LoginError::Credentials(message);
            Ok(show(walk, execution, Some(error)))
        })
    }
}

fn show(walk: &mut Walk<'_>, execution: &Execution, error: Option<LoginError>) -> Outcome {
    let typed = walk.found.username.clone();
    let name = walk.user.as_ref().map(|user| user.username.clone());
    let username = typed.or(name);
    let restart = walk.restart_url();
    let notice = walk.notice.take();
    let has_other_way = walk.has_other_way;
    let page = walk.page(&execution.id, |walk, frame, action_url| {
        let page = LoginPasswordPage {
            action_url,
            known_user: username.as_deref().map(|username| KnownUser {
                username,
                restart_url: restart.as_deref(),
            }),
            notice,
            error,
            attempt_code: Some(walk.attempt.code()).filter(|_| walk.shows_code),
            another_way_url: has_other_way.then_some(action_url),
            ..LoginPasswordPage::default()
        };
        walk.cx.server.pages.login_password(frame, &page)
    });
    match page {
        Some(page) => Outcome::Page(Box::new(page)),
        None => Outcome::Refused(Refusal::TooLarge),
    }
}
