//! The whole of it: Postern behind nginx, with the certificates of `postern pki dev`.

use crate::curl::{Answer, Curl};
use crate::folder::Folder;
use crate::nginx::Nginx;
use crate::pki::{self, Identity};
use crate::postern::{Launch, Postern};
use serde_json::Value;
use std::path::PathBuf;

/// Everything between a person and a realm.
pub struct Site {
    /// nginx, as it is shipped.
    pub nginx: Nginx,
    /// Postern behind it.
    pub postern: Postern,
    /// The authorities' certificates: of nginx's server, and of people.
    pub ca: PathBuf,
    /// What `postern pki dev` made.
    pub pki: PathBuf,
    /// For everything that a test writes.
    pub folder: Folder,
}

impl Site {
    /// With development certificates and this realm.
    pub fn start(realm: &Value) -> Self {
        let folder = Folder::new("site");
        let pki = pki::dev(&folder);
        Self::with(folder, pki, realm, |launch| launch)
    }

    /// With the certificates of a folder (`server.pem`, `server.key` and `ca-bundle.pem`), and Postern started with more options.
    pub fn with(
        folder: Folder,
        pki: PathBuf,
        realm: &Value,
        more: impl FnOnce(Launch) -> Launch,
    ) -> Self {
        let ca = pki.join("ca-bundle.pem");
        let launch = Launch::dev().behind_nginx(&ca).realm(&folder, realm);
        let postern = more(launch).start(&folder);
        Self {
            nginx: Nginx::shipped(&folder, &pki, postern.port()),
            postern,
            ca,
            pki,
            folder,
        }
    }

    /// The issuer of the demo realm, as people see it.
    pub fn issuer(&self) -> String {
        format!("{}/realms/demo", self.nginx.base())
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
