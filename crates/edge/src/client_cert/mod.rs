//! Client certificates: whose counts in a request, and how proxies send them in headers. A format is one file here and one line in [`FORMATS`].

mod absent;
mod apache;
mod aws_alb;
mod azure;
mod caddy;
mod encoding;
mod envoy;
mod haproxy;
mod headers;
mod lookup;
mod nginx;
mod reader;
mod recognise;
mod removed;
mod rfc9440;
mod traefik;

pub use absent::NoCert;
pub use lookup::{Lookup, LookupError, LookupSettings, ProxyVerification};
pub(crate) use removed::Counts;
pub use removed::{RemovedFor, RemovedHeader};

use crate::trust::{By, Standing};
use crate::{Channel, Fact, Peer, TlsClient};
use encoding::Ders;
use headers::{OTHER, Says, known};
use http::{HeaderMap, HeaderName};
use reader::Reader;
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

/// How one kind of proxy sends certificates.
pub(crate) struct Format {
    /// As in `spi-x509cert-lookup--provider`.
    pub name: &'static str,
    /// The header with the person's certificate, unless another is configured: one of these, not several.
    pub headers: &'static [&'static str],
    /// Where the rest of the chain is.
    pub chain: ChainIn,
    /// Further headers that this kind of proxy sends: they come from it or not at all, and are not read.
    pub also: &'static [&'static str],
    /// The header by which it says whether it verified the certificate.
    pub verification: Option<&'static str>,
    /// What it writes when there is no certificate.
    pub none: &'static [&'static str],
    /// Reads the person's certificate, and what is in the same header.
    pub read: fn(&str, Encoded) -> Result<Ders, String>,
    /// Reads a header with the rest of the chain.
    pub read_chain: fn(&str) -> Result<Ders, String>,
}

/// Where a format has the rest of the chain, unless it is configured otherwise.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ChainIn {
    /// Behind the person's certificate, or nowhere.
    SameHeader,
    /// In one header.
    Header(&'static str),
    /// In one header that may have several lines.
    Lines(&'static str),
    /// In headers that begin so and are numbered: `<prefix>_0`.
    Prefix(&'static str),
}

/// Whether a value was percent-encoded, where a format leaves that open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoded {
    /// It was.
    #[default]
    Url,
    /// It is as it is.
    Plain,
}

const FORMATS: &[&Format] = &[
    &nginx::NGINX,
    &haproxy::HAPROXY,
    &apache::APACHE,
    &traefik::TRAEFIK,
    &envoy::ENVOY,
    &rfc9440::RFC9440,
    &aws_alb::AWS_ALB,
    &caddy::CADDY,
    &azure::AZURE,
];

/// Which certificate counts, and what was found out on the way.
pub(crate) struct Decision {
    pub cert: ClientCert,
    pub facts: Vec<Fact>,
    /// What came and had no business to.
    pub removed: Option<RemovedHeader>,
}

/// Which certificate counts in a request, by who sent it and what is configured.
///
/// A peer that is no trusted proxy speaks for itself: what it showed in the TLS handshake counts, headers never. A trusted proxy speaks for
/// others, by the headers of the configured format alone; what it showed itself is its own. Loopback, which is trusted when nothing is
/// set, may be a person as well as long as no header is read.
pub(crate) fn decide(
    lookup: Option<&Lookup>,
    peer: &Peer,
    standing: &Standing,
    headers: &HeaderMap,
) -> Decision {
    let reader = lookup.and_then(Lookup::reader);
    let sent: Vec<&HeaderName> = sent(lookup, headers).collect();
    let mut deciding = Deciding {
        peer,
        headers,
        facts: Vec::new(),
        removed: None,
    };
    let cert = match (standing, reader) {
        (Standing::Stranger(why), _) => deciding.stranger(reader, &sent, why),
        (Standing::Proxy(by), None) => {
            deciding.not_read(
                &sent,
                "no look-up reads it (option spi-x509cert-lookup--provider)",
            );
            match by {
                By::Loopback => deciding.shown(),
                _ => deciding.proxys_own(),
            }
        }
        (Standing::Proxy(_), Some(reader)) => deciding.proxy(reader, &sent),
    };
    let fact = match &cert {
        Ok((chain, how)) => (None, format!("{how} {}", chain.leaf().subject())),
        Err(reason) => (Some(reason.code().to_owned()), reason.to_string()),
    };
    deciding.facts.push(fact);
    Decision {
        cert: match cert {
            Ok((chain, _)) => ClientCert::Present(chain),
            Err(reason) => ClientCert::Absent(reason),
        },
        facts: deciding.facts,
        removed: deciding.removed,
    }
}

/// Every header of a request that speaks of certificates.
pub(crate) fn sent<'h>(
    lookup: Option<&'h Lookup>,
    headers: &'h HeaderMap,
) -> impl Iterator<Item = &'h HeaderName> {
    let reader = lookup.and_then(Lookup::reader);
    headers.keys().filter(move |name| {
        known(name.as_str()).is_some()
            || reader.is_some_and(|reader| {
                reader.owns(name) || reader.is_other_spelling(name) || reader.ignores(name)
            })
    })
}

/// A certificate, and how to say whose it is.
type Found = Result<(Arc<Chain>, &'static str), NoCert>;

struct Deciding<'r> {
    peer: &'r Peer,
    headers: &'r HeaderMap,
    facts: Vec<Fact>,
    removed: Option<RemovedHeader>,
}

impl Deciding<'_> {
    /// Somebody who speaks for itself alone.
    fn stranger(&mut self, reader: Option<&Reader>, sent: &[&HeaderName], why: &str) -> Found {
        let is_certificate = |name: &&&HeaderName| {
            known(name.as_str()).is_none_or(|known| known.says == Says::Certificate)
        };
        let worst = sent.iter().find(is_certificate).or(sent.first());
        let refusal = worst.map(|name| self.remove(name, reader, RemovedFor::UntrustedPeer, why));
        match (self.shown(), refusal) {
            (Ok(found), Some(refusal)) => {
                self.facts
                    .push((Some(refusal.code().to_owned()), refusal.to_string()));
                Ok(found)
            }
            (Ok(found), None) => Ok(found),
            (Err(unreadable @ NoCert::ShownUnreadable(_)), _) => Err(unreadable),
            (Err(_), Some(refusal)) => Err(refusal),
            (Err(NoCert::NoLookup), None) => Err(match reader {
                Some(reader) => NoCert::HeaderAbsent(reader.header().to_string()),
                None => NoCert::NoLookup,
            }),
            (Err(reason), None) => Err(reason),
        }
    }

    /// A trusted proxy, whose headers are read.
    fn proxy(&mut self, reader: &Reader, sent: &[&HeaderName]) -> Found {
        if matches!(
            self.peer.channel,
            Channel::Tls(TlsClient::Certificate(_) | TlsClient::Unreadable(_))
        ) {
            self.facts.push((
                Some("EDGE-CERT-PROXYS-OWN".to_owned()),
                "the certificate of the TLS connection is the proxy's own and not its client's"
                    .to_owned(),
            ));
        }
        let is_foreign = |name: &&&HeaderName| {
            !reader.owns(name)
                && !reader.ignores(name)
                && (reader.is_other_spelling(name)
                    || known(name.as_str()).is_some_and(|known| known.says == Says::Certificate))
        };
        let absent = reader.is_absent(self.headers);
        if let Some(other) = reader.other_spelling(self.headers).filter(|_| absent) {
            return Err(NoCert::OtherSpelling {
                configured: reader.header().to_string(),
                sent: other.to_string(),
                format: reader.format(),
            });
        }
        if let Some(foreign) = sent.iter().find(is_foreign) {
            let configured = format!("what is read is {}", reader.place());
            let reason = RemovedFor::ForeignHeader;
            return Err(self.remove(foreign, Some(reader), reason, &configured));
        }
        let ignored: Vec<&HeaderName> = sent
            .iter()
            .filter(|name| !reader.owns(name))
            .copied()
            .collect();
        self.not_read(&ignored, "it is no header of the configured look-up");
        if let Some((header, said)) = reader.verification(self.headers) {
            let said = reader::shortened(said);
            self.facts.push((
                None,
                format!("the proxy says of its own verification: {header} is {said:?}"),
            ));
        }
        let chain = reader.read(self.headers)?;
        Ok((Arc::new(chain), "the proxy sent the certificate of"))
    }

    /// What was shown in the TLS handshake.
    fn shown(&self) -> Found {
        match &self.peer.channel {
            Channel::Plain => Err(NoCert::NoLookup),
            Channel::Tls(TlsClient::Anonymous) => Err(NoCert::NotShown),
            Channel::Tls(TlsClient::Unreadable(why)) => Err(NoCert::ShownUnreadable(why.clone())),
            Channel::Tls(TlsClient::Certificate(chain)) => Ok((
                chain.clone(),
                "the TLS connection was made with the certificate of",
            )),
        }
    }

    /// What was shown in the TLS handshake is not its client's.
    fn proxys_own(&self) -> Found {
        Err(match &self.peer.channel {
            Channel::Plain => NoCert::NoLookup,
            Channel::Tls(TlsClient::Anonymous) => NoCert::NotShown,
            Channel::Tls(_) => NoCert::ProxysOwn,
        })
    }

    fn remove(
        &mut self,
        name: &HeaderName,
        reader: Option<&Reader>,
        reason: RemovedFor,
        because: &str,
    ) -> NoCert {
        let own = reader
            .filter(|reader| reader.owns(name))
            .map(Reader::format);
        let dialect = own
            .or_else(|| known(name.as_str()).map(|known| known.dialect))
            .unwrap_or(OTHER);
        let removed = RemovedHeader {
            header: reader::shortened(name.as_str().as_bytes()),
            dialect,
            reason,
            peer: self.peer.address,
        };
        let refusal = removed.no_cert(because.to_owned());
        self.removed = Some(removed);
        refusal
    }

    fn not_read(&mut self, names: &[&HeaderName], why: &str) {
        for name in names.iter().take(8) {
            self.facts.push((
                Some("EDGE-CERT-HEADER-IGNORED".to_owned()),
                format!(
                    "the header {} was removed unread: {why}",
                    reader::shortened(name.as_str().as_bytes())
                ),
            ));
        }
    }
}
