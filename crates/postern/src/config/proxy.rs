//! What is believed of proxies, what our own address is, and whose certificates are accepted.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, By, Nothing};
use super::setting::{Kind, Profile, settings};
use edge::{EdgeConfig, Hostname, Lookup, ProxyHeaders, Trusted};

settings! {
    /// The public address: a name (`id.example.com`), or a whole address that fixes scheme, port and path too (`https://id.example.com/auth`).
    HOSTNAME = "hostname", Kind::Text, Nothing, since "0.1.0";
    /// Whether `hostname` has to be given. `false` takes the host from each request.
    HOSTNAME_STRICT = "hostname-strict", Kind::Switch, By { start: "true", dev: "false" }, since "0.1.0";
    /// Which forwarding headers of trusted proxies are read: `xforwarded` reads `X-Forwarded-For`, `-Proto`, `-Host`, `-Port`, `-Prefix`. Without it none are.
    PROXY_HEADERS = "proxy-headers", Kind::Word(&["xforwarded"]), Nothing, since "0.1.0";
    /// Addresses and networks of proxies that may speak for others, by forwarding headers and by certificate headers. Without it loopback alone may.
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
    /// How our own addresses are made.
    pub hostname: Hostname,
    /// What an operator should think about; the configuration takes them over.
    pub warnings: Vec<String>,
    /// The look-up that was chosen and who chose it, for the log.
    pub lookup: Option<String>,
}

pub(super) fn read(given: &Given, problems: &mut Problems) -> Option<Proxy> {
    let hostname = given.text(&HOSTNAME);
    let hostname = Hostname::new(hostname, given.switch(&HOSTNAME_STRICT)).map_err(|error| {
        problems.add(
            given.written(&HOSTNAME),
            error.to_string(),
            given.rewritten(&HOSTNAME, "https://id.example.com"),
        );
    });
    let headers = match given.text(&PROXY_HEADERS) {
        Some(_) => ProxyHeaders::XForwarded,
        None => ProxyHeaders::Ignored,
    };
    let trusted = read_trusted(given, problems);
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
    let mut warnings = warnings(given);
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
        hostname: hostname.ok()?,
        warnings,
        lookup: chosen,
    })
}

fn read_trusted(given: &Given, problems: &mut Problems) -> Option<Trusted> {
    if !given.is_set(&PROXY_TRUSTED_ADDRESSES) {
        return Some(Trusted::loopback());
    }
    let list = given.text(&PROXY_TRUSTED_ADDRESSES).unwrap_or_default();
    if !given.is_set(&PROXY_HEADERS) && !given.is_set(&LOOKUP_PROVIDER) {
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

/// What is allowed and still likely to be a mistake, in production.
fn warnings(given: &Given) -> Vec<String> {
    let mut warnings = Vec::new();
    if given.profile == Profile::Development {
        return warnings;
    }
    let hostname = given.text(&HOSTNAME).unwrap_or_default();
    let is_local = edge::is_secure_context(&format!(
        "http://{}",
        hostname.trim_start_matches("http://")
    ));
    let has_https = super::tls::is_given(given);
    let reads_headers = given.is_set(&PROXY_HEADERS);
    if hostname.starts_with("http://") && !is_local {
        warnings.push("hostname is an http address: browsers treat it as insecure, and sign-in fails in places".to_owned());
    }
    if hostname.starts_with("https://") && !has_https && !reads_headers {
        warnings.push(
            "hostname is an https address, HTTPS is off and proxy-headers is not set: the proxy that ends TLS needs proxy-headers=xforwarded".to_owned(),
        );
    }
    if !hostname.contains("://") && !has_https && !reads_headers && !is_local {
        warnings.push(
            "HTTPS is off and proxy-headers is not set: our own addresses will be http, and behind a proxy they will be wrong".to_owned(),
        );
    }
    warnings
}
