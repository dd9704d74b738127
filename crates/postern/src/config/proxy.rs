//! What is believed of proxies.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, Nothing};
use super::setting::{Kind, settings};
use super::{lookup, trusted};
use crate::server::Preambles;
use crate::startup::proxies::ProxiesFile;
use edge::{EdgeConfig, ProxyHeaders, Trusted};

settings! {
    /// Which forwarding headers of trusted proxies are read: `xforwarded` reads `X-Forwarded-For`, `-Proto`, `-Ssl`, `-Host`, `-Port`, `-Prefix`, `forwarded` reads `Forwarded` (RFC 7239). Without it none are.
    PROXY_HEADERS = "proxy-headers", Kind::Word(&["xforwarded", "forwarded"]), Nothing, since "0.1.0";
    /// Whether every connection of the main listeners begins with a PROXY preamble, version 1 or 2, that says whose it is; one without is closed. For proxies that pass TLS on unopened. No header is believed then.
    PROXY_PROTOCOL_ENABLED = "proxy-protocol-enabled", Kind::Switch, Always("false"), since "0.1.0";
}

/// What is believed of proxies, and of certificates.
pub(crate) struct Proxy {
    /// Which headers count, and of whom.
    pub edge: EdgeConfig,
    /// Whether connections begin with a PROXY preamble, and whose may.
    pub preambles: Option<Preambles>,
    /// The file with an authority for proxies, which is read again when it changes.
    pub authority: Option<ProxiesFile>,
    /// What an operator should think about; the configuration takes them over.
    pub warnings: Vec<String>,
    /// The look-up that was chosen and who chose it, for the log.
    pub lookup: String,
    /// Its name alone.
    pub provider: String,
}

pub(super) fn read(given: &Given, problems: &mut Problems) -> Option<Proxy> {
    let headers = match given.text(&PROXY_HEADERS) {
        Some("forwarded") => ProxyHeaders::Forwarded,
        Some(_) => ProxyHeaders::XForwarded,
        None => ProxyHeaders::Ignored,
    };
    let (trusted, authority) = trusted::read(given, problems).unzip();
    let mut warnings = Vec::new();
    let preambles = trusted
        .as_ref()
        .and_then(|trusted| read_preambles(given, trusted, problems, &mut warnings));
    let lookup = lookup::read(given, problems);
    if let Some(lookup) = &lookup {
        warnings.extend(lookup.warnings.iter().cloned());
    }
    warnings.extend(trusted::warning(given));
    let lookup = lookup?;
    let provider = given.text(&lookup::LOOKUP_PROVIDER).unwrap_or_default();
    Some(Proxy {
        edge: EdgeConfig::new(headers, trusted?, Some(lookup.lookup)),
        preambles,
        authority: authority.flatten(),
        warnings,
        lookup: lookup.line,
        provider: provider.to_owned(),
    })
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
    if lookup::reads_headers(given) {
        warnings.push(format!(
            "{} takes nothing from headers: with proxy-protocol-enabled they are the client's own words, and none is believed",
            given.written(&lookup::LOOKUP_PROVIDER)
        ));
    }
    let from = given
        .is_set(&trusted::PROXY_TRUSTED_ADDRESSES)
        .then(|| trusted.clone());
    if from.is_none() {
        warnings.push(
            "everybody who can connect may say whose connection it is: proxy-protocol-enabled is set, and proxy-trusted-addresses is not"
                .to_owned(),
        );
    }
    Some(Preambles { from })
}
