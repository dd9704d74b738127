use crate::revocation::policy::{Reach, Strictness, Together};
use crate::revocation::refusal::RevocationRefusal;
use crate::revocation::signed::Signed;
use crate::{Certificate, Chain, Policy, Step, TrustAnchors, Work};
use std::sync::Arc;

/// Signatures of lists, answers and responders for one judgement, at the most, and paths searched of those who sign lists.
const MAX_SIGNATURES: u32 = 32;
const MAX_PATHS: u32 = 4;
/// Of signers of signers; lists that need more to be trusted are of no use.
const MAX_DEPTH: usize = 3;
/// Further steps are left out.
const MAX_STEPS: usize = 128;
/// How far clocks may be apart, in seconds: for what says that it is of the future, and for answers that were good a moment ago.
pub(super) const TOLERANCE: i64 = 300;

/// What may still be spent on one judgement, however many paths it tries.
pub(crate) struct Budget {
    signatures: u32,
    paths: u32,
    /// What the paths of those who sign lists took together.
    pub(super) work: Work,
    /// Whether something was left undone: nobody is accepted then, however softly revocation is asked about. Else it would be enough to
    /// make us busy.
    pub(super) spent: bool,
    /// Whether the judged certificate itself is revoked: no other path changes that.
    pub(crate) revoked: bool,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            signatures: MAX_SIGNATURES,
            paths: MAX_PATHS,
            work: Work::default(),
            spent: false,
            revoked: false,
        }
    }
}

/// The question whether the certificates of a path are revoked, and what it takes to answer it.
pub(crate) struct Inquiry<'a> {
    pub(crate) chain: &'a Chain,
    pub(crate) anchors: &'a TrustAnchors,
    pub(crate) policy: &'a Policy,
    pub(crate) now: i64,
    pub(crate) steps: &'a mut Vec<Step>,
    pub(crate) budget: &'a mut Budget,
    /// The keys of those who are being asked about: their word does not count until that is settled.
    pub(crate) in_question: Vec<Vec<u8>>,
}

/// What one source says of a certificate.
pub(super) enum Finding {
    /// Not revoked.
    Good,
    /// Not revoked until then, epoch seconds, when the next word was due.
    OutOfDate(RevocationRefusal, i64),
    /// Nothing that counts, and what came closest.
    Unknown(RevocationRefusal),
    /// Revoked.
    Revoked(RevocationRefusal),
}

impl Inquiry<'_> {
    /// Whether revocation stands against a verified path: leaf first, trust anchor last.
    pub(crate) fn path(&mut self, path: &[Arc<Certificate>]) -> Result<(), RevocationRefusal> {
        let policy = &self.policy.revocation;
        if policy.is_off() {
            return Ok(());
        }
        if path.len() < 2 {
            self.tell("a trust anchor itself: nobody could revoke it".to_owned());
            return Ok(());
        }
        let asked = match policy.reach {
            Reach::Leaf => 1,
            Reach::Path => path.len() - 1,
        };
        // From the anchor down: what a revoked authority says of others is worth nothing.
        for at in (0..asked).rev() {
            let settled = self.settle(&path[at], &path[at + 1..]);
            let is_revoked = matches!(settled, Err(RevocationRefusal::Revoked { .. }));
            self.budget.revoked |= at == 0 && is_revoked;
            settled?;
        }
        Ok(())
    }

    /// Whether revocation stands against one certificate, whose issuer is the first of `above`.
    pub(super) fn settle(
        &mut self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
    ) -> Result<(), RevocationRefusal> {
        let Some(issuer) = above.first() else {
            return Ok(());
        };
        let (crl, ocsp) = self.policy.revocation.asks(issuer);
        self.in_question.push(certificate.public_key.clone());
        let mut findings = Vec::new();
        if ocsp != Strictness::Off {
            findings.push((ocsp, self.by_answers(certificate, above)));
        }
        if crl != Strictness::Off {
            findings.push((crl, self.by_lists(certificate, above)));
        }
        self.in_question.pop();
        self.weigh(findings)
    }

    /// What lists alone say of somebody whom an issuer lets answer in its place.
    pub(super) fn settle_by_lists(
        &mut self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
    ) -> Result<(), RevocationRefusal> {
        let Some(issuer) = above.first() else {
            return Ok(());
        };
        let (crl, _) = self.policy.revocation.asks(issuer);
        if crl == Strictness::Off {
            return Ok(());
        }
        self.in_question.push(certificate.public_key.clone());
        let finding = self.by_lists(certificate, above);
        self.in_question.pop();
        self.weigh(vec![(crl, finding)])
    }

    fn weigh(&mut self, findings: Vec<(Strictness, Finding)>) -> Result<(), RevocationRefusal> {
        let is_good = |finding: &Finding| matches!(finding, Finding::Good);
        let one_is_enough = self.policy.revocation.together == Together::Either
            && findings.iter().any(|(_, finding)| is_good(finding));
        let mut open = Vec::new();
        for (strictness, finding) in findings {
            match finding {
                Finding::Revoked(refusal) => return Err(refusal),
                Finding::Good => {}
                Finding::OutOfDate(refusal, since) => open.push((strictness, refusal, Some(since))),
                Finding::Unknown(refusal) => open.push((strictness, refusal, None)),
            }
        }
        if self.budget.spent {
            return Err(RevocationRefusal::TooMuchWork);
        }
        for (strictness, refusal, since) in open {
            let passes = match (strictness, since) {
                _ if one_is_enough => true,
                (Strictness::Off, _) => true,
                (Strictness::Hard, _) => false,
                (Strictness::Soft { .. }, None) => true,
                (Strictness::Soft { max_age }, Some(since)) => {
                    max_age.is_none_or(|most| self.now.saturating_sub(since) <= most)
                }
            };
            if !passes {
                return Err(refusal);
            }
            let code = match since {
                Some(_) => "CERT-NOTE-REVOCATION-OUT-OF-DATE",
                None => "CERT-NOTE-REVOCATION-UNKNOWN",
            };
            self.push(Step {
                code: Some(code.to_owned()),
                text: format!("accepted nevertheless: {refusal}"),
            });
        }
        Ok(())
    }

    /// Whether this key made that signature, as far as the work that is left allows.
    pub(super) fn is_signed(
        &mut self,
        signed: &Signed,
        signer: &Certificate,
    ) -> Result<bool, RevocationRefusal> {
        if signed.is_proved_by(signer) {
            return Ok(true);
        }
        if signed.is_weak() {
            return Ok(false);
        }
        self.spend_signature()?;
        Ok(signed.is_by(signer))
    }

    pub(super) fn spend_signature(&mut self) -> Result<(), RevocationRefusal> {
        let left = self.budget.signatures.checked_sub(1);
        self.budget.spent |= left.is_none();
        self.budget.signatures = left.ok_or(RevocationRefusal::TooMuchWork)?;
        Ok(())
    }

    pub(super) fn spend_path(&mut self) -> Result<(), RevocationRefusal> {
        let left = self.budget.paths.checked_sub(1);
        self.budget.spent |= left.is_none();
        self.budget.paths = left.ok_or(RevocationRefusal::TooMuchWork)?;
        Ok(())
    }

    /// Whether somebody's word counts: not while it is itself in question, and not at the end of a long row of questions.
    pub(super) fn may_speak(&self, signer: &Certificate) -> bool {
        self.in_question.len() <= MAX_DEPTH && !self.is_in_question(signer)
    }

    pub(super) fn is_in_question(&self, signer: &Certificate) -> bool {
        self.in_question.contains(&signer.public_key)
    }

    /// Whether it is this one whose certificate is being asked about right now.
    pub(super) fn is_asked_about(&self, signer: &Certificate) -> bool {
        self.in_question.last() == Some(&signer.public_key)
    }

    pub(super) fn tell(&mut self, text: String) {
        self.push(Step::note(text));
    }

    fn push(&mut self, step: Step) {
        if self.steps.len() < MAX_STEPS {
            self.steps.push(step);
        }
    }
}

/// Keeps the reason that came closest.
pub(super) fn closest(best: &mut RevocationRefusal, other: RevocationRefusal) {
    if best.weight() < other.weight() {
        *best = other;
    }
}
