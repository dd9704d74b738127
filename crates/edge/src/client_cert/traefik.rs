//! Traefik: the middleware `passTLSClientCert` with `pem: true` sends `X-Forwarded-Tls-Client-Cert`
//!
//! Base64 of each certificate's DER, the person's first, commas between. Version 2 percent-encodes the base64, version 3 does not.

use super::encoding::{Ders, base64_der, unescaped};
use super::{ChainIn, Format};

pub(super) const TRAEFIK: Format = Format {
    name: "traefik",
    headers: &["x-forwarded-tls-client-cert"],
    chain: ChainIn::SameHeader,
    also: &["x-forwarded-tls-client-cert-info"],
    verification: None,
    none: &[],
    read: |value, _| read(value),
    read_chain: read,
};

fn read(value: &str) -> Result<Ders, String> {
    let value = if !value.contains('%') {
        value.to_owned()
    } else if value.contains(['+', '/', '=']) {
        return Err("it is percent-encoded in part".to_owned());
    } else {
        unescaped(value)?
    };
    let mut ders = Vec::new();
    for (at, item) in value.split(',').enumerate() {
        ders.extend(base64_der(item).map_err(|reason| format!("item {}: {reason}", at + 1))?);
    }
    Ok(ders)
}
