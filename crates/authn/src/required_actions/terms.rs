//! `TERMS_AND_CONDITIONS`: the realm's terms, to be accepted.

use super::{Submitted, claim, event, hold, put, without};
use crate::Fault;
use crate::flow::{Form, Walk, value};
use crate::refusal::Refusal;
use pages::{Page, TermsPage};
use realm::User;

/// The attribute of a person that says when they accepted, epoch seconds.
const ACCEPTED: &str = "terms_and_conditions";

pub(super) fn page(walk: &mut Walk<'_>, alias: &str) -> Option<Page> {
    walk.action_page(alias, |walk, frame, action_url| {
        walk.cx.server.pages.terms(frame, &TermsPage { action_url })
    })
}

pub(super) async fn submit(
    walk: &mut Walk<'_>,
    alias: &str,
    user: &User,
    form: &Form,
) -> Result<Submitted, Fault> {
    let cx = walk.cx;
    let mut writer = cx.server.store.write().await?;
    if !claim(walk, alias, &mut writer).await? {
        return Ok(Submitted::Again);
    }
    let declines = value(form, "cancel").is_some();
    let now = cx.now.seconds().to_string();
    let mut changed = hold(cx, &mut writer, user).await?;
    if declines {
        changed.attributes.shift_remove(ACCEPTED);
    } else {
        changed.attributes.insert(ACCEPTED.to_owned(), vec![now]);
        without(&mut changed, alias);
    }
    put(cx, &mut writer, &changed).await?;
    let told = event(walk, "CUSTOM_REQUIRED_ACTION", alias, user);
    let told = if declines {
        told.error("rejected_by_user")
    } else {
        told
    };
    told.record(cx, &mut writer).await?;
    writer.commit().await?;
    if declines {
        return Ok(Submitted::Refused(Refusal::TermsDeclined));
    }
    let name = "custom_required_action".to_owned();
    walk.found.details.insert(name, alias.to_owned());
    Ok(Submitted::Done)
}
