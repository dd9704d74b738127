//! `query` and `fragment`: a redirect whose address carries the answer.

use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use url::Url;
use url::form_urlencoded::Serializer;

pub(super) fn query(to: &str, params: &[(&str, &str)]) -> Response {
    found(&with_query(to, params))
}

pub(super) fn with_query(to: &str, params: &[(&str, &str)]) -> String {
    let (address, fragment) = match to.split_once('#') {
        Some((address, fragment)) => (address, format!("#{fragment}")),
        None => (to, String::new()),
    };
    let between = match address.split_once('?') {
        _ if params.is_empty() => "",
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{address}{between}{}{fragment}", encode(params))
}

pub(super) fn fragment(to: &str, params: &[(&str, &str)]) -> Response {
    let address = to.split('#').next().unwrap_or_default();
    found(&format!("{address}#{}", encode(params)))
}

fn encode(params: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(params).finish()
}

/// 302. What can't stand in a header, such as a name in another script, is written as browsers would.
fn found(location: &str) -> Response {
    let mut response = Response::default();
    let value = match location.is_ascii() {
        true => HeaderValue::from_str(location).ok(),
        false => Url::parse(location)
            .ok()
            .and_then(|url| HeaderValue::from_str(url.as_str()).ok()),
    };
    match value {
        Some(value) => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(header::LOCATION, value);
        }
        None => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}
