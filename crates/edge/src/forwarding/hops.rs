//! The client's address: a list of hops, walked from our side.

use crate::Trusted;
use crate::authority::read_port;
use std::net::IpAddr;

/// A walk from a trusted peer along what trusted proxies say, nearest first, as far as each is trusted and readable.
///
/// Whoever is not trusted may have written anything to the left of themselves.
pub(super) struct Walk {
    /// The farthest address that was told by somebody trusted.
    pub client: IpAddr,
    /// How many entries of the list were believed.
    pub believed: usize,
    goes_on: bool,
}

impl Walk {
    /// Begins at a peer that is trusted.
    pub(super) fn from(peer: IpAddr) -> Self {
        Self {
            client: peer.to_canonical(),
            believed: 0,
            goes_on: true,
        }
    }

    /// Whether the next entry was written by somebody trusted.
    pub(super) fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// Takes the next entry, whose address may not be readable or may be hidden: the walk ends there.
    pub(super) fn step(&mut self, address: Option<IpAddr>, trusted: &Trusted) {
        self.believed += 1;
        self.goes_on = address.is_some_and(|address| trusted.contains(address));
        self.client = address.unwrap_or(self.client);
    }

    /// Which of `count` entries of a list that proxies write along with their addresses the outermost believed proxy wrote.
    pub(super) fn outermost(&self, count: usize) -> usize {
        count.saturating_sub(self.believed.max(1))
    }
}

/// An address with or without a port, an IPv6 address with or without brackets. Never a name: nothing is looked up.
pub(super) fn read(text: &str) -> Option<IpAddr> {
    let address = match text.strip_prefix('[') {
        Some(rest) => {
            let (inside, port) = rest.split_once(']')?;
            let address = inside.parse::<std::net::Ipv6Addr>().ok()?;
            port.strip_prefix(':')
                .map_or(port.is_empty(), is_port)
                .then_some(address.into())?
        }
        None => match text.parse::<IpAddr>() {
            Ok(address) => address,
            Err(_) => {
                let (address, port) = text.split_once(':')?;
                let address = address.parse::<std::net::Ipv4Addr>().ok()?;
                is_port(port).then_some(address.into())?
            }
        },
    };
    Some(address.to_canonical())
}

/// Digits, or a hidden port (RFC 7239 §6): it is not used.
fn is_port(text: &str) -> bool {
    match text.strip_prefix('_') {
        Some(hidden) => {
            !hidden.is_empty()
                && hidden
                    .bytes()
                    .all(|letter| letter.is_ascii_alphanumeric() || b"._-".contains(&letter))
        }
        None => read_port(text).is_some() || text == "0",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_ends_at_the_first_hop_that_is_not_ours() {
        let trusted = Trusted::from_list("10.0.0.0/8,::1").unwrap();
        for (peer, list, client, believed) in [
            ("10.0.0.1", "203.0.113.7", "203.0.113.7", 1),
            (
                "10.0.0.1",
                "1.1.1.1, 203.0.113.7, 10.0.0.2",
                "203.0.113.7",
                2,
            ),
            ("10.0.0.1", "1.1.1.1,10.0.0.3,10.0.0.2", "1.1.1.1", 3),
            ("10.0.0.1", "1.1.1.1, evil.example", "10.0.0.1", 1),
            ("10.0.0.1", "1.1.1.1, , 10.0.0.2", "10.0.0.2", 2),
            ("::1", "[2001:db8::1]:4711", "2001:db8::1", 1),
            ("::ffff:10.0.0.1", "2001:db8::1", "2001:db8::1", 1),
            // Whoever asks has found the peer to be trusted, by whatever means.
            ("127.0.0.1", "203.0.113.7", "203.0.113.7", 1),
        ] {
            let mut walk = Walk::from(peer.parse().unwrap());
            for entry in list.rsplit(',') {
                if walk.goes_on() {
                    walk.step(read(entry.trim()), &trusted);
                }
            }
            assert_eq!(
                (walk.client.to_string().as_str(), walk.believed),
                (client, believed),
                "{peer} {list}"
            );
        }
    }

    #[test]
    fn addresses_in_every_form_and_nothing_else() {
        for (text, address) in [
            ("203.0.113.7", Some("203.0.113.7")),
            ("203.0.113.7:4711", Some("203.0.113.7")),
            ("203.0.113.7:_p", Some("203.0.113.7")),
            ("2001:db8::7", Some("2001:db8::7")),
            ("[2001:db8::7]", Some("2001:db8::7")),
            ("[2001:db8::7]:4711", Some("2001:db8::7")),
            ("[2001:db8::7]:_a.b-c", Some("2001:db8::7")),
            ("[::ffff:203.0.113.7]", Some("203.0.113.7")),
            ("", None),
            ("unknown", None),
            ("_hidden", None),
            ("client.example", None),
            ("203.0.113.7:", None),
            ("203.0.113.7:abc", None),
            ("203.0.113.7:70000", None),
            ("203.0.113.7:_", None),
            ("[203.0.113.7]", None),
            ("[2001:db8::7", None),
            ("[2001:db8::7]x", None),
            ("fe80::1%eth0", None),
            ("127.1", None),
            ("2130706433", None),
        ] {
            assert_eq!(
                read(text).map(|it| it.to_string()).as_deref(),
                address,
                "{text}"
            );
        }
    }
}
