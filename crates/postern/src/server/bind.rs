//! Sockets to listen on.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use tokio::net::TcpListener;

/// Where something listens now.
#[derive(Debug)]
pub(super) struct Bound {
    /// The sockets: one for each address of the host.
    pub sockets: Vec<TcpListener>,
    /// The port, which is the system's choice when 0 was asked for.
    pub port: u16,
}

/// Binds a port on every address that the host has. `0.0.0.0` stands for all addresses of both families, as it does in Keycloak.
///
/// # Errors
/// The system's, for the first address that can't be bound and for a name that has none.
pub(super) async fn bind(host: &str, port: u16) -> io::Result<Bound> {
    let mut bound = Bound {
        sockets: Vec::new(),
        port,
    };
    if host == "0.0.0.0" {
        // Where one socket takes both families the second one finds the port taken, by ourselves.
        for address in [
            IpAddr::from(Ipv6Addr::UNSPECIFIED),
            Ipv4Addr::UNSPECIFIED.into(),
        ] {
            let last = bound.add(address).await.err();
            if let Some(error) = last.filter(|_| address.is_ipv4() && bound.sockets.is_empty()) {
                return Err(error);
            }
        }
        return Ok(bound);
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let mut addresses: Vec<IpAddr> = tokio::net::lookup_host((host, port))
        .await?
        .map(|address| address.ip())
        .collect();
    addresses.sort();
    addresses.dedup();
    let mut last = io::Error::from(io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match bound.add(address).await {
            Ok(()) => {}
            // The name stands for more families than this machine has.
            Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable || port == 0 => {
                last = error
            }
            Err(error) => return Err(error),
        }
    }
    if bound.sockets.is_empty() {
        Err(last)
    } else {
        Ok(bound)
    }
}

impl Bound {
    async fn add(&mut self, address: IpAddr) -> io::Result<()> {
        let socket = TcpListener::bind(SocketAddr::new(address, self.port)).await?;
        self.port = socket.local_addr()?.port();
        self.sockets.push(socket);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_free_port_is_the_same_on_every_address() {
        let bound = bind("localhost", 0).await.unwrap();
        assert_ne!(bound.port, 0);
        assert!(
            bound
                .sockets
                .iter()
                .all(|socket| socket.local_addr().unwrap().port() == bound.port)
        );
        let everywhere = bind("0.0.0.0", 0).await.unwrap();
        assert!(
            tokio::net::TcpStream::connect(("127.0.0.1", everywhere.port))
                .await
                .is_ok()
        );
    }

    #[tokio::test]
    async fn a_port_that_is_taken_is_an_error() {
        let first = bind("127.0.0.1", 0).await.unwrap();
        let second = bind("127.0.0.1", first.port).await.unwrap_err();
        assert_eq!(second.kind(), io::ErrorKind::AddrInUse);
        assert_eq!(
            bind("0.0.0.0", first.port).await.unwrap_err().kind(),
            io::ErrorKind::AddrInUse
        );
        assert!(bind("no.such.host.invalid", 0).await.is_err());
    }
}
