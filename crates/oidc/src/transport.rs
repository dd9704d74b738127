//! Whether a realm lets a request in that did not come by HTTPS (`sslRequired`).

use authn::Cx;
use realm::SslRequired;
use std::net::IpAddr;

/// Whether the request came by HTTPS, or the realm does not ask that of its address.
pub fn is_allowed(cx: &Cx) -> bool {
    if cx.arrival.origin().starts_with("https://") {
        return true;
    }
    match cx.realm.settings.ssl_required {
        SslRequired::None => true,
        SslRequired::External => is_local(cx.arrival.client_address()),
        SslRequired::All => false,
    }
}

/// This machine, and networks that are nobody's on the internet (RFC 1918, RFC 4193, link-local, and `fec0::/10`, which was that once), as Keycloak has it.
fn is_local(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_unspecified()
        }
        IpAddr::V6(v6) => {
            let is_site_local = v6.segments()[0] & 0xffc0 == 0xfec0;
            v6.is_loopback()
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.is_unspecified()
                || is_site_local
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn a69_own_networks_are_local() {
        for (address, local) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("10.1.2.3", true),
            ("192.168.0.1", true),
            ("172.32.0.1", false),
            ("::ffff:10.0.0.1", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("fec0::1", true),
            ("169.254.1.1", true),
            ("0.0.0.0", true),
            ("100.64.1.1", false),
            ("ff02::1", false),
            ("203.0.113.9", false),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_local(address.parse().unwrap()), local, "{address}");
        }
    }
}
