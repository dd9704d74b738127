//! What revocation lists say of a certificate (RFC 5280 §6.3).

use crate::name::NameKey;
use crate::revocation::inquiry::{Finding, Inquiry, TOLERANCE, closest};
use crate::revocation::known::Revocations;
use crate::revocation::list::RevocationList;
use crate::revocation::points::{self, PointName};
use crate::revocation::reason::{Reason, Reasons};
use crate::revocation::refusal::RevocationRefusal;
use crate::revocation::scope::Scope;
use crate::revocation::signer::Named;
use crate::{Certificate, instant};
use std::sync::Arc;

/// One distribution point, asked about by whose lists could be its.
struct Question {
    /// Who signs its lists.
    issuer: NameKey,
    /// What its lists may say that they are of.
    names: Vec<PointName>,
    reasons: Reasons,
    /// Whether the certificate names who signs; the list has to say then that it tells of others' certificates.
    named: Named,
}

impl Inquiry<'_> {
    /// Every list that could tell of `certificate`, whose issuer is the first of `above`, until all reasons are covered.
    pub(super) fn by_lists(
        &mut self,
        certificate: &Certificate,
        above: &[Arc<Certificate>],
    ) -> Finding {
        let known = self.policy.revocations.clone();
        let points = certificate.distribution_points();
        let mut best = RevocationRefusal::ListMissing {
            subject: certificate.label(),
            issuer: certificate.issuer_label(),
            points: points.clone(),
        };
        let out_of_scope = RevocationRefusal::ListScope {
            subject: certificate.label(),
            issuer: certificate.issuer_label(),
            points,
        };
        let (mut covered, mut covered_once, mut due) = (Reasons::NONE, Reasons::NONE, i64::MAX);
        let mut consulted: Vec<(&NameKey, &Option<Vec<u8>>, &Scope)> = Vec::new();
        let questions = questions(certificate);
        for question in &questions {
            for list in candidates(&known, &question.issuer, above) {
                let reasons = list.scope.reasons.and(question.reasons);
                if !question.fits(list)
                    || !list.scope.covers(certificate)
                    || reasons == Reasons::NONE
                {
                    closest(&mut best, out_of_scope.clone());
                    continue;
                }
                let kind = (&list.issuer_name, &list.authority_key_id, &list.scope);
                // An older list of the same kind says nothing that the newer one does not know better.
                let superseded =
                    consulted.contains(&kind) && reasons.without(covered_once) == Reasons::NONE;
                if superseded || reasons.without(covered) == Reasons::NONE {
                    continue;
                }
                if list.this_update() > self.now + TOLERANCE {
                    let refusal = RevocationRefusal::ListNotYetValid {
                        issuer: list.label(),
                        this_update: list.this_update(),
                    };
                    closest(&mut best, refusal);
                    continue;
                }
                let signer = match self.list_signer(list, above, question.named) {
                    Ok(signer) => signer,
                    Err(refusal) => {
                        self.tell(format!("of no use: {refusal}"));
                        closest(&mut best, refusal);
                        continue;
                    }
                };
                let delta = self.delta(list, &known, &signer);
                for genuine in [Some(list), delta].into_iter().flatten() {
                    above.last().inspect(|anchor| genuine.signed.vouch(anchor));
                }
                match told(list, delta, certificate) {
                    Told::Listed(refusal) => return Finding::Revoked(refusal),
                    Told::Nothing(refusal) => {
                        closest(&mut best, refusal);
                        continue;
                    }
                    Told::NotListed => {}
                }
                consulted.push(kind);
                let until = delta.map_or(list.counts_until(), |delta| {
                    delta.counts_until().max(list.counts_until())
                });
                covered_once = covered_once.or(reasons);
                let state = if self.now <= until {
                    covered = covered.or(reasons);
                    "is not on"
                } else {
                    due = due.min(until);
                    closest(&mut best, expired(list, until));
                    "was not on"
                };
                self.tell(format!(
                    "{} {state} {}",
                    certificate.label(),
                    described(list, delta)
                ));
            }
        }
        if covered == Reasons::ALL {
            return Finding::Good;
        }
        if covered_once != Reasons::NONE {
            closest(&mut best, out_of_scope);
        }
        match due {
            i64::MAX => Finding::Unknown(best),
            due => Finding::OutOfDate(best, due),
        }
    }

    /// The newest list that is the difference to `list`, by the same key (RFC 5280 §6.3.3 (c), §5.2.4).
    fn delta<'k>(
        &mut self,
        list: &RevocationList,
        known: &'k Revocations,
        signer: &Certificate,
    ) -> Option<&'k RevocationList> {
        let number = list.number.as_ref()?;
        let lists = known.lists_of(&list.issuer_name).iter();
        let mut fitting = lists
            .filter(|delta| {
                let base = delta.base.as_ref();
                base.is_some_and(|base| base <= number)
                    && delta.number.as_ref().is_some_and(|delta| delta > number)
                    && delta.scope == list.scope
                    && delta.authority_key_id == list.authority_key_id
                    && delta.this_update() <= self.now + TOLERANCE
            })
            .map(Arc::as_ref)
            .collect::<Vec<_>>()
            .into_iter();
        fitting.find(|delta| self.is_signed(&delta.signed, signer).unwrap_or(false))
    }
}

enum Told {
    Listed(RevocationRefusal),
    NotListed,
    /// A critical extension is not understood: being listed would count, not being listed does not (X.509 §7.3, RFC 5280 §5.2).
    Nothing(RevocationRefusal),
}

fn told(list: &RevocationList, delta: Option<&RevocationList>, certificate: &Certificate) -> Told {
    let find = |list: &RevocationList| list.find(&certificate.issuer_name, &certificate.serial);
    // A delta that is not understood takes nothing back.
    let newer = delta.and_then(find).filter(|entry| {
        entry.reason != Reason::RemoveFromList
            || delta.is_some_and(|delta| delta.not_understood.is_none())
    });
    let entry = newer.or_else(|| find(list));
    if let Some(entry) = entry.filter(|entry| entry.reason != Reason::RemoveFromList) {
        return Told::Listed(RevocationRefusal::Revoked {
            subject: certificate.label(),
            at: entry.at,
            reason: entry.reason,
            by: described(list, delta),
        });
    }
    let unread = [Some(list), delta].into_iter().flatten();
    match unread.filter_map(|list| list.not_understood.clone()).next() {
        Some(oid) => Told::Nothing(RevocationRefusal::ListUnusable {
            issuer: list.label(),
            oid,
        }),
        None => Told::NotListed,
    }
}

fn expired(list: &RevocationList, until: i64) -> RevocationRefusal {
    RevocationRefusal::ListExpired {
        issuer: list.label(),
        next_update: until,
    }
}

fn described(list: &RevocationList, delta: Option<&RevocationList>) -> String {
    let one = |list: &RevocationList| {
        let number = list.number().map(|number| format!(" number {number}"));
        let made = instant::text(list.this_update());
        format!("{}, made at {made}", number.unwrap_or_default())
    };
    let with = delta.map(|delta| format!(", with the delta list{}", one(delta)));
    format!(
        "the revocation list of {}{}{}",
        list.issuer(),
        one(list),
        with.unwrap_or_default()
    )
}

/// The complete lists of this issuer: those that the key above the certificate may have signed first, then the newest first.
fn candidates<'k>(
    known: &'k Revocations,
    issuer: &NameKey,
    above: &[Arc<Certificate>],
) -> Vec<&'k RevocationList> {
    let lists = known.lists_of(issuer).iter().map(Arc::as_ref);
    let mut complete: Vec<_> = lists.filter(|list| list.base.is_none()).collect();
    complete.sort_by_key(|list| !above.first().is_some_and(|issuer| list.fits_key_of(issuer)));
    complete
}

/// The distribution points that a certificate names, and behind them its issuer's list as a whole.
fn questions(certificate: &Certificate) -> Vec<Question> {
    let issuer = &certificate.issuer_name;
    let mut questions = Vec::new();
    // Points that can't be read are none: only the issuer's list as a whole is left then.
    for point in points::of(certificate).unwrap_or_default() {
        let whose = |names: &[NameKey]| names.iter().cloned().map(PointName::Directory).collect();
        if point.issuers.is_empty() {
            questions.push(Question {
                issuer: issuer.clone(),
                names: point
                    .names
                    .clone()
                    .unwrap_or_else(|| whose(std::slice::from_ref(issuer))),
                reasons: point.reasons,
                named: Named::Nowhere,
            });
        }
        for other in &point.issuers {
            questions.push(Question {
                issuer: other.clone(),
                names: point.names.clone().unwrap_or_else(|| whose(&point.issuers)),
                reasons: point.reasons,
                named: Named::ByIssuer,
            });
        }
    }
    questions.push(Question {
        issuer: issuer.clone(),
        names: vec![PointName::Directory(issuer.clone())],
        reasons: Reasons::ALL,
        named: Named::Nowhere,
    });
    questions
}

impl Question {
    /// Whether a list is one of this point (RFC 5280 §6.3.3 (b)).
    fn fits(&self, list: &RevocationList) -> bool {
        (self.named == Named::Nowhere || list.scope.indirect) && list.scope.is_of(&self.names)
    }
}
