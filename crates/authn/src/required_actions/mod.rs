//! What somebody has to do before a sign-in ends: because an administrator, a policy or the client wants it. One file for each action that has
//! a page, and one line in [`Served::of`].
//!
//! The flow is satisfied by then. That is a proof in itself, so it is good once: each step from here on claims its name in the database.

mod terms;
mod update_password;
mod update_profile;

use crate::event::EventDraft;
use crate::flow::{Door, Form, Walk, value};
use crate::login::ActionStatus;
use crate::refusal::Refusal;
use crate::sealed::Acting;
use crate::{Cx, Fault};
use pages::{Page, WayOut};
use realm::profile::{Problem, View, Who};
use realm::{Client, RequiredAction, User};
use serde_json::Value;
use std::future::Future;
use std::pin::Pin;
use store::{Claim, EmailRule, Writer};

/// Milliseconds.
const DAY: i64 = 86_400_000;
/// A claim is kept for so many seconds beyond the time that an action may take.
const MARGIN: i64 = 60;

/// Something at work.
pub(crate) type Doing<'s, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 's>>;

/// What comes next.
pub(crate) enum Next {
    /// There is nothing left to do.
    Nothing,
    /// The person is asked.
    Page(Box<Page>),
    /// It can't go on.
    Refused(Refusal),
}

/// What became of a form.
pub(crate) enum Submitted {
    /// The action is done, or was given up where that is allowed.
    Done,
    /// The person is asked again.
    Page(Box<Page>),
    /// The sign-in ends here.
    Refused(Refusal),
    /// The form was sent before.
    Again,
}

/// Who wants an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// The realm: there is no way around it.
    ByRealm,
    /// The client: the person may decline.
    ByClient,
}

/// An action with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    UpdatePassword,
    UpdateProfile,
    VerifyProfile,
    Terms,
}

impl Served {
    /// The action of this provider, if it has a page here.
    fn of(provider: &str) -> Option<Self> {
        match provider {
            "UPDATE_PASSWORD" => Some(Self::UpdatePassword),
            "UPDATE_PROFILE" => Some(Self::UpdateProfile),
            "VERIFY_PROFILE" => Some(Self::VerifyProfile),
            "TERMS_AND_CONDITIONS" => Some(Self::Terms),
            _ => None,
        }
    }

    /// Whether a client may ask for it.
    fn may_be_asked_for(self) -> bool {
        matches!(self, Self::UpdatePassword | Self::UpdateProfile)
    }
}

/// An action that is due.
struct Due {
    alias: String,
    provider: String,
    asked: Asked,
}

/// So many seconds old the last proof may be when a client asks for this action; none when it can't ask for it.
pub(crate) fn max_auth_age(cx: &Cx, client_asks: &str) -> Option<i64> {
    let action = enabled(cx)
        .into_iter()
        .find(|action| action.alias == client_asks)?;
    let served = Served::of(&action.provider_id).filter(|served| served.may_be_asked_for())?;
    let by_policy = cx.realm.password_policy.max_auth_age();
    let by_policy = by_policy.filter(|_| served == Served::UpdatePassword);
    let own = action.config.get("max_auth_age");
    let own = own.and_then(|text| text.trim().parse().ok());
    Some(by_policy.or(own).unwrap_or(300))
}

fn enabled(cx: &Cx) -> Vec<&RequiredAction> {
    let actions = cx.realm.required_actions().iter();
    actions.filter(|action| action.enabled).collect()
}

/// What a request without a browser is refused for: any action, enabled or not, since there is no page to do it on.
pub(crate) fn objection<'s>(walk: &'s mut Walk<'_>, user: &'s User) -> Doing<'s, Option<Refusal>> {
    Box::pin(against(walk, user))
}

async fn against(walk: &mut Walk<'_>, user: &User) -> Result<Option<Refusal>, Fault> {
    if let Some(alias) = user.required_actions.first() {
        return Ok(Some(Refusal::ActionNotServed(alias.clone())));
    }
    let cx = walk.cx;
    for action in enabled(cx) {
        if is_triggered(walk, &action.provider_id, user).await? {
            let refusal = match action.provider_id.as_str() {
                "VERIFY_PROFILE" => {
                    let lacking = wrong_in_profile(walk, user);
                    let first = lacking.into_iter().next().map(|problem| problem.field);
                    Refusal::ProfileIncomplete(first.unwrap_or_default())
                }
                _ => Refusal::ActionNotServed(action.alias.clone()),
            };
            return Ok(Some(refusal));
        }
    }
    Ok(None)
}

/// Whether an action is due without anybody having said so.
async fn is_triggered(walk: &mut Walk<'_>, provider: &str, user: &User) -> Result<bool, Fault> {
    let settings = &walk.cx.realm.settings;
    Ok(match provider {
        "VERIFY_EMAIL" => {
            settings.other.get("verifyEmail") == Some(&Value::Bool(true))
                && user.email.is_some()
                && !user.email_verified
        }
        "UPDATE_PASSWORD" => password_is_too_old(walk, user).await?,
        "VERIFY_PROFILE" => !wrong_in_profile(walk, user).is_empty(),
        _ => false,
    })
}

/// What is wrong with the person's profile, as far as they may mend it.
fn wrong_in_profile(walk: &Walk<'_>, user: &User) -> Vec<Problem> {
    let scopes = walk.requested_scopes();
    let view = view(walk, &scopes);
    walk.cx.realm.profile.wrong(view, user)
}

/// The person's own view of their profile.
fn view<'v>(walk: &'v Walk<'_>, scopes: &'v [String]) -> View<'v> {
    View {
        who: Who::Person,
        settings: &walk.cx.realm.settings,
        scopes,
        locale: walk.language(),
    }
}

/// Whether the password is older than the realm's policy lets passwords become.
async fn password_is_too_old(walk: &mut Walk<'_>, user: &User) -> Result<bool, Fault> {
    let Some(days) = walk.cx.realm.password_policy.expiry_days() else {
        return Ok(false);
    };
    let now = walk.cx.now.0;
    let credentials = walk.credentials(&user.id).await?;
    let mut passwords = credentials
        .iter()
        .filter(|stored| stored.kind == "password");
    Ok(passwords.any(|password| now - password.created_date > days.saturating_mul(DAY)))
}

/// What is due, in the realm's order; what the client asks for comes last.
async fn due(walk: &mut Walk<'_>, user: &User) -> Result<Vec<Due>, Fault> {
    let cx = walk.cx;
    let mut all = Vec::new();
    for action in enabled(cx) {
        let is_named = user.required_actions.contains(&action.alias);
        if is_named || is_triggered(walk, &action.provider_id, user).await? {
            all.push(Due {
                alias: action.alias.clone(),
                provider: action.provider_id.clone(),
                asked: Asked::ByRealm,
            });
        }
    }
    if walk.found.action.is_some() {
        return Ok(all);
    }
    let Some(asked) = walk.requested_action() else {
        return Ok(all);
    };
    if all.iter().any(|due| due.alias == asked) {
        return Ok(all);
    }
    let action = enabled(cx).into_iter().find(|action| action.alias == asked);
    let action = action
        .filter(|action| Served::of(&action.provider_id).is_some_and(Served::may_be_asked_for));
    match action {
        Some(action) => all.push(Due {
            alias: action.alias.clone(),
            provider: action.provider_id.clone(),
            asked: Asked::ByClient,
        }),
        None => {
            walk.attempt.note(
                "action",
                format!("the client asks for the action {asked}, which it can't here"),
            );
            walk.found.action = Some(ActionStatus::Error);
        }
    }
    Ok(all)
}

/// The page of what is due first.
pub(crate) fn next<'s>(walk: &'s mut Walk<'_>) -> Doing<'s, Next> {
    Box::pin(first_page(walk))
}

async fn first_page(walk: &mut Walk<'_>) -> Result<Next, Fault> {
    let Some(user) = walk.user.clone() else {
        return Ok(Next::Nothing);
    };
    for due in due(walk, &user).await? {
        // It asks nothing: the language was chosen on the page before.
        if due.provider == "update_user_locale" {
            forget(walk, &due.alias).await?;
            continue;
        }
        let Some(served) = Served::of(&due.provider) else {
            return Ok(Next::Refused(Refusal::ActionNotServed(due.alias)));
        };
        let page = match served {
            Served::UpdatePassword => update_password::page(walk, &due.alias, due.asked, None),
            Served::UpdateProfile => update_profile::page(walk, &due.alias, due.asked, &user, None),
            Served::VerifyProfile => update_profile::verify(walk, &due.alias, &user).await?,
            Served::Terms => terms::page(walk, &due.alias),
        };
        return Ok(match page {
            Some(page) => Next::Page(Box::new(page)),
            None => Next::Refused(Refusal::TooLarge),
        });
    }
    Ok(Next::Nothing)
}

/// Takes the form of an action's page.
pub(crate) fn submit<'s>(
    walk: &'s mut Walk<'_>,
    alias: &'s str,
    form: &'s Form,
) -> Doing<'s, Submitted> {
    Box::pin(take(walk, alias, form))
}

async fn take(walk: &mut Walk<'_>, alias: &str, form: &Form) -> Result<Submitted, Fault> {
    let Some(user) = walk.user.clone() else {
        return Ok(Submitted::Again);
    };
    // What was done is not worth hashing a password for.
    if is_claimed(walk, alias).await? {
        return Ok(Submitted::Again);
    }
    let all = due(walk, &user).await?;
    // Done meanwhile, in another tab.
    let Some(due) = all.into_iter().find(|due| due.alias == alias) else {
        return Ok(Submitted::Again);
    };
    if due.asked == Asked::ByClient && value(form, "cancel-aia").is_some() {
        return decline(walk, &due.alias, &user).await;
    }
    let submitted = match Served::of(&due.provider) {
        Some(Served::UpdatePassword) => {
            update_password::submit(walk, &due.alias, due.asked, &user, form).await?
        }
        Some(Served::UpdateProfile | Served::VerifyProfile) => {
            update_profile::submit(walk, &due.alias, due.asked, &user, form).await?
        }
        Some(Served::Terms) => terms::submit(walk, &due.alias, &user, form).await?,
        None => Submitted::Refused(Refusal::ActionNotServed(due.alias.clone())),
    };
    if matches!(submitted, Submitted::Done) {
        let asked = walk.requested_action().map(str::to_owned);
        if asked.as_deref() == Some(due.alias.as_str()) {
            walk.found.action = Some(ActionStatus::Success);
        }
        walk.attempt
            .note("action", format!("the action {} is done", due.alias));
        walk.refresh_user().await?;
        if let Some(acting) = &mut walk.found.acting {
            acting.since = walk.cx.now;
        }
    }
    Ok(submitted)
}

/// The person does not want what the client asked for.
async fn decline(walk: &mut Walk<'_>, alias: &str, user: &User) -> Result<Submitted, Fault> {
    let cx = walk.cx;
    let mut writer = cx.server.store.write().await?;
    if !claim(walk, alias, &mut writer).await? {
        return Ok(Submitted::Again);
    }
    let event = event(walk, "CUSTOM_REQUIRED_ACTION", alias, user);
    let event = event.error("rejected_by_user");
    event.record(cx, &mut writer).await?;
    writer.commit().await?;
    walk.found.action = Some(ActionStatus::Cancelled);
    let name = "custom_required_action".to_owned();
    walk.found.details.insert(name, alias.to_owned());
    Ok(Submitted::Done)
}

/// Claims a step, so that its form, sent again, changes nothing. Tells whether it is the first time.
pub(crate) async fn claim(walk: &Walk<'_>, step: &str, writer: &mut Writer) -> Result<bool, Fault> {
    let Some(acting) = &walk.found.acting else {
        return Ok(false);
    };
    let cx = walk.cx;
    let name = name(acting, step);
    let expires_at = acting.expires_at(cx).plus_seconds(MARGIN);
    let claim = writer
        .single_use()
        .claim(&cx.realm.id, &name, expires_at)
        .await?;
    Ok(claim == Claim::First)
}

fn name(acting: &Acting, step: &str) -> String {
    format!("action {} {step}", acting.nonce)
}

async fn is_claimed(walk: &Walk<'_>, step: &str) -> Result<bool, Fault> {
    let Some(acting) = &walk.found.acting else {
        return Ok(true);
    };
    let name = name(acting, step);
    let mut reader = walk.cx.server.store.read().await?;
    Ok(reader
        .single_use()
        .is_claimed(&walk.cx.realm.id, &name)
        .await?)
}

/// The flow is satisfied: from here on it is about actions.
pub(crate) fn begin(walk: &mut Walk<'_>) {
    let joined = walk.browser().is_some_and(|browser| browser.joined);
    let now = walk.cx.now;
    walk.found.acting.get_or_insert_with(|| Acting {
        nonce: jose::random_token(9),
        since: now,
        joined,
    });
}

/// An event about an action.
fn event(walk: &Walk<'_>, kind: &'static str, alias: &str, user: &User) -> EventDraft {
    let remembers = walk.found.remember_me.to_string();
    let username = walk.found.username.as_deref().unwrap_or(&user.username);
    walk.event()
        .kind(kind)
        .user(&user.id)
        .detail("username", username)
        .detail("custom_required_action", alias)
        .detail("remember_me", remembers)
}

/// The person no longer has to do this.
async fn forget(walk: &mut Walk<'_>, alias: &str) -> Result<(), Fault> {
    let Some(user) = walk.user.clone() else {
        return Ok(());
    };
    let cx = walk.cx;
    let mut writer = cx.server.store.write().await?;
    let mut user = hold(cx, &mut writer, &user).await?;
    without(&mut user, alias);
    put(cx, &mut writer, &user).await?;
    writer.commit().await?;
    walk.refresh_user().await
}

fn without(user: &mut User, alias: &str) {
    user.required_actions.retain(|known| known != alias);
}

/// The person as they are by now; nobody else changes them until the transaction ends.
async fn hold(cx: &Cx, writer: &mut Writer, user: &User) -> Result<User, Fault> {
    let held = writer.users().hold(&cx.realm.id, &user.id).await?;
    Ok(held.unwrap_or_else(|| user.clone()))
}

async fn put(cx: &Cx, writer: &mut Writer, user: &User) -> Result<(), Fault> {
    let rule = email_rule(cx);
    writer.users().update(&cx.realm.id, user, rule).await?;
    Ok(())
}

fn email_rule(cx: &Cx) -> EmailRule {
    if cx.realm.settings.duplicate_emails_allowed {
        EmailRule::Shared
    } else {
        EmailRule::Unique
    }
}

fn way_out(asked: Asked) -> WayOut {
    match asked {
        Asked::ByRealm => WayOut::None,
        Asked::ByClient => WayOut::CancelAction,
    }
}

/// The client scopes that a request asks for: the client's default ones and those it names.
pub(crate) fn scopes(client: &Client, requested: Option<&str>) -> Vec<String> {
    let mut scopes = client.default_client_scopes.clone();
    let words = requested.unwrap_or_default().split(' ');
    for word in words {
        let is_optional = client
            .optional_client_scopes
            .iter()
            .any(|name| name == word);
        if is_optional && !scopes.iter().any(|known| known == word) {
            scopes.push(word.to_owned());
        }
    }
    scopes
}

/// Whether a walk is at a browser, where actions have pages.
pub(crate) fn has_pages(walk: &Walk<'_>) -> bool {
    matches!(walk.door, Door::Browser(_))
}
