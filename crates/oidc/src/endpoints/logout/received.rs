//! A sign-out that an upstream identity provider tells us of (OpenID Connect Back-Channel Logout §2.5). There are none upstream, so no
//! token is one of theirs.

use crate::answer;
use crate::endpoints::Form;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::Value;

/// A longer one is no token of anybody.
const MOST: usize = 64 * 1024;

/// `POST …/logout/backchannel-logout`: refused, as Keycloak refuses where no identity provider is configured.
pub async fn receive(Form(form): Form) -> Response {
    let text = match form.get("logout_token") {
        None => "No logout token",
        Some(token) if !is_token(token) => "The decode of the logoutToken failed",
        Some(_) => "No Identity Provider has been found",
    };
    answer::error(StatusCode::BAD_REQUEST, "invalid_request", Some(text))
}

/// Whether a text has the form of a signed token: its header and claims are JSON objects.
pub(super) fn is_token(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').take(4).collect();
    let is_object = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).ok();
        let value = bytes.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
        value.is_some_and(|value| value.is_object())
    };
    text.len() <= MOST
        && matches!(parts.as_slice(), [header, claims, _] if is_object(header) && is_object(claims))
}

#[cfg(test)]
mod tests {
    use super::is_token;

    #[test]
    fn the_form_of_a_token() {
        for (text, expected) in [
            ("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.", true),
            ("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.AAAA", true),
            ("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0", false),
            ("eyJhbGciOiJub25lIn0.eyJpc3MiOiJ4In0.A.B", false),
            ("a.b.c", false),
            ("W10.W10.x", false),
            ("", false),
        ] {
            assert_eq!(is_token(text), expected, "{text}");
        }
    }
}
