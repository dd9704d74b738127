//! Where answers may be sent.

use authn::Cx;
use realm::Client;
use std::borrow::Cow;
use url::Url;

/// Where an application without an address of its own is shown its code (RFC 8252's forerunner).
const OUT_OF_BAND: &str = "urn:ietf:wg:oauth:2.0:oob";
/// Names that answers carry: an address that has one of them already could be taken for an answer.
const OF_ANSWERS: [&str; 13] = [
    "state",
    "code",
    "session_state",
    "iss",
    "error",
    "error_description",
    "id_token",
    "access_token",
    "token_type",
    "expires_in",
    "response",
    "kc_action",
    "kc_action_status",
];

/// Evidence: an address that the client registered (RFC 6749 §3.1.2.2). Only [`RegisteredRedirect::check`] and
/// [`RegisteredRedirect::after_logout`] make one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegisteredRedirect(String);

impl RegisteredRedirect {
    /// Checks the address of an authorization request against the client's list. `None` asks for the only one that is registered,
    /// which OpenID Connect requests may not do.
    pub fn check(client: &Client, base: &str, given: Option<&str>) -> Option<Self> {
        let registered = absolute(
            client,
            base,
            client.redirect_uris.iter().map(String::as_str),
        );
        match given {
            Some(given) => Self::among(given, &registered),
            None => match registered.as_slice() {
                [only] => {
                    let only = only.strip_suffix("/*").unwrap_or(only);
                    let is_whole = !only.is_empty() && !only.contains('*');
                    is_whole.then(|| Self(only.to_owned()))
                }
                _ => None,
            },
        }
    }

    /// Checks the address to go to after signing out against the client's own list for that: `+` stands for its redirect URIs, which is
    /// what counts without a list, `-` for none.
    pub fn after_logout(client: &Client, base: &str, given: &str) -> Option<Self> {
        let list = client.attribute("post.logout.redirect.uris").unwrap_or("+");
        let entries = list.split("##").flat_map(|entry| match entry {
            "+" => client.redirect_uris.iter().map(String::as_str).collect(),
            "-" | "" => Vec::new(),
            other => vec![other],
        });
        Self::among(given, &absolute(client, base, entries))
    }

    /// Checks an address of another kind that the client registered, such as those of request objects: no wildcard but at the end, as above.
    pub fn of_list<'a>(
        client: &Client,
        base: &str,
        list: impl Iterator<Item = &'a str>,
        given: &str,
    ) -> Option<Self> {
        Self::among(given, &absolute(client, base, list))
    }

    fn among(given: &str, registered: &[String]) -> Option<Self> {
        let url = Url::parse(given).ok()?;
        if is_script(&url) || is_odd(given) || looks_like_an_answer(given) {
            return None;
        }
        let given = Given {
            text: given,
            portless: without_loopback_port(given),
            is_web: is_web(given),
            has_user: !url.username().is_empty() || url.password().is_some(),
        };
        registered
            .iter()
            .any(|entry| given.is(entry) || given.begins_with(entry))
            .then(|| Self(given.text.to_owned()))
    }

    /// The address, as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the browser is sent: the address itself, or our own page for applications that have none.
    pub fn destination(&self, cx: &Cx) -> Cow<'_, str> {
        match self.0.as_str() {
            OUT_OF_BAND => format!("{}/protocol/openid-connect/oauth/oob", cx.issuer()).into(),
            address => address.into(),
        }
    }
}

/// Relative entries start at the client's root address, or at ours.
fn absolute<'a>(
    client: &Client,
    base: &str,
    entries: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let root = client.root_url.as_deref().unwrap_or("");
    let root = match root {
        "" => base.to_owned(),
        root => root
            .replace("${authBaseUrl}", base)
            .replace("${authAdminUrl}", base),
    };
    entries
        .map(|entry| match entry.starts_with('/') {
            true => format!("{root}{entry}"),
            false => entry.to_owned(),
        })
        .collect()
}

/// Addresses that run in the browser, whatever a client registered.
fn is_script(url: &Url) -> bool {
    matches!(
        url.scheme(),
        "javascript" | "data" | "vbscript" | "blob" | "file"
    )
}

/// What programs read in different ways: blanks and control characters, also written as `%00` or a line's end.
fn is_odd(given: &str) -> bool {
    let control = |byte: u8| byte < 0x21 || byte == 0x7f;
    let hides = |byte: u8| byte < 0x20 || byte == 0x7f;
    given.bytes().any(control) || percent_encoding::percent_decode_str(given).any(hides)
}

/// Whether a parameter of its query or its fragment has the name of one of an answer's.
fn looks_like_an_answer(given: &str) -> bool {
    given.split(['?', '#']).skip(1).any(|part| {
        url::form_urlencoded::parse(part.as_bytes()).any(|(name, _)| {
            OF_ANSWERS
                .iter()
                .any(|known| known.eq_ignore_ascii_case(&name))
        })
    })
}

/// `http` or `https` with `//`, and not one of the forms that browsers mend.
fn is_web(given: &str) -> bool {
    scheme_and_rest(given).is_some_and(|(scheme, rest)| {
        let is_web = scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https");
        is_web && rest.starts_with("//") && !rest[2..].starts_with(['/', '?', '#'])
    })
}

fn scheme_and_rest(text: &str) -> Option<(&str, &str)> {
    text.split_once(':')
}

/// Without its port, an address on this machine, where native applications take a free one (RFC 8252 §7.3).
fn without_loopback_port(given: &str) -> Option<String> {
    ["http://localhost", "http://127.0.0.1", "http://[::1]"]
        .into_iter()
        .find_map(|host| {
            let rest = given.strip_prefix(host)?.strip_prefix(':')?;
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (port, rest) = rest.split_at(end);
            port.parse::<std::num::NonZeroU16>().ok()?;
            Some(format!("{host}{rest}"))
        })
}

/// An address that was given, and what is known of it.
struct Given<'a> {
    text: &'a str,
    portless: Option<String>,
    is_web: bool,
    has_user: bool,
}

impl Given<'_> {
    fn texts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.text).chain(self.portless.as_deref())
    }

    /// The same, letter for letter. Nobody registers an address with a fragment (RFC 6749 §3.1.2).
    fn is(&self, entry: &str) -> bool {
        !entry.contains('#') && self.texts().any(|text| text == entry)
    }

    /// An entry that ends in `*`, and has no query, fits what begins with it.
    fn begins_with(&self, entry: &str) -> bool {
        let Some(start) = entry.strip_suffix('*').filter(|start| !start.contains('?')) else {
            return false;
        };
        if self.has_user || climbs(path(self.text)) {
            return false;
        }
        if start.is_empty() {
            return self.is_web;
        }
        let is_its_scheme = || {
            scheme_and_rest(self.text)
                .is_some_and(|(scheme, rest)| !rest.is_empty() && of_scheme(start, scheme))
        };
        if !self.is_web && !is_its_scheme() {
            return false;
        }
        self.texts().any(|text| {
            let bare = path(text);
            self.has_host_of(start, bare)
                && (bare.starts_with(start)
                    || (start.ends_with('/') && bare == &start[..start.len() - 1]))
        })
    }

    /// Whether the host is the entry's own, or `https://app*` would fit `https://app.evil`.
    fn has_host_of(&self, start: &str, bare: &str) -> bool {
        if !self.is_web {
            return true;
        }
        let Some(host) = bare.split_once("://").map(|(_, rest)| authority(rest)) else {
            return false;
        };
        let Some((_, rest)) = start.split_once("://") else {
            return host.is_ascii();
        };
        let own = authority(rest);
        let is_open = own.len() == rest.len();
        match own.strip_suffix(':').filter(|_| is_open) {
            // A port is to follow.
            Some(own) => host
                .rsplit_once(':')
                .is_some_and(|(host, port)| host == own && port.parse::<u16>().is_ok()),
            None if is_open && own.is_empty() => host.is_ascii(),
            None => host == own && host.is_ascii(),
        }
    }
}

fn of_scheme(start: &str, scheme: &str) -> bool {
    start
        .strip_prefix(scheme)
        .is_some_and(|rest| rest.starts_with(':'))
}

fn authority(rest: &str) -> &str {
    rest.split('/').next().unwrap_or(rest)
}

fn path(text: &str) -> &str {
    text.split(['?', '#']).next().unwrap_or(text)
}

/// Whether a segment goes up, in any encoding or with parameters behind it, or a backslash stands where browsers read a slash.
fn climbs(path: &str) -> bool {
    let mut text = path.to_ascii_lowercase();
    for _ in 0..3 {
        let up = |segment: &str| segment.split(';').next() == Some("..");
        if text.contains('\\') || text.split(['/', '?', '#']).any(up) {
            return true;
        }
        let decoded = percent_encoding::percent_decode_str(&text)
            .decode_utf8_lossy()
            .into_owned();
        if decoded == text {
            return false;
        }
        text = decoded;
    }
    true
}

#[cfg(test)]
#[path = "redirect_uri/tests.rs"]
mod tests;
