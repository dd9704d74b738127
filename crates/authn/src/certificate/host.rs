//! The address apart from the main one where browsers are asked for certificates, so that they are asked nowhere else. How the certificate
//! comes from there is in `ticket`.

use crate::Cx;
use std::net::Ipv4Addr;
use url::Url;

/// The address where browsers are asked for certificates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateHost {
    host: String,
    port: Option<u16>,
    /// The whole address without a slash at the end; none when only the host differs from the main address.
    base: Option<String>,
}

/// What is neither a host nor an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is neither a host nor an http address without user, query and fragment")]
pub struct NotAHost;

impl CertificateHost {
    /// Reads a host (`certificate.example.com`) or an address (`https://certificate.example.com:8443/auth`).
    ///
    /// # Errors
    /// [`NotAHost`]
    pub fn new(text: &str) -> Result<Self, NotAHost> {
        let text = text.trim();
        let is_address = text.contains("://");
        let url = if is_address {
            Url::parse(text)
        } else {
            Url::parse(&format!("https://{text}/"))
        };
        let url = url.map_err(|_| NotAHost)?;
        let host = url.host_str().ok_or(NotAHost)?.to_owned();
        let is_plain = matches!(url.scheme(), "http" | "https")
            && url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        let is_bare = is_address || host.eq_ignore_ascii_case(text);
        if !is_plain || !is_bare {
            return Err(NotAHost);
        }
        Ok(Self {
            host,
            port: url.port(),
            base: is_address.then(|| url.as_str().trim_end_matches('/').to_owned()),
        })
    }

    /// Its name, by which TLS connections are told apart; an address in digits is none.
    pub fn name(&self) -> Option<&str> {
        let is_name = !self.host.starts_with('[') && self.host.parse::<Ipv4Addr>().is_err();
        is_name.then_some(self.host.as_str())
    }

    /// Whether a request came to this address.
    fn is_here(&self, cx: &Cx) -> bool {
        let Ok(origin) = Url::parse(&cx.arrival.origin()) else {
            return false;
        };
        origin.host_str() == Some(self.host.as_str())
            && self
                .port
                .is_none_or(|port| origin.port_or_known_default() == Some(port))
    }

    /// The address without a slash at the end.
    pub(super) fn base(&self, cx: &Cx) -> Option<String> {
        if let Some(base) = &self.base {
            return Some(base.clone());
        }
        let mut url = Url::parse(cx.base()).ok()?;
        url.set_host(Some(&self.host)).ok()?;
        Some(url.as_str().trim_end_matches('/').to_owned())
    }
}

impl Cx {
    /// Where browsers are asked for certificates, if that is apart, and this request did not come there.
    pub(crate) fn certificate_host_elsewhere(&self) -> Option<&CertificateHost> {
        let host = self.server.certificate_host()?;
        (!host.is_here(self)).then_some(host)
    }

    /// Where clients show certificates, if that is apart from the main address and tokens from there have the same issuer; without a
    /// slash at the end.
    pub fn certificate_base(&self) -> Option<String> {
        let base = self.server.certificate_host()?.base(self)?;
        let own = self.realm.settings.attribute("frontendUrl");
        let stays = self.server.hostname.stays(self.base(), &base, own);
        stays.then_some(base)
    }

    /// Where browsers are asked for certificates, if that is apart, and this request came there: without a slash at the end.
    pub(crate) fn certificate_host_here(&self) -> Option<String> {
        let host = self.server.certificate_host()?;
        host.is_here(self).then(|| host.base(self))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_or_an_address_and_nothing_else() {
        for (text, host, base) in [
            ("Certificate.example", "certificate.example", None),
            (
                "https://certificate.example/auth/",
                "certificate.example",
                Some("https://certificate.example/auth"),
            ),
            (
                "https://id.example:8443",
                "id.example",
                Some("https://id.example:8443"),
            ),
        ] {
            let read = CertificateHost::new(text).unwrap();
            assert_eq!((read.host.as_str(), read.base.as_deref()), (host, base));
            assert_eq!(read.name(), Some(host));
        }
        for digits in ["https://127.0.0.1:8443", "https://[::1]/"] {
            assert_eq!(CertificateHost::new(digits).unwrap().name(), None);
        }
        for text in [
            "",
            "a.example:8443",
            "a.example/x",
            "a b",
            "ftp://a.example",
            "https://u@a.example",
            "https://a.example?x",
            "https://a.example#x",
        ] {
            assert_eq!(CertificateHost::new(text), Err(NotAHost), "{text}");
        }
    }
}
