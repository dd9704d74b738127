//! How a sign-in goes to the address where browsers are asked for certificates, and back.
//!
//! The main address gives the browser an [`Errand`], sealed: which step of which sign-in wants a certificate. At the other address the
//! certificate is judged, and a [`Ticket`] brings the result back, sealed too: good once, for a minute, for the browser and the sign-in
//! that the errand came from. Cookies stay where they are.

use super::{Holder, Refused, objection};
use crate::flow::Walk;
use crate::refusal::Refusal;
use crate::sealed::Witnessed;
use crate::{Cx, Fault, people};
use jose::Sealer;
use realm::{ClientId, Execution, ExecutionId, User, UserId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use store::{Claim, Timestamp};
use url::form_urlencoded::Serializer;

/// So long a ticket is good, seconds.
const LIFE: i64 = 60;
/// The parameter that a ticket comes in.
pub(crate) const TICKET: &str = "certificate_ticket";

/// Which step of which sign-in wants a certificate.
#[derive(Serialize, Deserialize)]
pub(crate) struct Errand {
    #[serde(rename = "b")]
    browser: String,
    #[serde(rename = "w")]
    tab: String,
    #[serde(rename = "c")]
    pub(crate) client: ClientId,
    #[serde(rename = "e")]
    pub(crate) execution: ExecutionId,
    #[serde(rename = "t")]
    pub(crate) begun_at: Timestamp,
    /// The realm at the main address.
    #[serde(rename = "i")]
    issuer: String,
    #[serde(rename = "d")]
    client_data: String,
    #[serde(rename = "l")]
    pub(crate) locale: String,
    #[serde(rename = "v")]
    pub(crate) event_details: BTreeMap<String, String>,
    /// Whether there is another way to go on.
    #[serde(rename = "m")]
    pub(crate) may_decline: bool,
}

/// What came of an errand.
#[derive(Serialize, Deserialize)]
struct Ticket {
    #[serde(rename = "n")]
    nonce: String,
    #[serde(rename = "b")]
    browser: String,
    #[serde(rename = "w")]
    tab: String,
    #[serde(rename = "c")]
    client: ClientId,
    #[serde(rename = "e")]
    execution: ExecutionId,
    #[serde(rename = "t")]
    issued_at: Timestamp,
    #[serde(rename = "u")]
    user: UserId,
    #[serde(rename = "i")]
    identity: String,
    #[serde(rename = "s")]
    subject: String,
    #[serde(rename = "k")]
    thumbprint: String,
    #[serde(rename = "y")]
    details: BTreeMap<String, String>,
    #[serde(rename = "z")]
    notes: BTreeMap<String, String>,
    /// The code of the trace.
    #[serde(rename = "a")]
    attempt: String,
}

/// The link that leads this browser to where it is asked for a certificate, for this step; none when that is not apart, when it is here, or
/// when the state is too large to travel.
pub(crate) fn link(
    walk: &mut Walk<'_>,
    execution: &ExecutionId,
    may_decline: bool,
) -> Option<String> {
    let cx = walk.cx;
    let base = cx.certificate_host_elsewhere()?.base(cx)?;
    let state = walk.seal(execution)?;
    let client = walk.client.client_id.clone();
    let browser = walk.browser()?;
    let ticket = &browser.ticket;
    let errand = Errand {
        browser: digest(browser.id.as_str()),
        tab: ticket.tab.clone(),
        client,
        execution: execution.clone(),
        begun_at: ticket.begun_at,
        issuer: cx.issuer().to_owned(),
        client_data: ticket.client_data.clone(),
        locale: ticket.locale.clone(),
        event_details: ticket.event_details.clone(),
        may_decline,
    };
    let errand = seal(cx, "certificate errand", &errand)?;
    address(cx, &base, &errand, &state)
}

/// The address of an errand at this base.
pub(crate) fn address(cx: &Cx, base: &str, errand: &str, state: &str) -> Option<String> {
    let realm = cx.issuer().strip_prefix(cx.base())?;
    let query = Serializer::new(String::new())
        .append_pair("errand", errand)
        .append_pair("session_code", state)
        .finish();
    Some(format!("{base}{realm}/login-actions/certificate?{query}"))
}

impl Errand {
    pub(crate) fn open(cx: &Cx, sealed: &str) -> Option<Self> {
        open(cx, "certificate errand", sealed)
    }

    /// The way back to the main address.
    pub(crate) fn way_back(&self, state: &str, ticket: Option<&str>) -> String {
        let mut query = Serializer::new(String::new());
        query
            .append_pair("session_code", state)
            .append_pair("execution", self.execution.as_str())
            .append_pair("client_id", self.client.as_str())
            .append_pair("tab_id", &self.tab)
            .append_pair("client_data", &self.client_data);
        if let Some(ticket) = ticket {
            query.append_pair(TICKET, ticket);
        }
        format!(
            "{}/login-actions/authenticate?{}",
            self.issuer,
            query.finish()
        )
    }

    /// The ticket for whose certificate it is.
    pub(crate) fn ticket(&self, walk: &Walk<'_>, holder: Holder) -> Option<String> {
        let ticket = Ticket {
            nonce: jose::random_token(18),
            browser: self.browser.clone(),
            tab: self.tab.clone(),
            client: self.client.clone(),
            execution: self.execution.clone(),
            issued_at: walk.cx.now,
            user: holder.user.id,
            identity: holder.identity,
            subject: holder.subject,
            thumbprint: holder.thumbprint,
            details: walk.found.details.clone(),
            notes: holder.notes,
            attempt: walk.attempt.code().to_owned(),
        };
        seal(walk.cx, "certificate ticket", &ticket)
    }
}

/// Takes a ticket that a browser brought back to this step. All that is found out goes into the trace, a refusal included.
pub(crate) async fn redeem(
    walk: &mut Walk<'_>,
    execution: &Execution,
    sealed: &str,
) -> Result<Result<(Holder, Witnessed), Refused>, Fault> {
    let redeemed = take(walk, execution, sealed).await?;
    if let Err(refused) = &redeemed {
        walk.tell("certificate", &refused.why);
    }
    Ok(redeemed)
}

/// Takes what a person confirmed on the page that followed a ticket: once, since the page may still be there when they have signed out.
pub(crate) async fn confirm(
    walk: &mut Walk<'_>,
    witnessed: Witnessed,
) -> Result<Result<(User, Witnessed), Refused>, Fault> {
    let confirmed = take_confirmed(walk, witnessed).await?;
    if let Err(refused) = &confirmed {
        walk.tell("certificate", &refused.why);
    }
    Ok(confirmed)
}

async fn take_confirmed(
    walk: &mut Walk<'_>,
    witnessed: Witnessed,
) -> Result<Result<(User, Witnessed), Refused>, Fault> {
    let cx = walk.cx;
    let refused = |why| Ok(Err(Refusal::CertificateTicket(why).into()));
    // As long as the page can be sent.
    let lifespan = cx.realm.settings.access_code_lifespan_login;
    let until = cx.now.plus_seconds(lifespan);
    if !claim(cx, &format!("confirmed {}", witnessed.nonce), until).await? {
        return refused("it was confirmed before");
    }
    let Some(user) = people::by_id(cx, &witnessed.user).await? else {
        return refused("whom it names is gone");
    };
    Ok(match objection(cx, &user).await? {
        None => Ok((user, witnessed)),
        Some(why) => Err(Refused {
            why,
            identity: Some(witnessed.identity),
            user: Some(user.id),
        }),
    })
}

/// Whether this is the first time that something happens which may happen once.
async fn claim(cx: &Cx, what: &str, until: Timestamp) -> Result<bool, Fault> {
    let mut writer = cx.server.store.write().await?;
    let name = format!("certificate {what}");
    let claim = writer
        .single_use()
        .claim(&cx.realm.id, &name, until)
        .await?;
    writer.commit().await?;
    Ok(claim == Claim::First)
}

async fn take(
    walk: &mut Walk<'_>,
    execution: &Execution,
    sealed: &str,
) -> Result<Result<(Holder, Witnessed), Refused>, Fault> {
    let cx = walk.cx;
    let refused = |why| Ok(Err(Refusal::CertificateTicket(why).into()));
    let Some(ticket) = open::<Ticket>(cx, "certificate ticket", sealed) else {
        return refused("it is none of ours");
    };
    let client = walk.client.client_id.clone();
    let is_here = walk.browser().is_some_and(|browser| {
        digest(browser.id.as_str()) == ticket.browser
            && browser.ticket.tab == ticket.tab
            && client == ticket.client
            && execution.id == ticket.execution
    });
    if !is_here {
        return refused("it belongs to another browser or another sign-in");
    }
    let until = ticket.issued_at.plus_seconds(LIFE);
    // Another node may have issued it by a clock that is a little ahead.
    if cx.now >= until || cx.now.plus_seconds(LIFE) < ticket.issued_at {
        return refused("it was brought back too late");
    }
    if !claim(cx, &ticket.nonce, until.plus_seconds(LIFE)).await? {
        return refused("it was brought back before");
    }
    walk.attempt.note(
        "certificate",
        format!(
            "judged at the certificate host, where the code is {}: it names {:?}",
            ticket.attempt, ticket.identity
        ),
    );
    walk.found.details.extend(ticket.details);
    let Some(user) = people::by_id(cx, &ticket.user).await? else {
        return refused("whom it names is gone");
    };
    if let Some(why) = objection(cx, &user).await? {
        return Ok(Err(Refused {
            why,
            identity: Some(ticket.identity),
            user: Some(user.id),
        }));
    }
    let witnessed = Witnessed {
        nonce: ticket.nonce,
        user: user.id.clone(),
        identity: ticket.identity.clone(),
        notes: ticket.notes.clone(),
    };
    let holder = Holder {
        user,
        identity: ticket.identity,
        subject: ticket.subject,
        thumbprint: ticket.thumbprint,
        notes: ticket.notes,
    };
    Ok(Ok((holder, witnessed)))
}

fn digest(browser: &str) -> String {
    jose::sha256_base64url(browser.as_bytes())
}

fn sealer(cx: &Cx, purpose: &str) -> Sealer {
    Sealer::derive(cx.realm.keys.state_secret(), purpose)
}

fn seal(cx: &Cx, purpose: &str, value: &impl Serialize) -> Option<String> {
    let plain = serde_json::to_vec(value).ok()?;
    let sealed = sealer(cx, purpose).seal(cx.realm.id.as_str().as_bytes(), &plain);
    Some(sealed).filter(|sealed| !sealed.is_empty())
}

fn open<T: DeserializeOwned>(cx: &Cx, purpose: &str, sealed: &str) -> Option<T> {
    let plain = sealer(cx, purpose).open(cx.realm.id.as_str().as_bytes(), sealed);
    serde_json::from_slice(&plain.ok()?).ok()
}
