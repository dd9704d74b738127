//! `oidc-allowed-origins-mapper`: the origins whose pages may use the token, as the list `allowed-origins`.

use super::{Document, Effect, MapperType, Writes};
use realm::Client;
use serde_json::Value;
use std::borrow::Cow;

pub(super) const TYPE: MapperType = MapperType {
    id: "oidc-allowed-origins-mapper",
    priority: 0,
    writes: Writes::Where(&[
        Document::Access,
        Document::Lightweight,
        Document::Introspection,
    ]),
    compile: |_| {
        Effect::claims(|facts, claims| {
            let client = facts.subject.client;
            if !client.web_origins.is_empty() {
                let origins = web_origins(client, facts.subject.issuer);
                let origins = origins
                    .into_iter()
                    .map(|origin| Value::from(origin.as_ref()));
                claims
                    .other
                    .insert("allowed-origins".to_owned(), origins.collect());
            }
        })
    },
};

/// The origins that may call for a client by CORS: those that it lists, and where it lists `+` those of its redirect URIs. `*` stays as it is.
/// Relative URIs are at the client's root URL, or at our own address, that of `issuer`.
pub fn web_origins<'a>(client: &'a Client, issuer: &'a str) -> Vec<Cow<'a, str>> {
    let mut origins: Vec<Cow<'a, str>> = Vec::with_capacity(client.web_origins.len());
    let mut add = |origin: &'a str| {
        if !origins.iter().any(|known| known == origin) {
            origins.push(Cow::Borrowed(origin));
        }
    };
    for listed in &client.web_origins {
        if listed != "+" {
            add(listed.trim_end_matches('/'));
            continue;
        }
        for uri in &client.redirect_uris {
            let at = if uri.starts_with('/') {
                root(client).unwrap_or(issuer)
            } else {
                uri
            };
            if let Some(origin) = origin(at) {
                add(origin);
            }
        }
    }
    origins
}

/// The root URL, unless it stands for our own address.
fn root(client: &Client) -> Option<&str> {
    let root = client.root_url.as_deref()?;
    (!root.is_empty() && !root.starts_with("${")).then_some(root)
}

/// Scheme and authority as they are written; none of what is not on the web.
fn origin(uri: &str) -> Option<&str> {
    let (scheme, rest) = uri.split_once("://")?;
    if !matches!(scheme, "http" | "https") {
        return None;
    }
    let authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    uri.get(..scheme.len() + 3 + authority)
        .filter(|_| authority > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn origins(origins: &[&str], redirects: &[&str], root: Option<&str>) -> Vec<String> {
        let client: Client = serde_json::from_value(json!({
            "id": "k", "clientId": "app", "webOrigins": origins, "redirectUris": redirects, "rootUrl": root,
        }))
        .unwrap();
        web_origins(&client, "https://id.example.com/realms/demo")
            .into_iter()
            .map(Cow::into_owned)
            .collect()
    }

    #[test]
    fn plus_stands_for_the_redirect_uris() {
        assert_eq!(
            origins(
                &["+", "https://x.org"],
                &[
                    "https://app.example.com:8443/*",
                    "https://app.example.com:8443/x",
                    "http://h:80/x",
                    "custom:/cb",
                    "com.app://cb",
                    "*",
                    "/rel/*"
                ],
                Some("https://root.example.com/app")
            ),
            [
                "https://app.example.com:8443",
                "http://h:80",
                "https://root.example.com",
                "https://x.org"
            ]
        );
        assert_eq!(
            origins(&["+"], &["/rel/*"], None),
            ["https://id.example.com"]
        );
        assert_eq!(
            origins(&["+"], &["/rel/*"], Some("${authBaseUrl}")),
            ["https://id.example.com"]
        );
        assert_eq!(origins(&["*"], &["https://a.b/*"], None), ["*"]);
        assert!(origins(&["+"], &["*"], None).is_empty());
    }
}
