//! What OCSP answers say of a certificate (RFC 6960 §3.2, §4.2.2).

use crate::certificate::KEY_USAGES;
use crate::revocation::answer::{OcspAnswer, OcspStatus, Single};
use crate::revocation::inquiry::{Finding, Inquiry, TOLERANCE, closest};
use crate::revocation::points::extension_value;
use crate::revocation::policy::Reach;
use crate::revocation::refusal::RevocationRefusal;
use crate::revocation::signed::is_certified;
use crate::{Certificate, Policy, checks, instant};
use std::sync::Arc;

const OCSP_SIGNING: &str = "1.3.6.1.5.5.7.3.9";
const NO_CHECK: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 5];
/// How long an answer counts that does not say when the next is due, since "newer information is available all the time".
const UNDATED: i64 = 3600;
/// Answers tried for one certificate, the newest first.
const MAX_ANSWERS: usize = 8;

impl Inquiry<'_> {
    /// The newest answer that is genuine tells.
    pub(super) fn by_answers(
        &mut self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
    ) -> Finding {
        let mut best = RevocationRefusal::AnswerMissing {
            subject: certificate.label(),
            responders: certificate.ocsp_responders(),
        };
        let (known, Some(issuer)) = (self.policy.revocations.clone(), above.first()) else {
            return Finding::Unknown(best);
        };
        let answers = known.answers_of(certificate, issuer).into_iter();
        for (answer, single) in answers.take(MAX_ANSWERS) {
            if single.this_update > self.now + TOLERANCE {
                let refusal = RevocationRefusal::AnswerNotYetValid {
                    subject: certificate.label(),
                    this_update: single.this_update,
                };
                closest(&mut best, refusal);
                continue;
            }
            if let Err(why) = self.is_entitled(answer, above) {
                let refusal = RevocationRefusal::AnswerSigner {
                    subject: certificate.label(),
                    why,
                };
                self.tell(format!("of no use: {refusal}"));
                closest(&mut best, refusal);
                continue;
            }
            if let Some(oid) = unread(answer, single) {
                let refusal = RevocationRefusal::AnswerUnusable {
                    subject: certificate.label(),
                    oid,
                };
                closest(&mut best, refusal);
                continue;
            }
            return self.tells(certificate, single);
        }
        Finding::Unknown(best)
    }

    fn tells(&mut self, certificate: &Certificate, single: &Single) -> Finding {
        let until = single.next_update.unwrap_or(single.this_update + UNDATED);
        let expired = RevocationRefusal::AnswerExpired {
            subject: certificate.label(),
            next_update: until,
        };
        let is_current = self.now <= until + TOLERANCE;
        let made = instant::text(single.this_update);
        match single.status {
            OcspStatus::Revoked(entry) => Finding::Revoked(RevocationRefusal::Revoked {
                subject: certificate.label(),
                at: entry.at,
                reason: entry.reason,
                by: format!("the ocsp answer of {made}"),
            }),
            OcspStatus::Unknown if is_current => {
                Finding::Unknown(RevocationRefusal::AnswerUnknown(certificate.label()))
            }
            OcspStatus::Unknown => Finding::Unknown(expired),
            OcspStatus::Good => {
                let subject = certificate.label();
                self.tell(format!("the ocsp answer of {made} calls {subject} good"));
                if is_current {
                    Finding::Good
                } else {
                    Finding::OutOfDate(expired, until)
                }
            }
        }
    }

    /// Whether the issuer signed an answer, or the operator's own responder, or somebody whom the issuer lets sign (RFC 6960 §4.2.2.2).
    fn is_entitled(
        &mut self,
        answer: &OcspAnswer,
        above: &[Arc<Certificate>],
    ) -> Result<(), String> {
        let text = |refusal: RevocationRefusal| refusal.to_string();
        let Some(issuer) = above.first() else {
            return Err("its issuer is not known".to_owned());
        };
        if answer.names_signer(issuer) && self.is_signed(&answer.signed, issuer).map_err(text)? {
            answer.signed.vouch(issuer);
            return Ok(());
        }
        let by_hand = self.policy.revocation.responder.clone();
        if let Some(responder) = by_hand.filter(|responder| answer.names_signer(responder))
            && self.is_signed(&answer.signed, &responder).map_err(text)?
        {
            return checks::each(std::slice::from_ref(&responder), self.policy, self.now)
                .map_err(|rejection| rejection.to_string());
        }
        let mut why = "it names a responder that is not known".to_owned();
        let named = answer.certificates.iter();
        for responder in named.filter(|responder| answer.names_signer(responder)) {
            match self.is_delegate(answer, responder, above, issuer) {
                Ok(()) => {
                    answer.signed.vouch(issuer);
                    return Ok(());
                }
                Err(other) => why = other,
            }
        }
        Err(why)
    }

    fn is_delegate(
        &mut self,
        answer: &OcspAnswer,
        responder: &Arc<Certificate>,
        above: &[Arc<Certificate>],
        issuer: &Certificate,
    ) -> Result<(), String> {
        let text = |refusal: RevocationRefusal| refusal.to_string();
        may_answer(responder, self.policy, self.now)?;
        if !self.may_speak(responder) {
            return Err("it speaks for itself".to_owned());
        }
        if responder.issuer_name != issuer.subject_name {
            return Err(format!("{} is of another issuer", responder.label()));
        }
        // What is proved was proved by a key whose certificate is verified again: it may have expired or be revoked since.
        self.spend_signature().map_err(text)?;
        if !is_certified(responder, issuer) {
            return Err(format!("the issuer did not sign {}", responder.label()));
        }
        if !self.is_signed(&answer.signed, responder).map_err(text)? {
            return Err(format!("{} did not sign it", responder.label()));
        }
        if extension_value(responder, NO_CHECK).is_some()
            || self.policy.revocation.reach == Reach::Leaf
        {
            return Ok(());
        }
        self.settle_by_lists(responder, above).map_err(text)
    }
}

/// Whether a certificate is, by what it says, one that answers in its issuer's place now.
pub(super) fn may_answer(
    responder: &Arc<Certificate>,
    policy: &Policy,
    now: i64,
) -> Result<(), String> {
    checks::each(std::slice::from_ref(responder), policy, now)
        .map_err(|rejection| rejection.to_string())?;
    let usages = responder.extended_key_usages().unwrap_or_default();
    if !usages.iter().any(|oid| oid == OCSP_SIGNING) {
        return Err(format!("{} is not for OCSPSigning", responder.label()));
    }
    // RFC 5280 §4.2.1.12: digitalSignature or nonRepudiation go with it.
    let signs = 1 << position("digitalSignature") | 1 << position("nonRepudiation");
    if responder.key_usage.is_some_and(|usage| usage & signs == 0) {
        return Err(format!("{} may not sign", responder.label()));
    }
    Ok(())
}

fn position(usage: &str) -> usize {
    let mut known = KEY_USAGES.iter();
    known.position(|known| *known == usage).unwrap_or(15)
}

fn unread(answer: &OcspAnswer, single: &Single) -> Option<String> {
    let unread = answer.not_understood.as_ref();
    unread.or(single.not_understood.as_ref()).cloned()
}
