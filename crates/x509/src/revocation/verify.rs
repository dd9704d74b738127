//! Whether what was fetched is genuine, for those who keep it: what is not is thrown away before it is stored.

use crate::revocation::answer::OcspAnswer;
use crate::revocation::answers;
use crate::revocation::inquiry::closest;
use crate::revocation::list::RevocationList;
use crate::revocation::refusal::RevocationRefusal;
use crate::revocation::signed::is_certified;
use crate::revocation::signer::may_sign_lists;
use crate::{Certificate, Chain, Policy, TrustAnchors, Work, search};
use std::sync::Arc;

/// Certificates whose key is tried on one list.
const MAX_SIGNERS: usize = 32;

impl RevocationList {
    /// Who signed it: a root or an intermediate of the trust store, with a path to a root, who may sign lists. Neither the list's own
    /// times nor the signer's revocation are looked at: that is for each judgement.
    ///
    /// # Errors
    /// [`RevocationRefusal::ListSignature`] and [`RevocationRefusal::ListSigner`].
    pub fn verify(
        &self,
        anchors: &TrustAnchors,
        now: i64,
    ) -> Result<Arc<Certificate>, RevocationRefusal> {
        let issuer = || self.label();
        let (policy, mut work) = (Policy::default(), Work::default());
        let mut best = RevocationRefusal::ListSignature { issuer: issuer() };
        let roots = anchors.roots_named(&self.issuer_name);
        let all = roots.chain(anchors.intermediates_named(&self.issuer_name));
        let mut named: Vec<_> = all.take(MAX_SIGNERS).collect();
        named.sort_by_key(|signer| !self.fits_key_of(signer));
        for signer in named {
            if !self.signed.is_by(signer) {
                continue;
            }
            let refused = |why: String| RevocationRefusal::ListSigner {
                issuer: issuer(),
                signer: signer.label(),
                why,
            };
            if !may_sign_lists(signer) {
                closest(&mut best, refused("its key usage lacks cRLSign".to_owned()));
                continue;
            }
            let Ok(alone) = Chain::new(vec![(**signer).clone()]) else {
                continue;
            };
            match search::signer_path(signer, &alone, anchors, &policy, now, &mut work) {
                Ok(path) => {
                    if let Some(anchor) = path.last() {
                        self.signed.vouch(anchor);
                    }
                    return Ok(signer.clone());
                }
                Err(rejection) => closest(&mut best, refused(rejection.to_string())),
            }
        }
        Err(best)
    }
}

impl OcspAnswer {
    /// Whether it tells of `certificate`, and `issuer`, whom the caller trusts, signed it, or somebody whom that lets sign, or
    /// `responder`, whom the operator named. Neither its times nor the revocation of who signed are looked at: that is for each judgement.
    ///
    /// # Errors
    /// [`RevocationRefusal::AnswerMissing`] when it tells of others, and [`RevocationRefusal::AnswerSigner`].
    pub fn verify(
        &self,
        certificate: &Certificate,
        issuer: &Certificate,
        responder: Option<&Certificate>,
        now: i64,
    ) -> Result<(), RevocationRefusal> {
        let subject = certificate.label();
        if self.status(certificate, issuer).is_none() {
            return Err(RevocationRefusal::AnswerMissing {
                subject,
                responders: certificate.ocsp_responders(),
            });
        }
        if self.names_signer(issuer) && self.signed.is_by(issuer) {
            self.signed.vouch(issuer);
            return Ok(());
        }
        let policy = Policy::default();
        let by_hand = responder.filter(|responder| self.names_signer(responder));
        if by_hand.is_some_and(|responder| self.signed.is_by(responder)) {
            return Ok(());
        }
        let mut why = "it names a responder that is not known".to_owned();
        let named = self.certificates.iter();
        for delegate in named.filter(|delegate| self.names_signer(delegate)) {
            let entitled = answers::may_answer(delegate, &policy, now).and_then(|()| {
                let by_issuer =
                    delegate.issuer_name == issuer.subject_name && is_certified(delegate, issuer);
                let found = if by_issuer { Ok(()) } else { Err(()) };
                found.map_err(|()| format!("the issuer did not sign {}", delegate.label()))
            });
            match entitled {
                Ok(()) if self.signed.is_by(delegate) => {
                    self.signed.vouch(issuer);
                    return Ok(());
                }
                Ok(()) => why = format!("{} did not sign it", delegate.label()),
                Err(other) => why = other,
            }
        }
        Err(RevocationRefusal::AnswerSigner { subject, why })
    }
}
