//! Who may be asked: the operator's list.

use crate::address::Reach;
use std::net::IpAddr;
use url::{Host, Url};

/// Hosts and addresses that may be asked. Nobody, unless the operator lists them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Allowed(Vec<Entry>);

/// An entry that names nothing that could be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is neither a host (crl.example.com, 10.0.0.5:8080), the beginning of an http or https address (http://crl.example.com/pki/), \
     *.example.com nor *"
)]
pub struct NotAnEntry(pub String);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    /// `*`
    Everybody,
    /// `*.example.com`: the domain with a dot before it, and perhaps a port.
    Below(String, Option<u16>),
    /// `crl.example.com`
    Host(Host<String>, Option<u16>),
    /// `http://crl.example.com/pki/`
    Beginning(Url),
}

impl Allowed {
    /// Reads entries. A host by name or address, with or without a port; the beginning of an address; `*.example.com` for the hosts below
    /// a domain; `*` for everybody. The last two mean public addresses, and the ports 80 and 443 unless another is written.
    ///
    /// # Errors
    /// [`NotAnEntry`] with the first one that is none.
    pub fn from_list<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, NotAnEntry> {
        let entries = entries.into_iter().map(str::trim);
        entries
            .filter(|entry| !entry.is_empty())
            .map(|entry| read(entry).ok_or_else(|| NotAnEntry(entry.to_owned())))
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether nobody may be asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether this address is on the list, whatever its host turns out to be.
    pub fn lists(&self, url: &str) -> bool {
        crate::client::parse(url).is_ok_and(|url| self.reach(&url).is_some())
    }

    /// How far the list reaches for this address; nothing when it is not listed.
    pub(crate) fn reach(&self, url: &Url) -> Option<Reach> {
        self.0.iter().filter_map(|entry| entry.reach(url)).max()
    }
}

fn read(entry: &str) -> Option<Entry> {
    if entry == "*" {
        return Some(Entry::Everybody);
    }
    if let Some(rest) = entry.strip_prefix("*.") {
        let (host, port) = host_and_port(rest)?;
        return match host {
            Host::Domain(domain) => Some(Entry::Below(format!(".{domain}"), port)),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        };
    }
    if entry.contains("://") {
        let url = crate::client::parse(entry).ok()?;
        return url.query().is_none().then_some(Entry::Beginning(url));
    }
    let (host, port) = host_and_port(entry)?;
    Some(Entry::Host(host, port))
}

/// A host as addresses have it, and the port if one is written.
fn host_and_port(text: &str) -> Option<(Host<String>, Option<u16>)> {
    if text.contains(['/', '?', '#', '@', '*', '\\']) || text.contains(char::is_whitespace) {
        return None;
    }
    // A bare IPv6 address has colons of its own.
    if let Ok(address) = text.parse::<std::net::Ipv6Addr>() {
        return Some((Host::Ipv6(address), None));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => {
            (host, Some(port.parse().ok().filter(|port| *port != 0)?))
        }
        _ => (text, None),
    };
    Some((canonical(Host::parse(host).ok()?), port))
}

/// A host without the dot that may end it.
pub(crate) fn canonical(host: Host<String>) -> Host<String> {
    match host {
        Host::Domain(name) => Host::Domain(name.strip_suffix('.').unwrap_or(&name).to_owned()),
        address => address,
    }
}

/// The address that a host is, if it is one.
pub(crate) fn literal(host: &Host<String>) -> Option<IpAddr> {
    match host {
        Host::Domain(_) => None,
        Host::Ipv4(address) => Some((*address).into()),
        Host::Ipv6(address) => Some((*address).into()),
    }
}

impl Entry {
    fn reach(&self, url: &Url) -> Option<Reach> {
        let host = canonical(url.host()?.to_owned());
        let port = url.port_or_known_default()?;
        let by_name = match literal(&host) {
            Some(_) => Reach::Literal,
            None => Reach::Named,
        };
        match self {
            Self::Everybody => is_usual(port).then_some(Reach::Public),
            Self::Below(domain, wanted) => {
                let Host::Domain(name) = &host else {
                    return None;
                };
                let is_port = wanted.map_or(is_usual(port), |wanted| wanted == port);
                (is_port && name.len() > domain.len() && name.ends_with(domain.as_str()))
                    .then_some(Reach::Public)
            }
            Self::Host(known, wanted) => {
                let is_port = wanted.is_none_or(|wanted| wanted == port);
                (is_port && *known == host).then_some(by_name)
            }
            Self::Beginning(beginning) => {
                let same = beginning.scheme() == url.scheme()
                    && beginning.host().map(|host| canonical(host.to_owned())) == Some(host)
                    && beginning.port_or_known_default() == Some(port);
                (same && is_below(url.path(), beginning.path())).then_some(by_name)
            }
        }
    }
}

fn is_usual(port: u16) -> bool {
    matches!(port, 80 | 443)
}

/// Whether a path is below another, by whole segments. Dots were resolved when the address was read; what a server might resolve after
/// that is below nothing.
fn is_below(path: &str, beginning: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let hides = ["%2f", "%5c", "%2e", "//", ";", "\\"]
        .iter()
        .any(|hidden| lower.contains(hidden));
    if beginning == "/" {
        return true;
    }
    !hides
        && path.strip_prefix(beginning).is_some_and(|rest| {
            beginning.ends_with('/') || rest.is_empty() || rest.starts_with('/')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(list: &str, url: &str) -> Option<Reach> {
        let allowed = Allowed::from_list(list.split(',')).unwrap();
        let parsed = crate::client::parse(url).unwrap();
        assert_eq!(allowed.lists(url), allowed.reach(&parsed).is_some());
        allowed.reach(&parsed)
    }

    #[test]
    fn hosts_ports_beginnings_and_stars() {
        use Reach::{Literal, Named, Public};
        for (list, url, expected) in [
            ("", "http://a.example/", None),
            ("*", "http://a.example/x", Some(Public)),
            ("*", "https://a.example/x", Some(Public)),
            ("*", "http://a.example:22/x", None),
            ("*,a.example", "http://a.example:22/x", Some(Named)),
            ("*.example", "http://a.b.EXAMPLE./x", Some(Public)),
            ("*.example", "http://example/x", None),
            ("*.example", "http://badexample/x", None),
            ("*.example:8080", "http://a.example:8080/x", Some(Public)),
            ("*.example:8080", "http://a.example/x", None),
            ("A.example", "http://a.example:81/x", Some(Named)),
            ("a.example.", "http://a.example/x", Some(Named)),
            ("a.example", "http://b.a.example/x", None),
            ("a.example:80", "http://a.example/x", Some(Named)),
            ("a.example:80", "https://a.example/x", None),
            ("10.0.0.5", "http://10.0.0.5/x", Some(Literal)),
            ("10.0.0.5", "http://0x0a000005/x", Some(Literal)),
            ("[::1]:8080", "http://[::1]:8080/x", Some(Literal)),
            ("::1", "http://[0:0::1]/x", Some(Literal)),
            (
                "http://a.example/pki/",
                "http://a.example/pki/x.crl",
                Some(Named),
            ),
            ("http://a.example/pki", "http://a.example/pki", Some(Named)),
            (
                "http://a.example/pki",
                "http://a.example/pki/x",
                Some(Named),
            ),
            ("http://a.example/pki", "http://a.example/pkix", None),
            ("http://a.example/pki/", "http://a.example/pki/../x", None),
            (
                "http://a.example/pki/",
                "http://a.example/pki/%2e%2e/x",
                None,
            ),
            ("http://a.example/pki/", "http://a.example/pki/..%2fx", None),
            ("http://a.example/pki/", "https://a.example/pki/x", None),
            ("http://a.example/pki/", "http://a.example:81/pki/x", None),
            ("http://a.example", "http://a.example/x?y", Some(Named)),
        ] {
            assert_eq!(reach(list, url), expected, "{list} for {url}");
        }
    }

    #[test]
    fn what_is_no_entry_is_told() {
        for entry in [
            "a b",
            "a.example/x",
            "ldap://a.example/",
            "http://",
            "http://user@a.example/",
            "http://a.example/?x",
            "*.",
            "*a.example",
            "**",
            "*.10.0.0.1",
            "a.example:0",
            "a.example:http",
        ] {
            let told = Allowed::from_list([entry]);
            assert_eq!(told, Err(NotAnEntry(entry.to_owned())), "{entry}");
        }
    }
}
