//! What is believed of proxies.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, Nothing};
use super::setting::{Kind, settings};
use crate::server::Preambles;
use edge::{EdgeConfig, Lookup, ProxyHeaders, Trusted};

settings! {
    /// Which forwarding headers of trusted proxies are read: `xforwarded` reads `X-Forwarded-For`, `-Proto`, `-Ssl`, `-Host`, `-Port`, `-Prefix`, `forwarded` reads `Forwarded` (RFC 7239). Without it none are.
    PROXY_HEADERS = "proxy-headers", Kind::Word(&["xforwarded", "forwarded"]), Nothing, since "0.1.0";
    /// Whether every connection of the main listeners begins with a PROXY preamble, version 1 or 2, that says whose it is; one without is closed. For proxies that pass TLS on unopened. No header is believed then.
    PROXY_PROTOCOL_ENABLED = "proxy-protocol-enabled", Kind::Switch, Always("false"), since "0.1.0";
    /// Addresses and networks of proxies that may speak for others, by forwarding headers, by certificate headers and by PROXY preambles. Without it loopback alone may by headers, and everybody who can connect by preambles.
    PROXY_TRUSTED_ADDRESSES = "proxy-trusted-addresses", Kind::List, Nothing, since "0.1.0";
    /// How trusted proxies pass client certificates on: `nginx` sends them in a header, URL-encoded. Without it no header is read for one.
    LOOKUP_PROVIDER = "spi-x509cert-lookup--provider", Kind::Word(&["nginx"]), Nothing, since "0.1.0";
    /// The header in which nginx sends the client's certificate.
    NGINX_CLIENT_CERT = "spi-x509cert-lookup--nginx--ssl-client-cert", Kind::Text, Always("ssl-client-cert"), since "0.1.0";
}

/// What is believed of proxies, and of certificates.
pub(crate) struct Proxy {
    /// Which headers count, and of whom.
    pub edge: EdgeConfig,
    /// Whether connections begin with a PROXY preamble, and whose may.
    pub preambles: Option<Preambles>,
    /// What an operator should think about; the configuration takes them over.
    pub warnings: Vec<String>,
    /// The look-up that was chosen and who chose it, for the log.
    pub lookup: Option<String>,
}

pub(super) fn read(given: &Given, problems: &mut Problems) -> Option<Proxy> {
    let headers = match given.text(&PROXY_HEADERS) {
        Some("forwarded") => ProxyHeaders::Forwarded,
        Some(_) => ProxyHeaders::XForwarded,
        None => ProxyHeaders::Ignored,
    };
    let trusted = read_trusted(given, problems);
    let mut warnings = Vec::new();
    let preambles = trusted
        .as_ref()
        .and_then(|trusted| read_preambles(given, trusted, problems, &mut warnings));
    let lookup = given.text(&LOOKUP_PROVIDER).map(|name| {
        Lookup::new(name, given.text(&NGINX_CLIENT_CERT)).map_err(|error| {
            problems.add(
                given.written(&NGINX_CLIENT_CERT),
                error.to_string(),
                given.rewritten(&NGINX_CLIENT_CERT, "ssl-client-cert"),
            );
        })
    });
    let chosen = lookup.as_ref().map(|_| {
        format!(
            "certificates come by the look-up {} in the header {} ({})",
            given.text(&LOOKUP_PROVIDER).unwrap_or_default(),
            given.text(&NGINX_CLIENT_CERT).unwrap_or_default(),
            given.source(&LOOKUP_PROVIDER)
        )
    });
    if let Some(Ok(_)) = &lookup
        && !given.is_set(&PROXY_TRUSTED_ADDRESSES)
    {
        warnings.push(
            "certificates are believed of proxies on this machine alone: proxy-trusted-addresses is not set"
                .to_owned(),
        );
    }
    Some(Proxy {
        edge: EdgeConfig::new(headers, trusted?, lookup.transpose().ok()?),
        preambles,
        warnings,
        lookup: chosen,
    })
}

fn read_trusted(given: &Given, problems: &mut Problems) -> Option<Trusted> {
    if !given.is_set(&PROXY_TRUSTED_ADDRESSES) {
        return Some(Trusted::loopback());
    }
    let list = given.text(&PROXY_TRUSTED_ADDRESSES).unwrap_or_default();
    let reads = given.is_set(&PROXY_HEADERS)
        || given.is_set(&LOOKUP_PROVIDER)
        || given.switch(&PROXY_PROTOCOL_ENABLED);
    if !reads {
        problems.add(
            given.written(&PROXY_TRUSTED_ADDRESSES),
            "nothing is read from trusted proxies",
            "write --proxy-headers=xforwarded too, or leave it out",
        );
    }
    let trusted = Trusted::from_list(list).map_err(|error| {
        problems.add(
            given.written(&PROXY_TRUSTED_ADDRESSES),
            error.to_string(),
            given.rewritten(&PROXY_TRUSTED_ADDRESSES, "10.0.0.5,10.1.0.0/16"),
        );
    });
    trusted.ok()
}

fn read_preambles(
    given: &Given,
    trusted: &Trusted,
    problems: &mut Problems,
    warnings: &mut Vec<String>,
) -> Option<Preambles> {
    if !given.switch(&PROXY_PROTOCOL_ENABLED) {
        return None;
    }
    if given.is_set(&PROXY_HEADERS) {
        problems.add(
            given.written(&PROXY_PROTOCOL_ENABLED),
            "proxy protocol cannot be enabled when using the proxy-headers option",
            "leave out one of them: the PROXY protocol is for proxies that pass TLS on unopened, forwarding headers are for those that end it",
        );
        return None;
    }
    if given
        .text(&LOOKUP_PROVIDER)
        .is_some_and(|name| name != "default")
    {
        warnings.push(format!(
            "{} takes nothing from headers: with proxy-protocol-enabled they are the client's own words, and none is believed",
            given.written(&LOOKUP_PROVIDER)
        ));
    }
    let from = given
        .is_set(&PROXY_TRUSTED_ADDRESSES)
        .then(|| trusted.clone());
    if from.is_none() {
        warnings.push(
            "everybody who can connect may say whose connection it is: proxy-protocol-enabled is set, and proxy-trusted-addresses is not"
                .to_owned(),
        );
    }
    Some(Preambles { from })
}
