//! The whole of it: Postern behind a proxy, with certificates for people.

use crate::curl::{Answer, Curl};
use crate::folder::Folder;
use crate::person::Person;
use crate::pki::{self, Identity};
use crate::postern::{Launch, Postern};
use crate::proxy::{Kind, Proxy};
use serde_json::Value;
use std::path::PathBuf;

/// Everything between a person and a realm.
pub struct Site {
    /// The proxy, as it is shipped; none when people speak to Postern itself.
    pub proxy: Option<Proxy>,
    /// Postern behind it.
    pub postern: Postern,
    /// The authorities' certificates: of the server that people see, and of people.
    pub ca: PathBuf,
    /// What `postern pki dev` made.
    pub pki: PathBuf,
    /// For everything that a test writes.
    pub folder: Folder,
}

impl Site {
    /// Behind nginx, with development certificates and this realm.
    pub fn start(realm: &Value) -> Self {
        Self::dev(Some(Kind::Nginx), realm)
    }

    /// Behind this proxy, or none, with development certificates and this realm.
    pub fn dev(kind: Option<Kind>, realm: &Value) -> Self {
        let folder = Folder::new("site");
        let pki = pki::dev(&folder);
        Self::behind(kind, folder, pki, realm, |launch| launch)
    }

    /// Behind nginx, with the certificates of a folder (`server.pem`, `server.key` and `ca-bundle.pem`), and Postern started with more
    /// options.
    pub fn with(
        folder: Folder,
        pki: PathBuf,
        realm: &Value,
        more: impl FnOnce(Launch) -> Launch,
    ) -> Self {
        Self::behind(Some(Kind::Nginx), folder, pki, realm, more)
    }

    /// The same behind this proxy, or none.
    pub fn behind(
        kind: Option<Kind>,
        folder: Folder,
        pki: PathBuf,
        realm: &Value,
        more: impl FnOnce(Launch) -> Launch,
    ) -> Self {
        let ca = pki.join("ca-bundle.pem");
        let launch = Launch::dev().realm(&folder, realm);
        let launch = match kind {
            Some(kind) => launch.behind(kind, &ca),
            None => launch.option("truststore-paths", ca.to_str().unwrap()),
        };
        let ends_tls = kind.is_none_or(|kind| Kind::PASSING_TLS.contains(&kind));
        let launch = if ends_tls {
            launch.with_tls(&pki)
        } else {
            launch
        };
        let postern = more(launch).start(&folder);
        let port = if ends_tls {
            postern.https_port()
        } else {
            postern.port()
        };
        Self {
            proxy: kind.map(|kind| kind.shipped(&folder, &pki, port)),
            postern,
            ca,
            pki,
            folder,
        }
    }

    /// Where people go.
    pub fn base(&self) -> String {
        match &self.proxy {
            Some(proxy) => proxy.base(),
            None => format!("https://localhost:{}", self.postern.https_port()),
        }
    }

    /// The issuer of the demo realm, as people see it.
    pub fn issuer(&self) -> String {
        format!("{}/realms/demo", self.base())
    }

    /// The token endpoint of the demo realm, as people see it.
    pub fn token_endpoint(&self) -> String {
        format!("{}/protocol/openid-connect/token", self.issuer())
    }

    /// One of the people that `postern pki dev` made.
    pub fn person(&self, name: &str) -> Identity {
        Identity::of(&self.pki, name)
    }

    /// curl that believes the site.
    pub fn curl(&self) -> Curl {
        Curl::new(&self.ca)
    }

    /// Somebody with a browser of their own.
    pub fn somebody(&self) -> Person {
        let cookies = self.folder.at(&format!("cookies-{}", realm::random_key()));
        Person::new(&self.base(), &self.ca, &cookies)
    }

    /// A header that somebody sends to Postern's own port, from this address, for tokens.
    pub fn header(&self, from: &str, name: &str, value: &str) -> Answer {
        let port = self.postern.port();
        Curl::new(&self.ca)
            .arguments(&["--interface", from])
            .header(name, value)
            .form(&DIRECT_GRANT)
            .get(&format!(
                "http://127.0.0.1:{port}/realms/demo/protocol/openid-connect/token"
            ))
    }

    /// An answer to a request for tokens was a refusal, and this is why; the event.
    pub fn because(&self, answer: &Answer, case: &str, code: &str) -> Value {
        assert!(matches!(answer.status, 400 | 401), "{case}: {answer:?}");
        assert!(answer.json().get("access_token").is_none(), "{case}");
        let events = self.postern.admin("demo/events?type=LOGIN_ERROR&max=1");
        let event = &events[0];
        assert_eq!(event["details"]["reason"], code, "{case}: {event}");
        let attempt = event["details"]["attempt"].as_str().unwrap();
        let trace = self.postern.admin(&format!("demo/attempts/{attempt}"));
        let steps = trace["steps"].as_array().unwrap();
        assert!(
            steps.iter().any(|step| step["code"] == code),
            "{case}: {trace}"
        );
        event.clone()
    }

    /// Asks for tokens by certificate alone, as the client `cert-cli`.
    pub fn direct_grant(&self, certificate: Option<&Identity>) -> Answer {
        let curl = self.curl().form(&DIRECT_GRANT);
        let curl = match certificate {
            Some(identity) => curl.certificate(identity),
            None => curl,
        };
        curl.get(&self.token_endpoint())
    }
}

/// What a command line without a password sends to the token endpoint.
pub const DIRECT_GRANT: [(&str, &str); 3] = [
    ("grant_type", "password"),
    ("client_id", "cert-cli"),
    ("scope", "openid"),
];
