//! The other end of a connection, as the listener found it: before anything that was sent on it is believed.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use x509::Chain;

/// The other end of a connection.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Where it is.
    pub address: PeerAddress,
    /// On a listener that reads PROXY preambles: whose connection it is, the peer's own address where the preamble names no other. The requests on it are
    /// then the client's own words and no proxy's, so that no header of theirs is believed.
    pub announced: Option<SocketAddr>,
    /// Our port that it connected to.
    pub local_port: u16,
    /// Whether the connection is TLS that ends here, and what the other end showed in its handshake.
    pub channel: Channel,
}

/// Where the other end is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerAddress {
    /// On a network.
    Ip(SocketAddr),
    /// On this machine, by a socket of the file system.
    UnixSocket,
}

/// What a connection is made of.
#[derive(Clone, Debug)]
pub enum Channel {
    /// As it is.
    Plain,
    /// TLS that ends here.
    Tls(TlsClient),
}

/// What the other end showed in the TLS handshake. That it holds the key is proven; whether the certificate is any good is for others to
/// judge.
#[derive(Clone, Debug)]
pub enum TlsClient {
    /// No certificate, or it was not asked for one.
    Anonymous,
    /// A certificate, and what it sent along.
    Certificate(Arc<Chain>),
    /// What it sent can't be read as certificates, and why.
    Unreadable(String),
}

impl PeerAddress {
    /// Its address on a network. An IPv4 address inside IPv6 is the IPv4 address.
    pub fn ip(self) -> Option<IpAddr> {
        match self {
            Self::Ip(address) => Some(address.ip().to_canonical()),
            Self::UnixSocket => None,
        }
    }
}

impl fmt::Display for PeerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip() {
            Some(address) => address.fmt(f),
            None => f.write_str("the unix socket"),
        }
    }
}

impl From<SocketAddr> for PeerAddress {
    fn from(address: SocketAddr) -> Self {
        Self::Ip(address)
    }
}
