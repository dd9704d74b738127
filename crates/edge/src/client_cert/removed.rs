use super::headers::OTHER;
use super::{FORMATS, NoCert};
use crate::PeerAddress;
use std::sync::atomic::{AtomicU64, Ordering};

/// A certificate header that was removed and counts for nothing, with everything else that speaks of certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedHeader {
    /// Its name.
    pub header: String,
    /// The kind of proxy that sends it; `other` for names that none does by itself.
    pub dialect: &'static str,
    /// Why it was removed.
    pub reason: RemovedFor,
    /// Who sent it.
    pub peer: PeerAddress,
}

/// Why a certificate header was removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedFor {
    /// Whoever sent it is no trusted proxy.
    UntrustedPeer,
    /// A trusted proxy sent it, and it is not what that kind of proxy sends.
    ForeignHeader,
}

impl RemovedFor {
    const ALL: [Self; 2] = [Self::UntrustedPeer, Self::ForeignHeader];

    /// As a label.
    pub fn name(self) -> &'static str {
        match self {
            Self::UntrustedPeer => "untrusted_peer",
            Self::ForeignHeader => "foreign_header",
        }
    }
}

/// How many requests had certificate headers that were removed, by kind of proxy and reason.
#[derive(Debug)]
pub(crate) struct Counts(Vec<(&'static str, RemovedFor, AtomicU64)>);

impl Counts {
    pub(crate) fn new() -> Self {
        let dialects = FORMATS.iter().map(|format| format.name).chain([OTHER]);
        let counts = dialects
            .flat_map(|dialect| RemovedFor::ALL.map(|reason| (dialect, reason, AtomicU64::new(0))));
        Self(counts.collect())
    }

    pub(crate) fn add(&self, removed: &RemovedHeader) {
        let count = self
            .0
            .iter()
            .find(|(dialect, reason, _)| *dialect == removed.dialect && *reason == removed.reason);
        if let Some((.., count)) = count {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn list(&self) -> impl Iterator<Item = (&'static str, RemovedFor, u64)> {
        self.0
            .iter()
            .map(|(dialect, reason, count)| (*dialect, *reason, count.load(Ordering::Relaxed)))
    }
}

impl RemovedHeader {
    /// Why there is no certificate then.
    pub(super) fn no_cert(&self, because: String) -> NoCert {
        match self.reason {
            RemovedFor::UntrustedPeer => NoCert::PeerNotTrusted {
                header: self.header.clone(),
                peer: self.peer,
                reason: because,
            },
            RemovedFor::ForeignHeader => NoCert::ForeignHeader {
                header: self.header.clone(),
                dialect: self.dialect,
                configured: because,
            },
        }
    }
}
