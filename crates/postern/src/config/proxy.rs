//! What is believed of proxies, what our own address is, and whose certificates are accepted.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{By, Nothing};
use super::setting::{Kind, Profile, settings};
use super::{lookup, trusted};
use edge::{EdgeConfig, Hostname, ProxyHeaders};

settings! {
    /// The public address: a name (`id.example.com`), or a whole address that fixes scheme, port and path too (`https://id.example.com/auth`).
    HOSTNAME = "hostname", Kind::Text, Nothing, since "0.1.0";
    /// Whether `hostname` has to be given. `false` takes the host from each request.
    HOSTNAME_STRICT = "hostname-strict", Kind::Switch, By { start: "true", dev: "false" }, since "0.1.0";
    /// Which forwarding headers of trusted proxies are read: `xforwarded` reads `X-Forwarded-For`, `-Proto`, `-Host`, `-Port`, `-Prefix`. Without it none are.
    PROXY_HEADERS = "proxy-headers", Kind::Word(&["xforwarded"]), Nothing, since "0.1.0";
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
    pub lookup: String,
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
    let trusted = trusted::read(given, problems);
    let lookup = lookup::read(given, problems);
    let mut warnings = warnings(given);
    if let Some(lookup) = &lookup {
        warnings.extend(lookup.warnings.iter().cloned());
    }
    warnings.extend(trusted::warning(given));
    let lookup = lookup?;
    Some(Proxy {
        edge: EdgeConfig::new(headers, trusted?, Some(lookup.lookup)),
        hostname: hostname.ok()?,
        warnings,
        lookup: lookup.line,
    })
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
