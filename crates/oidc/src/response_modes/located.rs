//! `query` and `fragment`: a redirect whose address carries the answer.

use crate::redirect_uri::RegisteredRedirect;
use axum::response::Response;
use http::{HeaderValue, StatusCode, header};
use url::form_urlencoded::Serializer;

pub(super) fn query(to: &RegisteredRedirect, params: &[(&str, &str)]) -> Response {
    found(&with_query(to, params))
}

pub(super) fn with_query(to: &RegisteredRedirect, params: &[(&str, &str)]) -> String {
    let (address, fragment) = match to.as_str().split_once('#') {
        Some((address, fragment)) => (address, format!("#{fragment}")),
        None => (to.as_str(), String::new()),
    };
    let between = match address.split_once('?') {
        _ if params.is_empty() => "",
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{address}{between}{}{fragment}", encode(params))
}

pub(super) fn fragment(to: &RegisteredRedirect, params: &[(&str, &str)]) -> Response {
    let address = to.as_str().split('#').next().unwrap_or_default();
    found(&format!("{address}#{}", encode(params)))
}

fn encode(params: &[(&str, &str)]) -> String {
    Serializer::new(String::new()).extend_pairs(params).finish()
}

/// 302. An address that can't stand in a header was not registered as one: it says so.
fn found(location: &str) -> Response {
    let mut response = Response::default();
    match HeaderValue::from_str(location) {
        Ok(value) => {
            *response.status_mut() = StatusCode::FOUND;
            response.headers_mut().insert(header::LOCATION, value);
        }
        Err(_) => *response.status_mut() = StatusCode::BAD_REQUEST,
    }
    response
}
