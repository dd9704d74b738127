//! Warnings that anybody can cause: told now and then, never for each request.

use edge::RemovedHeader;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A peer is warned of once in so long.
const QUIET: Duration = Duration::from_secs(60);
/// Peers that are remembered; while there are more, no further ones are told.
const MOST_PEERS: usize = 256;

/// Who was warned of, and when.
#[derive(Debug, Default)]
pub(super) struct Told(Mutex<HashMap<Option<IpAddr>, Instant>>);

impl Told {
    /// Says that a certificate header was removed, unless that was said of this peer a short time ago.
    pub(super) fn removed(&self, removed: &RemovedHeader) {
        if !self.is_due(removed.peer.ip(), Instant::now()) {
            return;
        }
        tracing::warn!(
            event = "client_cert_header_untrusted",
            peer = %removed.peer,
            header = removed.header,
            format = removed.dialect,
            reason = removed.reason.name(),
            "a certificate header was removed; the same from this peer is not told again for a minute"
        );
    }

    fn is_due(&self, peer: Option<IpAddr>, now: Instant) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_old = |at: &Instant| now.saturating_duration_since(*at) >= QUIET;
        if told.get(&peer).is_some_and(|at| !is_old(at)) {
            return false;
        }
        if told.len() >= MOST_PEERS {
            told.retain(|_, at| !is_old(at));
        }
        if told.len() >= MOST_PEERS {
            return false;
        }
        told.insert(peer, now);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_told_once_a_minute_and_a_crowd_of_them_not_at_all() {
        let (told, start) = (Told::default(), Instant::now());
        let peer = |last: u32| Some(IpAddr::from(std::net::Ipv4Addr::from(0x0a00_0000 + last)));
        assert!(told.is_due(peer(0), start));
        assert!(!told.is_due(peer(0), start + QUIET / 2));
        assert!(told.is_due(None, start));
        assert!(told.is_due(peer(0), start + QUIET));
        let later = start + QUIET * 3;
        let crowd = (1..10_000).filter(|last| told.is_due(peer(*last), later));
        assert_eq!(crowd.count(), MOST_PEERS);
        assert!(told.is_due(peer(0), later + QUIET));
    }
}
