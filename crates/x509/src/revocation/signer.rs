//! Who signs revocation lists (RFC 5280 §6.3.3 (f), (g)).

use crate::revocation::inquiry::{Inquiry, closest};
use crate::revocation::list::RevocationList;
use crate::revocation::policy::Reach;
use crate::revocation::refusal::RevocationRefusal;
use crate::{Certificate, Rejection, search};
use std::sync::Arc;

const CRL_SIGN: u16 = 1 << 6;

/// Whether a certificate lets its key sign lists.
pub(super) fn may_sign_lists(certificate: &Certificate) -> bool {
    let usage = certificate.key_usage;
    usage.is_none_or(|usage| usage & CRL_SIGN != 0)
}

/// Whether the issuer of a certificate names, in the certificate, who signs the list that tells of it. Then even the key of that very
/// certificate may sign the list: its issuer says so.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    ByIssuer,
    Nowhere,
}

impl Inquiry<'_> {
    /// Who signed a list, found to be entitled to: an authority above the certificate in question, or somebody of the list's name whose
    /// path ends at the same trust anchor.
    pub(super) fn list_signer(
        &mut self,
        list: &RevocationList,
        above: &[Arc<Certificate>],
        named: Named,
    ) -> Result<Arc<Certificate>, RevocationRefusal> {
        let mut best = RevocationRefusal::ListSignature {
            issuer: list.label(),
        };
        let (anchors, chain, name) = (self.anchors, self.chain, &list.issuer_name);
        let kept = anchors.intermediates_named(name);
        let others = kept.chain(chain.rest()).chain(anchors.roots_named(name));
        let mut candidates: Vec<&Arc<Certificate>> = Vec::new();
        for candidate in above.iter().chain(others) {
            let is_new = |known: &&Arc<Certificate>| known.der != candidate.der;
            if candidate.subject_name == *name && candidates.iter().all(is_new) {
                candidates.push(candidate);
            }
        }
        candidates.sort_by_key(|candidate| !list.fits_key_of(candidate));
        for signer in candidates {
            let by_name = named == Named::ByIssuer && self.is_asked_about(signer);
            if !(by_name || self.may_speak(signer)) || !self.is_signed(&list.signed, signer)? {
                continue;
            }
            match self.entitled(list, signer, above, named) {
                Ok(()) => return Ok(signer.clone()),
                Err(refusal) => closest(&mut best, refusal),
            }
        }
        Err(best)
    }

    fn entitled(
        &mut self,
        list: &RevocationList,
        signer: &Arc<Certificate>,
        above: &[Arc<Certificate>],
        named: Named,
    ) -> Result<(), RevocationRefusal> {
        if !may_sign_lists(signer) {
            return Err(refused(list, signer, "its key usage lacks cRLSign"));
        }
        if above.iter().any(|known| known.der == signer.der) {
            return Ok(());
        }
        self.spend_path()?;
        let path = search::signer_path(
            signer,
            self.chain,
            self.anchors,
            self.policy,
            self.now,
            &mut self.budget.work,
        )
        .map_err(|rejection| {
            if rejection == Rejection::TooMuchWork {
                self.budget.spent = true;
            }
            refused(list, signer, &rejection.to_string())
        })?;
        let same = |one: &Certificate, other: &Certificate| {
            one.subject_name == other.subject_name && one.public_key == other.public_key
        };
        let ends = path.last().zip(above.last());
        if !ends.is_some_and(|(one, other)| same(one, other)) {
            return Err(refused(
                list,
                signer,
                "its path ends at another trust anchor",
            ));
        }
        // RFC 5280 asks for no more than that. But then any authority below the anchor could give an issuer's name to somebody else: who is
        // not named in the certificate itself has to be certified by one of those who stand above it.
        let is_theirs = |parent: &Arc<Certificate>| above.iter().any(|known| same(known, parent));
        if named == Named::Nowhere && path.get(1).is_some_and(|parent| !is_theirs(parent)) {
            return Err(refused(
                list,
                signer,
                "none of the authorities above the certificate certified it",
            ));
        }
        if self.policy.revocation.reach == Reach::Path {
            for at in (0..path.len().saturating_sub(1)).rev() {
                let is_settled = above.iter().any(|known| known.der == path[at].der);
                let is_being_settled = at == 0 && self.is_in_question(signer);
                if is_settled || is_being_settled {
                    continue;
                }
                self.settle(&path[at], &path[at + 1..])
                    .map_err(|refusal| refused(list, signer, &refusal.to_string()))?;
            }
        }
        Ok(())
    }
}

fn refused(list: &RevocationList, signer: &Certificate, why: &str) -> RevocationRefusal {
    RevocationRefusal::ListSigner {
        issuer: list.label(),
        signer: signer.label(),
        why: why.to_owned(),
    }
}
