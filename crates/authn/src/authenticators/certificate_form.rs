//! `auth-x509-client-username-form`: the browser's certificate, confirmed by the person unless the step says otherwise.
//!
//! Where browsers are asked for certificates at an address of its own, the step offers a link there, and takes the ticket that comes back.

use super::Authenticator;
use crate::Fault;
use crate::certificate::{self, CERTIFICATE_FORM as ID, Holder, Refused};
use crate::flow::{Form, Outcome, Stepping, Walk, value};
use crate::refusal::Refusal;
use pages::{CertificatePage, Choice, Message, Page, X509ConfirmPage};
use realm::{Execution, ExecutionId, Requirement, User};
use std::collections::BTreeMap;

/// The realm attribute that has the login page say that sign-in by certificate was tried.
const HINT: &str = "x509.login.hint";

pub(super) struct CertificateForm;

impl Authenticator for CertificateForm {
    fn id(&self) -> &'static str {
        ID
    }

    fn start<'s>(&'s self, walk: &'s mut Walk<'_>, execution: &'s Execution) -> Stepping<'s> {
        Box::pin(async {
            match certificate::identify(walk, execution).await? {
                Ok(holder) if certificate::skips_confirmation(walk, execution) => {
                    Ok(accept(walk, holder))
                }
                Ok(holder) => {
                    walk.found.thumbprint = Some(holder.thumbprint.clone());
                    Ok(ask(walk, execution, &holder))
                }
                Err(refused) => pass_over(walk, execution, refused).await,
            }
        })
    }

    /// The certificate is judged again and has to be the one that was shown: the page may be old, and another browser's. One that was judged
    /// at the address for that is not here again; it was shown a moment ago, and the page's state is this browser's.
    fn submit<'s>(
        &'s self,
        walk: &'s mut Walk<'_>,
        execution: &'s Execution,
        form: &'s Form,
    ) -> Stepping<'s> {
        Box::pin(async {
            let shown = walk.found.thumbprint.take();
            let witnessed = walk.found.witnessed.take();
            if let Some(ticket) = value(form, certificate::TICKET) {
                return Ok(match certificate::redeem(walk, execution, ticket).await? {
                    Ok((holder, _)) if certificate::skips_confirmation(walk, execution) => {
                        accept(walk, holder)
                    }
                    Ok((holder, witnessed)) => {
                        walk.found.witnessed = Some(witnessed);
                        ask(walk, execution, &holder)
                    }
                    Err(refused) => pass_over(walk, execution, refused).await?,
                });
            }
            if value(form, "cancel").is_some() {
                walk.found.details.clear();
                walk.attempt
                    .note("certificate", "the person chose another way");
                return Ok(Outcome::Attempted(None));
            }
            if let Some(witnessed) = witnessed {
                return match certificate::confirm(walk, witnessed).await? {
                    Ok((user, witnessed)) => {
                        Ok(proven(walk, user, witnessed.identity, witnessed.notes))
                    }
                    Err(refused) => pass_over(walk, execution, refused).await,
                };
            }
            match certificate::identify(walk, execution).await? {
                Ok(holder) if shown.as_ref() == Some(&holder.thumbprint) => {
                    Ok(accept(walk, holder))
                }
                Ok(holder) => {
                    walk.tell("certificate", &Refusal::CertificateChanged);
                    let refused = Refused {
                        why: Refusal::CertificateChanged,
                        identity: Some(holder.identity),
                        user: Some(holder.user.id),
                    };
                    pass_over(walk, execution, refused).await
                }
                Err(refused) => pass_over(walk, execution, refused).await,
            }
        })
    }
}

fn accept(walk: &mut Walk<'_>, holder: Holder) -> Outcome {
    proven(walk, holder.user, holder.identity, holder.notes)
}

fn proven(
    walk: &mut Walk<'_>,
    user: User,
    identity: String,
    notes: BTreeMap<String, String>,
) -> Outcome {
    walk.found.username = Some(identity);
    walk.found.notes.extend(notes);
    walk.found.offer = None;
    walk.is(user);
    walk.proven_by(ID, "cert");
    Outcome::Success
}

fn ask(walk: &mut Walk<'_>, execution: &Execution, holder: &Holder) -> Outcome {
    let choice = if execution.requirement == Requirement::Required {
        Choice::CertificateOnly
    } else {
        Choice::MayDecline
    };
    let page = walk.page(&execution.id, |walk, frame, action_url| {
        let page = X509ConfirmPage {
            action_url,
            subject_dn: &holder.subject,
            username: Some(&holder.user.username),
            choice,
            ..X509ConfirmPage::default()
        };
        walk.cx.server.pages.x509_confirm(frame, &page)
    });
    match page {
        Some(page) => Outcome::Page(Box::new(page)),
        None => Outcome::Refused(Refusal::TooLarge),
    }
}

/// The certificate does not count, and another step may. Who sent one is told; a browser without one is simply a browser without one.
async fn pass_over(
    walk: &mut Walk<'_>,
    execution: &Execution,
    refused: Refused,
) -> Result<Outcome, Fault> {
    let is_elsewhere = walk.cx.certificate_host_elsewhere().is_some();
    if refused.was_sent() {
        walk.alert = Some(match &refused.why {
            Refusal::NoCertificate(_) => Message::new("certificateRefused"),
            why => why.message(),
        });
        let typed = std::mem::replace(&mut walk.found.username, refused.identity);
        walk.record(&refused.why, refused.user.as_ref()).await?;
        walk.found.username = typed;
    } else if !is_elsewhere && walk.cx.realm.settings.attribute(HINT) == Some("true") {
        walk.notice.get_or_insert(Message::new("certificateTried"));
    }
    walk.found.details.clear();
    if is_elsewhere && walk.browser().is_some() {
        walk.found.offer = Some(execution.id.clone());
        if execution.requirement == Requirement::Required
            && let Some(page) = offer(walk, &execution.id)
        {
            return Ok(Outcome::Page(Box::new(page)));
        }
    }
    Ok(Outcome::Attempted(Some(refused.why)))
}

/// The page that leads to where the browser is asked for a certificate, when there is no other way; `None` when its state is too large to
/// travel.
pub(crate) fn offer(walk: &mut Walk<'_>, execution: &ExecutionId) -> Option<Page> {
    let url = certificate::link(walk, execution, false)?;
    let error = walk.alert.take();
    let locale = walk.browser()?.ticket.locale.clone();
    let page = CertificatePage {
        certificate_url: &url,
        other_url: None,
        error,
        attempt_code: Some(walk.attempt.code()).filter(|_| walk.shows_code),
    };
    let frame = walk.frame(&locale);
    Some(walk.cx.server.pages.certificate(&frame, &page))
}
