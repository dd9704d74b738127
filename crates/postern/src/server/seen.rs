//! What arrived of a request, and what was made of it. Values of headers that could be secret are never in it.

#[cfg(test)]
mod tests;
mod text;

use super::Dump;
use edge::{Arrival, Channel, ClientCert, Fact, Peer, TlsClient};
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use x509::{Chain, KeyKind, Policy};

/// So much of a header's value is shown.
const MOST_VALUE: usize = 160;
/// Forwarding headers whose values are addresses. Others of their family hold users and tokens.
const ADDRESSES: &[&str] = &[
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-proto",
    "x-forwarded-server",
    "x-forwarded-ssl",
    "x-real-ip",
];

/// What arrived, and what was made of it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Seen {
    /// Which program saw it.
    pub program: String,
    /// Method, path without its query, and version.
    pub request: String,
    /// Where the other end of the connection is.
    pub peer: String,
    /// Whether that is a trusted proxy.
    pub trusted: bool,
    /// Why, or why not.
    pub standing: String,
    /// What the connection is made of.
    pub channel: String,
    /// The look-up for certificates.
    pub lookup: String,
    /// Forwarding headers, before they were removed.
    pub forwarding: Vec<Header>,
    /// Certificate headers, before they were removed.
    pub certificate_headers: Vec<Header>,
    /// Headers that nobody knows, with values that look like certificates.
    pub unknown_certificates: Vec<Header>,
    /// Names of the others.
    pub other_headers: Vec<String>,
    /// Why it was not let in.
    pub refused: Option<Finding>,
    /// Whose request it is.
    pub client: Option<String>,
    /// The address that it came to, as far as that is known.
    pub address: Option<String>,
    /// Our public address for it.
    pub public_address: Option<String>,
    /// The certificate that counts.
    pub certificate: Option<Shown>,
    /// Why none counts.
    pub no_certificate: Option<Finding>,
    /// What the truststore says of the certificate: a refusal has a code.
    pub judged: Option<Finding>,
    /// How all this was found, in order.
    pub facts: Vec<Finding>,
}

/// A header.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Header {
    /// Its name.
    pub name: String,
    /// What is shown of its value: ASCII without control characters.
    pub value: String,
}

/// A certificate.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Shown {
    /// Whose it is.
    pub subject: String,
    /// Who issued it.
    pub issuer: String,
    /// Its number, in hexadecimal.
    pub serial: String,
    /// From when on it is valid.
    pub not_before: String,
    /// Until when.
    pub not_after: String,
    /// Its key.
    pub key: String,
    /// SHA-256 of it, in hexadecimal.
    pub sha256: String,
    /// The subjects of those that came along.
    pub chain: Vec<String>,
}

/// Something that was found, with a code where it needs explaining.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Finding {
    /// The stable identifier.
    pub code: Option<String>,
    /// In words.
    pub text: String,
}

impl From<Fact> for Finding {
    fn from((code, text): Fact) -> Self {
        let text = printable(&text);
        Self { code, text }
    }
}

impl From<&Chain> for Shown {
    fn from(chain: &Chain) -> Self {
        let leaf = chain.leaf();
        Self {
            subject: printable(&leaf.subject()),
            issuer: printable(&leaf.issuer()),
            serial: leaf.serial_hex(),
            not_before: x509::instant_text(leaf.not_before()),
            not_after: x509::instant_text(leaf.not_after()),
            key: key(leaf.key_kind()),
            sha256: leaf.thumbprint_hex(),
            chain: chain
                .rest()
                .iter()
                .map(|it| printable(&it.subject()))
                .collect(),
        }
    }
}

impl Seen {
    /// Lets a request in as a server does, and tells what came of it.
    pub(super) fn of<B>(dump: &Dump, peer: &Peer, request: Request<B>) -> Self {
        let (trusted, standing) = dump.edge.trusts(peer);
        let mut seen = Self {
            program: concat!("postern ", env!("CARGO_PKG_VERSION")).to_owned(),
            request: printable(&format!(
                "{} {}{} {:?}",
                request.method(),
                request.uri().path(),
                request.uri().query().map_or("", |_| "?…"),
                request.version()
            )),
            peer: peer.address.to_string(),
            trusted,
            standing: printable(&standing),
            channel: match (&peer.channel, peer.announced) {
                (Channel::Plain, None) => "HTTP",
                (Channel::Plain, Some(_)) => "HTTP behind a PROXY preamble",
                (Channel::Tls(TlsClient::Anonymous), None) => "TLS without a client's certificate",
                (Channel::Tls(_), None) => "TLS with a client's certificate",
                (Channel::Tls(_), Some(_)) => "TLS behind a PROXY preamble",
            }
            .to_owned(),
            lookup: dump.provider.clone(),
            ..Self::default()
        };
        let before = request.headers().clone();
        let arrived = dump.edge.admit(peer, request);
        let admitted = match arrived {
            Ok(request) => {
                seen.sort(&before, |name| !request.headers().contains_key(name));
                Arrival::of(&request)
            }
            Err(refused) => {
                seen.sort(&before, |_| false);
                Err(refused)
            }
        };
        match admitted {
            Ok(arrival) => seen.take(dump, &arrival),
            Err(refused) => {
                let code = Some(refused.code().to_owned());
                seen.refused = Some((code, refused.to_string()).into());
            }
        }
        seen
    }

    /// Puts each header where it belongs.
    fn sort(&mut self, headers: &HeaderMap, was_removed: impl Fn(&HeaderName) -> bool) {
        for name in headers.keys() {
            let text = name.as_str();
            let is_forwarding = !text.contains("cert")
                && (text == "forwarded"
                    || ["x-forwarded-", "x-original-", "x-real-ip"]
                        .iter()
                        .any(|family| text.starts_with(family)));
            let is_certificate = was_removed(name)
                || ["cert", "ssl-client", "ssl_client"]
                    .iter()
                    .any(|part| text.contains(part));
            for value in headers.get_all(name) {
                let header = Header {
                    name: text.to_owned(),
                    value: shown(value),
                };
                if is_forwarding {
                    let is_harmless = ADDRESSES.contains(&text);
                    self.forwarding.push(Header {
                        value: if is_harmless {
                            header.value
                        } else {
                            "(not shown)".to_owned()
                        },
                        ..header
                    });
                } else if is_certificate {
                    self.certificate_headers.push(header);
                } else if looks_like_a_certificate(value) {
                    self.unknown_certificates.push(header);
                } else {
                    self.other_headers.push(header.name);
                }
            }
        }
    }

    fn take(&mut self, dump: &Dump, arrival: &Arrival) {
        self.client = Some(arrival.client_address().to_string());
        self.address = Some(printable(&(arrival.origin() + arrival.path_prefix())));
        self.public_address = Some(printable(&dump.hostname.frontend_base(arrival, None)));
        self.facts = arrival.facts().into_iter().map(Finding::from).collect();
        match arrival.client_cert() {
            ClientCert::Absent(why) => {
                self.no_certificate = Some((Some(why.code().to_owned()), why.to_string()).into());
            }
            ClientCert::Present(chain) => {
                let anchors = dump.trust.anchors(arrival.client_cert_shown_by());
                let now = authn::Clock::system().now().seconds();
                let judgement = x509::judge(chain, &anchors, &Policy::default(), now);
                let found = match judgement.outcome {
                    Ok(_) => (None, "accepted".to_owned()),
                    Err(rejection) => (Some(rejection.code().to_owned()), rejection.to_string()),
                };
                self.judged = Some(found.into());
                self.certificate = Some((&**chain).into());
            }
        }
    }

    /// As an object on one line.
    pub(super) fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

impl Finding {
    /// With its code in front.
    pub(crate) fn line(&self) -> String {
        match &self.code {
            Some(code) => format!("{code}: {}", self.text),
            None => self.text.clone(),
        }
    }
}

fn key(kind: KeyKind) -> String {
    match kind {
        KeyKind::Rsa(bits) | KeyKind::RsaPss(bits) => format!("RSA of {bits} bits"),
        KeyKind::Ec(bits) => format!("EC of {bits} bits"),
        KeyKind::Ed25519 => "Ed25519".to_owned(),
        KeyKind::Other => "a key of another kind".to_owned(),
    }
}

/// The beginning of a value, and how long it is.
fn shown(value: &HeaderValue) -> String {
    let bytes = value.as_bytes();
    let head = &bytes[..bytes.len().min(MOST_VALUE)];
    let mut text = head.escape_ascii().to_string();
    if bytes.len() > head.len() {
        let _ = write!(text, "… ({} bytes)", bytes.len());
    }
    text
}

fn looks_like_a_certificate(value: &HeaderValue) -> bool {
    let bytes = value.as_bytes();
    let bytes = bytes.strip_prefix(b":").unwrap_or(bytes);
    let is_pem = [&b"-----BEGIN CERT"[..], b"-----BEGIN%20CERT"];
    is_pem.iter().any(|begin| bytes.starts_with(begin))
        || bytes.len() > 200 && bytes.starts_with(b"MII")
}

/// What a terminal could take for a command stands there by its number.
pub(crate) fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|letter| {
            let is_odd = letter.is_control()
                || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            let odd = is_odd.then(|| letter.escape_unicode());
            odd.into_iter().flatten().chain((!is_odd).then_some(letter))
        })
        .collect()
}
