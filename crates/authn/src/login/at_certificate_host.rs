//! What happens at the address where browsers are asked for certificates: the certificate is judged, and the browser goes back.

use super::{Shown, browser_flow};
use crate::certificate::{self, CERTIFICATE_FORM, Errand, Refused};
use crate::flow::{self, Door, Walk};
use crate::refusal::Refusal;
use crate::{Cx, Fault, LocaleWish, cookies::Cookies, untrusted};
use edge::Seldom;
use pages::{CertificatePage, Frame, Message};
use realm::{Client, Execution};
use std::sync::Arc;

/// What comes of a visit there.
pub enum Visit {
    /// The browser goes back to the main address, to this one.
    Back(String),
    /// A page is shown.
    Show(Shown),
}

/// Judges the certificate of a browser that the main address sent here with this errand and its sealed state.
///
/// # Errors
/// Our own trouble; what the person does wrong is a page.
pub async fn visit(cx: &Cx, errand: Option<&str>, state: Option<&str>) -> Result<Visit, Fault> {
    let Some(base) = cx.certificate_host_here() else {
        if cx.server.certificate_host().is_some() {
            static TOLD: Seldom = Seldom::new();
            TOLD.tell(|unsaid| tracing::warn!(
                code = "URL-CERTIFICATE-HOST",
                origin = cx.arrival.origin(),
                unsaid,
                "a browser was to be asked for a certificate at another address than certificate-hostname; behind a proxy, check proxy-headers"
            ));
        }
        return Ok(error(cx, 404, "pageNotFound"));
    };
    let (Some(sealed), Some(state)) = (errand, state) else {
        return Ok(error(cx, 400, "expiredCodeMessage"));
    };
    let Some(errand) = Errand::open(cx, sealed) else {
        return Ok(error(cx, 400, "expiredCodeMessage"));
    };
    let Some((client, execution)) = asked_for(cx, &errand) else {
        return Ok(Visit::Back(errand.way_back(state, None))); // there it is told why it can't go on
    };
    let event = cx.event("LOGIN").details(&errand.event_details);
    let mut walk = Walk::new(cx, &client, Door::CertificateHost, event);
    untrusted::tell(&mut walk).await?;
    let refused = match certificate::identify(&mut walk, &execution).await? {
        Ok(holder) => match errand.ticket(&walk, holder) {
            Some(ticket) => {
                walk.attempt.close(cx, "judged for the main address");
                return Ok(Visit::Back(errand.way_back(state, Some(&ticket))));
            }
            None => {
                walk.tell("certificate", &Refusal::TooLarge);
                Refused::from(Refusal::TooLarge)
            }
        },
        Err(refused) => refused,
    };
    if refused.was_sent() {
        walk.found.username = refused.identity;
        walk.record(&refused.why, refused.user.as_ref()).await?;
    }
    let resources = format!("{base}/resources/{}", cx.server.pages.version());
    let frame = Frame {
        resources_url: &resources,
        ..cx.frame(&errand.locale)
    };
    let other = errand.way_back(state, None);
    let page = CertificatePage {
        certificate_url: &certificate::address(cx, &base, sealed, state).unwrap_or_default(),
        other_url: errand.may_decline.then_some(other.as_str()),
        error: Some(if errand.may_decline {
            refused.why.message()
        } else {
            refused.why.final_message()
        }),
        attempt_code: Some(walk.attempt.code()),
    };
    let page = cx.server.pages.certificate(&frame, &page);
    walk.attempt.close(cx, "page shown");
    Ok(Visit::Show(Shown {
        page,
        status: 200,
        address: None,
        set_cookies: Vec::new(),
    }))
}

/// The client and the step that want a certificate, if the sign-in can still go on.
fn asked_for(cx: &Cx, errand: &Errand) -> Option<(Arc<Client>, Execution)> {
    let lifespan = cx.realm.settings.access_code_lifespan_login;
    if cx.now >= errand.begun_at.plus_seconds(lifespan) {
        return None;
    }
    let client = cx.realm.client(&errand.client)?;
    let client = client.enabled.then(|| client.clone())?;
    let flow = browser_flow(cx, &client).ok()?;
    let execution = flow::find_execution(&cx.realm, &flow, &errand.execution)?;
    let is_certificate = execution.authenticator.as_deref() == Some(CERTIFICATE_FORM);
    is_certificate.then_some((client, execution))
}

fn error(cx: &Cx, status: u16, message: &'static str) -> Visit {
    let locale = cx.locale(&Cookies::default(), LocaleWish::default());
    Visit::Show(Shown {
        page: cx.error_page(&locale.tag, Message::new(message), None, None),
        status,
        address: None,
        set_cookies: Vec::new(),
    })
}
