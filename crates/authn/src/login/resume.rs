use super::conclude::conclude;
use super::{Action, Again, Progress, Prompt, Restart, browser_flow, locale_cookie, restart, show};
use crate::auth_session::BrowserId;
use crate::certificate::TICKET;
use crate::cookies::Cookies;
use crate::flow::{self, Browser, Door, Ended, Halt, Walk};
use crate::required_actions::{self, Next, Submitted};
use crate::sealed::{Restartable, State, Ticket};
use crate::{Cx, Fault, LocaleWish, finish, untrusted, view};
use pages::{ExpiredPage, Message};
use realm::{Client, Execution};
use std::sync::Arc;

/// To which address a form was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `login-actions/authenticate`: a step of the flow.
    Step,
    /// `login-actions/required-action`: what has to be done behind the flow.
    RequiredAction,
}

/// Goes on with a sign-in: `form` is what was sent; without one the page is shown again.
///
/// # Errors
/// Our own trouble; what the person does wrong is a page.
pub async fn resume(
    cx: &Cx,
    cookies: &Cookies,
    action: &Action,
    form: Option<&[(String, String)]>,
    place: Place,
) -> Result<Progress, Fault> {
    let (id, mut state, client) = match open(cx, cookies, action) {
        Ok(opened) => opened,
        Err(progress) => return Ok(*progress),
    };
    let wish = LocaleWish {
        chosen: action.kc_locale.as_deref(),
        ..LocaleWish::default()
    };
    let locale = cx.locale(cookies, wish);
    if locale.chosen {
        state.ticket.locale.clone_from(&locale.tag);
        state.ticket.chose_locale = true;
    }
    let stands = match &state.found.acting {
        Some(_) => Place::RequiredAction,
        None => Place::Step,
    };
    let is_its_own = action
        .execution
        .as_deref()
        .is_none_or(|asked| asked == state.execution.as_str());
    let at = match stands {
        Place::Step => standing(cx, &client, &state),
        Place::RequiredAction => Ok(None),
    };
    let is_gone = stands == Place::Step && matches!(at, Ok(None));
    if stands != place || !is_its_own || is_gone {
        let sealed = action.session_code.as_deref().unwrap_or_default();
        return Ok(overtaken(cx, &state, sealed));
    }
    let event = cx.event("LOGIN").details(&state.ticket.event_details);
    let browser = Browser {
        cookies,
        id,
        ticket: state.ticket,
        current: None,
        joined: false,
    };
    let mut walk = Walk::new(cx, &client, Door::Browser(Box::new(browser)), event);
    walk.take_up(state.found).await?;
    untrusted::tell(&mut walk).await?;
    if place == Place::RequiredAction {
        let mut progress = acting(walk, state.execution.as_str(), form).await?;
        if let Progress::Show(shown) = &mut progress {
            shown
                .set_cookies
                .extend(locale.chosen.then(|| locale_cookie(cx, &locale)));
        }
        return Ok(progress);
    }
    // What comes back from where certificates are asked for stands for the step's own form.
    let ticket = action
        .certificate_ticket
        .as_ref()
        .map(|ticket| [(TICKET.to_owned(), ticket.clone())]);
    let form = form.or(ticket.as_ref().map(<[_; 1]>::as_slice));
    let ended = match (at, form) {
        (Ok(Some((flow, step))), Some(form)) => flow::submit(&mut walk, &flow, &step, form).await,
        (Ok(Some((flow, _))), None) => {
            if let Some(ticket) = walk.signed_in_elsewhere().await? {
                return Ok(again(ticket, Again::Asked));
            }
            flow::run(&mut walk, &flow).await
        }
        (Ok(None), _) => Ok(flow::Ended::Unsuccessful),
        (Err(refusal), _) => Err(Halt::Everywhere(refusal)),
    };
    let mut progress = conclude(walk, ended, Prompt::Normal).await?;
    if let Progress::Show(shown) = &mut progress {
        shown
            .set_cookies
            .extend(locale.chosen.then(|| locale_cookie(cx, &locale)));
    }
    Ok(progress)
}

/// Goes on with what has to be done behind a flow that was satisfied.
async fn acting(
    mut walk: Walk<'_>,
    alias: &str,
    form: Option<&[(String, String)]>,
) -> Result<Progress, Fault> {
    let cx = walk.cx;
    let Some(ticket) = walk.browser().map(|browser| browser.ticket.clone()) else {
        return conclude(walk, Ok(Ended::Unsuccessful), Prompt::Normal).await;
    };
    let is_over = match walk.browser() {
        // The session that satisfied the flow has ended.
        Some(browser) if browser.joined => browser.current(cx).await?.is_none(),
        _ => walk.user.is_none(),
    };
    if is_over {
        return Ok(again(ticket, Again::Asked));
    }
    if let Some(refusal) = finish::objection(&mut walk).await? {
        let ended = Err(Halt::Everywhere(refusal));
        return conclude(walk, ended, Prompt::Normal).await;
    }
    let submitted = match form {
        Some(form) => required_actions::submit(&mut walk, alias, form).await?,
        None => Submitted::Done,
    };
    let ended = match submitted {
        Submitted::Page(page) => Ok(Ended::Page(page)),
        Submitted::Refused(refusal) => Err(Halt::Everywhere(refusal)),
        Submitted::Again => return Ok(again(ticket, Again::Asked)),
        Submitted::Done => match required_actions::next(&mut walk).await? {
            Next::Page(page) => Ok(Ended::Page(page)),
            Next::Refused(refusal) => Err(Halt::Everywhere(refusal)),
            Next::Nothing if ends_once(&walk).await? => Ok(Ended::Successful),
            Next::Nothing => return Ok(again(ticket, Again::Asked)),
        },
    };
    conclude(walk, ended, Prompt::Normal).await
}

/// Claims the end of this sign-in: a page that is sent again signs nobody in again.
async fn ends_once(walk: &Walk<'_>) -> Result<bool, Fault> {
    let mut writer = walk.cx.server.store.write().await?;
    let is_first = required_actions::claim(walk, "end", &mut writer).await?;
    writer.commit().await?;
    Ok(is_first)
}

type Opened = (BrowserId, State, Arc<Client>);

/// The state of this tab in this browser, if the sign-in can go on from there.
fn open(cx: &Cx, cookies: &Cookies, action: &Action) -> Result<Opened, Box<Progress>> {
    let id = BrowserId::read(cx, cookies);
    let sealed = action.session_code.as_deref();
    let opened = id.and_then(|id| Some((State::open(cx, &id, sealed?)?, id)));
    let Some((state, id)) = opened else {
        return Err(Box::new(lost(cx, cookies, action)));
    };
    let ticket = &state.ticket;
    if action.client_id.as_deref() != Some(ticket.client.as_str()) {
        return Err(Box::new(error(cx, ticket, "invalidRequestMessage")));
    }
    let Some(client) = cx.realm.client(&ticket.client).cloned() else {
        return Err(Box::new(error(cx, ticket, "clientNotFoundMessage")));
    };
    if !client.enabled {
        return Err(Box::new(error(cx, ticket, "clientDisabledMessage")));
    }
    let lifespan = cx.realm.settings.access_code_lifespan_login;
    let ends_at = match &state.found.acting {
        Some(acting) => acting.expires_at(cx),
        None => ticket.begun_at.plus_seconds(lifespan),
    };
    if cx.now >= ends_at {
        return Err(Box::new(again(state.ticket, Again::TimedOut)));
    }
    if action.tab_id.as_deref() != Some(ticket.tab.as_str()) {
        return Err(Box::new(again(state.ticket, Again::Asked)));
    }
    Ok((id, state, client))
}

/// The flow, and the step whose page was shown; none when the step is gone.
fn standing(
    cx: &Cx,
    client: &Client,
    state: &State,
) -> Result<Option<(String, Execution)>, crate::refusal::Refusal> {
    let flow = browser_flow(cx, client)?;
    let step = flow::find_execution(&cx.realm, &flow, &state.execution);
    Ok(step.map(|step| (flow, step)))
}

/// There is no state, or it is not this browser's: the cookie of the last sign-in may help.
fn lost(cx: &Cx, cookies: &Cookies, action: &Action) -> Progress {
    let restart = restart(cx, cookies);
    let restart =
        restart.filter(|restart| Some(restart.client.as_str()) == action.client_id.as_deref());
    if let Some(restart) = restart {
        return Progress::Restart(Box::new(restart));
    }
    let locale = cx.locale(cookies, LocaleWish::default());
    let message = if BrowserId::read(cx, cookies).is_some() {
        "expiredCodeMessage"
    } else {
        "cookieNotFoundMessage"
    };
    show(
        cx.error_page(&locale.tag, Message::new(message), None, None),
        400,
    )
}

fn again(ticket: Ticket, again: Again) -> Progress {
    let restartable = Restartable {
        client: ticket.client,
        request: ticket.request,
        proof: ticket.proof,
        login_hint: ticket.login_hint,
        action: ticket.action,
        level: ticket.level,
    };
    Progress::Restart(Box::new(Restart::of(restartable, again)))
}

/// The form is not that of the step where the sign-in stands.
fn overtaken(cx: &Cx, state: &State, sealed: &str) -> Progress {
    let (ticket, step) = (&state.ticket, &state.execution);
    let continue_url = match &state.found.acting {
        Some(_) => view::action_url(cx, ticket, step.as_str(), sealed),
        None => view::authenticate_url(cx, ticket, step, sealed),
    };
    let page = ExpiredPage {
        restart_url: &view::restart_url(cx, ticket),
        continue_url: &continue_url,
    };
    let frame = cx.frame(&ticket.locale);
    show(cx.server.pages.expired(&frame, &page), 200)
}

fn error(cx: &Cx, ticket: &Ticket, message: &'static str) -> Progress {
    let back_url = ticket.back_url.as_deref();
    show(
        cx.error_page(&ticket.locale, Message::new(message), None, back_url),
        400,
    )
}
