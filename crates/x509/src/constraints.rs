//! Name constraints of an authority (RFC 5280 §4.2.1.10): which names it may vouch for.

use crate::{Certificate, name};
use x509_parser::extensions::{GeneralName, GeneralSubtree};

/// Permitted and excluded names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameConstraints {
    permitted: Vec<Form>,
    excluded: Vec<Form>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Form {
    Email(String),
    Host(String),
    Directory(String),
    /// Address and mask, 8 or 32 bytes.
    Address(Vec<u8>),
    Uri(String),
    /// Of a kind that is not read: nothing that has such a name passes, and since those are not listed, nothing passes.
    Unread,
}

impl NameConstraints {
    pub(crate) fn read(constraints: &x509_parser::extensions::NameConstraints<'_>) -> Self {
        let forms = |subtrees: &Option<Vec<GeneralSubtree<'_>>>| {
            subtrees
                .iter()
                .flatten()
                .map(|subtree| Form::read(&subtree.base))
                .collect()
        };
        Self {
            permitted: forms(&constraints.permitted_subtrees),
            excluded: forms(&constraints.excluded_subtrees),
        }
    }

    /// The first name of the certificate that the authority may not vouch for.
    pub(crate) fn offended(&self, certificate: &Certificate) -> Option<String> {
        if self
            .permitted
            .iter()
            .chain(&self.excluded)
            .any(|form| *form == Form::Unread)
        {
            return Some("a constraint of a kind that is not read".to_owned());
        }
        let names = &certificate.names;
        let subject = Some(&certificate.subject_canonical).filter(|name| !name.is_empty());
        // RFC 5280 looks at the subject's addresses only where no alternative name is; here they name people either way.
        let emails = names.emails.iter().chain(&certificate.subject_emails);
        let all = subject
            .into_iter()
            .chain(&names.directories)
            .map(|name| Name::Directory(name))
            .chain(emails.map(|email| Name::Email(email)))
            .chain(names.hosts.iter().map(|host| Name::Host(host)))
            .chain(names.addresses.iter().map(|address| Name::Address(address)))
            .chain(names.uris.iter().map(|uri| Name::Uri(uri)));
        all.into_iter()
            .find(|name| !self.allows(name))
            .map(|name| name.to_string())
    }

    fn allows(&self, name: &Name<'_>) -> bool {
        // RFC 5280 §4.2.1.10: what has no host passes no constraint on hosts.
        if let Name::Uri(uri) = name
            && uri_host(uri).is_none()
        {
            return !self
                .permitted
                .iter()
                .chain(&self.excluded)
                .any(|form| form.same_kind(name));
        }
        let mut permitted = self
            .permitted
            .iter()
            .filter(|form| form.same_kind(name))
            .peekable();
        let allowed = permitted.peek().is_none() || permitted.any(|form| form.covers(name));
        allowed && !self.excluded.iter().any(|form| form.covers(name))
    }
}

enum Name<'a> {
    Email(&'a str),
    Host(&'a str),
    Directory(&'a str),
    Address(&'a [u8]),
    Uri(&'a str),
}

impl std::fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Email(text) | Self::Host(text) | Self::Directory(text) | Self::Uri(text) => {
                f.write_str(text)
            }
            Self::Address(bytes) => write!(f, "address {bytes:?}"),
        }
    }
}

impl Form {
    fn read(name: &GeneralName<'_>) -> Self {
        match name {
            GeneralName::RFC822Name(text) => Self::Email(text.to_lowercase()),
            GeneralName::DNSName(text) => Self::Host(text.to_lowercase()),
            GeneralName::DirectoryName(directory) => Self::Directory(name::canonical(directory)),
            GeneralName::IPAddress(bytes) if matches!(bytes.len(), 8 | 32) => {
                Self::Address(bytes.to_vec())
            }
            GeneralName::URI(text) => Self::Uri(text.to_lowercase()),
            _ => Self::Unread,
        }
    }

    fn same_kind(&self, name: &Name<'_>) -> bool {
        matches!(
            (self, name),
            (Self::Email(_), Name::Email(_))
                | (Self::Host(_), Name::Host(_))
                | (Self::Directory(_), Name::Directory(_))
                | (Self::Address(_), Name::Address(_))
                | (Self::Uri(_), Name::Uri(_))
        )
    }

    fn covers(&self, name: &Name<'_>) -> bool {
        match (self, name) {
            (Self::Email(base), Name::Email(email)) => email_within(&email.to_lowercase(), base),
            (Self::Host(base), Name::Host(host)) => {
                host_within(&host.to_lowercase(), base.trim_start_matches('.'))
            }
            (Self::Directory(base), Name::Directory(directory)) => name::is_within(directory, base),
            (Self::Address(base), Name::Address(address)) => {
                let (network, mask) = base.split_at(base.len() / 2);
                network.len() == address.len()
                    && network
                        .iter()
                        .zip(mask)
                        .zip(*address)
                        .all(|((network, mask), byte)| network & mask == byte & mask)
            }
            (Self::Uri(base), Name::Uri(uri)) => {
                uri_host(uri).is_some_and(|host| match base.strip_prefix('.') {
                    Some(domain) => host != domain && host_within(&host, domain),
                    None => host == *base,
                })
            }
            _ => false,
        }
    }
}

fn host_within(host: &str, domain: &str) -> bool {
    domain.is_empty()
        || host
            .strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

fn email_within(email: &str, base: &str) -> bool {
    let host = email.rsplit_once('@').map_or("", |(_, host)| host);
    match base.strip_prefix('.') {
        Some(domain) => host != domain && host_within(host, domain),
        None if base.contains('@') => email == base,
        None => base.is_empty() || host == base,
    }
}

fn uri_host(uri: &str) -> Option<String> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    let host = host.split_once(':').map_or(host, |(host, _)| host);
    Some(host.to_lowercase())
}
