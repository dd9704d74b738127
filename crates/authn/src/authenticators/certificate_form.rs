//! `auth-x509-client-username-form`: the browser's certificate, confirmed by the person unless the step says otherwise.

use super::Authenticator;
use crate::Fault;
use crate::certificate::{self, Holder, Refused};
use crate::flow::{Form, Outcome, Stepping, Walk, value};
use crate::refusal::Refusal;
use pages::{Choice, X509ConfirmPage};
use realm::{Execution, Requirement};

const ID: &str = "auth-x509-client-username-form";

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
                Ok(holder) => Ok(ask(walk, execution, holder)),
                Err(refused) => pass_over(walk, refused).await,
            }
        })
    }

    /// The certificate is judged again and has to be the one that was shown: the page may be old, and another browser's.
    fn submit<'s>(
        &'s self,
        walk: &'s mut Walk<'_>,
        execution: &'s Execution,
        form: &'s Form,
    ) -> Stepping<'s> {
        Box::pin(async {
            let shown = walk.found.thumbprint.take();
            if value(form, "cancel").is_some() {
                walk.found.details.clear();
                walk.attempt
                    .note("certificate", "the person chose another way");
                return Ok(Outcome::Attempted(None));
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
                    pass_over(walk, refused).await
                }
                Err(refused) => pass_over(walk, refused).await,
            }
        })
    }
}

fn accept(walk: &mut Walk<'_>, holder: Holder) -> Outcome {
    walk.found.username = Some(holder.identity);
    walk.is(holder.user);
    walk.proven_by(ID, "cert");
    Outcome::Success
}

fn ask(walk: &mut Walk<'_>, execution: &Execution, holder: Holder) -> Outcome {
    walk.found.thumbprint = Some(holder.thumbprint);
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
async fn pass_over(walk: &mut Walk<'_>, refused: Refused) -> Result<Outcome, Fault> {
    let was_sent = match &refused.why {
        Refusal::NoCertificate(reason) => reason.was_sent(),
        _ => true,
    };
    if was_sent {
        walk.alert = Some(match &refused.why {
            Refusal::NoCertificate(_) => pages::Message::new("certificateRefused"),
            why => why.message(),
        });
        let typed = std::mem::replace(&mut walk.found.username, refused.identity);
        walk.record(&refused.why, refused.user.as_ref()).await?;
        walk.found.username = typed;
    }
    walk.found.details.clear();
    Ok(Outcome::Attempted(Some(refused.why)))
}
