//! Whose certificate is this? Judged here, whatever a proxy said of it; then traced to a person as the step's settings say.
//!
//! [`identify`] does both for the certificate of a request; what a step is set to do is in `step`, whom paths end at in `anchors`.

mod anchors;
mod client;
mod host;
mod judged;
pub(crate) mod remembered;
mod revocation;
mod step;
mod ticket;

pub use anchors::Purpose;
pub(crate) use anchors::RealmAnchors;
pub(crate) use client::ClientRules;
pub use client::{NotTheClient, client_certificate};
pub use host::{CertificateHost, NotAHost};
pub(crate) use step::{Confirmation, Steps};
pub(crate) use ticket::{Errand, TICKET, address, confirm, link, redeem};

use crate::flow::Walk;
use crate::people::{self, Lookup};
use crate::refusal::{By, NOTE_SETTING, Refusal};
use crate::{Cx, Fault, brute_force};
use edge::ClientCert;
use judged::Question;
use realm::{Execution, User, UserId};
use std::collections::BTreeMap;
use std::sync::Arc;
use step::{Mapping, Step};
use x509::{Certificate, Chain, VerifiedChain};

/// The step at a browser, in flows.
pub(crate) const CERTIFICATE_FORM: &str = "auth-x509-client-username-form";
/// So many people the database gives for one attribute, at the most.
const MOST_FOUND: usize = 100;

/// A certificate that is in order, and whose it is.
pub(crate) struct Holder {
    pub(crate) user: User,
    /// What the certificate says, as far as one value says it.
    pub(crate) identity: String,
    pub(crate) subject: String,
    /// SHA-256, lower-case hex.
    pub(crate) thumbprint: String,
    /// What the session is to remember of the certificate.
    pub(crate) notes: BTreeMap<String, String>,
}

/// Why a certificate does not lead to a person, and how far it got.
pub(crate) struct Refused {
    pub(crate) why: Refusal,
    pub(crate) identity: Option<String>,
    pub(crate) user: Option<UserId>,
}

impl Refused {
    /// Whether anything was sent: a browser without a certificate is simply one without.
    pub(crate) fn was_sent(&self) -> bool {
        match &self.why {
            Refusal::NoCertificate(reason) => reason.was_sent(),
            _ => true,
        }
    }
}

impl From<Refusal> for Refused {
    fn from(why: Refusal) -> Self {
        Self {
            why,
            identity: None,
            user: None,
        }
    }
}

/// Whose certificate came with this request, by the settings of this step. All that is found out goes into the trace, a refusal included.
pub(crate) async fn identify(
    walk: &mut Walk<'_>,
    execution: &Execution,
) -> Result<Result<Holder, Refused>, Fault> {
    let found = find(walk, execution).await?;
    if let Err(refused) = &found {
        if let Refusal::NoCertificate(reason) = &refused.why {
            tracing::debug!(
                target: "org.keycloak.services.x509",
                code = reason.code(),
                "[X509ClientCertificateAuthenticator:authenticate] x509 client certificate is not available for mutual SSL. {}: {reason}",
                reason.code()
            );
        }
        walk.tell("certificate", &refused.why);
    }
    Ok(found)
}

/// The settings of a step; none when it has none.
pub(crate) fn step(walk: &Walk<'_>, execution: &Execution) -> Option<Arc<Step>> {
    let config = walk.config(execution)?;
    Some(walk.cx.server.steps().get(walk.cx, &config))
}

/// Whether a certificate counts without the person being asked.
pub(crate) fn skips_confirmation(walk: &Walk<'_>, execution: &Execution) -> bool {
    step(walk, execution).is_some_and(|step| step.confirmation == Confirmation::PassedOver)
}

async fn find(
    walk: &mut Walk<'_>,
    execution: &Execution,
) -> Result<Result<Holder, Refused>, Fault> {
    let chain = match walk.cx.arrival.client_cert() {
        ClientCert::Present(chain) => chain.clone(),
        ClientCert::Absent(reason) => {
            return Ok(Err(Refusal::NoCertificate(reason.clone()).into()));
        }
    };
    note_details(walk, chain.leaf());
    let Some(step) = step(walk, execution) else {
        return Ok(Err(Refusal::NotConfigured.into()));
    };
    for setting in &step.without_effect {
        walk.attempt.add(
            "certificate",
            Some(NOTE_SETTING.to_owned()),
            format!("the setting {}: {}", setting.name, setting.what),
        );
    }
    match judge(walk, &step, &chain) {
        Ok(verified) => whose(walk, &step, &verified).await,
        Err(refusal) => Ok(Err(refusal.into())),
    }
}

/// Whether the certificate is in order for this step.
fn judge(walk: &mut Walk<'_>, step: &Step, chain: &Arc<Chain>) -> Result<VerifiedChain, Refusal> {
    let asked = step
        .revocation
        .as_ref()
        .map_err(|error| Refusal::ResponderCertificate(error.clone()))?;
    let question = Question {
        purpose: Purpose::User,
        asked,
        policy: &step.policy,
        may_end_at: &|anchor| step.may_end_at(&anchor.subject()),
    };
    let mut steps = Vec::new();
    let judged = judged::judge(walk.cx, &question, chain, &mut steps);
    for step in steps {
        walk.attempt.add("certificate", step.code, step.text);
    }
    judged
}

/// Who the person is that a certificate in order names.
async fn whose(
    walk: &mut Walk<'_>,
    step: &Step,
    verified: &VerifiedChain,
) -> Result<Result<Holder, Refused>, Fault> {
    let leaf = verified.leaf();
    let source = match &step.source {
        Ok(source) => source,
        Err(unknown) => return Ok(Err(Refusal::IdentitySource(unknown.clone()).into())),
    };
    let values = match source.extract(leaf) {
        Ok(values) => values,
        Err(missing) => return Ok(Err(Refusal::NoIdentity(missing).into())),
    };
    let identity = people::clip(&values.join("##"));
    walk.attempt
        .note("certificate", format!("it names {identity:?}"));
    let (why, user) = match look_up(walk.cx, &step.mapping, &values).await? {
        Lookup::One(user) => match objection(walk.cx, &user).await? {
            None => {
                walk.attempt
                    .note("user", format!("the certificate is {}'s", user.username));
                return Ok(Ok(Holder {
                    user: *user,
                    subject: leaf.subject(),
                    thumbprint: leaf.thumbprint_hex(),
                    identity,
                    notes: remembered::notes(verified),
                }));
            }
            Some(why) => (why, Some(user.id)),
        },
        Lookup::Nobody => (Refusal::UserNotFound(By::Certificate), None),
        Lookup::Several => (Refusal::UserAmbiguous(By::Certificate), None),
    };
    Ok(Err(Refused {
        why,
        identity: Some(identity),
        user,
    }))
}

/// Why somebody whose certificate is in order can't sign in by it. A certificate that is refused at a browser counts as no failure: it is no
/// guess.
pub(crate) async fn objection(cx: &Cx, user: &User) -> Result<Option<Refusal>, Fault> {
    if user.service_account_of.is_some() {
        return Ok(Some(Refusal::UserIsService(By::Certificate)));
    }
    if let Some(lockout) = brute_force::lockout(cx, user).await? {
        return Ok(Some(Refusal::UserLocked(lockout, By::Certificate)));
    }
    Ok((!user.enabled).then_some(Refusal::UserDisabled))
}

/// What events say of a certificate.
fn note_details(walk: &mut Walk<'_>, leaf: &Certificate) {
    let details = [
        ("x509_cert_serial_number", leaf.serial_decimal()),
        ("x509_cert_subject_distinguished_name", leaf.subject()),
        ("x509_cert_issuer_distinguished_name", leaf.issuer()),
    ];
    let details =
        details.map(|(name, value)| (name.to_owned(), value.chars().take(1024).collect()));
    walk.found.details.extend(details);
}

async fn look_up(cx: &Cx, mapping: &Mapping, values: &[String]) -> Result<Lookup, Fault> {
    let names = match mapping {
        Mapping::NameOrEmail => return people::by_name_or_email(cx, &values.join("##")).await,
        Mapping::Attributes(names) => names,
    };
    let (Some((name, more_names)), Some((value, more_values))) =
        (names.split_first(), values.split_first())
    else {
        return Ok(Lookup::Nobody);
    };
    if names.len() != values.len() {
        return Ok(Lookup::Nobody);
    }
    let mut reader = cx.server.store.read().await?;
    let mut users = reader.users();
    let mut found = users.by_attribute(&cx.realm.id, name, value).await?;
    if found.len() >= MOST_FOUND && !more_names.is_empty() {
        return Ok(Lookup::Several); // not all were looked at
    }
    found.retain(|user| {
        let first = |name: &str| user.attributes.get(name).and_then(|values| values.first());
        let mut rest = more_names.iter().zip(more_values);
        rest.all(|(name, value)| first(name) == Some(value))
    });
    Ok(match (found.pop(), found.is_empty()) {
        (Some(user), true) => Lookup::One(Box::new(user)),
        (Some(_), false) => Lookup::Several,
        (None, _) => Lookup::Nobody,
    })
}
