//! One constraint, and whether a name is within it.

use crate::der::tlv;
use crate::name::NameKey;
use std::fmt;
use std::net::Ipv4Addr;
use x509_parser::prelude::{FromDer, X509Name};

/// The base of a subtree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A mailbox, a host, or a domain behind a dot. The host is in lower case.
    Email {
        local: Option<String>,
        host: String,
    },
    Host(String),
    Directory(NameKey),
    /// Address and mask, 4 or 16 bytes each.
    Address {
        network: Vec<u8>,
        mask: Vec<u8>,
    },
    Uri(String),
    /// Of a kind that is not read: nothing that has such a name passes, and since those are not listed, nothing passes.
    Unread,
}

/// A certificate's name, read for comparing.
pub(super) enum Name<'a> {
    Email {
        whole: &'a str,
        local: String,
        host: String,
    },
    Host {
        whole: &'a str,
        host: String,
    },
    Directory(&'a NameKey),
    Address(&'a [u8]),
    Uri {
        whole: &'a str,
        host: Option<String>,
    },
}

/// Which list a constraint stands in: where in doubt, less is permitted and more is excluded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Permitted,
    Excluded,
}

impl<'a> Name<'a> {
    pub(super) fn email(whole: &'a str) -> Self {
        let (local, host) = whole.rsplit_once('@').unwrap_or((whole, ""));
        Self::Email {
            whole,
            local: local.to_owned(),
            host: lower(host),
        }
    }

    pub(super) fn host(whole: &'a str) -> Self {
        Self::Host {
            whole,
            host: lower(whole),
        }
    }

    pub(super) fn uri(whole: &'a str) -> Self {
        Self::Uri {
            whole,
            host: uri_host(whole),
        }
    }

    /// Whether it lacks what constraints of its kind speak of (RFC 5280 §4.2.1.10: a URI without a host name is refused).
    pub(super) fn is_nowhere(&self) -> bool {
        match self {
            Self::Uri { host, .. } => host.is_none(),
            Self::Email { host, .. } => host.is_empty(),
            _ => false,
        }
    }
}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email { whole, .. } | Self::Host { whole, .. } | Self::Uri { whole, .. } => {
                f.write_str(whole)
            }
            Self::Directory(name) => f.write_str(&name.text()),
            Self::Address(bytes) => write!(f, "address {bytes:?}"),
        }
    }
}

impl Form {
    /// Reads one `GeneralSubtree`. One with a minimum or maximum, which RFC 5280 does not allow, counts as unread.
    pub(super) fn read(subtree: &[u8]) -> Option<Self> {
        let (tag, base, rest) = tlv(subtree)?;
        if !rest.is_empty() {
            return Some(Self::Unread);
        }
        let text = || std::str::from_utf8(base).ok();
        Some(match tag {
            0x81 => match text()?.rsplit_once('@') {
                Some((local, host)) => Self::Email {
                    local: Some(local.to_owned()),
                    host: lower(host),
                },
                None => Self::Email {
                    local: None,
                    host: lower(text()?),
                },
            },
            0x82 => Self::Host(lower(text()?)),
            0xa4 => {
                let (rest, name) = X509Name::from_der(base).ok()?;
                rest.is_empty()
                    .then(|| Self::Directory(NameKey::of(&name)))?
            }
            0x86 => Self::Uri(lower(text()?)),
            0x87 if matches!(base.len(), 8 | 32) => {
                let (network, mask) = base.split_at(base.len() / 2);
                if !is_prefix(mask) {
                    return Some(Self::Unread);
                }
                Self::Address {
                    network: network.to_vec(),
                    mask: mask.to_vec(),
                }
            }
            _ => Self::Unread,
        })
    }

    pub(super) fn same_kind(&self, name: &Name<'_>) -> bool {
        matches!(
            (self, name),
            (Self::Email { .. }, Name::Email { .. })
                | (Self::Host(_), Name::Host { .. })
                | (Self::Directory(_), Name::Directory(_))
                | (Self::Address { .. }, Name::Address(_))
                | (Self::Uri(_), Name::Uri { .. })
        )
    }

    pub(super) fn covers(&self, name: &Name<'_>, side: Side) -> bool {
        match (self, name) {
            (
                Self::Email { local, host: base },
                Name::Email {
                    local: held, host, ..
                },
            ) => match local {
                // Only the host of a mailbox is without case (RFC 5280 §7.5).
                Some(local) => {
                    let same = match side {
                        Side::Permitted => local == held,
                        Side::Excluded => local.to_lowercase() == held.to_lowercase(),
                    };
                    same && host == base
                }
                None => host_or_domain(host, base, side),
            },
            (Self::Host(base), Name::Host { host, .. }) => match (base.strip_prefix('.'), side) {
                // Not in the RFC, and read by everybody as what is below, but not itself.
                (Some(domain), Side::Permitted) => host != domain && host_within(host, domain),
                (domain, Side::Permitted) => host_within(host, domain.unwrap_or(base)),
                (domain, Side::Excluded) => {
                    let base = domain.unwrap_or(base);
                    // "*.example.com" stands for names that "a.example.com" excludes.
                    let below = host
                        .strip_prefix("*.")
                        .is_some_and(|above| host_within(base, above));
                    host_within(host, base) || below
                }
            },
            (Self::Directory(base), Name::Directory(directory)) => directory.is_within(base),
            (Self::Address { network, mask }, Name::Address(address)) => {
                network.len() == address.len()
                    && network
                        .iter()
                        .zip(mask)
                        .zip(*address)
                        .all(|((network, mask), byte)| network & mask == byte & mask)
            }
            (Self::Uri(base), Name::Uri { host, .. }) => host
                .as_ref()
                .is_some_and(|host| host_or_domain(host, base, side)),
            _ => false,
        }
    }
}

/// In lower case, without the dot at the end that only says that the name is whole.
fn lower(text: &str) -> String {
    let text = text.to_lowercase();
    text.strip_suffix('.').map(str::to_owned).unwrap_or(text)
}

fn host_within(host: &str, domain: &str) -> bool {
    domain.is_empty()
        || host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// `example.com` is this host alone, `.example.com` all hosts below it. What an empty one is nobody says: it permits none and excludes all.
fn host_or_domain(host: &str, base: &str, side: Side) -> bool {
    match base.strip_prefix('.') {
        _ if base.is_empty() => side == Side::Excluded,
        Some(domain) => host != domain && host_within(host, domain),
        None => host == base,
    }
}

/// The host name of a URI; `None` where it has none, or an address in its place.
fn uri_host(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    let is_name = !host.is_empty() && !host.starts_with('[') && host.parse::<Ipv4Addr>().is_err();
    is_name.then(|| lower(host))
}

/// Whether a mask is ones, then zeros.
fn is_prefix(mask: &[u8]) -> bool {
    let ones: u32 = mask.iter().map(|byte| byte.leading_ones()).sum();
    let set: u32 = mask.iter().map(|byte| byte.count_ones()).sum();
    let whole = usize::try_from(set / 8).unwrap_or(usize::MAX);
    ones == set && mask.iter().take(whole).all(|byte| *byte == 0xff)
}
