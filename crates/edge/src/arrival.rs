use crate::authority::Authority;
use crate::{ClientCert, Refused, ShownBy};
use std::net::IpAddr;
use std::sync::Arc;

/// Who sent a request and how it reached us, as far as we believe it. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Arrival(Arc<Known>);

/// One thing that was found out about a request, for an administrator: a stable identifier for what needs explaining, and a text.
pub type Fact = (Option<String>, String);

#[derive(Debug)]
pub(crate) struct Known {
    pub client: IpAddr,
    pub scheme: Scheme,
    pub authority: Authority,
    pub prefix: String,
    pub client_cert: ClientCert,
    pub shown_by: ShownBy,
    pub word: ProxyWord,
    pub facts: Vec<Fact>,
}

/// Whether a proxy spoke for somebody in forwarding headers, of whatever family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProxyWord {
    /// No forwarding header came.
    Silent,
    /// Forwarding headers came from a peer that may speak for others.
    Trusted,
    /// Forwarding headers came from somebody who may not.
    NotTrusted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    /// `http` or `https`, in any case.
    pub(crate) fn read(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "http" => Some(Self::Http),
            "https" => Some(Self::Https),
            _ => None,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

impl Arrival {
    pub(crate) fn new(known: Known) -> Self {
        Self(Arc::new(known))
    }

    /// The arrival that [`crate::EdgeConfig::admit`] attached to a request.
    ///
    /// # Errors
    /// [`Refused::NotAdmitted`] when the request did not come in by the edge.
    pub fn of<B>(request: &http::Request<B>) -> Result<Self, Refused> {
        request
            .extensions()
            .get::<Self>()
            .cloned()
            .ok_or(Refused::NotAdmitted)
    }

    /// The person's address: the peer's, or what trusted proxies say.
    pub fn client_address(&self) -> IpAddr {
        self.0.client
    }

    /// The client's certificate, or why there is none.
    pub fn client_cert(&self) -> &ClientCert {
        &self.0.client_cert
    }

    /// Whether a proxy spoke, and may.
    pub fn proxy_word(&self) -> ProxyWord {
        self.0.word
    }

    /// Who showed the certificate, where there is one.
    pub fn client_cert_shown_by(&self) -> ShownBy {
        self.0.shown_by
    }

    /// What was found out, in order.
    pub fn facts(&self) -> Vec<Fact> {
        self.0.facts.clone()
    }

    /// Scheme, host, port and path prefix as the request reached the outermost proxy that we believe, with another host if one is given.
    pub(crate) fn base(&self, host: Option<&str>) -> String {
        let known = &*self.0;
        let port = known
            .authority
            .port
            .filter(|port| *port != known.scheme.default_port());
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        format!(
            "{}://{}{port}{}",
            known.scheme.name(),
            host.unwrap_or(&known.authority.host),
            known.prefix
        )
    }

    /// The path before ours in the request's address: what proxies took away, and the path below which everything is served. No slash at the end.
    pub fn path_prefix(&self) -> &str {
        &self.0.prefix
    }

    /// The origin of the request as the browser sees it (RFC 6454).
    pub fn origin(&self) -> String {
        let base = self.base(None);
        base.strip_suffix(self.0.prefix.as_str())
            .unwrap_or(&base)
            .to_owned()
    }
}
