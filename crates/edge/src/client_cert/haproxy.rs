//! HAProxy: `http-request set-header Client-Cert %[ssl_c_der,base64]` and `Client-Cert-Chain %[ssl_c_chain_der,base64]`
//!
//! Base64 of the DER; the chain is base64 of all DERs one behind the other. It looks like RFC 9440 and is not: there are no colons. Some
//! guides put the lines of PEM around the base64, on one line. On a resumed TLS session the chain is empty.

use super::encoding::{Ders, base64_der, base64_ders, pem, unquoted};
use super::{ChainIn, Format};

pub(super) const HAPROXY: Format = Format {
    name: "haproxy",
    headers: &["client-cert"],
    chain: ChainIn::Header("client-cert-chain"),
    also: &[],
    verification: None,
    none: &[],
    read: |value, _| read(value),
    read_chain,
};

fn read(value: &str) -> Result<Ders, String> {
    let value = unquoted(value);
    if value.starts_with("-----BEGIN") {
        pem(value)
    } else {
        base64_der(value)
    }
}

fn read_chain(value: &str) -> Result<Ders, String> {
    let value = unquoted(value);
    if value.starts_with("-----BEGIN") {
        pem(value)
    } else {
        base64_ders(value)
    }
}
