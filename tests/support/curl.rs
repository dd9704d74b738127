//! The real `curl`, as people use it.

use crate::pki::Identity;
use std::path::Path;
use std::process::Command;

/// A call of curl that is being put together.
pub struct Curl(Command);

/// What came back, after all redirects.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Where it came from in the end.
    pub url: String,
    head: String,
    /// The body.
    pub body: String,
}

impl Curl {
    /// Believes this authority, and nobody else's.
    pub fn new(ca: &Path) -> Self {
        let mut command = Command::new("curl");
        command
            .args(["--silent", "--show-error", "--max-time", "60", "--cacert"])
            .arg(ca);
        // Neither the user's own settings nor a proxy of the environment.
        command.args(["--disable", "--noproxy", "*"]);
        command.args(["--header", "Expect:"]);
        Self(command)
    }

    /// With any other arguments.
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.0.args(arguments);
        self
    }

    /// Shows a certificate.
    pub fn certificate(mut self, identity: &Identity) -> Self {
        self.0.arg("--cert").arg(&identity.certificate);
        self.0.arg("--key").arg(&identity.key);
        self
    }

    /// With a header.
    pub fn header(self, name: &str, value: &str) -> Self {
        self.arguments(&["--header", &format!("{name}: {value}")])
    }

    /// With a bearer token.
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Posts a form.
    pub fn form(mut self, fields: &[(&str, &str)]) -> Self {
        for (name, value) in fields {
            self.0
                .args(["--data-urlencode", &format!("{name}={value}")]);
        }
        self
    }

    /// Keeps cookies in this file and follows redirects, as a browser does.
    pub fn browsing(mut self, cookies: &Path) -> Self {
        self.0.arg("--location").arg("--cookie").arg(cookies);
        self.0.arg("--cookie-jar").arg(cookies);
        self
    }

    /// Sends it.
    pub fn get(mut self, url: &str) -> Answer {
        let output = self
            .0
            .args(["--dump-header", "-"])
            .args(["--write-out", "\n%{http_code} %{url_effective}", url])
            .output()
            .expect("curl is needed: bin/test installs it");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(
            output.status.success(),
            "{url}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let (text, last) = text.rsplit_once('\n').unwrap();
        let (status, url) = last.split_once(' ').unwrap();
        // A head for each redirect, and the last one's body.
        let (mut heads, mut rest) = (Vec::new(), text);
        while rest.starts_with("HTTP/") {
            let (head, after) = rest.split_once("\r\n\r\n").unwrap();
            heads.push(head);
            rest = after;
        }
        Answer {
            status: status.parse().unwrap(),
            url: url.to_owned(),
            head: heads.last().map(|head| (*head).to_owned()).unwrap(),
            body: rest.to_owned(),
        }
    }
}

impl Answer {
    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// The body, read as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}
