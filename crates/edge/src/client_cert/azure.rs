//! Azure: App Service sends `X-ARR-ClientCert`, base64 of the DER
//!
//! Container Apps are Envoy. Application Gateway sends nothing by itself: a rewrite rule puts `{var_client_certificate}`, percent-encoded PEM, into a header of the
//! operator's choice.

use super::encoding::{Ders, base64_der, escaped_pem};
use super::{ChainIn, Format};

pub(super) const AZURE: Format = Format {
    name: "azure",
    headers: &["x-arr-clientcert"],
    chain: ChainIn::SameHeader,
    also: &[],
    verification: None,
    none: &[],
    read: |value, _| read(value),
    read_chain: read,
};

fn read(value: &str) -> Result<Ders, String> {
    if value.starts_with("-----BEGIN") {
        escaped_pem(value)
    } else {
        base64_der(value)
    }
}
