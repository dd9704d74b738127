use super::conclude::conclude;
use super::{Again, Begin, Progress, Prompt, browser_flow, locale_cookie};
use crate::auth_session::BrowserId;
use crate::cookies::Cookies;
use crate::flow::{self, Browser, Door, Halt, Walk};
use crate::sealed::{FreshProof, Restartable, Ticket};
use crate::{Cx, Fault, required_actions, untrusted};
use pages::Message;

/// Begins a sign-in: somebody who is signed in already is through at once, anybody else sees the first page of the realm's browser flow.
///
/// # Errors
/// Our own trouble; what the person does wrong is a page.
pub async fn begin(cx: &Cx, cookies: &Cookies, begin: Begin<'_>) -> Result<Progress, Fault> {
    let client = begin.client;
    let id = BrowserId::read(cx, cookies).unwrap_or_else(BrowserId::random);
    let mut set_cookies = id.set_cookies(cx)?.to_vec();
    set_cookies.extend(
        begin
            .locale
            .chosen
            .then(|| locale_cookie(cx, &begin.locale)),
    );
    // What a client has somebody do may want a younger proof than the client does.
    let action_age = begin
        .action
        .as_ref()
        .and_then(|action| required_actions::max_auth_age(cx, &action.alias));
    let max_age = [begin.max_age, action_age].into_iter().flatten().min();
    let proof = FreshProof {
        always: begin.prompt == Prompt::Login,
        max_age,
    };
    let restartable = Restartable {
        client: client.client_id.clone(),
        request: begin.request.clone(),
        proof,
        login_hint: begin.login_hint.clone(),
        action: begin.action.clone(),
        level: begin.level,
    };
    let event = cx.event("LOGIN").details(&begin.event_details);
    let browser = Browser {
        cookies,
        id,
        ticket: Ticket {
            begun_at: cx.now,
            client: client.client_id.clone(),
            request: begin.request,
            tab: jose::random_token(8),
            client_data: begin.client_data,
            back_url: begin.back_url,
            chose_locale: begin.locale.chosen,
            locale: begin.locale.tag,
            event_details: begin.event_details,
            login_hint: begin.login_hint,
            action: begin.action,
            scope: begin.scope,
            proof,
            level: begin.level,
            once_more: None,
        },
        current: None,
        joined: false,
    };
    let mut walk = Walk::new(cx, client, Door::Browser(Box::new(browser)), event);
    walk.notice = (begin.again == Again::TimedOut).then(|| Message::new("loginTimeout"));
    untrusted::tell(&mut walk).await?;
    let ended = match browser_flow(cx, client) {
        Ok(flow) => flow::run(&mut walk, &flow).await,
        Err(refusal) => Err(Halt::Everywhere(refusal)),
    };
    let mut progress = conclude(walk, ended, begin.prompt).await?;
    match &mut progress {
        Progress::Show(shown) => {
            set_cookies.extend(restartable.set_cookie(cx));
            shown.set_cookies.append(&mut set_cookies);
        }
        Progress::SignedIn(signed_in) => signed_in.set_cookies.append(&mut set_cookies),
        Progress::Refused(_) | Progress::Restart(_) => {}
    }
    Ok(progress)
}
