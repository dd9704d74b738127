//! What an outsider may want to say: no word of it may arrive, or none be believed.

use url::Url;

/// Nobody's address (RFC 5737).
pub(super) const ADDRESS: &str = "192.0.2.66";
/// Nobody's port.
const PORT: &str = "6666";
/// In the value of every forged certificate header.
pub(super) const MARK: &str = "postern-doctor-forged";

/// Certificate headers of every kind of proxy. Those with underscores some proxies refuse, and most drop.
const CERTIFICATES: &[&str] = &[
    "ssl-client-cert",
    "ssl-client-verify",
    "client-cert",
    "client-cert-chain",
    "x-client-cert",
    "x-ssl-client-cert",
    "x-ssl-cert",
    "x-forwarded-client-cert",
    "x-forwarded-tls-client-cert",
    "x-amzn-mtls-clientcert",
    "x-amzn-mtls-clientcert-leaf",
    "x-arr-clientcert",
    "ssl_client_cert",
    "ssl_client_cert_chain_0",
];

/// Names and values of forged headers, for a site at this address.
pub(super) fn headers(url: &Url) -> Vec<(&'static str, String)> {
    let other = if url.scheme() == "https" {
        "http"
    } else {
        "https"
    };
    let host = "postern-doctor-forged.invalid";
    let mut headers: Vec<(&str, String)> = CERTIFICATES
        .iter()
        .map(|name| (*name, MARK.to_owned()))
        .collect();
    headers.extend([
        (
            "forwarded",
            format!("for={ADDRESS};proto={other};host={host}"),
        ),
        ("x-forwarded-for", ADDRESS.to_owned()),
        ("x-forwarded-proto", other.to_owned()),
        ("x-forwarded-host", host.to_owned()),
        ("x-forwarded-port", PORT.to_owned()),
        ("x-forwarded-prefix", "/postern-doctor-forged".to_owned()),
        (
            "x-forwarded-ssl",
            if other == "https" { "on" } else { "off" }.to_owned(),
        ),
        ("x-real-ip", ADDRESS.to_owned()),
    ]);
    headers
}
