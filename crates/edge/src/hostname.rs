use crate::Arrival;
use crate::authority::Authority;
use url::{Host, Url};

/// How our own addresses are made (Keycloak's hostname options, second version).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hostname {
    frontend: Kind,
    admin: Option<String>,
    backchannel: Backchannel,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// As the request says.
    Dynamic,
    /// This name; scheme and port as the request says.
    Name(String),
    /// This address, without a slash at the end.
    Url(String),
}

/// Where applications are told to call us from inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Backchannel {
    Frontend,
    /// Where they asked.
    Dynamic,
}

/// The options that addresses are made of.
#[derive(Clone, Copy, Debug, Default)]
pub struct HostnameOptions<'a> {
    /// `hostname`.
    pub hostname: Option<&'a str>,
    /// `hostname-admin`.
    pub admin: Option<&'a str>,
    /// `hostname-strict`.
    pub strict: bool,
    /// `hostname-backchannel-dynamic`.
    pub backchannel_dynamic: bool,
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
    /// No URL.
    #[error("Provided hostname-admin is not a valid URL")]
    AdminInvalid,
    /// Administration apart from an address that is not known.
    #[error("hostname must be set to a URL when hostname-admin is set")]
    AdminNeedsUrl,
    /// Nothing that backchannel addresses could differ from.
    #[error("hostname-backchannel-dynamic must be set to false when no hostname is provided")]
    DynamicNeedsHostname,
    /// A name, which is not enough to tell the frontend from others.
    #[error(
        "hostname-backchannel-dynamic must be set to false if hostname is not provided as full URL"
    )]
    DynamicNeedsUrl,
}

impl Hostname {
    /// Reads the options `hostname` and `hostname-strict` alone.
    ///
    /// # Errors
    /// See [`HostnameError`].
    pub fn new(hostname: Option<&str>, strict: bool) -> Result<Self, HostnameError> {
        Self::from_options(&HostnameOptions {
            hostname,
            strict,
            ..HostnameOptions::default()
        })
    }

    /// Reads the options.
    ///
    /// # Errors
    /// See [`HostnameError`].
    pub fn from_options(options: &HostnameOptions<'_>) -> Result<Self, HostnameError> {
        let frontend = match given(options.hostname) {
            None if options.strict => return Err(HostnameError::Missing),
            None => Kind::Dynamic,
            Some(text) => Kind::read(text).ok_or(HostnameError::Invalid)?,
        };
        let admin = given(options.admin)
            .map(|text| base_of(text).ok_or(HostnameError::AdminInvalid))
            .transpose()?;
        match &frontend {
            Kind::Url(_) => {}
            _ if admin.is_some() => return Err(HostnameError::AdminNeedsUrl),
            Kind::Dynamic if options.backchannel_dynamic => {
                return Err(HostnameError::DynamicNeedsHostname);
            }
            Kind::Name(_) if options.backchannel_dynamic => {
                return Err(HostnameError::DynamicNeedsUrl);
            }
            Kind::Dynamic | Kind::Name(_) => {}
        }
        let backchannel = if options.backchannel_dynamic {
            Backchannel::Dynamic
        } else {
            Backchannel::Frontend
        };
        Ok(Self {
            frontend,
            admin,
            backchannel,
        })
    }

    /// Whether our public address, which is `main` for this request, is the same for requests that come to `other`. `own` is the realm's
    /// own address.
    pub fn stays(&self, main: &str, other: &str, own: Option<&str>) -> bool {
        if own.is_some_and(is_base) {
            return true;
        }
        match self.frontend {
            Kind::Url(_) => true,
            Kind::Dynamic => false,
            // Scheme and port are the request's.
            Kind::Name(_) => match (Url::parse(main), Url::parse(other)) {
                (Ok(main), Ok(other)) => {
                    (main.scheme(), main.port_or_known_default(), main.path())
                        == (other.scheme(), other.port_or_known_default(), other.path())
                }
                _ => false,
            },
        }
    }

    /// Our public address for this request, without a slash at the end: the realm's own (`frontendUrl`) if it is one, else the option's,
    /// else the request's.
    pub fn frontend_base(&self, arrival: &Arrival, realm: Option<&str>) -> String {
        if let Some(base) = realm.and_then(base_of) {
            return base;
        }
        match &self.frontend {
            Kind::Dynamic => arrival.base(None),
            Kind::Name(name) => arrival.base(Some(name)),
            Kind::Url(base) => base.clone(),
        }
    }

    /// The address at which applications call us: that of the request, if backchannel addresses are dynamic and it did not come by the frontend's
    /// scheme, host and port; else the frontend's.
    pub fn backend_base(&self, arrival: &Arrival, realm: Option<&str>) -> String {
        let frontend = self.frontend_base(arrival, realm);
        if self.backchannel == Backchannel::Frontend || arrival.came_by(&frontend) {
            frontend
        } else {
            arrival.base(None)
        }
    }

    /// The address of administration: its own, else the frontend's.
    pub fn admin_base(&self, arrival: &Arrival, realm: Option<&str>) -> String {
        match &self.admin {
            Some(base) => base.clone(),
            None => self.frontend_base(arrival, realm),
        }
    }
}

impl Kind {
    fn read(text: &str) -> Option<Self> {
        if text.contains("://") {
            return base_of(text).map(Self::Url);
        }
        match Authority::read(text)? {
            Authority { host, port: None } if !text.contains('_') && !text.ends_with(':') => {
                Some(Self::Name(host))
            }
            _ => None,
        }
    }
}

impl Arrival {
    /// Whether the request came by the scheme, host and port of this address of ours.
    pub fn came_by(&self, base: &str) -> bool {
        Url::parse(base).is_ok_and(|base| {
            Url::parse(&self.origin()).is_ok_and(|ours| ours.origin() == base.origin())
        })
    }
}

/// An option that says something.
fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// Whether a realm's attribute `frontendUrl` can be its address; if not, the options' counts.
pub fn is_base(text: &str) -> bool {
    base_of(text).is_some()
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
        assert_eq!(
            Hostname::new(Some(" "), false).map(|it| it.frontend),
            Ok(Kind::Dynamic)
        );
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
                Hostname::new(Some(text), true).map(|it| it.frontend),
                Ok(Kind::Url(base.to_owned()))
            );
        }
    }

    #[test]
    fn a73_options_that_contradict_each_other_are_refused_in_keycloaks_words() {
        let url = Some("https://id.example");
        for (hostname, admin, backchannel_dynamic, error) in [
            (url, Some("https://adm.example/x/"), true, None),
            (
                url,
                Some("adm.example"),
                false,
                Some(HostnameError::AdminInvalid),
            ),
            (
                url,
                Some("ftp://adm.example"),
                false,
                Some(HostnameError::AdminInvalid),
            ),
            (
                Some("id.example"),
                Some("https://adm.example"),
                false,
                Some(HostnameError::AdminNeedsUrl),
            ),
            (
                None,
                Some("https://adm.example"),
                false,
                Some(HostnameError::AdminNeedsUrl),
            ),
            (None, None, true, Some(HostnameError::DynamicNeedsHostname)),
            (
                Some("id.example"),
                None,
                true,
                Some(HostnameError::DynamicNeedsUrl),
            ),
        ] {
            let outcome = Hostname::from_options(&HostnameOptions {
                hostname,
                admin,
                strict: false,
                backchannel_dynamic,
            });
            assert_eq!(outcome.err(), error, "{hostname:?} {admin:?}");
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
