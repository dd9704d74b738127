//! Answers in JSON, and the headers that every answer of a realm has.

use authn::Cx;
use axum::body::Body;
use axum::response::Response;
use http::header::{self, HeaderName};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

/// Nothing of it may be kept (RFC 6749 §5.1).
pub const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

#[derive(Serialize)]
struct ErrorBody<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'a str>,
}

/// An answer in JSON.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => bytes_of(status, "application/json", bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            bytes_of(
                StatusCode::INTERNAL_SERVER_ERROR,
                "application/json",
                Vec::new(),
            )
        }
    }
}

/// An answer whose body is written already.
pub fn bytes_of(
    status: StatusCode,
    content_type: &'static str,
    bytes: impl Into<Body>,
) -> Response {
    let mut response = Response::new(bytes.into());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// `{"error": …, "error_description": …}` (RFC 6749 §5.2).
pub fn error(status: StatusCode, error: &str, description: Option<&str>) -> Response {
    let body = ErrorBody {
        error,
        error_description: description,
    };
    json(status, &body)
}

/// Marks an answer that nobody may keep, as token answers have it.
pub fn not_kept(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// A realm's `browserSecurityHeaders`: Keycloak's name, the header's, and which answers carry it.
const SECURITY: &[(&str, &str, On)] = &[
    ("xFrameOptions", "x-frame-options", On::Documents),
    (
        "contentSecurityPolicy",
        "content-security-policy",
        On::Pages,
    ),
    (
        "contentSecurityPolicyReportOnly",
        "content-security-policy-report-only",
        On::Pages,
    ),
    ("xContentTypeOptions", "x-content-type-options", On::All),
    ("xRobotsTag", "x-robots-tag", On::All),
    (
        "strictTransportSecurity",
        "strict-transport-security",
        On::All,
    ),
    ("referrerPolicy", "referrer-policy", On::All),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum On {
    /// Every answer.
    All,
    /// HTML and JSON.
    Documents,
    /// HTML.
    Pages,
}

/// Adds the realm's security headers, as far as the answer is of their kind. A page's own policy stays beside the realm's.
pub fn secure(cx: &Cx, response: &mut Response) {
    let kind = match response.headers().get(header::CONTENT_TYPE) {
        Some(value) if value.as_bytes().starts_with(b"text/html") => On::Pages,
        Some(value) if value.as_bytes().starts_with(b"application/json") => On::Documents,
        _ => On::All,
    };
    for (setting, name, on) in SECURITY {
        let fits = match on {
            On::All => true,
            On::Documents => kind != On::All,
            On::Pages => kind == On::Pages,
        };
        let value = cx.realm.settings.browser_security_headers.get(*setting);
        let value = value.filter(|value| fits && !value.is_empty());
        if let Some(Ok(value)) = value.map(|value| HeaderValue::from_str(value)) {
            response
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
    }
}
