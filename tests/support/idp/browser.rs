use super::app::AuthorizeUrl;
use super::page::{attribute, text_of};
use super::{Idp, request};
use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, StatusCode};
use serde_json::Value;
use std::collections::BTreeMap;
use url::Url;

/// A browser with cookies. It follows no redirect by itself.
pub struct Browser<'a> {
    idp: &'a Idp,
    pub cookies: BTreeMap<String, String>,
    pub headers: Vec<(String, String)>,
    /// Headers that a proxy adds at this host alone.
    elsewhere: Vec<(&'static str, String, String)>,
}

/// The host that everything is called by, as browsers write it.
const MAIN: &str = "localhost:8080";

/// What came back.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl<'a> Browser<'a> {
    pub(super) fn new(idp: &'a Idp) -> Self {
        Self {
            idp,
            cookies: BTreeMap::new(),
            headers: Vec::new(),
            elsewhere: Vec::new(),
        }
    }

    /// Behind a proxy that adds this header to each request to another host.
    pub fn behind_at(mut self, host: &'static str, name: &str, value: &str) -> Self {
        self.elsewhere
            .push((host, name.to_owned(), value.to_owned()));
        self
    }

    /// Behind a proxy that adds this header to each request.
    pub fn behind(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Opens an address.
    pub async fn get(&mut self, address: &str) -> Answer {
        self.send("GET", address, None).await
    }

    /// Sends a form.
    pub async fn post(&mut self, address: &str, form: &[(&str, &str)]) -> Answer {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        self.send("POST", address, Some(body.extend_pairs(form).finish()))
            .await
    }

    async fn send(&mut self, method: &str, address: &str, form: Option<String>) -> Answer {
        let absolute = address.strip_prefix("http://");
        let (host, path) = match absolute.and_then(|rest| Some(rest.split_at(rest.find('/')?))) {
            Some((host, path)) => (host, path),
            None => (MAIN, address),
        };
        let mut builder = request(method, path);
        let headers = builder.headers_mut().unwrap();
        headers.insert("host", host.parse().unwrap());
        for (at, name, value) in &self.elsewhere {
            if *at == host {
                builder = builder.header(name, value);
            }
        }
        if host == MAIN && !self.cookies.is_empty() {
            let pairs = self
                .cookies
                .iter()
                .map(|(name, value)| format!("{name}={value}"));
            builder = builder.header("cookie", pairs.collect::<Vec<_>>().join("; "));
        }
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        let body = match form {
            Some(form) => {
                builder = builder.header("content-type", "application/x-www-form-urlencoded");
                Body::from(form)
            }
            None => Body::empty(),
        };
        let answer = self.idp.send(builder.body(body).unwrap()).await;
        assert!(host == MAIN || answer.headers.get("set-cookie").is_none());
        for line in answer.headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Opens an application's sign-in and fills in the form.
    pub async fn sign_in(&mut self, url: &AuthorizeUrl, username: &str, password: &str) -> Answer {
        let page = self.get(&url.address).await.ok();
        self.submit(&page, &[("username", username), ("password", password)])
            .await
    }

    /// Sends the form of a page.
    pub async fn submit(&mut self, page: &Answer, form: &[(&str, &str)]) -> Answer {
        let action = page.form_action();
        self.post(&action, form).await
    }
}

impl Answer {
    pub(super) async fn read(response: Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        let text = String::from_utf8_lossy(&super::body(response).await).into_owned();
        Self {
            status,
            headers,
            text,
        }
    }

    /// Itself, when it is a 200.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.status, 200, "{:?} {}", self.headers, self.text);
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("{error}: {}", self.text))
    }

    /// A header as text, empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Where it sends the browser.
    #[track_caller]
    pub fn location(&self) -> Url {
        assert_eq!(self.status, 302, "{}", self.text);
        Url::parse(self.header("location")).unwrap()
    }

    /// A parameter of the address that it sends the browser to.
    #[track_caller]
    pub fn param(&self, name: &str) -> Option<String> {
        let location = self.location();
        let found = location.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    }

    /// The authorization code that it sends the browser with.
    #[track_caller]
    pub fn code(&self) -> String {
        self.param("code")
            .unwrap_or_else(|| panic!("{}", self.location()))
    }

    /// Where the page's first form goes.
    #[track_caller]
    pub fn form_action(&self) -> String {
        attribute(&self.text, "<form", "action").unwrap_or_else(|| panic!("{}", self.text))
    }

    /// The page's name.
    pub fn page_id(&self) -> String {
        attribute(&self.text, "<body", "data-page-id").unwrap_or_default()
    }

    /// The sign-in code that the page shows.
    #[track_caller]
    pub fn attempt_code(&self) -> String {
        text_of(&self.text, "attempt-code").unwrap_or_else(|| panic!("{}", self.text))
    }

    /// Checks an error in JSON.
    #[track_caller]
    pub fn refused(&self, status: u16, error: &str, description: &str) {
        let json = self.json();
        let told = (
            self.status.as_u16(),
            json["error"].as_str(),
            json["error_description"].as_str(),
        );
        assert_eq!(told, (status, Some(error), Some(description)));
    }
}
