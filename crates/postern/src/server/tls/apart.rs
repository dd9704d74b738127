//! A name at which alone clients are asked for certificates.
//!
//! What a connection is asked depends on the name for which it was made. Browsers use a connection for other names too, where the server's
//! certificate has them (RFC 9113 §9.1.1): a request for the one name on a connection of the other is sent back to be made anew.

use std::sync::Arc;

/// The name, and whether a connection was made for it.
#[derive(Clone, Debug)]
pub(crate) struct Apart {
    at: Arc<str>,
    here: bool,
}

impl Apart {
    /// `name` is what the client said in its handshake (RFC 6066 §3), if it did.
    pub(super) fn new(at: Arc<str>, name: Option<&str>) -> Self {
        let here = name.is_some_and(|name| name.eq_ignore_ascii_case(&at));
        Self { at, here }
    }

    /// Whether the connection was made for the name.
    pub(super) fn is_here(&self) -> bool {
        self.here
    }

    /// Whether a request for this host (`name` or `name:port`) came by a connection of the wrong kind.
    pub(crate) fn is_misdirected(&self, host: &str) -> bool {
        let name = host.split(':').next().unwrap_or_default();
        name.eq_ignore_ascii_case(&self.at) != self.here
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_the_one_name_does_not_come_by_a_connection_for_another() {
        for (name, host, misdirected) in [
            (Some("Certificate.example"), "certificate.example", false),
            (
                Some("certificate.example"),
                "CERTIFICATE.example:8443",
                false,
            ),
            (Some("certificate.example"), "id.example", true),
            (Some("id.example"), "certificate.example:8443", true),
            (Some("id.example"), "id.example", false),
            (Some("id.example"), "other.example", false),
            (None, "certificate.example", true),
            (None, "[::1]:8443", false),
        ] {
            let apart = Apart::new("certificate.example".into(), name);
            assert_eq!(apart.is_misdirected(host), misdirected, "{name:?} {host}");
        }
    }
}
