//! What trusted proxies say of the request that they pass on. One family of headers is read at most; a family is one file here.

mod forwarded;
mod hops;
mod x_forwarded;

use crate::arrival::Known;
use crate::{Fact, Refused, Trusted};
use http::{HeaderMap, HeaderName};

/// Which forwarding headers of trusted proxies are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ProxyHeaders {
    /// None.
    #[default]
    Ignored,
    /// `Forwarded` (RFC 7239).
    Forwarded,
    /// `X-Forwarded-For`, `-Proto`, `-Ssl`, `-Host`, `-Port`, `-Prefix`.
    XForwarded,
}

/// Takes over what the chosen family says, in a request of a trusted proxy.
///
/// # Errors
/// [`Refused::Forwarded`] for a header whose limits can't be told.
pub(crate) fn read(
    family: ProxyHeaders,
    headers: &HeaderMap,
    trusted: &Trusted,
    known: &mut Known,
    facts: &mut Vec<Fact>,
) -> Result<(), Refused> {
    match family {
        ProxyHeaders::Forwarded => forwarded::read(headers, trusted, known, facts)?,
        ProxyHeaders::XForwarded => x_forwarded::read(headers, trusted, known, facts),
        ProxyHeaders::Ignored => {
            not_believed(headers, facts);
            return Ok(());
        }
    }
    facts.push((
        None,
        format!(
            "the client is {}, its address for us {}",
            known.client,
            known.scheme.name()
        ),
    ));
    Ok(())
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

/// A header, or a part of one, that says nothing since it can't be read.
fn unreadable(what: &str) -> Fact {
    (
        Some("EDGE-FORWARDING-UNREADABLE".to_owned()),
        format!("{what} could not be read and says nothing"),
    )
}
