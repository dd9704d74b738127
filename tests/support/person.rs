//! A person at a browser that is not one: curl keeps the cookies, and follows nothing by itself.

use crate::curl::{Answer, Curl};
use crate::http::form;
use crate::pki::Identity;
use crate::site::DIRECT_GRANT;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
/// Where the client `backend` of the demo realm takes codes.
pub const CALLBACK: &str = "http://localhost:3000/callback";

/// Somebody with a browser, or a command line, of their own.
pub struct Person {
    ca: PathBuf,
    base: String,
    cookies: String,
    certificate: Option<Identity>,
    arguments: Vec<String>,
}

impl Person {
    /// Goes to `BASE/realms/demo`, believes this authority, keeps cookies in this file.
    pub fn new(base: &str, ca: &Path, cookies: &Path) -> Self {
        Self {
            ca: ca.to_owned(),
            base: base.to_owned(),
            cookies: cookies.to_str().unwrap().to_owned(),
            certificate: None,
            arguments: Vec::new(),
        }
    }

    /// Has a certificate.
    pub fn with(mut self, certificate: &Identity) -> Self {
        self.certificate = Some(certificate.clone());
        self
    }

    /// Gives curl further arguments, each time.
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        let more = arguments.iter().map(|argument| (*argument).to_owned());
        self.arguments.extend(more);
        self
    }

    /// An address of the demo realm's protocol.
    pub fn openid(&self, endpoint: &str) -> String {
        format!(
            "{}/realms/demo/protocol/openid-connect/{endpoint}",
            self.base
        )
    }

    /// A call, with cookies and certificate.
    pub fn curl(&self) -> Curl {
        let curl = Curl::new(&self.ca).arguments(&[
            "--cookie",
            &self.cookies,
            "--cookie-jar",
            &self.cookies,
        ]);
        let arguments: Vec<&str> = self.arguments.iter().map(String::as_str).collect();
        let curl = curl.arguments(&arguments);
        match &self.certificate {
            Some(identity) => curl.certificate(identity),
            None => curl,
        }
    }

    /// What an application's link to sign in gives.
    pub fn begin(&self) -> Answer {
        let query = form(&[
            ("client_id", "backend"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ]);
        self.curl().get(&self.openid(&format!("auth?{query}")))
    }

    /// The same, when it is a page.
    pub fn login_page(&self) -> Answer {
        let page = self.begin();
        assert_eq!(page.status, 200, "{page:?}");
        page
    }

    /// Sends a login page's form.
    pub fn submit(&self, page: &Answer, name: &str, password: &str) -> Answer {
        self.curl()
            .form(&[("username", name), ("password", password)])
            .get(&action(page))
    }

    /// What the application makes of the redirect: the answer to its request for tokens, and who that is.
    pub fn redeem(&self, answer: &Answer) -> (Answer, Value) {
        let location = answer.header("location").unwrap_or_default();
        assert!(location.starts_with(CALLBACK), "{answer:?}");
        let location = url::Url::parse(location).unwrap();
        let code = location.query_pairs().find(|(name, _)| name == "code");
        let code = code.unwrap().1.into_owned();
        let fields = [
            ("grant_type", "authorization_code"),
            ("client_id", "backend"),
            ("client_secret", "backend-secret"),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
            ("code", &code),
        ];
        let application = || Curl::new(&self.ca);
        let tokens = application().form(&fields).get(&self.openid("token"));
        assert_eq!(tokens.status, 200, "{tokens:?}");
        let token = tokens.json()["access_token"].as_str().unwrap().to_owned();
        let person = application().bearer(&token).get(&self.openid("userinfo"));
        (tokens, person.json())
    }

    /// Asks for tokens by certificate alone, as the client `cert-cli`.
    pub fn direct_grant(&self) -> Answer {
        self.curl().form(&DIRECT_GRANT).get(&self.openid("token"))
    }
}

/// Where a login page's form goes to.
pub fn action(page: &Answer) -> String {
    let form = page.body.split_once("id=\"kc-form-login\"");
    let (_, rest) = form.unwrap_or_else(|| panic!("no login form: {page:?}"));
    let (_, rest) = rest.split_once("action=\"").unwrap();
    rest.split('"').next().unwrap().replace("&amp;", "&")
}
