//! Who signs revocation lists (RFC 5280 §6.3.3 (f), (g)).

use crate::revocation::inquiry::{Inquiry, closest};
use crate::revocation::list::RevocationList;
use crate::revocation::policy::Reach;
use crate::revocation::refusal::RevocationRefusal;
use crate::{Certificate, search};
use std::sync::Arc;

const CRL_SIGN: u16 = 1 << 6;

/// Whether a certificate lets its key sign lists.
pub(super) fn may_sign_lists(certificate: &Certificate) -> bool {
    let usage = certificate.key_usage;
    usage.is_none_or(|usage| usage & CRL_SIGN != 0)
}

impl Inquiry<'_> {
    /// Who signed a list, found to be entitled to: an authority above the certificate in question, or somebody of the list's name whose
    /// path ends at the same trust anchor.
    pub(super) fn list_signer(
        &mut self,
        list: &RevocationList,
        above: &[Arc<Certificate>],
    ) -> Result<Arc<Certificate>, RevocationRefusal> {
        let mut best = RevocationRefusal::ListSignature {
            issuer: list.issuer().to_owned(),
        };
        for signer in above.iter().filter(|signer| list.names_signer(signer)) {
            if self.may_speak(signer) && self.is_signed(&list.signed, signer)? {
                if may_sign_lists(signer) {
                    return Ok(signer.clone());
                }
                closest(
                    &mut best,
                    refused(list, signer, "its key usage lacks cRLSign"),
                );
            }
        }
        let (anchors, chain) = (self.anchors, self.chain);
        let others = anchors.intermediates().iter();
        let others = others.chain(chain.rest()).chain(anchors.roots());
        for signer in others {
            if !list.names_signer(signer)
                || above.iter().any(|known| known.der == signer.der)
                || !self.may_speak(signer)
                || !self.is_signed(&list.signed, signer)?
            {
                continue;
            }
            match self.entitled(list, signer, above) {
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
    ) -> Result<(), RevocationRefusal> {
        if !may_sign_lists(signer) {
            return Err(refused(list, signer, "its key usage lacks cRLSign"));
        }
        let left = self.work.paths.checked_sub(1);
        self.work.paths = left.ok_or(RevocationRefusal::TooMuchWork)?;
        let path = search::signer_path(signer, self.chain, self.anchors, self.policy, self.now)
            .map_err(|rejection| refused(list, signer, &rejection.to_string()))?;
        let same_anchor = match (path.last(), above.last()) {
            (Some(one), Some(other)) => {
                one.subject_canonical == other.subject_canonical
                    && one.public_key == other.public_key
            }
            _ => false,
        };
        if !same_anchor {
            return Err(refused(
                list,
                signer,
                "its path ends at another trust anchor",
            ));
        }
        if self.policy.revocation.reach == Reach::Path {
            for at in (0..path.len().saturating_sub(1)).rev() {
                if above.iter().any(|known| known.der == path[at].der) {
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
        issuer: list.issuer().to_owned(),
        signer: signer.subject(),
        why: why.to_owned(),
    }
}
