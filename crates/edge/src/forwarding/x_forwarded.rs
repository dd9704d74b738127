//! `X-Forwarded-For`, `-Proto`, `-Ssl`, `-Host`, `-Port` and `-Prefix`, as proxies have written them since before RFC 7239.

use super::hops;
use crate::arrival::{Known, Scheme};
use crate::authority::{Authority, read_port};
use crate::{Fact, Trusted, path};
use http::{HeaderMap, HeaderName};

const X_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const X_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const X_SSL: HeaderName = HeaderName::from_static("x-forwarded-ssl");
const X_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");
const X_PREFIX: HeaderName = HeaderName::from_static("x-forwarded-prefix");

/// Keycloak's order: each header overrides what the one before it said. What can't be read says nothing.
pub(super) fn read(
    headers: &HeaderMap,
    trusted: &Trusted,
    known: &mut Known,
    facts: &mut Vec<Fact>,
) {
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
    known.client = hops::client_address(known.client, lines.into_iter(), trusted);
    facts.push((
        None,
        format!(
            "the client is {}, its address for us {}",
            known.client,
            known.scheme.name()
        ),
    ));
}
/// The text before the first comma of the first line.
fn first<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let text = headers.get(name)?.to_str().unwrap_or("\u{fffd}");
    Some(text.split(',').next().unwrap_or(text).trim())
}
