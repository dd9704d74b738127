//! Answers in JSON, in Keycloak's form.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;

/// An answer in JSON that nobody may keep.
pub fn json(status: StatusCode, value: &impl Serialize) -> Response {
    let Ok(bytes) = serde_json::to_vec(value) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut response = Response::new(Body::from(bytes));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/json;charset=UTF-8"),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Refused {
    /// No token, or one that does not count.
    Unauthorized,
    /// The token's person lacks the right.
    Forbidden,
    /// There is no such thing.
    NotFound(&'static str),
    /// A parameter is not what it should be.
    BadRequest(String),
    /// Our own trouble.
    Fault(Box<dyn std::error::Error + Send + Sync>),
}

impl From<authn::Fault> for Refused {
    fn from(fault: authn::Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

impl From<store::Fault> for Refused {
    fn from(fault: store::Fault) -> Self {
        Self::Fault(Box::new(fault))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let (status, text) = match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "HTTP 401 Unauthorized".to_owned()),
            Self::Forbidden => (StatusCode::FORBIDDEN, "HTTP 403 Forbidden".to_owned()),
            Self::NotFound(text) => (StatusCode::NOT_FOUND, text.to_owned()),
            Self::BadRequest(text) => (StatusCode::BAD_REQUEST, text),
            Self::Fault(fault) => {
                let id = jose::random_token(6);
                let error: &(dyn std::error::Error + 'static) = &*fault;
                tracing::error!(request_id = id, error, "a request could not be answered");
                let text = format!("unknown_error, logged under {id}");
                (StatusCode::INTERNAL_SERVER_ERROR, text)
            }
        };
        json(status, &json!({"error": text}))
    }
}

/// 405, as Keycloak answers it.
pub async fn method_not_allowed() -> Response {
    let error = json!({"error": "HTTP 405 Method Not Allowed"});
    json(StatusCode::METHOD_NOT_ALLOWED, &error)
}
