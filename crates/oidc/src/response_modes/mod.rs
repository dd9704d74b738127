//! How an authorization answer reaches the application (OAuth 2.0 Multiple Response Types §2.1, Form Post, JARM). One file for each way.

mod form_post;
mod located;
mod token;

use crate::error::Error;
use crate::redirect_uri::RegisteredRedirect;
use crate::response_type::ResponseType;
use crate::visitor::Front;
use authn::Cx;
use axum::response::Response;
use http::{HeaderValue, header};
use realm::Client;
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
    /// In its query, as a token.
    #[serde(rename = "qj")]
    QueryJwt,
    /// Behind `#`, as a token.
    #[serde(rename = "fj")]
    FragmentJwt,
    /// As a form that the browser sends, with a token in it.
    #[serde(rename = "pj")]
    FormPostJwt,
}

const NOT_KEPT: HeaderValue = HeaderValue::from_static("no-store, must-revalidate, max-age=0");
/// The order of parameters in forms and tokens.
const ORDER: [&str; 12] = [
    "access_token",
    "code",
    "error_description",
    "iss",
    "id_token",
    "scope",
    "state",
    "session_state",
    "token_type",
    "error",
    "expires_in",
    "kc_action",
];

impl ResponseMode {
    /// Every mode that is served, as discovery names them.
    pub const NAMES: [&'static str; 7] = [
        "query",
        "fragment",
        "form_post",
        "query.jwt",
        "fragment.jwt",
        "form_post.jwt",
        "jwt",
    ];

    /// The mode of this registered name; `jwt` is the usual one of the response type, as a token.
    pub fn from_name(name: &str, response_type: Option<ResponseType>) -> Option<Self> {
        Some(match name {
            "query" => Self::Query,
            "fragment" => Self::Fragment,
            "form_post" => Self::FormPost,
            "query.jwt" => Self::QueryJwt,
            "fragment.jwt" => Self::FragmentJwt,
            "form_post.jwt" => Self::FormPostJwt,
            "jwt" if response_type.is_some_and(ResponseType::has_tokens) => Self::FragmentJwt,
            "jwt" => Self::QueryJwt,
            _ => return None,
        })
    }

    /// The mode of a request that names none.
    pub fn usual(response_type: ResponseType) -> Self {
        match response_type.has_tokens() {
            true => Self::Fragment,
            false => Self::Query,
        }
    }

    /// Whether the answer is a token.
    pub fn is_token(self) -> bool {
        matches!(self, Self::QueryJwt | Self::FragmentJwt | Self::FormPostJwt)
    }

    /// Sends parameters to a registered address.
    ///
    /// # Errors
    /// When the answer is to be a token and none could be made; the server's own fault.
    pub async fn answer(
        self,
        front: Front<'_>,
        client: &Client,
        to: &RegisteredRedirect,
        params: &[(&str, &str)],
    ) -> Result<Response, Error> {
        let to = to.destination(front.cx);
        let token;
        let whole;
        let params = match self.is_token() {
            true => {
                token = token::of(front, client, &sorted(params)).await?;
                whole = [("response", token.as_str())];
                &whole[..]
            }
            false => params,
        };
        let mut response = match self {
            Self::Query | Self::QueryJwt => located::query(&to, params),
            Self::Fragment | Self::FragmentJwt => located::fragment(&to, params),
            Self::FormPost | Self::FormPostJwt => form_post::page(front.cx, &to, &sorted(params)),
        };
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, NOT_KEPT);
        Ok(response)
    }
}

/// A registered address with parameters in its query.
pub fn address_with(cx: &Cx, to: &RegisteredRedirect, params: &[(&str, &str)]) -> String {
    located::with_query(&to.destination(cx), params)
}

/// Sends parameters to a registered address in its query, whoever is to read them.
pub fn in_query(cx: &Cx, to: &RegisteredRedirect, params: &[(&str, &str)]) -> Response {
    let mut response = located::query(&to.destination(cx), params);
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, NOT_KEPT);
    response
}

fn sorted<'a>(params: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut sorted = params.to_vec();
    sorted.sort_by_key(|(name, _)| ORDER.iter().position(|known| known == name));
    sorted
}
