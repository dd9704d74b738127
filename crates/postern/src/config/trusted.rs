//! Which peers are proxies of ours, whose word about others counts.

use super::given::Given;
use super::problem::Problems;
use super::setting::Default::{Always, Nothing};
use super::setting::{Kind, Setting, settings};
use super::{lookup, proxy, tls};
use crate::startup::proxies::{self, ProxiesFile};
use edge::{KeyPin, ProxyAuthority, Trusted};
use std::sync::Arc;

settings! {
    /// Addresses and networks of proxies that may speak for others, by forwarding headers, by certificate headers and by PROXY preambles. A peer is trusted when this or any other `proxy-trusted-…` option says so. When none of them is set, loopback alone is trusted; PROXY preambles are taken from everybody who can connect unless this one is set.
    PROXY_TRUSTED_ADDRESSES = "proxy-trusted-addresses", Kind::List, Nothing, since "0.1.0";
    /// Whether peers that come by our own unix socket are trusted: the permissions of its file say who may.
    PROXY_TRUSTED_UNIX_SOCKET = "proxy-trusted-unix-socket", Kind::Switch, Always("true"), since "0.1.0";
    /// Keys of proxies that come by TLS with a certificate of their own: SHA-256 of the SubjectPublicKeyInfo, in hexadecimal or base64. Several while keys change. Addresses that are set count too. Needs `https-client-auth`.
    PROXY_TRUSTED_TLS_KEYS = "proxy-trusted-tls-keys", Kind::List, Nothing, since "0.1.0";
    /// PEM file of the authority that issues certificates to proxies of ours. Nobody else's certificates should be issued by it. It is read again when it changes, as truststores are. Needs `proxy-trusted-tls-names` and `https-client-auth`.
    PROXY_TRUSTED_TLS_CA_FILE = "proxy-trusted-tls-ca-file", Kind::Path, Nothing, since "0.1.0";
    /// Names of the certificates of proxies, separated by semicolons: whole subjects (`CN=proxy, O=ours`) or DNS names. Needs `proxy-trusted-tls-ca-file`.
    PROXY_TRUSTED_TLS_NAMES = "proxy-trusted-tls-names", Kind::Text, Nothing, since "0.1.0";
}

/// Whether it was said who is trusted; loopback is otherwise.
pub(super) fn is_said(given: &Given) -> bool {
    let explicit_socket =
        given.is_set(&PROXY_TRUSTED_UNIX_SOCKET) && given.switch(&PROXY_TRUSTED_UNIX_SOCKET);
    let options: [&Setting; 4] = [
        &PROXY_TRUSTED_ADDRESSES,
        &PROXY_TRUSTED_TLS_KEYS,
        &PROXY_TRUSTED_TLS_CA_FILE,
        &PROXY_TRUSTED_TLS_NAMES,
    ];
    explicit_socket || options.iter().any(|setting| given.is_set(setting))
}

/// Whether proxies are known by certificates that they show.
pub(super) fn is_by_certificate(given: &Given) -> bool {
    given.is_set(&PROXY_TRUSTED_TLS_KEYS) || given.is_set(&PROXY_TRUSTED_TLS_CA_FILE)
}

/// Who is trusted, and the file with an authority for proxies, where one is named.
pub(super) fn read(
    given: &Given,
    problems: &mut Problems,
) -> Option<(Trusted, Option<ProxiesFile>)> {
    let reads_nothing = !given.is_set(&proxy::PROXY_HEADERS)
        && !lookup::reads_headers(given)
        && !given.switch(&proxy::PROXY_PROTOCOL_ENABLED);
    if reads_nothing && given.is_set(&PROXY_TRUSTED_ADDRESSES) {
        problems.add(
            given.written(&PROXY_TRUSTED_ADDRESSES),
            "nothing is read from trusted proxies",
            "write --proxy-headers=xforwarded too, or leave it out",
        );
    }
    let addresses = given.text(&PROXY_TRUSTED_ADDRESSES).unwrap_or_default();
    let by_address = Trusted::from_list(addresses).map_err(|error| {
        problems.add(
            given.written(&PROXY_TRUSTED_ADDRESSES),
            error.to_string(),
            given.rewritten(&PROXY_TRUSTED_ADDRESSES, "10.0.0.5,10.1.0.0/16"),
        );
    });
    let keys = keys(given, problems);
    let authority = authority(given, problems);
    let trusted = if is_said(given) {
        by_address.ok()?
    } else {
        Trusted::loopback()
    };
    let trusted = trusted
        .with_unix_socket(given.switch(&PROXY_TRUSTED_UNIX_SOCKET))
        .with_keys(keys?);
    Some(match authority? {
        Some(file) => (trusted.with_authority(file.authority.clone()), Some(file)),
        None => (trusted, None),
    })
}

fn keys(given: &Given, problems: &mut Problems) -> Option<Vec<KeyPin>> {
    let keys = given.list(&PROXY_TRUSTED_TLS_KEYS).map(KeyPin::read);
    keys.collect::<Result<_, _>>()
        .map_err(|error| {
            problems.add(
                given.written(&PROXY_TRUSTED_TLS_KEYS),
                error.to_string(),
                "make it by: openssl x509 -in proxy.pem -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum",
            );
        })
        .ok()
}

/// Nothing inside when none is set.
fn authority(given: &Given, problems: &mut Problems) -> Option<Option<ProxiesFile>> {
    let names: Vec<String> = given
        .text(&PROXY_TRUSTED_TLS_NAMES)
        .unwrap_or_default()
        .split(';')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    let (file, lacking, example) = match given.path(&PROXY_TRUSTED_TLS_CA_FILE) {
        None if names.is_empty() => return Some(None),
        Some(file) if !names.is_empty() => (file, None, ""),
        Some(file) => (file, Some(&PROXY_TRUSTED_TLS_NAMES), "proxy.example.com"),
        None => ("".into(), Some(&PROXY_TRUSTED_TLS_CA_FILE), "proxies.pem"),
    };
    if let Some(lacking) = lacking {
        problems.add(
            given.written(lacking),
            "is not set, and a proxy is known by an authority and a name together",
            given.rewritten(lacking, example),
        );
        return None;
    }
    let anchors = match proxies::read(&file) {
        Ok(anchors) => anchors,
        Err(why) => {
            problems.add(
                given.written(&PROXY_TRUSTED_TLS_CA_FILE),
                format!("{}: {why}", file.display()),
                "name a PEM file with the root of the authority for proxies",
            );
            return None;
        }
    };
    let clock = authn::Clock::system();
    let authority = ProxyAuthority::new(anchors, names, move || clock.now().seconds());
    Some(Some(ProxiesFile {
        path: file,
        // What is wrong with the period is told with the listeners.
        reload: tls::period(given, &tls::HTTPS_CERTIFICATES_RELOAD_PERIOD)?,
        authority: Arc::new(authority),
    }))
}

/// What is likely to be a mistake.
pub(super) fn warning(given: &Given) -> Option<String> {
    let by_identity = [&PROXY_TRUSTED_TLS_KEYS, &PROXY_TRUSTED_TLS_CA_FILE];
    let set = by_identity
        .into_iter()
        .find(|setting| given.is_set(setting));
    if let Some(set) = set.filter(|_| given.text(&tls::HTTPS_CLIENT_AUTH) == Some("none")) {
        return Some(format!(
            "{} trusts nobody: https-client-auth is none, so no proxy is asked for its certificate",
            given.written(set)
        ));
    }
    (lookup::reads_headers(given) && !is_said(given)).then(|| {
        "certificates are believed of proxies on this machine alone: proxy-trusted-addresses is not set".to_owned()
    })
}
