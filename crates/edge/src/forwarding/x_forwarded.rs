//! `X-Forwarded-For`, `-Proto`, `-Ssl`, `-Host`, `-Port` and `-Prefix`, as proxies have written them since before RFC 7239.

use super::hops::{self, Walk};
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
///
/// Where a header is a list, some proxy added its word to another's. The entry counts that the outermost trusted proxy wrote: as many from the right
/// as entries of `X-Forwarded-For` were believed.
pub(super) fn read(
    headers: &HeaderMap,
    trusted: &Trusted,
    known: &mut Known,
    facts: &mut Vec<Fact>,
) {
    let mut walk = Walk::from(known.client);
    let lines: Vec<&str> = lines(headers, &X_FOR).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !walk.goes_on() {
            break;
        }
        walk.step(hops::read(hop.trim()), trusted);
    }
    known.client = walk.client;
    let mut unreadable = |name: &HeaderName| facts.push(super::unreadable(name.as_str()));
    if let Some(text) = said(headers, &X_PROTO, &walk) {
        match Scheme::read(text) {
            Some(scheme) => (known.scheme, known.authority.port) = (scheme, None),
            None => unreadable(&X_PROTO),
        }
    }
    if said(headers, &X_SSL, &walk).is_some_and(|text| text.eq_ignore_ascii_case("on")) {
        (known.scheme, known.authority.port) = (Scheme::Https, None);
    }
    if let Some(text) = said(headers, &X_HOST, &walk) {
        match Authority::read(text) {
            Some(authority) => known.authority = authority,
            None => unreadable(&X_HOST),
        }
    }
    // A prefix is one path and no list.
    match prefix(headers) {
        Some(Some(prefix)) => known.prefix = prefix,
        Some(None) => unreadable(&X_PREFIX),
        None => {}
    }
    if let Some(text) = said(headers, &X_PORT, &walk) {
        match read_port(text) {
            Some(port) => known.authority.port = Some(port),
            None => unreadable(&X_PORT),
        }
    }
}

/// The prefix that a proxy took away, without a slash at the end; `Some(None)` when there is one that is none.
fn prefix(headers: &HeaderMap) -> Option<Option<String>> {
    let mut lines = lines(headers, &X_PREFIX);
    let text = lines.next()?.trim();
    let prefix = text.strip_prefix('/').unwrap_or(text);
    let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
    let is_alone = lines.next().is_none();
    let path = match prefix {
        "" => String::new(),
        _ => format!("/{prefix}"),
    };
    let is_plain = path.is_empty() || (path::is_plain(&path) && !path.ends_with('/'));
    Some(Some(path).filter(|_| is_alone && is_plain))
}

/// The lines of a header; what is no text can't be read as anything.
fn lines<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> + use<'a> {
    let lines = headers.get_all(name).into_iter();
    lines.map(|line| line.to_str().unwrap_or("\u{fffd}"))
}

/// What the outermost believed proxy says in this header.
fn said<'a>(headers: &'a HeaderMap, name: &HeaderName, walk: &Walk) -> Option<&'a str> {
    let entries: Vec<&str> = lines(headers, name)
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    entries.get(walk.outermost(entries.len())).copied()
}
