//! Caddy: `header_up Client-Cert ":{tls_client_certificate_der_base64}:"`
//!
//! Caddy has no header of its own, only placeholders: the DER in base64, with RFC 9440's colons around it or bare, or the PEM, whose ends of
//! lines become blanks. For no certificate the placeholder itself is sent (2.6), or nothing between the colons. There is none for the chain.

use super::encoding::{Ders, base64_der, pem};
use super::{ChainIn, Format, rfc9440};

pub(super) const CADDY: Format = Format {
    name: "caddy",
    headers: &["client-cert"],
    chain: ChainIn::SameHeader,
    also: &[],
    verification: None,
    none: &[
        "::",
        "{http.request.tls.client.certificate_der_base64}",
        ":{http.request.tls.client.certificate_der_base64}:",
        "{http.request.tls.client.certificate_pem}",
    ],
    read: |value, _| read(value),
    read_chain: read,
};

fn read(value: &str) -> Result<Ders, String> {
    if value.starts_with(':') {
        rfc9440::read(value)
    } else if value.starts_with("-----BEGIN") {
        pem(value)
    } else {
        base64_der(value)
    }
}
