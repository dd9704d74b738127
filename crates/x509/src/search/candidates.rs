//! Who may have issued a certificate, and what came closest when nobody did.

use super::Search;
use crate::certificate::clipped;
use crate::serial::hex;
use crate::{Certificate, Rejection};
use std::sync::Arc;

/// Somebody of the issuer's name.
pub(super) struct Candidate {
    pub certificate: Arc<Certificate>,
    pub origin: Origin,
    pub fit: Fit,
}

/// Where a certificate comes from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Origin {
    Root,
    Kept,
    Sent,
}

/// What key identifiers say. They only say whom to try first: a root that was issued anew may state another one for the same key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    Same,
    Unstated,
    Other,
}

impl Origin {
    fn text(self) -> &'static str {
        match self {
            Self::Root => "a root of the trust store",
            Self::Kept => "an intermediate of the trust store",
            Self::Sent => "sent along",
        }
    }
}

impl Fit {
    fn of(issuer: &Certificate, certificate: &Certificate) -> Self {
        match (&certificate.authority_key_id, &issuer.subject_key_id) {
            (Some(wanted), Some(held)) if wanted == held => Self::Same,
            (Some(_), Some(_)) => Self::Other,
            _ => Self::Unstated,
        }
    }
}

/// A key identifier for a message: those that are longer than any hash are cut.
fn short_hex(id: &[u8]) -> String {
    match id.split_at_checked(64) {
        Some((start, [_, ..])) => hex(start) + "…",
        _ => hex(id),
    }
}

impl Search<'_> {
    /// Everybody of the issuer's name, the likeliest first.
    pub(super) fn candidates(&mut self, certificate: &Certificate) -> Vec<Candidate> {
        let (chain, anchors) = (self.chain, self.anchors);
        let name = &certificate.issuer_name;
        let roots = anchors.roots_named(name).map(|root| (root, Origin::Root));
        let kept = anchors
            .intermediates_named(name)
            .map(|kept| (kept, Origin::Kept));
        let sent = chain.rest().iter().map(|sent| (sent, Origin::Sent));
        let mut candidates: Vec<Candidate> = Vec::new();
        for (issuer, origin) in roots.chain(kept).chain(sent) {
            if issuer.subject_name != *name {
                continue;
            }
            if self.work.consider().is_err() {
                self.exhaust();
                break;
            }
            let is_known = |known: &Candidate| known.certificate.der == issuer.der;
            if origin == Origin::Sent && candidates.iter().any(is_known) {
                continue;
            }
            candidates.push(Candidate {
                certificate: issuer.clone(),
                origin,
                fit: Fit::of(issuer, certificate),
            });
        }
        candidates.sort_by_key(|candidate| (candidate.fit, candidate.origin));
        candidates
    }

    pub(super) fn tell_candidate(
        &mut self,
        certificate: &Certificate,
        issuer: &Certificate,
        origin: Origin,
        fit: Fit,
    ) {
        let (below, above, origin) = (certificate.label(), issuer.label(), origin.text());
        let ids = (&certificate.authority_key_id, &issuer.subject_key_id);
        self.tell(match (fit, ids) {
            (Fit::Other, (Some(wanted), Some(held))) => format!(
                "{above}, {origin}, has the name of the issuer of {below}, but key id {} instead of {}",
                short_hex(held),
                short_hex(wanted)
            ),
            _ => format!("{above}, {origin}, may be the issuer of {below}"),
        });
    }

    pub(super) fn miss_issuer_of(&mut self, certificate: &Arc<Certificate>) {
        let missing = Rejection::NoPath {
            issuer: certificate.issuer_label(),
            key_id: certificate.authority_key_id.as_deref().map(short_hex),
            ca_issuers: certificate.ca_issuers().map(clipped),
        };
        self.fail(missing.clone());
        if self.lacking.is_none() && self.best == Some(missing) {
            self.lacking = Some(certificate.clone());
        }
    }

    /// The refusal, when no way led to a root.
    pub(super) fn why_not(mut self) -> Rejection {
        let lacking = self.lacking.take();
        let best = self.best.take();
        if let (Some(certificate), Some(Rejection::NoPath { .. })) = (&lacking, &best) {
            self.tell_closest(certificate);
        }
        best.unwrap_or(Rejection::TooMuchWork)
    }

    /// What of all that is there comes closest to the missing issuer: the key that is named, or else the name that shares most parts.
    fn tell_closest(&mut self, certificate: &Certificate) {
        let (chain, anchors) = (self.chain, self.anchors);
        let roots = anchors.roots().iter().map(|root| (root, Origin::Root));
        let kept = anchors.intermediates().map(|kept| (kept, Origin::Kept));
        let sent = chain.rest().iter().map(|sent| (sent, Origin::Sent));
        let others = roots.chain(kept).chain(sent);
        let mut closest: Option<(usize, &Arc<Certificate>, Origin)> = None;
        for (other, origin) in others {
            let wanted = certificate.authority_key_id.as_ref();
            let same_key = wanted.is_some() && other.subject_key_id.as_ref() == wanted;
            let shared = match same_key {
                true => usize::MAX,
                false => other
                    .subject_name
                    .parts_shared_with(&certificate.issuer_name),
            };
            if shared > closest.map_or(0, |(most, _, _)| most) {
                closest = Some((shared, other, origin));
            }
        }
        let Some((shared, other, origin)) = closest else {
            return;
        };
        let how = match shared {
            usize::MAX => "has the key id of the missing issuer, but another name",
            _ if other.subject_name == certificate.issuer_name => {
                "has the name of the missing issuer, but another key"
            }
            _ => "has the name most like the missing issuer's",
        };
        self.tell(format!(
            "closest: {}, {}, {how}",
            other.label(),
            origin.text()
        ));
    }
}
