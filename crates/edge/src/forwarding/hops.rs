//! The client's address: a list of hops, walked from our side.

use crate::Trusted;
use std::net::{IpAddr, SocketAddr};

/// The nearest address that is not one of ours: from the right, over every line of the header, as far as each hop is trusted and readable.
///
/// Whoever is not trusted may have written anything to the left of themselves.
pub(crate) fn client_address<'a>(
    peer: IpAddr,
    lines: impl DoubleEndedIterator<Item = &'a str>,
    trusted: &Trusted,
) -> IpAddr {
    let mut client = peer.to_canonical();
    for hop in lines.rev().flat_map(|line| line.rsplit(',')) {
        if !trusted.contains(client) {
            break;
        }
        let Some(address) = read(hop.trim()) else {
            break;
        };
        client = address;
    }
    client
}

/// An address with or without a port. Never a name: nothing is looked up.
fn read(text: &str) -> Option<IpAddr> {
    let bracketed = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .and_then(|inside| inside.parse().ok());
    text.parse::<IpAddr>()
        .ok()
        .or(bracketed)
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_walk_ends_at_the_first_hop_that_is_not_ours() {
        let trusted = Trusted::from_list("10.0.0.0/8,::1").unwrap();
        for (peer, lines, expected) in [
            ("10.0.0.1", &["203.0.113.7"][..], "203.0.113.7"),
            (
                "10.0.0.1",
                &["1.1.1.1, 203.0.113.7, 10.0.0.2"],
                "203.0.113.7",
            ),
            (
                "10.0.0.1",
                &["1.1.1.1", "203.0.113.7", "10.0.0.2"],
                "203.0.113.7",
            ),
            ("10.0.0.1", &["1.1.1.1,10.0.0.3", "10.0.0.2"], "1.1.1.1"),
            ("192.0.2.1", &["1.1.1.1"], "192.0.2.1"),
            ("10.0.0.1", &["1.1.1.1, evil.example"], "10.0.0.1"),
            ("10.0.0.1", &["1.1.1.1, , 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("::1", &["[2001:db8::1]:4711"], "2001:db8::1"),
            ("::1", &["203.0.113.7:4711"], "203.0.113.7"),
            ("::ffff:10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
        ] {
            let client = client_address(peer.parse().unwrap(), lines.iter().copied(), &trusted);
            assert_eq!(
                client,
                expected.parse::<IpAddr>().unwrap(),
                "{peer} {lines:?}"
            );
        }
    }
}
