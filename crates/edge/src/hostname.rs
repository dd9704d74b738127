use crate::Arrival;
use crate::authority::Authority;
use url::{Host, Url};

/// How our own addresses are made (Keycloak's hostname options, second version).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hostname(Kind);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// As the request says.
    Dynamic,
    /// This name; scheme and port as the request says.
    Name(String),
    /// This address, without a slash at the end.
    Url(String),
}

/// Why the options make no sense. The texts are Keycloak's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HostnameError {
    /// Nothing is set, and production does not guess.
    #[error(
        "hostname is not configured; either configure hostname, or set hostname-strict to false"
    )]
    Missing,
    /// Neither a name nor a URL.
    #[error("Provided hostname is neither a plain hostname nor a valid URL")]
    Invalid,
}

impl Hostname {
    /// Reads the options `hostname` and `hostname-strict`.
    ///
    /// # Errors
    /// See [`HostnameError`].
    pub fn new(hostname: Option<&str>, strict: bool) -> Result<Self, HostnameError> {
        let Some(text) = hostname.map(str::trim).filter(|text| !text.is_empty()) else {
            return if strict {
                Err(HostnameError::Missing)
            } else {
                Ok(Self(Kind::Dynamic))
            };
        };
        if text.contains("://") {
            return base_of(text)
                .map(|base| Self(Kind::Url(base)))
                .ok_or(HostnameError::Invalid);
        }
        match Authority::read(text) {
            Some(Authority { host, port: None }) if !text.contains('_') && !text.ends_with(':') => {
                Ok(Self(Kind::Name(host)))
            }
            _ => Err(HostnameError::Invalid),
        }
    }

    /// Our public address for this request, without a slash at the end: the realm's own (`frontendUrl`) if it is one, else the option's,
    /// else the request's.
    pub fn frontend_base(&self, arrival: &Arrival, realm: Option<&str>) -> String {
        if let Some(base) = realm.and_then(base_of) {
            return base;
        }
        match &self.0 {
            Kind::Dynamic => arrival.base(None),
            Kind::Name(name) => arrival.base(Some(name)),
            Kind::Url(base) => base.clone(),
        }
    }
}

/// An http or https address without user, query and fragment; the default port and the last slash left out.
fn base_of(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    plain.then(|| url.as_str().trim_end_matches('/').to_owned())
}

/// Whether a browser treats this address of ours as a secure context: https, or a host of this machine.
pub fn is_secure_context(base: &str) -> bool {
    let Ok(url) = Url::parse(base) else {
        return false;
    };
    url.scheme() == "https"
        || match url.host() {
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            None => false,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_make_no_sense_are_refused_in_keycloaks_words() {
        assert_eq!(Hostname::new(None, true), Err(HostnameError::Missing));
        assert_eq!(Hostname::new(Some(" "), false), Ok(Hostname(Kind::Dynamic)));
        for text in [
            "a_b",
            "id.example:8443",
            "id.example/auth",
            "ftp://id.example",
            "https://",
            "https://u@id.example",
            "https://id.example?x",
            "https://id.example#x",
            "a b",
            "[::1]:1",
        ] {
            assert_eq!(
                Hostname::new(Some(text), true),
                Err(HostnameError::Invalid),
                "{text}"
            );
        }
        for (text, base) in [
            ("https://id.example:443/auth/", "https://id.example/auth"),
            ("http://id.example:8080", "http://id.example:8080"),
        ] {
            assert_eq!(
                Hostname::new(Some(text), true),
                Ok(Hostname(Kind::Url(base.to_owned())))
            );
        }
    }

    #[test]
    fn https_and_this_machine_are_secure() {
        for (base, secure) in [
            ("https://id.example", true),
            ("http://localhost:8080", true),
            ("http://a.localhost", true),
            ("http://127.1.2.3", true),
            ("http://[::1]:1", true),
            ("http://id.example", false),
            ("http://localhost.example", false),
        ] {
            assert_eq!(is_secure_context(base), secure, "{base}");
        }
    }
}
