//! nginx and ingress-nginx: `proxy_set_header ssl-client-cert $ssl_client_escaped_cert;`
//!
//! The variable is the PEM text, percent-encoded as a URI component. With `cert-is-url-encoded=false` it is PEM as `$ssl_client_cert` gives
//! it, a tab before each line but the first, or base64 alone.

use super::encoding::{Ders, base64_der, escaped_pem, pem, unquoted};
use super::{ChainIn, Encoded, Format};

pub(super) const NGINX: Format = Format {
    name: "nginx",
    headers: &["ssl-client-cert"],
    chain: ChainIn::SameHeader,
    also: &[
        "ssl-client-verify",
        "ssl-client-subject-dn",
        "ssl-client-issuer-dn",
    ],
    verification: Some("ssl-client-verify"),
    none: &[],
    read,
    read_chain: |value| read(value, Encoded::Url),
};

fn read(value: &str, encoded: Encoded) -> Result<Ders, String> {
    let value = unquoted(value);
    let is_pem = value.starts_with("-----BEGIN");
    match encoded {
        Encoded::Url if is_pem && value.contains(['\t', ' ']) => Err(
            "it is folded, as $ssl_client_cert gives it; send $ssl_client_escaped_cert instead"
                .to_owned(),
        ),
        Encoded::Url => escaped_pem(value),
        Encoded::Plain if is_pem && value.contains('%') => Err(
            "it is percent-encoded, as $ssl_client_escaped_cert gives it; leave cert-is-url-encoded=false out"
                .to_owned(),
        ),
        Encoded::Plain if is_pem => pem(value),
        Encoded::Plain => base64_der(value),
    }
}
