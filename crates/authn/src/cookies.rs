//! Cookies of the realm: read and written in Keycloak's form.

use crate::Cx;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The cookies that a browser sent. Of several with one name the first counts.
#[derive(Clone, Debug, Default)]
pub struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Reads the lines of the header `Cookie` (RFC 6265 §5.4). What is no cookie is passed over.
    pub fn read<'a>(lines: impl Iterator<Item = &'a str>) -> Self {
        let pairs = lines
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.split_once('='));
        let cookies = pairs.map(|(name, value)| {
            let value = value.trim();
            let unquoted = value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'));
            (name.trim().to_owned(), unquoted.unwrap_or(value).to_owned())
        });
        Self(cookies.collect())
    }

    /// The value of this cookie.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
    }
}

/// One `Set-Cookie` header.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetCookie {
    name: Cow<'static, str>,
    text: String,
}

/// Who may read a cookie, and on which requests it comes along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Comes along from other sites too; not for scripts.
    Federation,
    /// The same, readable by scripts.
    FederationScript,
    /// Comes along from our own pages only; not for scripts.
    Internal,
}

/// How long a cookie lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// As long as the browser is open.
    Browser,
    /// So many seconds.
    Seconds(i64),
}

impl SetCookie {
    /// Sets a cookie of the realm.
    pub fn new(cx: &Cx, name: &'static str, value: &str, scope: Scope, life: Life) -> Self {
        let quote = if value.contains(['/', ':', '=', '@', ',', ' ']) {
            "\""
        } else {
            ""
        };
        let mut text = format!(
            "{name}={quote}{value}{quote};Version=1;Path={}",
            cx.cookie_path()
        );
        if let Life::Seconds(seconds) = life {
            text += &format!(";Max-Age={seconds}");
        }
        let is_secure = edge::is_secure_context(cx.base());
        if is_secure {
            text += ";Secure";
        }
        if matches!(scope, Scope::Federation | Scope::Internal) {
            text += ";HttpOnly";
        }
        text += match scope {
            Scope::Internal => ";SameSite=Strict",
            // Browsers refuse `None` without `Secure`.
            Scope::Federation | Scope::FederationScript if is_secure => ";SameSite=None",
            Scope::Federation | Scope::FederationScript => ";SameSite=Lax",
        };
        let name = name.into();
        Self { name, text }
    }

    /// Removes a cookie of the realm.
    pub fn remove(cx: &Cx, name: &'static str) -> Self {
        let text = format!("{name}=;Version=1;Path={};Max-Age=0", cx.cookie_path());
        let name = name.into();
        Self { name, text }
    }

    /// The cookie's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The header's value.
    pub fn header(&self) -> &str {
        &self.text
    }
}

impl Cx {
    /// The path of the realm's cookies: that of the issuer, with a slash at the end.
    fn cookie_path(&self) -> String {
        let behind = self.issuer().split_once("://").map_or("", |(_, rest)| rest);
        let path = behind.find('/').map_or("", |at| &behind[at..]);
        format!("{path}/")
    }
}

#[cfg(test)]
mod tests {
    use super::Cookies;

    #[test]
    fn of_several_with_one_name_the_first_counts() {
        let lines = ["a=1; b=\"x:y\"; a=2;; =3; c", "d==4 ; a=5;e=\""];
        let cookies = Cookies::read(lines.into_iter());
        for (name, value) in [
            ("a", Some("1")),
            ("b", Some("x:y")),
            ("c", None),
            ("d", Some("=4")),
            ("e", Some("\"")),
            ("A", None),
        ] {
            assert_eq!(cookies.get(name), value, "{name}");
        }
    }
}
