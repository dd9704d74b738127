//! The way from a certificate to a root (RFC 4158): depth first, each signature verified, the work bounded.

mod candidates;

use crate::judge::{AuthorityLeaf, Sha1};
use crate::revocation::{Budget, Inquiry};
use crate::{Certificate, Chain, Policy, Rejection, Step, TrustAnchors, Work, checks, signature};
use candidates::{Candidate, Fit, Origin};
use std::sync::Arc;

/// Further steps of a search are left out.
const MAX_STEPS: usize = 64;

/// A complete path that is in order.
pub(crate) struct Found {
    /// From the judged certificate to its root.
    pub path: Vec<Arc<Certificate>>,
    /// The certificate policies that hold along it.
    pub policies: Vec<String>,
}

/// The first complete path that is in order; what was tried is told in `steps`.
pub(crate) fn find_path(
    chain: &Chain,
    anchors: &TrustAnchors,
    policy: &Policy,
    now: i64,
    steps: &mut Vec<Step>,
    work: &mut Work,
) -> Result<Found, Rejection> {
    let leaf = chain.leaf();
    if anchors.roots().is_empty() {
        return Err(Rejection::NoAnchors);
    }
    let pinned = anchors
        .roots_named(&leaf.subject_name)
        .any(|root| root.der == leaf.der);
    let mut search = Search {
        chain,
        anchors,
        policy,
        now,
        work,
        verified: Vec::new(),
        exhausted: false,
        best: None,
        lacking: None,
        purpose: Purpose::Judged(Budget::default()),
        steps,
    };
    if !pinned && search.is_self_signed(leaf) {
        return Err(Rejection::SelfSigned);
    }
    if leaf.is_authority() && policy.authority_leaf == AuthorityLeaf::Refused {
        return Err(Rejection::CaAsLeaf);
    }
    let found = if pinned {
        search.accept(vec![leaf.clone()])
    } else {
        search.extend(&mut vec![leaf.clone()])
    };
    found.ok_or_else(|| search.why_not())
}

/// The path of somebody who signs revocation lists: in order like any other, and its own revocation left to who asks.
pub(crate) fn signer_path(
    signer: &Arc<Certificate>,
    chain: &Chain,
    anchors: &TrustAnchors,
    policy: &Policy,
    now: i64,
    work: &mut Work,
) -> Result<Vec<Arc<Certificate>>, Rejection> {
    let mut search = Search {
        chain,
        anchors,
        policy,
        now,
        work,
        verified: Vec::new(),
        exhausted: false,
        best: None,
        lacking: None,
        purpose: Purpose::Signer,
        steps: &mut Vec::new(),
    };
    let is_root = anchors
        .roots_named(&signer.subject_name)
        .any(|root| root.der == signer.der);
    let found = if is_root {
        search.accept(vec![signer.clone()])
    } else {
        search.extend(&mut vec![signer.clone()])
    };
    found
        .map(|found| found.path)
        .ok_or_else(|| search.why_not())
}

/// What a path is looked for.
enum Purpose {
    /// The judged certificate; what may be spent on its revocation.
    Judged(Budget),
    /// Somebody who signs revocation lists.
    Signer,
}

struct Search<'a> {
    chain: &'a Chain,
    anchors: &'a TrustAnchors,
    policy: &'a Policy,
    now: i64,
    work: &'a mut Work,
    /// Whose key did or did not make whose signature, so far.
    verified: Vec<(*const Certificate, *const Certificate, bool)>,
    /// Whether a limit was reached: nothing further is tried.
    exhausted: bool,
    best: Option<Rejection>,
    /// Whose issuer is missing, where that came closest.
    lacking: Option<Arc<Certificate>>,
    purpose: Purpose,
    steps: &'a mut Vec<Step>,
}

impl Search<'_> {
    /// The first complete and valid path that starts with `path`.
    fn extend(&mut self, path: &mut Vec<Arc<Certificate>>) -> Option<Found> {
        let last = path.last()?.clone();
        let mut issuer_known = false;
        for Candidate {
            certificate: issuer,
            origin,
            fit,
        } in self.candidates(&last)
        {
            if self.exhausted {
                break;
            }
            // RFC 4158 §5.2: the same authority twice leads in circles.
            if path.iter().any(|known| {
                known.subject_name == issuer.subject_name && known.public_key == issuer.public_key
            }) {
                continue;
            }
            self.tell_candidate(&last, &issuer, origin, fit);
            issuer_known |= fit != Fit::Other;
            if !self.signed_by(&last, &issuer, fit) {
                continue;
            }
            issuer_known = true;
            if origin == Origin::Root {
                let complete = path.iter().cloned().chain([issuer]).collect();
                if let Some(found) = self.accept(complete) {
                    return Some(found);
                }
            } else if self.is_self_signed(&issuer) {
                self.fail(Rejection::UntrustedRoot(issuer.label()));
            } else if path.len() > self.policy.max_intermediates {
                self.fail(Rejection::PathTooLong(format!(
                    "the limit of {} intermediates",
                    self.policy.max_intermediates
                )));
            } else {
                path.push(issuer);
                let found = self.extend(path);
                path.pop();
                if found.is_some() {
                    return found;
                }
            }
        }
        if !issuer_known && !self.exhausted {
            self.miss_issuer_of(&last);
        }
        None
    }

    /// Whether a complete path is in order. Whatever is asked of a whole path is asked here: a refusal sends the search on to another.
    fn accept(&mut self, path: Vec<Arc<Certificate>>) -> Option<Found> {
        match self.check(&path) {
            Ok(policies) => Some(Found { path, policies }),
            Err(rejection) => {
                self.exhausted |= rejection == Rejection::TooMuchWork || self.is_revoked();
                self.fail(rejection);
                None
            }
        }
    }

    /// Whether the judged certificate itself is revoked.
    fn is_revoked(&self) -> bool {
        matches!(&self.purpose, Purpose::Judged(budget) if budget.revoked)
    }

    fn check(&mut self, path: &[Arc<Certificate>]) -> Result<Vec<String>, Rejection> {
        match &mut self.purpose {
            Purpose::Judged(budget) => {
                let policies = checks::whole(path, self.policy, self.now, self.work)?;
                let mut inquiry = Inquiry {
                    chain: self.chain,
                    anchors: self.anchors,
                    policy: self.policy,
                    now: self.now,
                    steps: self.steps,
                    budget,
                    in_question: Vec::new(),
                };
                inquiry.path(path)?;
                Ok(policies)
            }
            Purpose::Signer => checks::signer(path, self.policy, self.now, self.work),
        }
    }

    /// Whether `issuer`'s key made the signature, by ways that the policy accepts.
    fn signed_by(
        &mut self,
        certificate: &Arc<Certificate>,
        issuer: &Arc<Certificate>,
        fit: Fit,
    ) -> bool {
        let weak = match certificate.scheme {
            Some(scheme) => scheme.is_weak() && self.policy.sha1 == Sha1::Refused,
            None => true,
        };
        if weak {
            self.fail(Rejection::WeakSignature(certificate.label()));
            return false;
        }
        if !issuer.key.is_strong(self.policy.least_rsa_bits) {
            self.fail(Rejection::WeakKey(issuer.label()));
            return false;
        }
        let right = self.verify(certificate, issuer);
        if !right && !self.exhausted && fit != Fit::Other {
            self.fail(Rejection::Signature {
                subject: certificate.label(),
                issuer: issuer.label(),
            });
        }
        right
    }

    fn is_self_signed(&mut self, certificate: &Arc<Certificate>) -> bool {
        certificate.is_self_issued() && self.verify(certificate, certificate)
    }

    /// Whether the key made the signature, found out once and within the limit.
    fn verify(&mut self, certificate: &Arc<Certificate>, issuer: &Arc<Certificate>) -> bool {
        let (below, above) = (Arc::as_ptr(certificate), Arc::as_ptr(issuer));
        let known = self
            .verified
            .iter()
            .find(|known| (known.0, known.1) == (below, above));
        if let Some((_, _, right)) = known {
            return *right;
        }
        if self.work.verify().is_err() {
            self.exhaust();
            return false;
        }
        let right = signature::verifies(certificate, issuer);
        self.verified.push((below, above, right));
        right
    }

    fn exhaust(&mut self) {
        self.exhausted = true;
        self.fail(Rejection::TooMuchWork);
    }

    /// One way ends here; the one that came closest is told in the end.
    fn fail(&mut self, rejection: Rejection) {
        self.tell(format!("not this way: {rejection}"));
        if self
            .best
            .as_ref()
            .is_none_or(|best| best.weight() < rejection.weight())
        {
            self.best = Some(rejection);
        }
    }

    fn tell(&mut self, text: String) {
        if self.steps.len() < MAX_STEPS {
            self.steps.push(Step::note(text));
        }
    }
}
