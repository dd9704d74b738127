//! Answers to requests that nobody else answers: those that are not let in, and those for what is not there.

use axum::body::Body;
use edge::{Refused, RelativePath};
use http::header::{
    ACCEPT, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION,
};
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use pages::{ErrorPage, Frame, Message, Pages};

/// Which form of answer a request wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    /// For programs.
    Json,
    /// For people, in the language of this tag.
    Page(String),
}

/// Headers of every answer of ours, as Keycloak sets them.
const SECURITY: [(&str, &str); 4] = [
    ("referrer-policy", "no-referrer"),
    (
        "strict-transport-security",
        "max-age=31536000; includeSubDomains",
    ),
    ("x-content-type-options", "nosniff"),
    ("x-robots-tag", "none"),
];

impl Wants {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let accepts_pages = headers
            .get_all(ACCEPT)
            .iter()
            .any(|line| line.to_str().is_ok_and(|line| line.contains("text/html")));
        if !accepts_pages {
            return Self::Json;
        }
        let languages = headers
            .get(ACCEPT_LANGUAGE)
            .and_then(|line| line.to_str().ok());
        let first = languages.unwrap_or_default().split([',', ';']).next();
        Self::Page(first.unwrap_or_default().trim().to_owned())
    }
}

/// The answer to a request that the edge does not let in.
pub(super) fn refused(
    refused: &Refused,
    path: &str,
    wants: Wants,
    below: &RelativePath,
    pages: &Pages,
) -> Response<Body> {
    if let Wants::Page(locale) = &wants {
        let message = Message::new("invalidRequestMessage");
        // Our address is not known yet, so the page's files are named from the root.
        let resources = format!("{}/resources/{}", below.as_prefix(), pages.version());
        return page(
            StatusCode::BAD_REQUEST,
            pages,
            &Around { locale, resources },
            message,
            Some(refused.code()),
        );
    }
    let (error, description) = match refused {
        Refused::Path(_) if path.contains(';') => (
            "invalidCharacter",
            "Request path contains invalid character ';'".to_owned(),
        ),
        Refused::Path(_) => (
            "missingNormalization",
            "Request path not normalized".to_owned(),
        ),
        Refused::Host | Refused::Forwarded | Refused::NotAdmitted => {
            (refused.code(), refused.to_string())
        }
    };
    let body = serde_json::json!({ "error": error, "error_description": description });
    let mut answer = json(StatusCode::BAD_REQUEST, &body);
    let with_charset = HeaderValue::from_static("application/json; charset=UTF-8");
    answer.headers_mut().insert(CONTENT_TYPE, with_charset);
    answer
}

/// An error in the form that Keycloak gives to those that no endpoint explains.
pub(super) fn error(status: StatusCode, error: &str) -> Response<Body> {
    json(status, &serde_json::json!({ "error": error }))
}

/// `HTTP 404 Not Found` and the like.
pub(super) fn plain(status: StatusCode) -> Response<Body> {
    let reason = status.canonical_reason().unwrap_or_default();
    error(status, &format!("HTTP {} {reason}", status.as_u16()))
}

/// Leads somewhere else; an address that no header could hold leads nowhere.
pub(super) fn redirect(status: StatusCode, target: &str) -> Response<Body> {
    let mut answer = answer(status, "text/plain;charset=utf-8", Body::empty());
    if let Ok(target) = HeaderValue::try_from(target) {
        answer.headers_mut().insert(LOCATION, target);
    }
    answer
}

/// What a page of ours needs to know of the request.
pub(super) struct Around<'a> {
    /// The person's language.
    pub locale: &'a str,
    /// Where the page's files are.
    pub resources: String,
}

/// A page that says what is wrong.
pub(super) fn page(
    status: StatusCode,
    pages: &Pages,
    around: &Around<'_>,
    message: Message,
    code: Option<&str>,
) -> Response<Body> {
    let frame = Frame {
        realm_name: "Postern",
        resources_url: &around.resources,
        locale: around.locale,
        ..Frame::default()
    };
    let shown = pages.error(
        &frame,
        &ErrorPage {
            message,
            attempt_code: code,
            back_url: None,
        },
    );
    let mut answer = answer(status, "text/html;charset=utf-8", shown.html);
    let headers = answer.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, policy(&shown.csp));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// A page's policy as a header; one that is no header must not leave the page without any.
pub(crate) fn policy(csp: &str) -> HeaderValue {
    HeaderValue::try_from(csp).unwrap_or(const { HeaderValue::from_static("default-src 'none'") })
}

fn json(status: StatusCode, body: &serde_json::Value) -> Response<Body> {
    answer(status, "application/json", body.to_string())
}

/// An answer with the headers that all of ours have.
pub(super) fn answer(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response<Body> {
    let mut answer = Response::new(body.into());
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    for (name, value) in SECURITY {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    answer
}
