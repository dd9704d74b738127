//! Who may call from another origin (the Fetch standard's CORS protocol), as Keycloak answers it.

use crate::answer;
use crate::mappers::web_origins;
use authn::Cx;
use axum::response::Response;
use http::header;
use http::{HeaderMap, HeaderValue, StatusCode};
use realm::Client;

const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static(
    "Origin, Accept, X-Requested-With, Content-Type, Access-Control-Request-Method, Access-Control-Request-Headers, DPoP, Authorization",
);

/// The origin that a browser says the caller has; absent for anybody else.
pub fn origin(headers: &HeaderMap) -> Option<&HeaderValue> {
    headers.get(header::ORIGIN)
}

/// Whether a client's pages may call from this origin: one of its web origins, or any if it says so.
pub fn is_allowed(cx: &Cx, client: &Client, origin: &str) -> bool {
    web_origins(client, cx.issuer())
        .iter()
        .any(|allowed| allowed == "*" || allowed == origin)
}

/// The answer to a preflight request.
pub fn preflight(headers: &HeaderMap, methods: &'static str) -> Response {
    let mut response = Response::default();
    if let Some(origin) = origin(headers) {
        let answer = response.headers_mut();
        answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        answer.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static(methods),
        );
        answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
        answer.insert(
            header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HeaderValue::from_static("true"),
        );
        answer.insert(
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("3600"),
        );
    }
    response
}

/// Which response headers a page may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expose {
    /// Keycloak's usual one.
    Methods,
    /// That, and why a bearer token was refused.
    MethodsAndChallenge,
    /// None.
    Nothing,
}

/// Lets the calling page read the answer.
pub fn allow(response: &mut Response, origin: Option<&HeaderValue>, expose: Expose) {
    let Some(origin) = origin else {
        return;
    };
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    let exposed = match expose {
        Expose::Methods => "Access-Control-Allow-Methods",
        Expose::MethodsAndChallenge => "Access-Control-Allow-Methods, WWW-Authenticate",
        Expose::Nothing => return,
    };
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(exposed),
    );
}

/// Lets pages of the client's origins and of our own read the answer, and refuses any other page: 403, as Keycloak answers.
pub fn check(
    cx: &Cx,
    response: Response,
    origin: Option<&HeaderValue>,
    client: &Client,
    expose: Expose,
) -> Response {
    let Some(value) = origin else {
        return response;
    };
    let known = value
        .to_str()
        .is_ok_and(|origin| is_allowed(cx, client, origin) || cx.is_own_origin(origin));
    if !known {
        return answer::error(StatusCode::FORBIDDEN, "Invalid origin", None);
    }
    let mut response = response;
    allow(&mut response, origin, expose);
    response
}
