//! What all pages share: the frame around them, and the finished page.

use std::borrow::Cow;

use crate::OwnTexts;

/// The `Content-Security-Policy` of every page: nothing runs, and only files of our own origin load.
///
/// There is no `form-action`: browsers apply it to the redirects that follow a form, and those lead to the applications.
pub const CSP: &str = "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; base-uri 'none'; frame-ancestors 'self'; object-src 'none'";

/// A finished page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The document, UTF-8; goes out as `text/html;charset=utf-8`.
    pub html: String,
    /// The `Content-Security-Policy` this page needs; a stricter one of the realm may be added, header by header.
    pub csp: Cow<'static, str>,
}

/// What surrounds every page.
#[derive(Debug, Clone, Default)]
pub struct Frame<'a> {
    /// The realm's name for people (its display name, or else its name).
    pub realm_name: &'a str,
    /// Where files are served, without a slash at the end: `{base}/resources/{version}`, see [`Pages::version`](crate::Pages::version).
    pub resources_url: &'a str,
    /// The wanted language as a tag (`de`, `de-AT`). One that is not there shows its primary language, or else English.
    pub locale: &'a str,
    /// The languages to choose from; fewer than two show no choice.
    pub languages: &'a [Language<'a>],
    /// The name of the look. One that is not there shows ours.
    pub theme: Option<&'a str>,
    /// The realm's own texts.
    pub texts: Option<&'a OwnTexts>,
}

/// A language the person may change to.
#[derive(Debug, Clone, Copy)]
pub struct Language<'a> {
    /// The language's tag, `de`.
    pub tag: &'a str,
    /// The same page in that language.
    pub url: &'a str,
}

/// `url`, when it is safe behind a link: `http:`, `https:`, or a path on our own host.
pub(crate) fn linkable(url: Option<&str>) -> Option<&str> {
    url.filter(|url| {
        let web = ["http://", "https://"].iter().any(|scheme| {
            url.get(..scheme.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
        });
        // "/\" is read as "//" by browsers.
        let path = url.starts_with('/') && !url[1..].starts_with(['/', '\\']);
        web || path
    })
}

#[cfg(test)]
mod tests {
    use super::linkable;

    #[test]
    fn only_the_web_is_linked() {
        for good in [
            "https://app.example/home",
            "HTTP://a",
            "/realms/demo/account",
            "/",
        ] {
            assert_eq!(linkable(Some(good)), Some(good));
        }
        for bad in [
            "javascript:alert(1)",
            " https://a",
            "data:text/html,x",
            "//evil.example",
            "/\\evil.example",
            "",
            "é",
        ] {
            assert_eq!(linkable(Some(bad)), None, "{bad}");
        }
    }
}
