//! `auth-username-password-form`: the login page.

use super::Authenticator;
use crate::Fault;
use crate::certificate;
use crate::flow::{Form, Outcome, Stepping, Walk, value};
use crate::people::{self, Lookup};
use crate::refusal::{By, Refusal};
use pages::{KnownUser, LoginError, LoginPage, RememberMe, UsernameLabel};
use realm::{Execution, Settings, User};

const ID: &str = "auth-username-password-form";

pub(super) struct NameAndPasswordForm;

impl Authenticator for NameAndPasswordForm {
    fn id(&self) -> &'static str {
        ID
    }

    fn name(&self) -> Option<&'static str> {
        Some(ID)
    }

    fn start<'s>(&'s self, walk: &'s mut Walk<'_>, execution: &'s Execution) -> Stepping<'s> {
        Box::pin(async {
            let alert = walk.alert.take().map(LoginError::Page);
            show(walk, execution, alert).await
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
            let password = value(form, "password").unwrap_or_default();
            let user = match who(walk, form).await? {
                Ok(user) => user,
                Err(refusal) => {
                    let pretended = people::pretend_to_verify(walk, password).await;
                    return refuse(walk, execution, pretended.err().unwrap_or(refusal), None).await;
                }
            };
            match people::verify_password(walk, &user, password).await? {
                Ok(()) => {
                    walk.attempt.note("password", "the password is theirs");
                    walk.is(user);
                    walk.proven_by(ID, "password");
                    Ok(Outcome::Success)
                }
                Err(refusal) => refuse(walk, execution, refusal, Some(&user)).await,
            }
        })
    }
}

/// Who the form says it is; who proves themselves once more is known.
async fn who(walk: &mut Walk<'_>, form: &Form) -> Result<Result<User, Refusal>, Fault> {
    if let Some(user) = known(walk).await? {
        walk.found.username = Some(user.username.clone());
        return Ok(Ok(user));
    }
    named(walk, form).await
}

/// Whom the form names.
pub(super) async fn named(
    walk: &mut Walk<'_>,
    form: &Form,
) -> Result<Result<User, Refusal>, Fault> {
    let name = value(form, "username").unwrap_or_default().trim();
    walk.found.username = Some(people::clip(name)).filter(|name| !name.is_empty());
    if name.is_empty() {
        return Ok(Err(Refusal::UsernameMissing));
    }
    Ok(match people::by_name_or_email(walk.cx, name).await? {
        Lookup::One(user) if user.service_account_of.is_none() => Ok(*user),
        Lookup::One(_) => Err(Refusal::UserIsService(By::Name)),
        Lookup::Nobody => Err(Refusal::UserNotFound(By::Name)),
        Lookup::Several => Err(Refusal::UserAmbiguous(By::Name)),
    })
}

/// Who proves themselves once more, or was named by a step before.
async fn known(walk: &mut Walk<'_>) -> Result<Option<User>, Fault> {
    if walk.user.is_some() {
        return Ok(walk.user.clone());
    }
    let once_more = walk
        .browser()
        .and_then(|browser| browser.ticket.once_more.clone());
    match once_more {
        Some(once_more) => people::by_id(walk.cx, &once_more.user).await,
        None => Ok(None),
    }
}

/// Says no and shows the page again; a refusal that no other name or password mends ends the sign-in.
async fn refuse(
    walk: &mut Walk<'_>,
    execution: &Execution,
    refusal: Refusal,
    user: Option<&User>,
) -> Result<Outcome, Fault> {
    if refusal == Refusal::Busy {
        return Ok(Outcome::Refused(refusal));
    }
    if let Some(user) = user {
        walk.attempt.user(user);
    }
    walk.refuse("password", &refusal, user.map(|user| &user.id))
        .await?;
    show(
        walk,
        execution,
        Some(LoginError::Credentials(refusal.message())),
    )
    .await
}

async fn show(
    walk: &mut Walk<'_>,
    execution: &Execution,
    error: Option<LoginError>,
) -> Result<Outcome, Fault> {
    let known = known(walk).await?;
    let username_label = label(&walk.cx.realm.settings);
    let (username, remember_me) = prefill(walk);
    let has_other_way = walk.has_other_way;
    let notice = walk.notice.take();
    let certificate_url = match walk.found.offer.clone() {
        Some(step) => certificate::link(walk, &step, true),
        None => None,
    };
    let page = walk.page(&execution.id, |walk, frame, action_url| {
        let page = LoginPage {
            action_url,
            client_name: Some(walk.client_name()),
            username: &username,
            username_label,
            remember_me,
            known_user: known.as_ref().map(|user| KnownUser {
                username: &user.username,
                restart_url: None,
            }),
            notice,
            error,
            attempt_code: Some(walk.attempt.code()).filter(|_| walk.shows_code),
            certificate_url: certificate_url.as_deref(),
            another_way_url: has_other_way.then_some(action_url),
            ..LoginPage::default()
        };
        walk.cx.server.pages.login(frame, &page)
    });
    Ok(match page {
        Some(page) => Outcome::Page(Box::new(page)),
        None => Outcome::Refused(Refusal::TooLarge),
    })
}

/// What the name field asks for.
pub(super) fn label(settings: &Settings) -> UsernameLabel {
    match (
        settings.registration_email_as_username,
        settings.login_with_email_allowed,
    ) {
        (true, _) => UsernameLabel::Email,
        (false, true) => UsernameLabel::UsernameOrEmail,
        (false, false) => UsernameLabel::Username,
    }
}

/// What stands in the name field, and whether the browser is to remember it.
pub(super) fn prefill(walk: &mut Walk<'_>) -> (String, RememberMe) {
    let remembers = walk.cx.realm.settings.remember_me;
    let remembered = super::username_form::remembered(walk);
    let hint = walk
        .browser()
        .and_then(|browser| browser.ticket.login_hint.clone());
    let is_ticked = walk.found.remember_me
        || (walk.found.username.is_none() && hint.is_none() && remembered.is_some());
    let typed = walk.found.username.clone();
    let remember_me = match (remembers, is_ticked) {
        (false, _) => RememberMe::Off,
        (true, true) => RememberMe::Checked,
        (true, false) => RememberMe::Unchecked,
    };
    (
        typed.or(hint).or(remembered).unwrap_or_default(),
        remember_me,
    )
}
