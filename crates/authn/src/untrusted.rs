//! Certificates that came in a header from somebody who may not send them: told as an event, and not so often that events become a weapon.

use crate::Fault;
use crate::flow::Walk;
use crate::refusal::Refusal;
use edge::{ClientCert, NoCert};
use realm::RealmId;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use store::Timestamp;

/// So many senders are told of in a realm and a minute, each once.
const MOST_SENDERS: usize = 30;
/// So many realms are watched at once.
const MOST_REALMS: usize = 10_000;
const MINUTE: i64 = 60_000;

/// Of whom was told in this minute.
#[derive(Default)]
pub(crate) struct Untrusted(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    number: i64,
    told: HashMap<RealmId, HashSet<IpAddr>>,
}

impl Untrusted {
    /// Whether this sender is to be told of now.
    fn is_news(&self, realm: &RealmId, sender: IpAddr, now: Timestamp) -> bool {
        let mut minute = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let number = now.0.div_euclid(MINUTE);
        if minute.number != number {
            *minute = Minute {
                number,
                told: HashMap::new(),
            };
        }
        if minute.told.len() >= MOST_REALMS && !minute.told.contains_key(realm) {
            return false;
        }
        let told = minute.told.entry(realm.clone()).or_default();
        told.len() < MOST_SENDERS && told.insert(network(sender))
    }
}

/// Whoever has one address of IPv6 has its whole network.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            std::net::Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

/// Whether there is no certificate because one came from somebody who may not send it.
pub(crate) fn is_forged(reason: &NoCert) -> bool {
    matches!(
        reason,
        NoCert::PeerNotTrusted { .. } | NoCert::ForeignHeader { .. }
    )
}

/// Records that a certificate came with this sign-in from somebody who may not send it, once for each sender, realm and minute.
pub(crate) async fn tell(walk: &mut Walk<'_>) -> Result<(), Fault> {
    let cx = walk.cx;
    let ClientCert::Absent(reason) = cx.arrival.client_cert() else {
        return Ok(());
    };
    if !is_forged(reason) {
        return Ok(());
    }
    let refusal = Refusal::NoCertificate(reason.clone());
    let untrusted = cx.server.untrusted();
    if untrusted.is_news(&cx.realm.id, cx.arrival.client_address(), cx.now) {
        walk.record(&refusal, None).await
    } else {
        walk.keep_quiet_about(&refusal);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_told_of_once_a_minute_and_only_so_many_are() {
        let untrusted = Untrusted::default();
        let (realm, other) = (RealmId::new("a"), RealmId::new("b"));
        let is_news = |realm, sender: &str, at| {
            untrusted.is_news(realm, sender.parse().unwrap(), Timestamp(at))
        };
        assert!(is_news(&realm, "192.0.2.1", 0));
        assert!(!is_news(&realm, "192.0.2.1", 59_999));
        assert!(is_news(&other, "192.0.2.1", 59_999));
        assert!(is_news(&realm, "192.0.2.1", 60_000));
        assert!(is_news(&realm, "2001:db8::1", 60_000));
        assert!(!is_news(&realm, "2001:db8::2", 60_000));
        let told = (0..100).filter(|at| is_news(&realm, &format!("198.51.100.{at}"), 60_000));
        assert_eq!(told.count(), MOST_SENDERS - 2);
    }
}
