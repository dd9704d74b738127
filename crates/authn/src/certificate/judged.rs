//! The one way in which certificates are judged, whatever they are shown for.

use super::Purpose;
use super::revocation::{self, Asked, OldLists};
use crate::refusal::Refusal;
use crate::{Cx, Wanted};
use std::sync::Arc;
use x509::{Certificate, Chain, Judgement, Policy, Rejection, RevocationRefusal, VerifiedChain};

/// What is asked of a certificate.
pub(super) struct Question<'a> {
    /// What it is shown for: that decides about the anchors.
    pub(super) purpose: Purpose,
    /// What is asked of revocation, beside what the server asks.
    pub(super) asked: &'a Asked,
    /// What is asked of it beyond that.
    pub(super) policy: &'a Policy,
    /// At which anchors a path may end.
    pub(super) may_end_at: &'a (dyn Fn(&Certificate) -> bool + Sync),
}

/// Whether a certificate is in order, and how that was found; a refusal comes in its own words and not among the steps.
pub(super) fn judge(
    cx: &Cx,
    question: &Question<'_>,
    chain: &Arc<Chain>,
    steps: &mut Vec<x509::Step>,
) -> Result<VerifiedChain, Refusal> {
    let Question { purpose, asked, .. } = question;
    let anchors = cx
        .anchors(*purpose)
        .map_err(|error| Refusal::RealmAnchors {
            attribute: purpose.attribute(),
            error,
        })?;
    let known = cx.server.revocation();
    let of_server = known.policy();
    let mut policy = Policy {
        revocation: asked.beside(&of_server),
        revocations: known.known(),
        ..question.policy.clone()
    };
    let points = asked.points || of_server.asks_lists();
    let answers = asked.asks_responders() || of_server.asks_answers();
    if points || answers || !asked.lists.is_empty() {
        known.want(Wanted {
            chain: Chain::clone(chain),
            anchors: anchors.clone(),
            points,
            lists: asked.lists.clone(),
            answers,
            responder: asked.responder.clone(),
            responder_certificate: asked.responder_certificate.clone(),
        });
    }
    let now = cx.now.seconds();
    let mut judgement = x509::judge(chain, &anchors, &policy, now);
    if asked.old_lists == OldLists::Accepted
        && let Err(Rejection::Revocation(RevocationRefusal::ListExpired { .. })) =
            &judgement.outcome
    {
        policy.revocation = revocation::with_old_lists(policy.revocation);
        judgement = x509::judge(chain, &anchors, &policy, now);
    }
    let verified = told(judgement, steps).map_err(Refusal::Certificate)?;
    let Some(elsewhere) = verified
        .path()
        .last()
        .filter(|end| !(question.may_end_at)(end))
    else {
        return Ok(verified);
    };
    // There may be another path, to an anchor that is asked for.
    let refusal = Refusal::OtherAuthority(elsewhere.subject());
    let wanted = anchors.with_roots(question.may_end_at);
    if wanted.roots().is_empty() {
        return Err(refusal);
    }
    let judgement = x509::judge(chain, &wanted, &policy, now);
    match judgement.outcome {
        Ok(_) => told(judgement, steps).map_err(|_| refusal),
        Err(_) => Err(refusal),
    }
}

fn told(judgement: Judgement, steps: &mut Vec<x509::Step>) -> Result<VerifiedChain, Rejection> {
    steps.extend(judgement.steps);
    if judgement.outcome.is_err() {
        steps.pop();
    }
    judgement.outcome
}
