//! What trusted proxies say of the request that they pass on. One family of headers is read at most; a family is one file here.

mod hops;
mod x_forwarded;

use crate::arrival::Known;
use crate::{Fact, Trusted};
use http::{HeaderMap, HeaderName};

/// Which forwarding headers of trusted proxies are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyHeaders {
    /// None.
    #[default]
    Ignored,
    /// `X-Forwarded-For`, `-Proto`, `-Ssl`, `-Host`, `-Port`, `-Prefix`.
    XForwarded,
}

/// Takes over what the chosen family says, in a request of a trusted proxy.
pub(crate) fn read(
    family: ProxyHeaders,
    headers: &HeaderMap,
    trusted: &Trusted,
    known: &mut Known,
    facts: &mut Vec<Fact>,
) {
    match family {
        ProxyHeaders::XForwarded => x_forwarded::read(headers, trusted, known, facts),
        ProxyHeaders::Ignored => not_believed(headers, facts),
    }
}

/// Says that forwarding headers were there and count for nothing.
pub(crate) fn not_believed(headers: &HeaderMap, facts: &mut Vec<Fact>) {
    let sent: Vec<&str> = sent(headers).map(HeaderName::as_str).collect();
    if !sent.is_empty() {
        facts.push((
            Some("EDGE-FORWARDING-IGNORED".to_owned()),
            format!("not believed and removed: {}", sent.join(", ")),
        ));
    }
}

/// Every header by which a proxy speaks of others, known or not.
pub(crate) fn sent(headers: &HeaderMap) -> impl Iterator<Item = &HeaderName> {
    headers.keys().filter(|name| {
        let name = name.as_str();
        name == "forwarded"
            || name == "x-real-ip"
            || name.starts_with("x-forwarded-")
            || name.starts_with("x-original-")
    })
}
