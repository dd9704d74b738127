//! nginx and ingress-nginx: `proxy_set_header ssl-client-cert $ssl_client_escaped_cert;`
//!
//! The variable is the PEM text, percent-encoded as a URI component. A plus sign stands for itself.

use super::Format;
use percent_encoding::percent_decode_str;
use x509::Chain;

pub(super) const NGINX: Format = Format {
    name: "nginx",
    header: "ssl-client-cert",
    also: &[
        "ssl-client-verify",
        "ssl-client-subject-dn",
        "ssl-client-issuer-dn",
    ],
    read,
};

fn read(value: &str) -> Result<Chain, String> {
    let value = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'))
        .unwrap_or(value);
    if value.contains('\t')
        || (value.starts_with("-----BEGIN") && value.contains(' ') && !value.contains("%0A"))
    {
        let folded = value.split(['\t', ' ']).count() > 3;
        if folded {
            return Err(
                "it is folded, as $ssl_client_cert gives it; send $ssl_client_escaped_cert instead"
                    .to_owned(),
            );
        }
    }
    let bytes = value.as_bytes();
    let broken = bytes.iter().enumerate().any(|(at, byte)| {
        *byte == b'%'
            && !bytes
                .get(at + 1..at + 3)
                .is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    if broken {
        return Err("a percent sign without two digits behind it".to_owned());
    }
    let text = percent_decode_str(value)
        .decode_utf8()
        .map_err(|_| "it is not text".to_owned())?;
    if text == "(null)" {
        return Err("it is (null), as Apache httpd gives for no certificate".to_owned());
    }
    if value.contains(',') && !value.contains("BEGIN") {
        return Err(
            "it looks like Traefik's list of certificates, and nginx is configured".to_owned(),
        );
    }
    if value.starts_with(':') && value.ends_with(':') {
        return Err("it looks like RFC 9440's form, and nginx is configured".to_owned());
    }
    Chain::from_pem(&text).map_err(|error| error.to_string())
}
