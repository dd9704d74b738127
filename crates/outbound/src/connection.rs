//! From an address to a connection: look up, judge, connect to what was judged.

use crate::OutboundError;
use crate::address::Reach;
use crate::allowed::{canonical, literal};
use rustls_pki_types::ServerName;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use url::{Host, Url};

/// More addresses of one name are not tried.
const MOST_ADDRESSES: usize = 4;

/// A connection, with TLS or without.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Connects to the host of an address that may be reached so far.
pub(crate) async fn connect(
    url: &Url,
    reach: Reach,
    tls: Arc<rustls::ClientConfig>,
) -> Result<Box<dyn Stream>, OutboundError> {
    let host = canonical(url.host().ok_or(OutboundError::Url)?.to_owned());
    let port = url.port_or_known_default().ok_or(OutboundError::Url)?;
    let addresses = match literal(&host) {
        Some(address) => vec![address],
        None => look_up(&host.to_string(), port).await?,
    };
    let stream = dial(&host.to_string(), &judged(&host, addresses, reach)?, port).await?;
    if url.scheme() != "https" {
        return Ok(Box::new(stream));
    }
    let name = match &host {
        Host::Domain(name) => ServerName::try_from(name.clone()).map_err(|_| OutboundError::Url)?,
        Host::Ipv4(address) => ServerName::from(IpAddr::from(*address)),
        Host::Ipv6(address) => ServerName::from(IpAddr::from(*address)),
    };
    let connected = TlsConnector::from(tls).connect(name, stream).await;
    let stream = connected.map_err(|source| OutboundError::Tls {
        host: host.to_string(),
        source,
    })?;
    Ok(Box::new(stream))
}

async fn look_up(host: &str, port: u16) -> Result<Vec<IpAddr>, OutboundError> {
    let found = tokio::net::lookup_host((host, port)).await;
    let found = found.map_err(|source| OutboundError::NoAddress {
        host: host.to_owned(),
        source: Some(source),
    })?;
    Ok(found.map(|address| address.ip()).collect())
}

/// The addresses that may be asked. One that may not does not spoil the others, and is never connected to.
fn judged(
    host: &Host<String>,
    addresses: Vec<IpAddr>,
    reach: Reach,
) -> Result<Vec<IpAddr>, OutboundError> {
    let first = addresses.first().copied();
    let mut fit: Vec<IpAddr> = addresses
        .into_iter()
        .filter(|address| reach.covers(*address))
        .collect();
    fit.truncate(MOST_ADDRESSES);
    match (fit.is_empty(), first) {
        (false, _) => Ok(fit),
        (true, Some(address)) => Err(OutboundError::AddressNotAllowed {
            host: host.to_string(),
            address,
        }),
        (true, None) => Err(OutboundError::NoAddress {
            host: host.to_string(),
            source: None,
        }),
    }
}

async fn dial(host: &str, addresses: &[IpAddr], port: u16) -> Result<TcpStream, OutboundError> {
    let mut last = std::io::Error::from(std::io::ErrorKind::NotFound);
    for address in addresses {
        match TcpStream::connect(SocketAddr::new(*address, port)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(OutboundError::Connect {
        host: host.to_owned(),
        source: last,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_leads_inside_is_refused_and_one_that_also_does_is_not_followed_there() {
        let host = Host::Domain("rebinding.example".to_owned());
        let addresses = |list: &[&str]| -> Vec<IpAddr> {
            list.iter()
                .map(|address| address.parse().unwrap())
                .collect()
        };
        let mixed = addresses(&["127.0.0.1", "1.1.1.1", "169.254.169.254"]);
        assert_eq!(
            judged(&host, mixed, Reach::Public).unwrap(),
            addresses(&["1.1.1.1"])
        );
        for inside in [&["10.0.0.1"][..], &["::1", "::ffff:10.0.0.1"]] {
            let told = judged(&host, addresses(inside), Reach::Public).unwrap_err();
            assert!(
                matches!(told, OutboundError::AddressNotAllowed { .. }),
                "{told}"
            );
        }
        let told = judged(&host, Vec::new(), Reach::Named).unwrap_err();
        assert!(matches!(told, OutboundError::NoAddress { .. }), "{told}");
    }
}
