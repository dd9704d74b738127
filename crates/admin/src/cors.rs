//! Which pages may call: those of the origins that the token names (`allowed-origins`), as Keycloak has it.

use crate::access::Caller;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};

const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static(
    "Origin, Accept, X-Requested-With, Content-Type, Access-Control-Request-Method, Access-Control-Request-Headers, DPoP, Authorization",
);

/// The answer to a preflight request. It has no token yet, so any origin may ask; the answer proper decides.
pub fn preflight(headers: &HeaderMap, methods: &str) -> Response {
    let mut response = Response::default();
    let (Some(origin), Ok(methods)) = (headers.get(header::ORIGIN), HeaderValue::from_str(methods))
    else {
        return response;
    };
    let answer = response.headers_mut();
    answer.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    answer.insert(header::ACCESS_CONTROL_ALLOW_METHODS, methods);
    answer.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
    answer.insert(
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    answer.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("3600"),
    );
    response
}

/// The origin of a page that may read the answer to this caller.
pub fn reader(caller: &Caller, headers: &HeaderMap) -> Option<HeaderValue> {
    let value = headers.get(header::ORIGIN)?;
    let origin = value.to_str().ok()?;
    let named = caller.identity.claims.other.get("allowed-origins");
    let named = named.and_then(|list| list.as_array()).into_iter().flatten();
    let is_named = named
        .filter_map(|named| named.as_str())
        .any(|named| named == "*" || named == origin);
    (is_named || caller.home.is_own_origin(origin)).then(|| value.clone())
}

/// Lets a page of this origin read the answer, and where something was made.
pub fn allow(response: &mut Response, origin: HeaderValue) {
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("Location"),
    );
}
