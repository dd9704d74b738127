//! What the end of a walk means at a browser.

use super::{Progress, Prompt, Refused, Shown, Why, show};
use crate::flow::{Ended, Halt, Walk};
use crate::refusal::Refusal;
use crate::required_actions::{self, Next};
use crate::{Fault, authenticators, finish};
use pages::Page;

/// Ends the request: a page, a sign-in, or that it is refused.
pub(super) async fn conclude(
    mut walk: Walk<'_>,
    ended: Result<Ended, Halt>,
    prompt: Prompt,
) -> Result<Progress, Fault> {
    let ended = match (ended, walk.found.offer.clone()) {
        // No step has a page, and one offers to ask for a certificate elsewhere.
        (Ok(Ended::Unsuccessful), Some(step)) if walk.found.method.is_none() => {
            match authenticators::offer(&mut walk, &step) {
                Some(page) => Ok(Ended::Page(Box::new(page))),
                None => Ok(Ended::Unsuccessful),
            }
        }
        (ended, _) => ended,
    };
    let refusal = match ended {
        Ok(Ended::Page(page)) if prompt != Prompt::None => {
            return Ok(shown(walk, *page));
        }
        Ok(Ended::Page(_)) => return Ok(refused(walk, Why::LoginRequired)),
        Ok(Ended::Successful) => match satisfied(&mut walk).await? {
            Next::Nothing => match walk.user.take() {
                Some(user) => {
                    return Ok(Progress::SignedIn(Box::new(finish::signed_in(walk, user)?)));
                }
                None => Refusal::NothingSucceeded,
            },
            Next::Page(page) if prompt != Prompt::None => return Ok(shown(walk, *page)),
            Next::Page(_) => return Ok(refused(walk, Why::InteractionRequired)),
            Next::Refused(refusal) => refusal,
        },
        Ok(Ended::Unsuccessful) => walk.why_not(),
        Err(Halt::Here(refusal) | Halt::Everywhere(refusal)) => refusal,
        Err(Halt::Fault(fault)) => return Err(fault),
    };
    if prompt == Prompt::None {
        walk.tell("flow", &refusal);
        let why = match refusal {
            Refusal::ActionNotServed(_) | Refusal::ProfileIncomplete(_) => Why::InteractionRequired,
            _ => Why::LoginRequired,
        };
        return Ok(refused(walk, why));
    }
    if refusal == Refusal::TermsDeclined {
        walk.tell("action", &refusal);
        return Ok(refused(walk, Why::TermsDeclined));
    }
    walk.refuse("flow", &refusal, None).await?;
    let cx = walk.cx;
    let (locale, back_url) = walk.browser().map_or_else(Default::default, |browser| {
        let ticket = &browser.ticket;
        (ticket.locale.clone(), ticket.back_url.clone())
    });
    let code = walk.attempt.code().to_owned();
    walk.attempt.close(cx, "refused");
    let message = refusal.final_message();
    let page = cx.error_page(&locale, message, Some(&code), back_url.as_deref());
    Ok(show(page, refusal.status()))
}

/// The flow is satisfied: whether something stands against the sign-in all the same, and what has to be done first.
async fn satisfied(walk: &mut Walk<'_>) -> Result<Next, Fault> {
    if let Some(refusal) = finish::objection(walk).await? {
        return Ok(Next::Refused(refusal));
    }
    required_actions::begin(walk);
    required_actions::next(walk).await
}

fn shown(walk: Walk<'_>, page: Page) -> Progress {
    if walk.shows_code {
        walk.attempt.close(walk.cx, "page shown");
    }
    Progress::Show(Shown {
        page,
        status: 200,
        address: walk.address,
        set_cookies: Vec::new(),
    })
}

/// The client is told that nobody signed in.
fn refused(mut walk: Walk<'_>, why: Why) -> Progress {
    let request = walk
        .browser()
        .map(|browser| browser.ticket.request.take())
        .unwrap_or_default();
    if walk.shows_code {
        walk.attempt.close(walk.cx, "refused without a page");
    }
    Progress::Refused(Box::new(Refused {
        request,
        client: walk.client.client_id.clone(),
        why,
        set_cookies: Vec::new(),
    }))
}
