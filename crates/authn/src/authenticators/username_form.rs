//! `auth-username-form`: the page for the name alone. Another step asks for the proof.
//!
//! It says whether a name is known, as Keycloak does: what comes next depends on the person. A disabled account is told of only once the proof
//! was right.

use super::{Authenticator, name_and_password_form};
use crate::certificate;
use crate::flow::{Form, Outcome, Stepping, Walk, value};
use crate::refusal::Refusal;
use crate::sso;
use pages::{LoginError, LoginUsernamePage, Message, UsernameLabel};
use realm::Execution;

const ID: &str = "auth-username-form";

pub(super) struct UsernameForm;

impl Authenticator for UsernameForm {
    fn id(&self) -> &'static str {
        ID
    }

    fn name(&self) -> Option<&'static str> {
        Some("auth-username-form")
    }

    fn start<'s>(&'s self, walk: &'s mut Walk<'_>, execution: &'s Execution) -> Stepping<'s> {
        Box::pin(async {
            // Who proves themselves once more is known.
            if walk.user.is_some() {
                return Ok(Outcome::Success);
            }
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
            let remembers = walk.cx.realm.settings.remember_me;
            walk.found.remember_me = remembers && value(form, "rememberMe").is_some();
            match name_and_password_form::named(walk, form).await? {
                Ok(user) => {
                    walk.attempt.note("username", "somebody has this name");
                    walk.is(user);
                    Ok(Outcome::Success)
                }
                Err(refusal) => {
                    walk.refuse("username", &refusal, None).await?;
                    let label = name_and_password_form::label(&walk.cx.realm.settings);
                    let message = match label {
                        UsernameLabel::Email => "invalidEmailMessage",
                        UsernameLabel::UsernameOrEmail => "invalidUsernameOrEmailMessage",
                        UsernameLabel::Username => "invalidUsernameMessage",
                    };
                    let error = LoginError::Credentials(Message::new(message));
                    Ok(show(walk, execution, Some(error)))
                }
            }
        })
    }
}

fn show(walk: &mut Walk<'_>, execution: &Execution, error: Option<LoginError>) -> Outcome {
    let username_label = name_and_password_form::label(&walk.cx.realm.settings);
    let (username, remember_me) = name_and_password_form::prefill(walk);
    let notice = walk.notice.take();
    let certificate_url = match walk.found.offer.clone() {
        Some(step) => certificate::link(walk, &step, true),
        None => None,
    };
    let has_other_way = walk.has_other_way;
    let page = walk.page(&execution.id, |walk, frame, action_url| {
        let page = LoginUsernamePage {
            action_url,
            client_name: Some(walk.client_name()),
            username: &username,
            username_label,
            remember_me,
            notice,
            error,
            attempt_code: Some(walk.attempt.code()).filter(|_| walk.shows_code),
            certificate_url: certificate_url.as_deref(),
            another_way_url: has_other_way.then_some(action_url),
            ..LoginUsernamePage::default()
        };
        walk.cx.server.pages.login_username(frame, &page)
    });
    match page {
        Some(page) => Outcome::Page(Box::new(page)),
        None => Outcome::Refused(Refusal::TooLarge),
    }
}

/// What this browser remembers, for who comes back.
pub(super) fn remembered(walk: &mut Walk<'_>) -> Option<String> {
    let remembers = walk.cx.realm.settings.remember_me;
    let browser = walk.browser()?;
    sso::remembered(browser.cookies).filter(|_| remembers)
}
