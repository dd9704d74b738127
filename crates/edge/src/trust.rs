//! Whose word about others counts: proxies of ours.

mod identity;

pub use identity::{BadKeyPin, KeyPin, ProxyAuthority};

use crate::{Channel, Peer, PeerAddress, TlsClient};
use ipnet::{IpNet, Ipv4Net};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

/// Peers whose word about others counts: proxies of ours. A peer is one when any of these says so.
#[derive(Clone, Debug)]
pub struct Trusted {
    networks: Vec<IpNet>,
    /// Whether the networks are what is trusted when nothing is said.
    is_default: bool,
    unix_socket: bool,
    keys: Vec<KeyPin>,
    authority: Option<Arc<ProxyAuthority>>,
}

/// An entry of `proxy-trusted-addresses` that is no address. The text is Keycloak's.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a valid IP address (IPv4 or IPv6) nor valid CIDR notation.")]
pub struct NotAnAddress(pub String);

/// What a peer is to us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A trusted proxy.
    Proxy(By),
    /// Not one, and why.
    Stranger(String),
}

/// What makes a peer a trusted proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum By {
    /// It is on this machine, and nothing was said of trust.
    Loopback,
    /// Its address.
    Address,
    /// It came by our unix socket, whose file says who may.
    UnixSocket,
    /// The key of its TLS certificate.
    Key,
    /// A name in its TLS certificate, which our authority for proxies issued.
    Name(String),
}

impl std::fmt::Display for Standing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Stranger(why) => f.write_str(why),
            Self::Proxy(By::Loopback) => {
                f.write_str("a trusted proxy since it is on this machine and nothing else is set")
            }
            Self::Proxy(By::Address) => f.write_str("a trusted proxy by its address"),
            Self::Proxy(By::UnixSocket) => f.write_str("a trusted proxy by the unix socket"),
            Self::Proxy(By::Key) => f.write_str("a trusted proxy by its key"),
            Self::Proxy(By::Name(name)) => write!(f, "a trusted proxy by its name {name}"),
        }
    }
}

impl Trusted {
    /// Loopback and our own unix socket: what is trusted when nothing is said. Keycloak trusts everybody then.
    pub fn loopback() -> Self {
        let v4 = Ipv4Net::new_assert(Ipv4Addr::new(127, 0, 0, 0), 8);
        Self {
            networks: vec![v4.into(), IpAddr::from(Ipv6Addr::LOCALHOST).into()],
            is_default: true,
            ..Self::nobody()
        }
    }

    /// No address; our own unix socket alone.
    pub fn nobody() -> Self {
        Self {
            networks: Vec::new(),
            is_default: false,
            unix_socket: true,
            keys: Vec::new(),
            authority: None,
        }
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
        let networks = entries.map(|entry| {
            entry
                .parse::<IpNet>()
                .or_else(|_| entry.parse::<IpAddr>().map(IpNet::from))
                .map_err(|_| NotAnAddress(entry.to_owned()))
        });
        Ok(Self {
            networks: networks.collect::<Result<_, _>>()?,
            ..Self::nobody()
        })
    }

    /// Whether peers that come by our own unix socket are trusted.
    #[must_use]
    pub fn with_unix_socket(self, unix_socket: bool) -> Self {
        Self {
            unix_socket,
            ..self
        }
    }

    /// Trusts peers that show one of these keys in the TLS handshake.
    #[must_use]
    pub fn with_keys(self, keys: Vec<KeyPin>) -> Self {
        Self { keys, ..self }
    }

    /// Trusts peers whose TLS certificate this authority issued for one of its names.
    #[must_use]
    pub fn with_authority(self, authority: Arc<ProxyAuthority>) -> Self {
        Self {
            authority: Some(authority),
            ..self
        }
    }

    /// What a peer is to us.
    ///
    /// Who came with a PROXY preamble is a stranger: the preamble is the proxy's, all behind it is its client's.
    pub(crate) fn standing(&self, peer: &Peer) -> Standing {
        if peer.announced.is_some() {
            return Standing::Stranger(
                "not a trusted proxy: behind a PROXY preamble the client itself speaks".to_owned(),
            );
        }
        match peer.address {
            PeerAddress::UnixSocket if self.unix_socket => return Standing::Proxy(By::UnixSocket),
            PeerAddress::Ip(_) if peer.address.ip().is_some_and(|ip| self.contains(ip)) => {
                return Standing::Proxy(if self.is_default {
                    By::Loopback
                } else {
                    By::Address
                });
            }
            PeerAddress::UnixSocket | PeerAddress::Ip(_) => {}
        }
        match self.by_identity(peer) {
            Ok(by) => Standing::Proxy(by),
            Err(why) => Standing::Stranger(format!("not a trusted proxy: {why}")),
        }
    }

    fn by_identity(&self, peer: &Peer) -> Result<By, String> {
        let by_address = match peer.address {
            PeerAddress::UnixSocket => "proxy-trusted-unix-socket is off",
            PeerAddress::Ip(_) if self.is_default => {
                "proxy-trusted-addresses is not set, and it is not on this machine"
            }
            PeerAddress::Ip(_) => "its address is not in proxy-trusted-addresses",
        };
        if self.keys.is_empty() && self.authority.is_none() {
            return Err(by_address.to_owned());
        }
        let shown = match &peer.channel {
            Channel::Tls(TlsClient::Certificate(chain)) => Ok(chain),
            Channel::Tls(TlsClient::Unreadable(_)) => Err("its TLS certificate can't be read"),
            Channel::Tls(TlsClient::Anonymous) => Err("it showed no TLS certificate"),
            Channel::Plain => Err("it did not come by TLS that ends here"),
        };
        let chain = shown.map_err(|why| format!("{by_address}, and {why}"))?;
        let key = KeyPin::of(chain.leaf());
        if self.keys.contains(&key) {
            return Ok(By::Key);
        }
        let authority = self.authority.as_ref();
        let by_name = authority.map(|authority| authority.name_of(chain));
        match by_name {
            Some(Ok(name)) => Ok(By::Name(name)),
            Some(Err(why)) => Err(format!("{by_address}, and {why}")),
            None => Err(format!(
                "{by_address}, and its key {key} is not in proxy-trusted-tls-keys"
            )),
        }
    }

    /// Whether this address is one of them. An IPv4 address inside IPv6 counts as the IPv4 address that it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|network| network.contains(&address))
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
