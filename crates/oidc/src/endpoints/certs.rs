use crate::enter::Entered;
use crate::{answer, cors};
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, header};

/// `GET /realms/{realm}/protocol/openid-connect/certs`: the realm's public keys (RFC 7517 §5).
pub async fn certs(Entered(cx): Entered, headers: HeaderMap) -> Response {
    let document = cx.realm.keys.published().as_bytes().to_vec();
    let mut response = answer::bytes_of(StatusCode::OK, "application/json", document);
    let cache = HeaderValue::from_static("no-cache");
    response.headers_mut().insert(header::CACHE_CONTROL, cache);
    cors::allow(&mut response, cors::origin(&headers), cors::Expose::Nothing);
    response
}
