//! Where answers may be sent.

use realm::Client;
use url::Url;

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
                [only] if !only.ends_with('*') => Some(Self(only.clone())),
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

    fn among(given: &str, registered: &[String]) -> Option<Self> {
        let url = Url::parse(given).ok()?;
        if is_script(&url) || given.bytes().any(|byte| byte < 0x21 || byte == 0x7f) {
            return None;
        }
        let web = matches!(url.scheme(), "http" | "https");
        let exact = registered.iter().any(|entry| {
            *entry == given || (web && any_loopback_port(entry, &url) == Some(given.to_owned()))
        });
        let by_prefix = || {
            registered
                .iter()
                .any(|entry| prefixed(entry, given, &url, web))
        };
        (exact || by_prefix()).then(|| Self(given.to_owned()))
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
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
            true => format!("{}{entry}", root.trim_end_matches('/')),
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

/// `http` on this machine is registered without a port, since native applications take a free one (RFC 8252 §7.3): the given address
/// with the entry's lack of a port put right, or nothing.
fn any_loopback_port(entry: &str, given: &Url) -> Option<String> {
    let mut entry = Url::parse(entry).ok()?;
    let loopback = matches!(entry.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if entry.scheme() != "http" || given.scheme() != "http" || !loopback || entry.port().is_some() {
        return None;
    }
    entry.set_port(given.port()).ok()?;
    Some(entry.into())
}

/// An entry that ends in `*`, and has no query, fits what begins with it.
fn prefixed(entry: &str, given: &str, url: &Url, web: bool) -> bool {
    let Some(start) = entry.strip_suffix('*').filter(|start| !start.contains('?')) else {
        return false;
    };
    let ambiguous = !url.username().is_empty() || url.password().is_some() || climbs(given);
    if ambiguous {
        return false;
    }
    if start.is_empty() {
        return web;
    }
    if !web
        && Url::parse(start)
            .ok()
            .is_none_or(|start| start.scheme() != url.scheme())
    {
        return false;
    }
    let bare = given.split(['?', '#']).next().unwrap_or(given);
    // The authority has to end inside the entry, or `https://app*` would fit `https://app.evil`.
    let rest = start.split_once("://").map_or("", |(_, rest)| rest);
    let whole = !web || rest.contains('/');
    (whole && bare.starts_with(start))
        || (start.ends_with('/') && bare == &start[..start.len() - 1])
}

/// Whether a segment goes up, in any encoding, or a backslash stands where browsers read a slash.
fn climbs(given: &str) -> bool {
    let mut text = given.to_ascii_lowercase();
    for _ in 0..3 {
        if text.contains('\\') || text.split(['/', '?', '#']).any(|segment| segment == "..") {
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
mod tests {
    use super::*;

    fn client(redirects: &[&str]) -> Client {
        serde_json::from_value(serde_json::json!({
            "id": "k", "clientId": "c", "redirectUris": redirects, "rootUrl": "https://root.example/",
            "attributes": {"post.logout.redirect.uris": "+##https://bye.example/x"}
        }))
        .unwrap()
    }

    fn fits(entry: &str, given: &str) -> bool {
        RegisteredRedirect::check(&client(&[entry]), "https://id.example", Some(given)).is_some()
    }

    #[test]
    fn entries_fit_exactly_or_by_their_beginning() {
        for (entry, given, expected) in [
            ("https://a.example/cb", "https://a.example/cb", true),
            ("https://a.example/cb", "https://a.example/cb/", false),
            ("https://a.example/cb", "https://a.example/Cb", false),
            ("https://a.example/cb", "https://a.example/cb?x=1", false),
            ("https://a.example/cb", "https://a.example/cb#f", false),
            ("https://a.example/*", "https://a.example/cb?x=1", true),
            ("https://a.example/*", "https://a.example/cb#f", true),
            ("https://a.example/*", "https://a.example", true),
            ("https://a.example/*", "https://a.example.evil/", false),
            ("https://a.example*", "https://a.example.evil/", false),
            ("https://a.example/*", "https://u@a.example/cb", false),
            ("https://a.example/*", "https://a.example/../x", false),
            ("https://a.example/*", "https://a.example/%2e%2E/x", false),
            (
                "https://a.example/*",
                "https://a.example/%252e%252e/x",
                false,
            ),
            (
                "https://a.example/*",
                "https://a.example\\@evil.example/",
                false,
            ),
            ("https://a.example/x?*", "https://a.example/x?y", false),
            ("http://localhost/cb", "http://localhost:5555/cb", true),
            ("http://127.0.0.1/cb", "http://127.0.0.1:5555/cb", true),
            ("http://[::1]/cb", "http://[::1]:5555/cb", true),
            ("http://localhost:81/cb", "http://localhost:5555/cb", false),
            ("https://localhost/cb", "https://localhost:5555/cb", false),
            ("http://localhost/cb", "http://localhost:5555/cb/x", false),
            ("http://localhost/cb", "http://127.0.0.1:5555/cb", false),
            ("http://app.example/cb", "http://app.example:5555/cb", false),
            ("custom:/cb", "custom:/cb", true),
            ("custom:/cb", "custom:/cb2", false),
            ("custom:/*", "custom:/cb2", true),
            ("*", "https://anything.example/", true),
            ("*", "custom:/cb", false),
            ("*", "javascript:alert(1)", false),
            ("javascript:alert(1)", "javascript:alert(1)", false),
            ("data:text/html,x", "data:text/html,x", false),
            ("/cb", "https://root.example/cb", true),
            ("/cb", "/cb", false),
            ("https://a.example/cb", "::::", false),
            ("https://a.example/*", "https://a.example/a b", false),
        ] {
            assert_eq!(fits(entry, given), expected, "{entry} {given}");
        }
    }

    #[test]
    fn a_single_entry_needs_no_asking() {
        let only =
            RegisteredRedirect::check(&client(&["https://a.example/cb"]), "https://id", None);
        assert_eq!(only.unwrap().as_str(), "https://a.example/cb");
        for list in [
            &["https://a.example/*"][..],
            &["https://a/1", "https://a/2"],
            &[],
        ] {
            assert_eq!(
                RegisteredRedirect::check(&client(list), "https://id", None),
                None
            );
        }
    }

    #[test]
    fn signing_out_has_a_list_of_its_own() {
        let client = client(&["https://a.example/*"]);
        for (given, expected) in [
            ("https://a.example/bye", true),
            ("https://bye.example/x", true),
            ("https://bye.example/y", false),
        ] {
            let checked = RegisteredRedirect::after_logout(&client, "https://id", given);
            assert_eq!(checked.is_some(), expected, "{given}");
        }
    }
}
