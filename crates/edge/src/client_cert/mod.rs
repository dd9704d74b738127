//! Client certificates that a proxy sends in headers. A format is one file here and one line in [`FORMATS`].

mod nginx;

use crate::{Channel, Peer, PeerAddress, TlsClient};
use http::{HeaderMap, HeaderName};
use std::sync::Arc;
use x509::Chain;

/// The client's certificate, or why there is none.
#[derive(Clone, Debug)]
pub enum ClientCert {
    /// A certificate that the peer may speak for. Whether it is any good is for others to judge.
    Present(Arc<Chain>),
    /// None.
    Absent(NoCert),
}

/// Who showed a client certificate: that decides which truststore it is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownBy {
    /// The other end of the connection, in the TLS handshake with us, where it proved that it holds the key.
    Itself,
    /// A trusted proxy, in a header.
    Proxy,
}

impl ShownBy {
    /// It is the connection's own certificate that counts, or one that was sent on it.
    pub(crate) fn of(peer: &Peer, found: &ClientCert) -> Self {
        match (&peer.channel, found) {
            (Channel::Tls(TlsClient::Certificate(own)), ClientCert::Present(counts))
                if Arc::ptr_eq(own, counts) =>
            {
                Self::Itself
            }
            _ => Self::Proxy,
        }
    }
}

/// Why there is no client certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoCert {
    /// No look-up is configured.
    #[error("no look-up of certificates is configured (option spi-x509cert-lookup--provider)")]
    NoLookup,
    /// A certificate header came from somebody who is not a trusted proxy; it was removed.
    #[error(
        "the header {header} came from {peer}, which is not a trusted proxy (option proxy-trusted-addresses); it was removed"
    )]
    PeerNotTrusted {
        /// Which header.
        header: String,
        /// Whose.
        peer: PeerAddress,
    },
    /// The proxy sent no certificate header.
    #[error(
        "the request carried no header {0}: the proxy did not send it, or the browser has no certificate"
    )]
    HeaderAbsent(String),
    /// The header is there and empty.
    #[error("the header {0} is there and empty")]
    HeaderBlank(String),
    /// The header is there more than once.
    #[error(
        "the header {0} is there more than once: somebody before the proxy sent it, and the proxy did not remove it"
    )]
    SeveralHeaders(String),
    /// The header's value is of another form.
    #[error("the header {header} holds no certificate in the form {format}: {reason}")]
    NotACertificate {
        /// Which header.
        header: String,
        /// Which format is configured.
        format: &'static str,
        /// What is wrong, and where it can be told, what to do.
        reason: String,
    },
}

impl NoCert {
    /// The stable identifier, which has a page of its own.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoLookup => "EDGE-CERT-NO-LOOKUP",
            Self::PeerNotTrusted { .. } => "EDGE-CERT-PEER-NOT-TRUSTED",
            Self::HeaderAbsent(_) => "EDGE-CERT-HEADER-ABSENT",
            Self::HeaderBlank(_) => "EDGE-CERT-HEADER-BLANK",
            Self::SeveralHeaders(_) => "EDGE-CERT-SEVERAL-HEADERS",
            Self::NotACertificate { .. } => "EDGE-CERT-UNREADABLE",
        }
    }

    /// Whether something was sent that could not be believed.
    pub fn was_sent(&self) -> bool {
        !matches!(self, Self::NoLookup | Self::HeaderAbsent(_))
    }
}

/// How one kind of proxy sends certificates.
pub(crate) struct Format {
    /// As in `spi-x509cert-lookup--provider`.
    pub name: &'static str,
    /// The leaf's header unless another is configured.
    pub header: &'static str,
    /// Further headers that belong to the format: they come from the proxy or not at all.
    pub also: &'static [&'static str],
    /// Reads a header's value.
    pub read: fn(&str) -> Result<Chain, String>,
}

const FORMATS: &[&Format] = &[&nginx::NGINX];

/// Which format counts, under which header name.
#[derive(Clone)]
pub struct Lookup {
    format: &'static Format,
    header: HeaderName,
}

impl std::fmt::Debug for Lookup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lookup({} in {})", self.format.name, self.header)
    }
}

/// A look-up that can't be configured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LookupError {
    /// No format has this name.
    #[error(
        "there is no certificate look-up {given:?} (option spi-x509cert-lookup--provider); known are {known}"
    )]
    Unknown {
        /// What was given.
        given: String,
        /// What there is.
        known: String,
    },
    /// Not a header's name; an empty one is none.
    #[error("{0:?} is no header name (option spi-x509cert-lookup--<provider>--ssl-client-cert)")]
    HeaderName(String),
}

impl Lookup {
    /// The look-up of this name; `header` replaces the format's own header name.
    ///
    /// # Errors
    /// See [`LookupError`].
    pub fn new(name: &str, header: Option<&str>) -> Result<Self, LookupError> {
        let format = FORMATS
            .iter()
            .find(|format| format.name == name)
            .ok_or_else(|| LookupError::Unknown {
                given: name.to_owned(),
                known: FORMATS
                    .iter()
                    .map(|format| format.name)
                    .collect::<Vec<_>>()
                    .join(", "),
            })?;
        let header = header.unwrap_or(format.header);
        let header = header
            .parse()
            .map_err(|_| LookupError::HeaderName(header.to_owned()))?;
        Ok(Self { format, header })
    }

    /// Reads the certificate that a trusted proxy sent.
    pub(crate) fn read(&self, headers: &HeaderMap) -> ClientCert {
        let header = self.header.to_string();
        let mut lines = headers.get_all(&self.header).iter();
        let Some(line) = lines.next() else {
            return ClientCert::Absent(NoCert::HeaderAbsent(header));
        };
        if lines.next().is_some() {
            return ClientCert::Absent(NoCert::SeveralHeaders(header));
        }
        let wrong = |reason: String| {
            ClientCert::Absent(NoCert::NotACertificate {
                header: header.clone(),
                format: self.format.name,
                reason,
            })
        };
        let Ok(text) = line.to_str() else {
            return wrong("it is not plain text".to_owned());
        };
        if text.trim().is_empty() {
            return ClientCert::Absent(NoCert::HeaderBlank(header));
        }
        match (self.format.read)(text.trim()) {
            Ok(chain) => ClientCert::Present(Arc::new(chain)),
            Err(reason) => wrong(reason),
        }
    }
}

/// Which certificate counts in a request, by who sent it and what is configured.
pub(crate) fn decide(
    lookup: Option<&Lookup>,
    peer: &Peer,
    trusted: bool,
    headers: &HeaderMap,
) -> ClientCert {
    let sent = declared(lookup).find(|name| headers.contains_key(name));
    match (lookup, sent) {
        (_, Some(header)) if !trusted => ClientCert::Absent(NoCert::PeerNotTrusted {
            header: header.to_string(),
            peer: peer.address,
        }),
        (None, _) => ClientCert::Absent(NoCert::NoLookup),
        (Some(lookup), _) if !trusted => {
            ClientCert::Absent(NoCert::HeaderAbsent(lookup.header.to_string()))
        }
        (Some(lookup), _) => lookup.read(headers),
    }
}

/// Every header of every format, and the configured name.
pub(crate) fn declared(lookup: Option<&Lookup>) -> impl Iterator<Item = HeaderName> {
    let names = FORMATS
        .iter()
        .flat_map(|format| std::iter::once(&format.header).chain(format.also))
        .map(|name| HeaderName::from_static(name));
    names.chain(lookup.map(|lookup| lookup.header.clone()))
}
