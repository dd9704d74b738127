use crate::Peer;
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Peers whose word about others counts: proxies of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted(Vec<IpNet>);

/// An entry of `proxy-trusted-addresses` that is no address. The text is Keycloak's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a valid IP address (IPv4 or IPv6) nor valid CIDR notation.")]
pub struct NotAnAddress(pub String);

impl Trusted {
    /// Loopback alone: what is trusted when nothing is said. Keycloak trusts everybody then.
    pub fn loopback() -> Self {
        let v4 = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
        Self(vec![v4.into(), IpAddr::from(Ipv6Addr::LOCALHOST).into()])
    }

    /// Addresses and networks, separated by commas. Names are refused, since nothing is looked up.
    ///
    /// # Errors
    /// [`NotAnAddress`] with the first entry that is none.
    pub fn from_list(list: &str) -> Result<Self, NotAnAddress> {
        let entries = list
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        entries
            .map(|entry| {
                entry
                    .parse::<IpNet>()
                    .or_else(|_| entry.parse::<IpAddr>().map(IpNet::from))
                    .map_err(|_| NotAnAddress(entry.to_owned()))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether this peer may speak for others.
    pub(crate) fn covers(&self, peer: &Peer) -> bool {
        peer.address.ip().is_some_and(|ip| self.contains(ip))
    }

    /// Whether this address is one of them. An IPv4 address inside IPv6 counts as the IPv4 address that it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_of_both_families() {
        let trusted = Trusted::from_list("127.0.0.9, 10.1.0.0/16,2001:db8::/32,,::1").unwrap();
        for (address, expected) in [
            ("127.0.0.9", true),
            ("127.0.0.8", false),
            ("10.1.255.1", true),
            ("10.2.0.1", false),
            ("::ffff:10.1.2.3", true),
            ("2001:db8:1::", true),
            ("::1", true),
            ("::2", false),
        ] {
            assert_eq!(
                trusted.contains(address.parse().unwrap()),
                expected,
                "{address}"
            );
        }
        for entry in ["localhost", "10.0.0.0/33", "300.1.1.1", "fe80::1%eth0", "*"] {
            assert_eq!(
                Trusted::from_list(entry).unwrap_err().to_string(),
                format!(
                    "{entry} is not a valid IP address (IPv4 or IPv6) nor valid CIDR notation."
                )
            );
        }
        assert!(
            Trusted::loopback().contains("127.255.0.1".parse().unwrap())
                && Trusted::loopback().contains("::1".parse().unwrap())
        );
        assert!(!Trusted::loopback().contains("128.0.0.1".parse().unwrap()));
    }
}
