//! The names of headers that speak of certificates: those of all formats, and those that products and guides made up.

use super::{ChainIn, FORMATS};
use std::collections::HashMap;
use std::sync::LazyLock;

/// What is known of a header's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// The format that it belongs to, or [`OTHER`].
    pub dialect: &'static str,
    /// What it says.
    pub says: Says,
}

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// It holds a certificate or a part of its chain, or belongs to the format that does.
    Certificate,
    /// It speaks of a certificate in a way that is never read here.
    Statement,
}

/// The dialect of names that no format here has.
pub(crate) const OTHER: &str = "other";

/// By which certificates are passed on in products and guides.
const CERTIFICATES: &[&str] = &[
    "cert",
    "cert-chain",
    "cf-client-cert-der-base64",
    "client-certificate",
    "client-certificate-chain",
    "cloudfront-viewer-cert-pem",
    "ssl-cert",
    "ssl-cert-chain",
    "ssl-client-certificate",
    "ssl-client-raw-cert",
    "tls-client-cert",
    "tls-client-certificate",
    "x-client-cert",
    "x-client-cert-chain",
    "x-client-cert-leaf",
    "x-client-certificate",
    "x-client-certificate-chain",
    "x-forwarded-client-certificate",
    "x-forwarded-ssl-client-cert",
    "x-forwarded-tls-client-cert-chain",
    "x-ssl-cert",
    "x-ssl-certificate",
    "x-ssl-client-cert",
    "x-ssl-client-cert-chain",
    "x-ssl-client-certificate",
    "x-tls-client-cert",
    "x-tls-client-certificate",
];

/// By which products and guides speak of certificates: names, numbers, outcomes of verifications. None of them is ever believed.
const STATEMENTS: &[&str] = &[
    "cf-client-cert-sha256",
    "cloudfront-viewer-cert-issuer",
    "cloudfront-viewer-cert-present",
    "cloudfront-viewer-cert-serial-number",
    "cloudfront-viewer-cert-sha256",
    "cloudfront-viewer-cert-subject",
    "cloudfront-viewer-cert-validity",
    "proxy-ssl-client-issuer-dn",
    "proxy-ssl-client-subject-dn",
    "proxy-ssl-client-verify",
    "ssl-client-dn",
    "ssl-client-fingerprint",
    "ssl-client-serial",
    "x-client-cert-chain-verified",
    "x-client-cert-error",
    "x-client-cert-hash",
    "x-client-cert-issuer-dn",
    "x-client-cert-present",
    "x-client-cert-serial-number",
    "x-client-cert-subject-dn",
    "x-client-dn",
    "x-client-verify",
    "x-ssl-client-cn",
    "x-ssl-client-dn",
    "x-ssl-client-fingerprint",
    "x-ssl-client-i-dn",
    "x-ssl-client-issuer",
    "x-ssl-client-issuer-dn",
    "x-ssl-client-notafter",
    "x-ssl-client-notbefore",
    "x-ssl-client-s-dn",
    "x-ssl-client-serial",
    "x-ssl-client-sha1",
    "x-ssl-client-subject",
    "x-ssl-client-subject-dn",
    "x-ssl-client-verify",
    "x-ssl-issuer",
];

/// Names as they stand, and the same with dashes alone.
static NAMES: LazyLock<HashMap<String, Known>> = LazyLock::new(|| {
    let mut names = HashMap::new();
    for format in FORMATS {
        let known = Known {
            dialect: format.name,
            says: Says::Certificate,
        };
        let chain = match format.chain {
            ChainIn::Header(name) | ChainIn::Lines(name) | ChainIn::Prefix(name) => Some(name),
            ChainIn::SameHeader => None,
        };
        for name in format.headers.iter().copied().chain(chain) {
            names.entry(name.to_owned()).or_insert(known);
        }
        for name in format.also {
            names.entry((*name).to_owned()).or_insert(known);
        }
    }
    for (list, says) in [
        (CERTIFICATES, Says::Certificate),
        (STATEMENTS, Says::Statement),
    ] {
        for name in list {
            let known = Known {
                dialect: OTHER,
                says,
            };
            names.entry((*name).to_owned()).or_insert(known);
        }
    }
    let dashed: Vec<(String, Known)> = names
        .iter()
        .map(|(name, known)| (dashed(name), *known))
        .collect();
    for (name, known) in dashed {
        names.entry(name).or_insert(known);
    }
    names
});

/// What is known of a header's name, in lower case. Dashes and underscores are one: many programs make no difference.
pub(super) fn known(name: &str) -> Option<Known> {
    // All names have one of these in them, and most headers of a request have none.
    if !["cert", "ssl", "client"]
        .iter()
        .any(|part| name.contains(part))
    {
        return None;
    }
    let names = &*NAMES;
    names.get(name).copied().or_else(|| {
        let name = dashed(name);
        let numbered = || {
            let prefix = name.trim_end_matches(|letter: char| letter.is_ascii_digit());
            let prefix = prefix
                .strip_suffix('-')
                .filter(|_| prefix.len() < name.len())?;
            names.get(prefix)
        };
        names.get(&name).or_else(numbered).copied()
    })
}

/// With dashes for underscores.
pub(super) fn dashed(name: &str) -> String {
    name.replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_known_in_both_spellings_and_plain_headers_are_not() {
        for name in NAMES.keys() {
            assert_eq!(known(name), NAMES.get(name).copied(), "{name}");
            assert!(known(&name.replace('-', "_")).is_some(), "{name}");
        }
        for (name, dialect) in [
            ("ssl-client-cert", "nginx"),
            ("ssl_client_cert", "apache"),
            ("ssl_client_cert_chain_9", "apache"),
            ("cert_chain_0", "other"),
            ("client-cert-chain", "haproxy"),
            ("x-arr-clientcert", "azure"),
            ("x-amzn-mtls-clientcert-issuer", "aws-alb"),
            ("x-forwarded-client-cert", "envoy"),
        ] {
            assert_eq!(known(name).unwrap().dialect, dialect, "{name}");
        }
        for name in [
            "host",
            "accept",
            "cookie",
            "x-client-id",
            "client-hint",
            "ssl_client_cert_chain_x",
            "x-request-id",
        ] {
            assert_eq!(known(name), None, "{name}");
        }
    }
}
