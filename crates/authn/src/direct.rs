//! Signing in without a browser: the realm's direct grant flow, in one request.

use crate::event::EventDraft;
use crate::flow::{self, Door, Ended, Halt, Walk};
use crate::login::SignedIn;
use crate::refusal::Refusal;
use crate::{Cx, Fault, brute_force, finish, untrusted};
use realm::Client;

/// Why nobody signed in. Event and trace are written already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectRefusal {
    /// The HTTP status.
    pub status: u16,
    /// The protocol's error code.
    pub error: &'static str,
    /// The protocol's error description.
    pub description: String,
    /// Under which code an administrator finds the trace.
    pub attempt_code: String,
}

/// Runs the direct grant flow of the client or else of the realm. `event` is the `LOGIN` event with the protocol's details; it comes back in
/// [`SignedIn::event`], or is recorded as `LOGIN_ERROR`.
///
/// # Errors
/// Our own trouble.
pub async fn direct_grant(
    cx: &Cx,
    client: &Client,
    form: &[(String, String)],
    event: EventDraft,
) -> Result<Result<SignedIn, DirectRefusal>, Fault> {
    let mut walk = Walk::new(cx, client, Door::Direct(form), event);
    untrusted::tell(&mut walk).await?;
    let usual = &cx.realm.settings.direct_grant_flow;
    let ended = match flow::alias(cx, client, "direct_grant", usual) {
        Ok(flow) => flow::run(&mut walk, &flow).await,
        Err(refusal) => Err(Halt::Everywhere(refusal)),
    };
    let refusal = match ended {
        Ok(Ended::Successful) => match finish::objection(&mut walk).await? {
            Some(refusal) => refusal,
            None => match walk.user.take() {
                Some(user) => return Ok(Ok(finish::signed_in(walk, user)?)),
                None => Refusal::NothingSucceeded,
            },
        },
        // A step that wants to show a page has nobody to show it to.
        Ok(Ended::Page(_) | Ended::Unsuccessful) => walk.why_not(),
        Err(Halt::Here(refusal) | Halt::Everywhere(refusal)) => refusal,
        Err(Halt::Fault(fault)) => return Err(fault),
    };
    if refusal.is_failed_certificate()
        && let Some(user) = walk.user.as_ref().map(|user| user.id.clone())
    {
        brute_force::failed(&mut walk, &user).await?;
    }
    walk.refuse("flow", &refusal, None).await?;
    let told = refusal.told();
    let attempt_code = walk.attempt.code().to_owned();
    walk.attempt.close(cx, "refused");
    Ok(Err(DirectRefusal {
        status: told.status,
        error: told.error,
        description: told.description.into_owned(),
        attempt_code,
    }))
}
