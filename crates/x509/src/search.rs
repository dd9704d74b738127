//! The way from a certificate to a root (RFC 4158): depth first, each signature verified, the work bounded.

use crate::checks::{self, strong_key};
use crate::judge::AuthorityLeaf;
use crate::serial::hex;
use crate::{Certificate, Chain, Policy, Rejection, Step, TrustAnchors, signature};
use std::sync::Arc;

/// Signatures checked for one certificate, at the most.
const MAX_SIGNATURES: u32 = 32;

/// The first complete path that is in order; what was tried is told in `steps`.
pub(crate) fn find_path(
    chain: &Chain,
    anchors: &TrustAnchors,
    policy: &Policy,
    now: i64,
    steps: &mut Vec<Step>,
) -> Result<Vec<Arc<Certificate>>, Rejection> {
    let leaf = chain.leaf();
    if anchors.roots().is_empty() {
        return Err(Rejection::NoAnchors);
    }
    let pinned = anchors.roots().iter().any(|root| root.der == leaf.der);
    if !pinned && leaf.is_self_signed() {
        return Err(Rejection::SelfSigned);
    }
    if leaf.is_authority() && policy.authority_leaf == AuthorityLeaf::Refused {
        return Err(Rejection::CaAsLeaf);
    }
    if pinned {
        checks::each(std::slice::from_ref(leaf), now)?;
        return Ok(vec![leaf.clone()]);
    }
    let mut search = Search {
        chain,
        anchors,
        policy,
        now,
        signatures: 0,
        best: None,
        steps,
    };
    match search.extend(&mut vec![leaf.clone()]) {
        Some(found) => Ok(found),
        None => Err(search.best.unwrap_or(Rejection::NoPath {
            issuer: leaf.issuer(),
            key_id: leaf.authority_key_id(),
        })),
    }
}

struct Search<'a> {
    chain: &'a Chain,
    anchors: &'a TrustAnchors,
    policy: &'a Policy,
    now: i64,
    signatures: u32,
    best: Option<Rejection>,
    steps: &'a mut Vec<Step>,
}

impl Search<'_> {
    /// The first complete and valid path that starts with `path`.
    fn extend(&mut self, path: &mut Vec<Arc<Certificate>>) -> Option<Vec<Arc<Certificate>>> {
        let last = path.last()?.clone();
        let (chain, anchors) = (self.chain, self.anchors);
        let mut issuer_known = false;
        for root in anchors.roots() {
            if !self.is_candidate(root, &last, "a root of the trust store") {
                continue;
            }
            issuer_known = true;
            if self.signed_by(&last, root) {
                let mut complete = path.clone();
                complete.push(root.clone());
                match checks::path(&complete, self.now) {
                    Ok(()) => return Some(complete),
                    Err(rejection) => self.fail(rejection),
                }
            }
        }
        let kept = anchors.intermediates().iter();
        let candidates = kept
            .map(|candidate| (candidate, "an intermediate of the trust store"))
            .chain(chain.rest().iter().map(|sent| (sent, "sent along")));
        for (candidate, origin) in candidates {
            if path.iter().any(|known| known.der == candidate.der)
                || !self.is_candidate(candidate, &last, origin)
            {
                continue;
            }
            issuer_known = true;
            if !self.signed_by(&last, candidate) {
                continue;
            }
            if candidate.is_self_signed() {
                self.fail(Rejection::UntrustedRoot(candidate.subject()));
                continue;
            }
            if path.len() > self.policy.max_intermediates {
                self.fail(Rejection::PathTooLong(format!(
                    "the limit of {} intermediates",
                    self.policy.max_intermediates
                )));
                continue;
            }
            path.push(candidate.clone());
            if let Some(found) = self.extend(path) {
                return Some(found);
            }
            path.pop();
        }
        if !issuer_known {
            self.fail(Rejection::NoPath {
                issuer: last.issuer(),
                key_id: last.authority_key_id(),
            });
        }
        None
    }

    /// Whether `issuer` has the name, and the key identifier where both state one, that `certificate` says its issuer has.
    fn is_candidate(
        &mut self,
        issuer: &Certificate,
        certificate: &Certificate,
        origin: &str,
    ) -> bool {
        if issuer.subject_canonical != certificate.issuer_canonical {
            return false;
        }
        match (&certificate.authority_key_id, &issuer.subject_key_id) {
            (Some(wanted), Some(held)) if wanted != held => {
                self.tell(format!(
                    "{}, {origin}, has the name of the issuer of {}, but key id {} instead of {}",
                    issuer.subject(),
                    certificate.subject(),
                    hex(held),
                    hex(wanted)
                ));
                false
            }
            _ => {
                self.tell(format!(
                    "{}, {origin}, may be the issuer of {}",
                    issuer.subject(),
                    certificate.subject()
                ));
                true
            }
        }
    }

    fn signed_by(&mut self, certificate: &Certificate, issuer: &Certificate) -> bool {
        if self.signatures >= MAX_SIGNATURES {
            self.fail(Rejection::TooMuchWork);
            return false;
        }
        self.signatures += 1;
        if certificate.scheme.is_none_or(signature::Scheme::is_weak) {
            self.fail(Rejection::WeakSignature(certificate.subject()));
            return false;
        }
        if !strong_key(issuer.key) {
            self.fail(Rejection::WeakKey(issuer.subject()));
            return false;
        }
        let right = signature::verifies(certificate, issuer);
        if !right {
            self.fail(Rejection::Signature {
                subject: certificate.subject(),
                issuer: issuer.subject(),
            });
        }
        right
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

/// Further steps of a search are left out.
const MAX_STEPS: usize = 64;
