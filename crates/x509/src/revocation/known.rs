use crate::name::NameKey;
use crate::revocation::answer::{OcspAnswer, OcspStatus, Single};
use crate::revocation::der::name;
use crate::revocation::id::{CertificateId, IdHash, issuer_name};
use crate::revocation::list::RevocationList;
use crate::revocation::reason::Reason;
use crate::revocation::scope::Scope;
use crate::revocation::table::Entry;
use crate::serial::hex;
use crate::{Certificate, VerifiedChain};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// All that is known of revocation at one moment: lists and answers, which others have fetched. It does not change; a new one takes its
/// place, and shares what is the same.
#[derive(Clone, Debug, Default)]
pub struct Revocations {
    /// By who signed them, the newest first.
    lists: HashMap<NameKey, Vec<Arc<RevocationList>>>,
    /// By the certificate of which they tell, the newest first; each with the place where it does.
    answers: HashMap<CertificateId, Vec<(Arc<OcspAnswer>, usize)>>,
}

impl Revocations {
    /// Of these lists and answers; several of one issuer, old ones too, may stand side by side.
    pub fn new(
        lists: impl IntoIterator<Item = Arc<RevocationList>>,
        answers: impl IntoIterator<Item = Arc<OcspAnswer>>,
    ) -> Self {
        let mut known = Self::default();
        for list in lists {
            let of_issuer = known.lists.entry(list.issuer_name.clone());
            of_issuer.or_default().push(list);
        }
        for lists in known.lists.values_mut() {
            lists.sort_by(|one, other| other.age_key().cmp(&one.age_key()));
        }
        for answer in answers {
            for (at, single) in answer.singles.iter().enumerate() {
                let of_certificate = known.answers.entry(single.id.clone());
                of_certificate.or_default().push((answer.clone(), at));
            }
        }
        for answers in known.answers.values_mut() {
            answers.sort_by_key(|(answer, at)| {
                Reverse(answer.singles.get(*at).map(|single| single.this_update))
            });
        }
        known
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty() && self.answers.is_empty()
    }

    /// All lists.
    pub fn lists(&self) -> impl Iterator<Item = &Arc<RevocationList>> {
        self.lists.values().flatten()
    }

    /// Those that this issuer signed, the newest first.
    pub(super) fn lists_of(&self, issuer: &NameKey) -> &[Arc<RevocationList>] {
        self.lists.get(issuer).map_or(&[], Vec::as_slice)
    }

    /// All answers; one that tells of several certificates comes several times.
    pub fn answers(&self) -> impl Iterator<Item = &Arc<OcspAnswer>> {
        self.answers.values().flatten().map(|(answer, _)| answer)
    }

    /// Answers that tell of this certificate, the newest first.
    pub(super) fn answers_of<'a>(
        &'a self,
        certificate: &Certificate,
        issuer: &Certificate,
    ) -> Vec<(&'a Arc<OcspAnswer>, &'a Single)> {
        let ids = [IdHash::Sha1, IdHash::Sha256].into_iter();
        let found = ids
            .filter_map(|hash| CertificateId::of(certificate, issuer, hash))
            .filter_map(|id| self.answers.get(&id))
            .flatten();
        let mut found: Vec<_> = found
            .filter_map(|(answer, at)| Some((answer, answer.singles.get(*at)?)))
            .collect();
        found.sort_by_key(|(_, single)| Reverse(single.this_update));
        found
    }

    /// Whether a certificate that was in order once is known to be revoked by now: a look-up for each list, and no signature. It counts
    /// only what was found to be genuine before, by [`crate::judge()`] or by [`RevocationList::verify`] and [`OcspAnswer::verify`].
    ///
    /// `None` is no promise: it says nothing of what is missing or out of date.
    pub fn revoked(&self, key: &RevocationKey) -> Option<Entry> {
        let ids = [&key.sha1, &key.sha256].into_iter();
        let answers = ids.filter_map(|id| self.answers.get(id)).flatten();
        let newest = answers
            .filter(|(answer, _)| answer.signed.is_vouched_by(&key.sha256.issuer_key))
            .filter_map(|(answer, at)| answer.singles.get(*at))
            .max_by_key(|single| single.this_update);
        if let Some(OcspStatus::Revoked(entry)) = newest.map(|single| single.status) {
            return Some(entry);
        }
        let others = self.lists.iter().filter(|(name, _)| **name != key.issuer);
        let indirect = others
            .flat_map(|(_, lists)| lists)
            .filter(|list| list.scope.indirect);
        let mut superseded: Vec<(&NameKey, &Option<Vec<u8>>, &Scope)> = Vec::new();
        for list in self.lists_of(&key.issuer).iter().chain(indirect) {
            let kind = (&list.issuer_name, &list.authority_key_id, &list.scope);
            if !list.signed.is_vouched_by(&key.anchor) || superseded.contains(&kind) {
                continue;
            }
            let entry = list.find(&key.issuer, &key.sha1.serial);
            if entry.is_some() || list.base.is_none() {
                superseded.push(kind);
            }
            if let Some(entry) = entry.filter(|entry| entry.reason != Reason::RemoveFromList) {
                return Some(entry);
            }
        }
        None
    }
}

/// What it takes to ask [`Revocations::revoked`] for a certificate that is no longer at hand. As text it can be kept with a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevocationKey {
    issuer: NameKey,
    /// As it stands in the certificate.
    issuer_der: Vec<u8>,
    sha1: CertificateId,
    sha256: CertificateId,
    /// SHA-256 of the key of the trust anchor: another authority of the same name has no say.
    anchor: Vec<u8>,
}

impl RevocationKey {
    /// Of the certificate that was judged. `None` when nobody issued it: it is a trust anchor itself.
    pub fn of(chain: &VerifiedChain) -> Option<Self> {
        let [certificate, issuer, ..] = chain.path() else {
            return None;
        };
        let anchor = chain.path().last()?;
        Some(Self {
            issuer: certificate.issuer_name.clone(),
            issuer_der: issuer_name(certificate)?.to_vec(),
            sha1: CertificateId::of(certificate, issuer, IdHash::Sha1)?,
            sha256: CertificateId::of(certificate, issuer, IdHash::Sha256)?,
            anchor: IdHash::Sha256.of_key(anchor)?,
        })
    }

    /// Reads what [`fmt::Display`] wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':').map(unhex);
        let mut bytes = || parts.next().flatten();
        let serial = bytes()?;
        let anchor = bytes()?;
        let mut id = |hash| {
            Some(CertificateId {
                hash,
                issuer_name: bytes()?,
                issuer_key: bytes()?,
                serial: serial.clone(),
            })
        };
        let (sha1, sha256) = (id(IdHash::Sha1)?, id(IdHash::Sha256)?);
        let issuer_der = bytes()?;
        parts.next().is_none().then_some(())?;
        Some(Self {
            issuer: NameKey::of(&name(&issuer_der)?),
            issuer_der,
            sha1,
            sha256,
            anchor,
        })
    }
}

impl fmt::Display for RevocationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:", hex(&self.sha1.serial), hex(&self.anchor))?;
        for id in [&self.sha1, &self.sha256] {
            write!(f, "{}:{}:", hex(&id.issuer_name), hex(&id.issuer_key))?;
        }
        f.write_str(&hex(&self.issuer_der))
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            let pair = std::str::from_utf8(pair)
                .ok()
                .filter(|pair| pair.len() == 2)?;
            u8::from_str_radix(pair, 16).ok()
        })
        .collect()
}
