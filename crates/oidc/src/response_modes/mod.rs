//! How an authorization answer reaches the application (OAuth 2.0 Multiple Response Types §2.1, Form Post). One file for each way.

mod form_post;
mod located;

use crate::redirect_uri::RegisteredRedirect;
use authn::Cx;
use axum::response::Response;
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};

/// How an answer goes to the redirect URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResponseMode {
    /// In its query.
    #[serde(rename = "q")]
    Query,
    /// Behind `#`.
    #[serde(rename = "f")]
    Fragment,
    /// As a form that the browser sends.
    #[serde(rename = "p")]
    FormPost,
}

/// A registered address with parameters in its query.
pub fn address_with(to: &RegisteredRedirect, params: &[(&str, &str)]) -> String {
    located::with_query(to, params)
}

impl ResponseMode {
    /// Every mode that is served, as discovery names them.
    pub const NAMES: [&'static str; 3] = ["query", "fragment", "form_post"];

    /// The mode of this registered name.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "query" => Some(Self::Query),
            "fragment" => Some(Self::Fragment),
            "form_post" => Some(Self::FormPost),
            _ => None,
        }
    }

    /// Sends parameters to a registered address.
    pub fn answer(self, cx: &Cx, to: &RegisteredRedirect, params: &[(&str, &str)]) -> Response {
        let mut response = match self {
            Self::Query => located::query(to, params),
            Self::Fragment => located::fragment(to, params),
            Self::FormPost => form_post::page(cx, to, params),
        };
        let value = HeaderValue::from_static("no-store, must-revalidate, max-age=0");
        response.headers_mut().insert(header::CACHE_CONTROL, value);
        response
    }
}
