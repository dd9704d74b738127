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

/// How an answer stands to frames, where that is other than the realm says. Goes with a response as its extension.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framing {
    /// Any page may frame it, since applications have to.
    ByAnybody,
    /// It frames pages of these origins.
    Of(Vec<String>),
}

impl Framing {
    /// The realm's value of a header as it has to be for this; nothing when the header has to be left out.
    fn adjust(&self, header: &str, value: &str) -> Option<String> {
        let is_policy = header == "content-security-policy";
        match self {
            Self::ByAnybody if header == "x-frame-options" => None,
            Self::ByAnybody if is_policy => {
                let directives = directives(value);
                let kept = directives.filter(|(name, _)| *name != "frame-ancestors");
                Some(
                    kept.map(|(_, directive)| format!("{directive};"))
                        .collect::<Vec<_>>()
                        .join(" "),
                )
                .filter(|policy| !policy.is_empty())
            }
            Self::Of(origins) if is_policy => {
                let more = origins.join(" ");
                let mut policy = String::new();
                let mut is_said = false;
                for (name, directive) in directives(value) {
                    let directive = match name == "frame-src" {
                        true => format!("{} {more}", directive.replace(" 'none'", "")),
                        false => directive.to_owned(),
                    };
                    is_said |= name == "frame-src";
                    policy += &format!("{directive}; ");
                }
                if !is_said {
                    policy += &format!("frame-src {more};");
                }
                Some(policy.trim_end().to_owned())
            }
            _ => Some(value.to_owned()),
        }
    }
}

/// The directives of a policy, each with its name.
fn directives(policy: &str) -> impl Iterator<Item = (&str, &str)> {
    let directives = policy.split(';').map(str::trim);
    directives
        .filter(|directive| !directive.is_empty())
        .map(|directive| (directive.split(' ').next().unwrap_or_default(), directive))
}

/// Adds the realm's security headers, as far as the answer is of their kind. A page's own policy stays beside the realm's.
pub fn secure(cx: &Cx, response: &mut Response) {
    let kind = match response.headers().get(header::CONTENT_TYPE) {
        Some(value) if value.as_bytes().starts_with(b"text/html") => On::Pages,
        Some(value) if value.as_bytes().starts_with(b"application/json") => On::Documents,
        _ => On::All,
    };
    let framing = response.extensions_mut().remove::<Framing>();
    for (setting, name, on) in SECURITY {
        let fits = match on {
            On::All => true,
            On::Documents => kind != On::All,
            On::Pages => kind == On::Pages,
        };
        let value = cx.realm.settings.browser_security_headers.get(*setting);
        let value = value.filter(|value| fits && !value.is_empty());
        let value = value.and_then(|value| match &framing {
            Some(framing) => framing.adjust(name, value),
            None => Some(value.clone()),
        });
        if let Some(Ok(value)) = value.map(|value| HeaderValue::from_str(&value)) {
            response
                .headers_mut()
                .append(HeaderName::from_static(name), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Framing;

    #[test]
    fn a_policy_gives_way_for_frames_alone() {
        let realm = "frame-src 'self'; frame-ancestors 'self'; object-src 'none';";
        let anybody = Framing::ByAnybody;
        let policy = "content-security-policy";
        assert_eq!(
            anybody.adjust(policy, realm).as_deref(),
            Some("frame-src 'self'; object-src 'none';")
        );
        assert_eq!(anybody.adjust(policy, "frame-ancestors 'none'"), None);
        assert_eq!(anybody.adjust("x-frame-options", "DENY"), None);
        let kept = anybody.adjust("referrer-policy", "no-referrer");
        assert_eq!(kept.as_deref(), Some("no-referrer"));
        let of = Framing::Of(vec!["https://a.example".to_owned()]);
        for (realm, expected) in [
            (
                realm,
                "frame-src 'self' https://a.example; frame-ancestors 'self'; object-src 'none';",
            ),
            ("frame-src 'none'", "frame-src https://a.example;"),
            (
                "default-src 'self'",
                "default-src 'self'; frame-src https://a.example;",
            ),
        ] {
            assert_eq!(of.adjust(policy, realm).as_deref(), Some(expected));
        }
        let kept = of.adjust("x-frame-options", "SAMEORIGIN");
        assert_eq!(kept.as_deref(), Some("SAMEORIGIN"));
    }
}
