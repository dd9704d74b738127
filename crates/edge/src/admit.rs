use crate::arrival::{Known, Scheme};
use crate::authority::{Authority, read_port};
use crate::client_cert::declared;
use crate::{Arrival, ClientCert, Fact, Lookup, NoCert, Trusted, forwarded_for, path};
use http::header::HOST;
use http::{HeaderMap, HeaderName, Request};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};

/// What is believed, and of whom.
#[derive(Debug)]
pub struct EdgeConfig {
    proxy_headers: ProxyHeaders,
    trusted: Trusted,
    lookup: Option<Lookup>,
    removed: AtomicU64,
}

/// Which family of forwarding headers is read. The other is never looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyHeaders {
    /// None: scheme, host and address are those of the connection.
    #[default]
    Ignored,
    /// `X-Forwarded-For`, `-Proto`, `-Ssl`, `-Host`, `-Port`, `-Prefix`.
    XForwarded,
}

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Our port that it connected to.
    pub local_port: u16,
    /// Whether the connection is TLS that ends here.
    pub is_tls: bool,
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
            Self::NotAdmitted => "EDGE-NOT-ADMITTED",
        }
    }
}

const X_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_SSL: HeaderName = HeaderName::from_static("x-forwarded-ssl");
const X_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const X_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

impl EdgeConfig {
    /// What is believed: a family of forwarding headers and a certificate look-up, both from trusted peers alone.
    pub fn new(proxy_headers: ProxyHeaders, trusted: Trusted, lookup: Option<Lookup>) -> Self {
        Self {
            proxy_headers,
            trusted,
            lookup,
            removed: AtomicU64::new(0),
        }
    }

    /// How many certificate headers came from peers that are not trusted, since the start.
    pub fn removed_certificate_headers(&self) -> u64 {
        self.removed.load(Ordering::Relaxed)
    }

    /// Lets a request in: attaches its [`Arrival`] and removes every forwarding header and certificate header.
    ///
    /// # Errors
    /// See [`Refused`]; all are the sender's fault and are answered with 400.
    pub fn admit<B>(&self, peer: Peer, mut request: Request<B>) -> Result<Request<B>, Refused> {
        if let Some(objection) = path::objection(request.uri().path()) {
            return Err(Refused::Path(objection));
        }
        let mut facts: Vec<Fact> = Vec::new();
        let trusted = self.trusted.contains(peer.address.ip());
        let standing = if trusted {
            "a trusted proxy"
        } else {
            "not a trusted proxy"
        };
        facts.push((
            None,
            format!(
                "the peer is {}, {standing}",
                peer.address.ip().to_canonical()
            ),
        ));
        let mut known = Known {
            peer: peer.address,
            client: peer.address.ip().to_canonical(),
            scheme: if peer.is_tls {
                Scheme::Https
            } else {
                Scheme::Http
            },
            authority: authority(&request)?,
            prefix: String::new(),
            client_cert: self.certificate(peer, trusted, request.headers()),
            facts: Vec::new(),
        };
        match self.proxy_headers {
            ProxyHeaders::XForwarded if trusted => {
                self.x_forwarded(request.headers(), &mut known, &mut facts)
            }
            _ => {
                let sent: Vec<String> = forwarding(request.headers())
                    .map(|name| name.to_string())
                    .collect();
                if !sent.is_empty() {
                    facts.push((
                        Some("EDGE-FORWARDING-IGNORED".to_owned()),
                        format!("not believed and removed: {}", sent.join(", ")),
                    ));
                }
            }
        }
        let certificate = match &known.client_cert {
            ClientCert::Present(chain) => (
                None,
                format!(
                    "the proxy sent the certificate of {}",
                    chain.leaf().subject()
                ),
            ),
            ClientCert::Absent(reason) => (Some(reason.code().to_owned()), reason.to_string()),
        };
        facts.push(certificate);
        known.facts = facts;
        self.strip(request.headers_mut());
        request.extensions_mut().insert(Arrival::new(known));
        Ok(request)
    }

    fn certificate(&self, peer: Peer, trusted: bool, headers: &HeaderMap) -> ClientCert {
        let sent = declared(self.lookup.as_ref()).find(|name| headers.contains_key(name));
        match (&self.lookup, sent) {
            (_, Some(header)) if !trusted => {
                self.removed.fetch_add(1, Ordering::Relaxed);
                ClientCert::Absent(NoCert::PeerNotTrusted {
                    header: header.to_string(),
                    peer: peer.address.ip().to_canonical(),
                })
            }
            (None, _) => ClientCert::Absent(NoCert::NoLookup),
            (Some(lookup), _) if !trusted => {
                ClientCert::Absent(NoCert::HeaderAbsent(lookup.header().to_string()))
            }
            (Some(lookup), _) => lookup.read(headers),
        }
    }

    /// Keycloak's order: each header overrides what the one before it said. What can't be read says nothing.
    fn x_forwarded(&self, headers: &HeaderMap, known: &mut Known, facts: &mut Vec<Fact>) {
        let mut unreadable = |name: &HeaderName| {
            facts.push((
                Some("EDGE-FORWARDING-UNREADABLE".to_owned()),
                format!("{name} could not be read and says nothing"),
            ))
        };
        if let Some(text) = first(headers, &X_PROTO) {
            match text.to_ascii_lowercase().as_str() {
                "https" => (known.scheme, known.authority.port) = (Scheme::Https, None),
                "http" => (known.scheme, known.authority.port) = (Scheme::Http, None),
                _ => unreadable(&X_PROTO),
            }
        }
        if first(headers, &X_SSL).is_some_and(|text| text.eq_ignore_ascii_case("on")) {
            (known.scheme, known.authority.port) = (Scheme::Https, None);
        }
        if let Some(text) = first(headers, &X_HOST) {
            match Authority::read(text) {
                Some(authority) => known.authority = authority,
                None => unreadable(&X_HOST),
            }
        }
        if let Some(text) = headers
            .get(&X_PREFIX)
            .map(|line| line.to_str().unwrap_or("\u{fffd}").trim())
        {
            let prefix = text.strip_prefix('/').unwrap_or(text);
            let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
            let plain = prefix
                .bytes()
                .all(|letter| letter.is_ascii_alphanumeric() || b"-._~/".contains(&letter));
            match path::objection(&format!("/{prefix}")) {
                None if prefix.is_empty() => {}
                None if plain => known.prefix = format!("/{prefix}"),
                _ => unreadable(&X_PREFIX),
            }
        }
        if let Some(text) = first(headers, &X_PORT) {
            match read_port(text) {
                Some(port) => known.authority.port = Some(port),
                None => unreadable(&X_PORT),
            }
        }
        let lines = headers
            .get_all(&X_FOR)
            .iter()
            .map(|line| line.to_str().unwrap_or_default())
            .collect::<Vec<_>>();
        known.client =
            forwarded_for::client_address(known.client, lines.into_iter(), &self.trusted);
        facts.push((
            None,
            format!(
                "the client is {}, its address for us {}",
                known.client,
                known.scheme.name()
            ),
        ));
    }

    fn strip(&self, headers: &mut HeaderMap) {
        let names: Vec<HeaderName> = forwarding(headers)
            .cloned()
            .chain(declared(self.lookup.as_ref()))
            .collect();
        for name in names {
            headers.remove(name);
        }
    }
}

/// Every header by which a proxy speaks of others, known or not.
fn forwarding(headers: &HeaderMap) -> impl Iterator<Item = &HeaderName> {
    headers.keys().filter(|name| {
        let name = name.as_str();
        name == "forwarded"
            || name == "x-real-ip"
            || name.starts_with("x-forwarded-")
            || name.starts_with("x-original-")
    })
}

/// The text before the first comma of the first line.
fn first<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let text = headers.get(name)?.to_str().unwrap_or("\u{fffd}");
    Some(text.split(',').next().unwrap_or(text).trim())
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
