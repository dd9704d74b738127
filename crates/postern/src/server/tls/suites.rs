//! Cipher suites by the names that IANA and Java give them.

use rustls::crypto::aws_lc_rs::ALL_CIPHER_SUITES;
use rustls::{SupportedCipherSuite, SupportedProtocolVersion};

/// The suite of this name.
pub(crate) fn named(text: &str) -> Option<SupportedCipherSuite> {
    let mut all = ALL_CIPHER_SUITES.iter().copied();
    all.find(|suite| name(*suite).eq_ignore_ascii_case(text))
}

/// All names, the most preferred first.
pub(crate) fn names() -> Vec<String> {
    ALL_CIPHER_SUITES.iter().copied().map(name).collect()
}

/// All of them.
pub(crate) fn all() -> Vec<SupportedCipherSuite> {
    ALL_CIPHER_SUITES.to_vec()
}

/// Whether one of the suites is of this version.
pub(crate) fn serve(suites: &[SupportedCipherSuite], version: &SupportedProtocolVersion) -> bool {
    suites.iter().any(|suite| suite.version() == version)
}

/// The library marks those of TLS 1.3 in a way of its own.
fn name(suite: SupportedCipherSuite) -> String {
    format!("{:?}", suite.suite()).replacen("TLS13_", "TLS_", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_have_the_names_of_iana() {
        assert_eq!(
            names(),
            [
                "TLS_AES_256_GCM_SHA384",
                "TLS_AES_128_GCM_SHA256",
                "TLS_CHACHA20_POLY1305_SHA256",
                "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
            ]
        );
        for name in names() {
            assert!(named(&name).is_some(), "{name}");
        }
        assert!(named("TLS_RSA_WITH_AES_128_CBC_SHA").is_none());
    }
}
