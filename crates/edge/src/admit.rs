use crate::arrival::{Known, Scheme};
use crate::authority::Authority;
use crate::client_cert::Counts;
use crate::trust::Standing;
use crate::{
    Arrival, Channel, Fact, Lookup, Peer, ProxyHeaders, ProxyWord, RelativePath, RemovedFor,
    ShownBy, Trusted,
};
use crate::{client_cert, forwarding, path};
use http::header::HOST;
use http::{HeaderMap, HeaderName, Request};
use std::net::{IpAddr, Ipv4Addr};

/// What is believed, and of whom.
#[derive(Debug)]
pub struct EdgeConfig {
    proxy_headers: ProxyHeaders,
    trusted: Trusted,
    lookup: Option<Lookup>,
    relative_path: RelativePath,
    removed: Counts,
}

/// Why a request is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The path can be read in two ways.
    #[error("the path is not in canonical form: {0}")]
    Path(&'static str),
    /// `Host` is missing, there twice, no host, or another than the target names.
    #[error("the header host is missing, repeated, not a host, or another than the target names")]
    Host,
    /// A trusted proxy's `Forwarded` follows no grammar.
    #[error("the header forwarded of a trusted proxy follows no grammar (RFC 7239)")]
    Forwarded,
    /// The request did not come in by the edge: a fault in our own wiring.
    #[error("the request was not admitted")]
    NotAdmitted,
}

impl Refused {
    /// The stable identifier.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Path(_) => "URL-PATH",
            Self::Host => "URL-HOST",
            Self::Forwarded => "EDGE-FORWARDED-MALFORMED",
            Self::NotAdmitted => "EDGE-NOT-ADMITTED",
        }
    }
}

impl EdgeConfig {
    /// What is believed: a family of forwarding headers and a certificate look-up, both from trusted peers alone.
    pub fn new(proxy_headers: ProxyHeaders, trusted: Trusted, lookup: Option<Lookup>) -> Self {
        Self {
            proxy_headers,
            trusted,
            lookup,
            relative_path: RelativePath::default(),
            removed: Counts::new(),
        }
    }

    /// Everything is served below this path, such as `/auth`; `/` is everywhere.
    #[must_use]
    pub fn below(mut self, path: &RelativePath) -> Self {
        self.relative_path = path.clone();
        self
    }

    /// The path below which everything is served.
    pub fn relative_path(&self) -> &RelativePath {
        &self.relative_path
    }

    /// Whether this peer may speak for others, and why.
    pub fn trusts(&self, peer: &Peer) -> (bool, String) {
        let standing = self.trusted.standing(peer);
        let may = matches!(standing, Standing::Proxy(_));
        (may, standing.to_string())
    }

    /// In how many requests certificate headers were removed that had no business to be there, since the start: by the kind of proxy that
    /// sends such a header, and by reason.
    pub fn removed_certificate_headers(
        &self,
    ) -> impl Iterator<Item = (&'static str, RemovedFor, u64)> {
        self.removed.list()
    }

    /// Whether this peer may fold a certificate over several lines, as nginx does with `$ssl_client_cert`: a trusted proxy of that kind.
    pub fn expects_folds(&self, peer: &Peer) -> bool {
        let folds = self.lookup.as_ref().is_some_and(Lookup::is_folded);
        folds && matches!(self.trusted.standing(peer), Standing::Proxy(_))
    }

    /// Whether this peer's headers about others are read: a trusted proxy, where any are.
    pub fn hears(&self, peer: &Peer) -> bool {
        let reads = self.proxy_headers != ProxyHeaders::Ignored
            || self
                .lookup
                .as_ref()
                .is_some_and(|lookup| lookup.reader().is_some());
        reads && matches!(self.trusted.standing(peer), Standing::Proxy(_))
    }

    /// Lets a request in: attaches its [`Arrival`] and removes every forwarding header and certificate header. A certificate header that had no
    /// business to be there is told by a [`crate::RemovedHeader`] in the request's extensions.
    ///
    /// # Errors
    /// See [`Refused`]; all are the sender's fault and are answered with 400.
    pub fn admit<B>(&self, peer: &Peer, mut request: Request<B>) -> Result<Request<B>, Refused> {
        if let Some(objection) = path::objection(request.uri().path()) {
            return Err(Refused::Path(objection));
        }
        let mut facts: Vec<Fact> = Vec::new();
        let standing = self.trusted.standing(peer);
        let trusted = matches!(standing, Standing::Proxy(_));
        facts.push((None, format!("the peer is {}, {standing}", peer.address)));
        let lookup = self.lookup.as_ref();
        let decision = client_cert::decide(lookup, peer, &standing, request.headers());
        let mut known = Known {
            client: client_address(peer),
            scheme: match peer.channel {
                Channel::Tls(_) => Scheme::Https,
                Channel::Plain => Scheme::Http,
            },
            authority: authority(&request)?,
            prefix: String::new(),
            shown_by: ShownBy::of(peer, &decision.cert),
            client_cert: decision.cert,
            word: match forwarding::sent(request.headers()).next() {
                None => ProxyWord::Silent,
                Some(_) if trusted => ProxyWord::Trusted,
                Some(_) => ProxyWord::NotTrusted,
            },
            facts: Vec::new(),
        };
        let headers = request.headers();
        if trusted {
            let family = self.proxy_headers;
            forwarding::read(family, headers, &self.trusted, &mut known, &mut facts)?;
        } else {
            forwarding::not_believed(headers, &mut facts);
        }
        if let Some(client) = peer.announced {
            let client = client.ip().to_canonical();
            facts.push((None, format!("its connection is that of {client}")));
        }
        known.prefix += self.relative_path.as_prefix();
        facts.extend(decision.facts);
        known.facts = facts;
        self.strip(request.headers_mut());
        if let Some(removed) = decision.removed {
            self.removed.add(&removed);
            request.extensions_mut().insert(removed);
        }
        request.extensions_mut().insert(Arrival::new(known));
        Ok(request)
    }

    fn strip(&self, headers: &mut HeaderMap) {
        let names: Vec<HeaderName> = forwarding::sent(headers)
            .chain(client_cert::sent(self.lookup.as_ref(), headers))
            .cloned()
            .collect();
        for name in names {
            headers.remove(name);
        }
    }
}

/// Who sent the request, as far as the connection tells. Who comes by a unix socket is on this machine.
fn client_address(peer: &Peer) -> IpAddr {
    let ip = peer.announced.map(|address| address.ip().to_canonical());
    ip.or(peer.address.ip())
        .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

/// Whom the request is for: HTTP/2 has it in the target, HTTP/1.1 in `Host`, once.
fn authority<B>(request: &Request<B>) -> Result<Authority, Refused> {
    let mut lines = request.headers().get_all(HOST).iter();
    let text = match (request.uri().authority(), lines.next(), lines.next()) {
        (_, _, Some(_)) => return Err(Refused::Host),
        (Some(target), Some(line), None) if line.as_bytes() != target.as_str().as_bytes() => {
            return Err(Refused::Host);
        }
        (Some(target), _, None) => target.as_str(),
        (None, Some(line), None) => line.to_str().map_err(|_| Refused::Host)?,
        (None, None, None) => return Err(Refused::Host),
    };
    Authority::read(text).ok_or(Refused::Host)
}
