//! The person at a browser: their cookies and their language.

use crate::endpoints::Oidc;
use crate::params::Params;
use authn::cookies::Cookies;
use authn::{Cx, Locale, LocaleWish};
use http::{HeaderMap, header};

/// What is known while a browser is answered: what all endpoints share, the request, and who sits there.
#[derive(Clone, Copy)]
pub struct Front<'a> {
    /// What all endpoints share.
    pub oidc: &'a Oidc,
    /// What is known of the request.
    pub cx: &'a Cx,
    /// Who sent it.
    pub visitor: &'a Visitor,
}

/// Who looks at our pages.
pub struct Visitor {
    /// The cookies that the browser sent.
    pub cookies: Cookies,
    /// The language of pages.
    pub locale: Locale,
}

impl Visitor {
    /// The visitor who sent these headers and this query.
    pub fn of(cx: &Cx, headers: &HeaderMap, query: &Params) -> Self {
        Self::asking(
            cx,
            headers,
            query.filled("kc_locale"),
            query.filled("ui_locales"),
        )
    }

    /// The visitor who sent these headers, with the language that they chose and those that the application asks for.
    pub fn asking(cx: &Cx, headers: &HeaderMap, chosen: Option<&str>, asked: Option<&str>) -> Self {
        let lines = headers.get_all(header::COOKIE).iter();
        let cookies = Cookies::read(lines.filter_map(|line| line.to_str().ok()));
        let accepted = headers.get(header::ACCEPT_LANGUAGE);
        let wish = LocaleWish {
            chosen,
            asked,
            accepted: accepted.and_then(|value| value.to_str().ok()),
        };
        let locale = cx.locale(&cookies, wish);
        Self { cookies, locale }
    }
}
