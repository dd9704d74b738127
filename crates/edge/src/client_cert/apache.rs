//! Apache httpd: `RequestHeader set SSL_CLIENT_CERT "%{SSL_CLIENT_CERT}s"`, and `SSL_CLIENT_CERT_CHAIN_0` and so on likewise
//!
//! PEM with a blank for each end of a line, and `(null)` for what is not there. Newer releases have the base64 alone as
//! `SSL_CLIENT_B64CERT`.

use super::encoding::{Ders, base64_der, pem, unquoted};
use super::{ChainIn, Format};

pub(super) const APACHE: Format = Format {
    name: "apache",
    headers: &["ssl_client_cert"],
    chain: ChainIn::Prefix("ssl_client_cert_chain"),
    also: &[
        "ssl_client_verify",
        "ssl_client_s_dn",
        "ssl_client_i_dn",
        "ssl_client_s_dn_cn",
        "ssl_client_m_serial",
        "ssl_client_v_start",
        "ssl_client_v_end",
        "ssl_client_v_remain",
    ],
    verification: None,
    none: &["(null)"],
    read: |value, _| read(value),
    read_chain: read,
};

fn read(value: &str) -> Result<Ders, String> {
    let value = unquoted(value);
    if value.starts_with("-----BEGIN") {
        pem(value)
    } else {
        base64_der(value)
    }
}
