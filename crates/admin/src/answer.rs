//! Answers in JSON, in Keycloak's forms.

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
    let kind = if status.is_success() {
        "application/json;charset=UTF-8"
    } else {
        "application/json"
    };
    let mut response = bare(status, Body::from(bytes));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// 200 with this representation.
pub fn ok(value: &impl Serialize) -> Response {
    json(StatusCode::OK, value)
}

/// 204.
pub fn no_content() -> Response {
    bare(StatusCode::NO_CONTENT, Body::empty())
}

/// 201 with the address of what was made, which client libraries take its key from.
pub fn created(location: &str) -> Response {
    let mut response = bare(StatusCode::CREATED, Body::empty());
    if let Ok(location) = HeaderValue::from_str(location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

fn bare(status: StatusCode, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Why there is no answer.
#[derive(Debug)]
pub enum Refused {
    /// No token, or one that does not count.
    Unauthorized,
    /// The token's person lacks the right.
    Forbidden,
    /// There is no such thing: `{"error": …}`.
    NotFound(&'static str),
    /// A parameter or a member is not what it should be: 400 `{"error": …}`.
    BadRequest(String),
    /// Another status with `{"error": …}`.
    Error(StatusCode, &'static str),
    /// `{"errorMessage": …}`: most of what is wrong with a representation, and everything that exists already.
    Message(StatusCode, String),
    /// `{"error": …, "error_description": …}`.
    Coded(StatusCode, &'static str, String),
    /// A route of the contract that is not served: 501 with its name.
    NotServed(String),
    /// Our own trouble.
    Fault(Box<dyn std::error::Error + Send + Sync>),
}

impl Refused {
    /// 409 `{"errorMessage": …}`.
    pub fn exists(text: impl Into<String>) -> Self {
        Self::Message(StatusCode::CONFLICT, text.into())
    }

    /// 400 `{"errorMessage": …}`.
    pub fn wrong(text: impl Into<String>) -> Self {
        Self::Message(StatusCode::BAD_REQUEST, text.into())
    }
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
        let error = |status, text: &str| json(status, &json!({"error": text}));
        match self {
            Self::Unauthorized => error(StatusCode::UNAUTHORIZED, "HTTP 401 Unauthorized"),
            Self::Forbidden => error(StatusCode::FORBIDDEN, "HTTP 403 Forbidden"),
            Self::NotFound(text) => error(StatusCode::NOT_FOUND, text),
            Self::BadRequest(text) => error(StatusCode::BAD_REQUEST, &text),
            Self::Error(status, text) => error(status, text),
            Self::Message(status, text) => json(status, &json!({"errorMessage": text})),
            Self::Coded(status, code, text) => {
                json(status, &json!({"error": code, "error_description": text}))
            }
            Self::NotServed(route) => json(
                StatusCode::NOT_IMPLEMENTED,
                &json!({
                    "error": "not_implemented",
                    "error_description": format!("{route} is not served by Postern yet"),
                }),
            ),
            Self::Fault(fault) => {
                let id = jose::random_token(6);
                let error: &(dyn std::error::Error + 'static) = &*fault;
                tracing::error!(request_id = id, error, "a request could not be answered");
                json(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    &json!({
                        "error": "unknown_error",
                        "error_description": format!("For more on this error consult the server log, {id}."),
                    }),
                )
            }
        }
    }
}
