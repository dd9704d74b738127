//! `UPDATE_PASSWORD`: a new password, because the old one was given by somebody else or is too old, or because the client asks.

use super::{Asked, Submitted, claim, event, hold, put, way_out, without};
use crate::Fault;
use crate::credentials::{self, NewPassword};
use crate::flow::{Form, Walk, value};
use crate::refusal::Refusal;
use crate::sign_out;
use pages::{Message, Page, UpdatePasswordError, UpdatePasswordPage};
use realm::User;

pub(super) fn page(
    walk: &mut Walk<'_>,
    alias: &str,
    asked: Asked,
    error: Option<UpdatePasswordError>,
) -> Option<Page> {
    let notice = Message::new("updatePasswordMessage");
    let notice = (asked == Asked::ByRealm && error.is_none()).then_some(notice);
    walk.action_page(alias, |walk, frame, action_url| {
        let page = UpdatePasswordPage {
            action_url,
            notice,
            error,
            way_out: way_out(asked),
        };
        walk.cx.server.pages.update_password(frame, &page)
    })
}

pub(super) async fn submit(
    walk: &mut Walk<'_>,
    alias: &str,
    asked: Asked,
    user: &User,
    form: &Form,
) -> Result<Submitted, Fault> {
    let cx = walk.cx;
    let password = value(form, "password-new").unwrap_or_default();
    let again = value(form, "password-confirm").unwrap_or_default();
    if password.trim().is_empty() {
        let error = UpdatePasswordError::Password(Message::new("missingPasswordMessage"));
        return refuse(walk, alias, asked, user, ("password_missing", None), error).await;
    }
    if password != again {
        let error = UpdatePasswordError::Confirmation(Message::new("notMatchPasswordMessage"));
        return refuse(
            walk,
            alias,
            asked,
            user,
            ("password_confirm_error", None),
            error,
        )
        .await;
    }
    let stored = walk.credentials(&user.id).await?.to_vec();
    let new = match credentials::judge(cx, user, &stored, password).await? {
        NewPassword::Good(new) => new,
        NewPassword::Busy => return Ok(Submitted::Refused(Refusal::Busy)),
        NewPassword::Broken(broken) => {
            let why = ("password_rejected", Some(broken.message));
            let params = broken.params.into_iter();
            let message = params.fold(Message::new(broken.message), Message::with);
            let error = UpdatePasswordError::Page(message);
            return refuse(walk, alias, asked, user, why, error).await;
        }
    };
    let current = match walk.browser() {
        Some(browser) => browser.current(cx).await?,
        None => None,
    };
    let current = current.map(|current| current.session.id.clone());
    let ends_others = value(form, "logout-sessions").is_some();
    let mut writer = cx.server.store.write().await?;
    if !claim(walk, alias, &mut writer).await? {
        return Ok(Submitted::Again);
    }
    credentials::put(cx, &mut writer, &user.id, &stored, new).await?;
    let mut changed = hold(cx, &mut writer, user).await?;
    without(&mut changed, alias);
    put(cx, &mut writer, &changed).await?;
    if ends_others {
        sign_out::end_all(cx, &mut writer, &user.id, current.as_ref()).await?;
    }
    for kind in ["UPDATE_PASSWORD", "UPDATE_CREDENTIAL"] {
        let event = event(walk, kind, alias, user).detail("credential_type", "password");
        event.record(cx, &mut writer).await?;
    }
    writer.commit().await?;
    walk.forget_credentials();
    for (name, value) in [
        ("custom_required_action", alias),
        ("credential_type", "password"),
    ] {
        walk.found.details.insert(name.to_owned(), value.to_owned());
    }
    Ok(Submitted::Done)
}

/// Says what is wrong with the new password.
async fn refuse(
    walk: &mut Walk<'_>,
    alias: &str,
    asked: Asked,
    user: &User,
    (why, reason): (&'static str, Option<&'static str>),
    error: UpdatePasswordError,
) -> Result<Submitted, Fault> {
    let cx = walk.cx;
    for kind in ["UPDATE_CREDENTIAL", "UPDATE_PASSWORD"] {
        let mut event = event(walk, kind, alias, user)
            .detail("credential_type", "password")
            .error(why);
        if let Some(reason) = reason {
            event = event.detail("reason", reason);
        }
        event.record_alone(cx).await?;
    }
    Ok(match page(walk, alias, asked, Some(error)) {
        Some(page) => Submitted::Page(Box::new(page)),
        None => Submitted::Refused(Refusal::TooLarge),
    })
}
