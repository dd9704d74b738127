//! The PROXY preamble before everything else on a connection: read to its last byte and no further, in good time, from those who may send one.

use edge::proxy_protocol::{self, NoPreamble, Preamble};
use edge::{PeerAddress, Seldom, Trusted};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};

/// It has to be there within this time: a proxy sends it at once.
const PATIENCE: Duration = Duration::from_secs(5);

/// Who may send preambles.
#[derive(Clone, Debug)]
pub(crate) struct Preambles {
    /// These; everybody when nobody was named. Who comes by a unix socket may in any case.
    pub from: Option<Trusted>,
}

/// Why a connection is closed before its first request.
#[derive(Debug, thiserror::Error)]
pub(super) enum Closed {
    #[error("it is not one of proxy-trusted-addresses, and proxy-protocol-enabled is set")]
    NotTrusted,
    #[error("the PROXY preamble was not there in {PATIENCE:?}")]
    Late,
    #[error(
        "{0}; is the proxy told to send one (HAProxy: send-proxy-v2, nginx: proxy_protocol on)?"
    )]
    None(#[from] NoPreamble),
    #[error("it broke: {0}")]
    Broken(#[from] io::Error),
}

impl Preambles {
    /// Reads the preamble: whose connection it is.
    pub(super) async fn read(
        &self,
        stream: &mut (impl AsyncRead + Unpin),
        peer: PeerAddress,
    ) -> Result<SocketAddr, Closed> {
        let may = match (&self.from, peer.ip()) {
            (Some(trusted), Some(ip)) => trusted.contains(ip),
            _ => true,
        };
        if !may {
            return Err(Closed::NotTrusted);
        }
        let announced = tokio::time::timeout(PATIENCE, whole(stream)).await;
        let own = match peer {
            PeerAddress::Ip(address) => address,
            PeerAddress::UnixSocket => (Ipv4Addr::LOCALHOST, 0).into(),
        };
        Ok(announced.map_err(|_| Closed::Late)??.unwrap_or(own))
    }
}

/// Says why a connection was closed. A port that many knock at must not fill the log: what is no news is told once in a while.
pub(super) fn tell(peer: PeerAddress, closed: &Closed) {
    // Somebody looks whether the port is open.
    if matches!(closed, Closed::Broken(_)) {
        return tracing::debug!(%peer, "a connection was closed before its first byte of ours: {closed}");
    }
    static TOLD: Seldom = Seldom::new();
    TOLD.tell(|unsaid| {
        tracing::warn!(code = "EDGE-PREAMBLE", %peer, unsaid, "a connection was closed: {closed}");
    });
}

async fn whole(stream: &mut (impl AsyncRead + Unpin)) -> Result<Option<SocketAddr>, Closed> {
    let mut bytes = Vec::new();
    loop {
        match proxy_protocol::read(&bytes)? {
            Preamble::Whole(announced) => return Ok(announced),
            Preamble::Wants(more) => {
                let begun = bytes.len();
                bytes.resize(begun + more, 0);
                // What came of it is looked at as it comes, so that the wrong beginning is known early.
                let read = stream.read(&mut bytes[begun..]).await?;
                if read == 0 {
                    return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
                }
                bytes.truncate(begun + read);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt as _;

    fn peer(address: &str) -> PeerAddress {
        SocketAddr::new(address.parse().unwrap(), 40000).into()
    }

    #[tokio::test]
    async fn a82_only_who_may_is_read_and_nothing_behind_the_preamble_is() {
        let named = Preambles {
            from: Some(Trusted::from_list("10.0.0.0/8").unwrap()),
        };
        let anybody = Preambles { from: None };
        let line = b"PROXY TCP4 192.0.2.7 10.0.0.1 4711 443\r\nGET /";
        for (preambles, from, expected) in [
            (&named, peer("10.0.0.9"), Some("192.0.2.7:4711")),
            (&named, peer("::ffff:10.0.0.9"), Some("192.0.2.7:4711")),
            (&named, PeerAddress::UnixSocket, Some("192.0.2.7:4711")),
            (&named, peer("192.0.2.9"), None),
            (&anybody, peer("192.0.2.9"), Some("192.0.2.7:4711")),
        ] {
            let mut bytes = &line[..];
            let outcome = preambles.read(&mut bytes, from).await;
            match expected {
                Some(address) => {
                    assert_eq!(outcome.unwrap().to_string(), address);
                    assert_eq!(bytes, b"GET /");
                }
                None => assert!(matches!(outcome, Err(Closed::NotTrusted)), "{outcome:?}"),
            }
        }
        for (from, own) in [
            (peer("10.0.0.9"), "10.0.0.9:40000"),
            (PeerAddress::UnixSocket, "127.0.0.1:0"),
        ] {
            let mut unknown = &b"PROXY UNKNOWN\r\n"[..];
            assert_eq!(
                named.read(&mut unknown, from).await.unwrap().to_string(),
                own
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a82_who_sends_no_preamble_or_too_slowly_is_closed() {
        let anybody = Preambles { from: None };
        for begin in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"G", b"\x16\x03\x01\x02"] {
            let mut bytes = begin;
            let outcome = anybody.read(&mut bytes, peer("10.0.0.9")).await;
            assert!(
                matches!(outcome, Err(Closed::None(NoPreamble::Missing))),
                "{outcome:?}"
            );
        }
        let mut short = &b"PROXY TCP4 "[..];
        let outcome = anybody.read(&mut short, peer("10.0.0.9")).await;
        assert!(matches!(outcome, Err(Closed::Broken(_))), "{outcome:?}");
        let (mut ours, mut theirs) = tokio::io::duplex(64);
        theirs.write_all(b"PROXY TCP4 192.0.2.7").await.unwrap();
        let outcome = anybody.read(&mut ours, peer("10.0.0.9")).await;
        assert!(matches!(outcome, Err(Closed::Late)), "{outcome:?}");
    }
}
